"""What is judged that no source tells of as an object: a data domain, and sv0's own connection?

Shaped like the records, so that a finding can be about either.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bson import ObjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class DataDomain:
    """All of a tenant's resources that hold data of one domain ("customer"), together."""

    id: str  # "domain/customer"
    name: str
    system: str = "sv0"
    type: str = "data domain"
    scope: str | None = None
    account_id: str | None = None
    account_name: str | None = None

    @property
    def provider_id(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnConnection:
    """How sv0 itself reads one system: its own non-human identity there, and how that goes.

    `hosts` are where the system answers. `silent_since` is when the last scan that read anything ended, None where none
    ever did; `created_at` is when the connection was made.
    """

    id: str  # "connection/" and the key of the connection
    connection: ObjectId
    name: str
    system: str
    every_hours: int
    paused: bool
    created_at: datetime
    silent_since: datetime | None = None
    hosts: tuple[str, ...] = ()
    type: str = "connection"
    scope: str | None = None
    account_id: str | None = None
    account_name: str | None = None

    @property
    def provider_id(self) -> str:
        return self.id
