"""Does the connection work, and which permission is missing where? One row for each thing that can be wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import botocore.session
from botocore.exceptions import ClientError

from connectors.scope import Trouble
from connectors.source import Check, SourceError
from connectors.sources.aws import hub
from connectors.sources.aws.account import RUNNING, locked_out
from connectors.sources.aws.permissions import CALLS, Call
from connectors.sources.aws.place import Account
from connectors.sources.aws.session import Sessions, ask
from connectors.sources.aws.settings import connection
from connectors.sources.aws.trouble import ERRORS, EXPIRED, THROTTLED, WRONG_KEYS, code, is_denied, trouble

SAMPLE = 5  # member accounts whose role is tried
PAGES = 10  # of the list of accounts; many may be empty or name closed accounts only
TITLES = {
    "account": "Read the account",
    "iam": "Read IAM",
    "usage": "Read what identities used",
    "network": "Read networks",
    "data": "Read what describes data",
    **{unit.kind: f"Read {unit.label}" for unit in RUNNING},
}
UNREADABLE = {*THROTTLED, *EXPIRED, *WRONG_KEYS}


def check(settings: Mapping[str, Any]) -> list[Check]:
    """Rows from the credentials to the single permissions. Behind a row that failed, those that need it are untried."""
    try:
        sessions = Sessions(connection(settings))
    except SourceError as error:
        return [Check("Settings", False, error.message)]
    return [*_regions(sessions), *_from_credentials(sessions)]


def _regions(sessions: Sessions) -> Iterator[Check]:
    for region in sessions.connection.regions:
        if not sessions.offers("ec2", region):
            yield Check("Regions", False, f"AWS has no region {region}.")


def _from_credentials(sessions: Sessions) -> Iterator[Check]:
    try:
        yield Check("Credentials", True, f"sv0 acts as {hub.caller(sessions, sessions.base())}.")
    except SourceError as error:
        yield Check("Credentials", False, error.message)
        yield Check("Management role", None, "Not tried: the credentials come first.")
        return
    try:
        role = hub.opened(sessions)
    except SourceError as error:
        yield Check("Management role", False, error.message, error.missing)
        yield Check("Organization", None, "Not tried: the management role comes first.")
        return
    yield Check("Management role", True, f"{sessions.connection.role_arn} can be assumed.")
    yield _external_id(sessions)
    yield from _organization(sessions, role)


def _external_id(sessions: Sessions) -> Check:
    """Whether the trust would let others in through sv0: it must refuse us without the ExternalId."""
    label = "ExternalId"
    try:
        sessions.assume(sessions.base(), sessions.connection.role_arn, external_id=None)
    except ERRORS as error:
        if is_denied(error):
            return Check(label, True, "The management role refuses whoever doesn't know it.")
        return Check(label, None, "AWS gave no clear answer whether the management role requires it.")
    return Check(label, False, "The trust doesn't require the ExternalId: confused-deputy risk.")


def _organization(sessions: Sessions, role: botocore.session.Session) -> Iterator[Check]:
    connection, home = sessions.connection, Place(sessions, role, Account(sessions.connection.account, "management"))
    yield home.tried("Organization", [call for call in CALLS if call.hub])
    readable = home
    members, more = home.members()
    for account in members:
        try:
            session = sessions.assume(role, connection.member_role(account.id), external_id=connection.external_id)
        except ERRORS as error:
            found = locked_out(error, account, sessions)
            yield Check(f"Role in {account.label}", False, found.sentence, found.missing)
            continue
        yield Check(f"Role in {account.label}", True, f"{connection.member_role_name} can be assumed.")
        readable = readable if readable is not home else Place(sessions, session, account)
    if more:
        words = f"Tried: {len(members)}. A scan tells of each account by itself."
        yield Check("The other member accounts", None, words)
    for kind, title in TITLES.items():
        calls = [call for call in CALLS if not call.hub and call.kinds[0] == kind]
        yield readable.tried(f"{title} in {readable.account.label}", calls)


@dataclass(frozen=True, slots=True)
class Place:
    """An account in which calls are tried."""

    sessions: Sessions
    session: botocore.session.Session
    account: Account

    def members(self) -> tuple[list[Account], bool]:
        """The first few active accounts besides this one, and whether there are more; none where AWS refuses a list."""
        client = self._client("organizations")
        found: list[Account] = []
        after: dict[str, str] = {}
        for _ in range(PAGES):
            try:
                page = ask(client, "ListAccounts", **after)
            except ERRORS:
                return [], False
            active = [row for row in page["Accounts"] if (row.get("State") or row.get("Status")) == "ACTIVE"]
            found += [Account(row["Id"], row["Name"]) for row in active if row["Id"] != self.account.id]
            if len(found) > SAMPLE or "NextToken" not in page:
                return found[:SAMPLE], len(found) > SAMPLE
            after = {"NextToken": page["NextToken"]}
        return found[:SAMPLE], True

    def tried(self, label: str, calls: Iterable[Call]) -> Check:
        """One row for the calls, each made once: what AWS refuses is missing, any other answer of AWS is permission."""
        troubles = [found for call in calls if call.probe is not None and (found := self._try(call))]
        missing = tuple(sorted({permission for each in troubles for permission in each.missing}))
        if missing:
            return Check(label, False, f"Missing: {', '.join(missing)}.", missing)
        if troubles:
            return Check(label, False, troubles[0].sentence)
        return Check(label, True, "Every call that was tried is permitted.")

    def _try(self, call: Call) -> Trouble | None:
        try:
            ask(self._client(call.service), call.operation, **self._filled(call.probe))
        except ERRORS as error:
            if isinstance(error, ClientError) and not is_denied(error) and code(error) not in UNREADABLE:
                return None
            return trouble(error, where=self.account.label, action=call.action, regional=False)
        return None

    def _client(self, service: str) -> Any:
        return self.sessions.client(self.session, service, self._region())

    def _region(self) -> str:
        """The first configured region that exists."""
        connection = self.sessions.connection
        existing = (region for region in connection.regions if self.sessions.offers("ec2", region))
        return next(existing, connection.home_region)

    def _filled(self, probe: Any) -> Any:
        if isinstance(probe, Mapping):
            return {key: self._filled(value) for key, value in probe.items()}
        if isinstance(probe, str):
            partition = self.sessions.connection.partition
            return probe.format(partition=partition, region=self._region(), account=self.account.id)
        return probe
