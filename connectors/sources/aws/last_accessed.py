"""Which services may an identity use, and never did?

AWS works the answer out when it is asked to, so that many questions are under way at once. An identity that was never
used at all, or that reaches no data, isn't asked about.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from botocore.exceptions import ClientError

from connectors.inventory.records import Access, Identity, Permission, Record, ScopeState, Usage
from connectors.scope import Scope, Trouble
from connectors.source import ErrorKind
from connectors.sources.aws.catalogue import READS_CONTENT
from connectors.sources.aws.place import Place
from connectors.sources.aws.trouble import is_denied

AT_ONCE = 50
TRIES, PAUSE = 30, 1.0  # seconds; AWS needs a few
FACT = "Granted and never used"


class LastAccessed:
    """Asks about the identities of one account. What goes wrong is noted in a scope of its own."""

    def __init__(self, place: Place, scope: Scope) -> None:
        self._place = place
        self._scope = scope
        self._refused = False

    def ask(self, told: Iterable[Record]) -> str | None:
        """AWS's number of the question about an identity, of which these records tell; None where there is none."""
        records = list(told)
        identity = next((each for each in records if isinstance(each, Identity)), None)
        if self._refused or identity is None or not _matters(identity, records):
            return None
        try:
            found = self._place.ask(
                "iam", "GenerateServiceLastAccessedDetails", Arn=identity.id, Granularity="SERVICE_LEVEL"
            )
        except ClientError as error:
            self._note(error)
            return None
        return str(found["JobId"])

    def never_used(self, question: str | None) -> tuple[str, ...]:
        """The services with data among those that the identity may use and hasn't within AWS's 400 days."""
        if question is None or self._refused:
            return ()
        try:
            rows = self._answer(question)
        except ClientError as error:
            self._note(error)
            return ()
        never = {row["ServiceNamespace"] for row in rows if "LastAuthenticated" not in row}
        return tuple(sorted(never & READS_CONTENT.keys()))

    def _answer(self, question: str) -> list[dict[str, Any]]:
        operation = "GetServiceLastAccessedDetails"
        for _ in range(TRIES):
            pages = self._place.pages("iam", operation, by="Marker", JobId=question, MaxItems=1000)
            first = next(pages)
            if first["JobStatus"] == "COMPLETED":
                return [row for page in (first, *pages) for row in page["ServicesLastAccessed"]]
            if first["JobStatus"] == "FAILED":
                break
            time.sleep(PAUSE)
        sentence = f"AWS didn't tell what an identity used, reading {self._scope.label}."
        self._scope.note(Trouble(ScopeState.FAILED, sentence, ErrorKind.TRANSIENT))
        return []

    def _note(self, error: ClientError) -> None:
        """A refusal of one is one of all; an identity that is deleted meanwhile is left out."""
        self._refused = is_denied(error)
        self._scope.note(self._place.judged(error))


def _matters(identity: Identity, records: Iterable[Record]) -> bool:
    if identity.provider_managed or identity.usage is not Usage.USED:
        return False
    return any(isinstance(each, Permission) and _opens_data(each) for each in records)


def _opens_data(permission: Permission) -> bool:
    return permission.target.kind == "resource" and (
        permission.access is Access.ADMIN or ":service:" not in permission.target.id
    )
