"""Which long-lived keys does a user have, and when was each used last?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from connectors.inventory.records import Credential, Usage
from connectors.sources.aws.place import Place
from connectors.sources.aws.trouble import is_denied

GONE = "NoSuchEntity"


class AccessKeys:
    """Reads the keys of one account's users. A permission that is refused once isn't asked for again."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._refused: set[str] = set()

    def of(self, user: str) -> tuple[Credential, ...]:
        return tuple(_credential(row, self._last_used(row["AccessKeyId"])) for row in self._rows(user))

    def _rows(self, user: str) -> Iterator[dict[str, Any]]:
        if "ListAccessKeys" in self._refused:
            return
        try:
            for page in self._place.pages("iam", "ListAccessKeys", by="Marker", UserName=user):
                yield from page["AccessKeyMetadata"]
        except ClientError as error:
            self._go_on(error)

    def _last_used(self, key: str) -> dict[str, Any] | None:
        if "GetAccessKeyLastUsed" in self._refused:
            return None
        try:
            found: dict[str, Any] = self._place.ask("iam", "GetAccessKeyLastUsed", AccessKeyId=key)["AccessKeyLastUsed"]
        except ClientError as error:
            self._go_on(error)
            return None
        return found

    def _go_on(self, error: ClientError) -> None:
        """Without the keys of a user that was deleted meanwhile, or of all users when the permission is missing."""
        self._place.tolerate(error, absent=[GONE])
        if is_denied(error):
            self._refused.add(self._place.last[1])


def _credential(row: dict[str, Any], used: dict[str, Any] | None) -> Credential:
    """`used` as IAM tells it: no date means never, as far back as IAM keeps track; None: not read."""
    last = used.get("LastUsedDate") if used is not None else None
    silent = Usage.UNKNOWN if used is None else Usage.NEVER
    return Credential(
        kind="access key",
        id=row["AccessKeyId"],
        created_at=row.get("CreateDate"),
        last_used_at=last,
        usage=Usage.USED if last else silent,
        enabled=row["Status"] == "Active",
    )


def usage(credentials: tuple[Credential, ...]) -> Usage:
    """A user's usage as its keys tell it: an unused key leaves open whether the user signs in with a password."""
    return Usage.USED if any(each.usage is Usage.USED for each in credentials) else Usage.UNKNOWN
