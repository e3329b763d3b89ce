"""What is there in a site, in Atlassian's own words?

An estate is a set of sequences, which may make their rows when asked for: half a million accounts take no memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

Row = dict[str, Any]
Grants = Sequence[tuple[str, str, str | None]]  # permission, holder's type, its id


class Made(Sequence[Row]):
    """Rows that are made when they are looked at."""

    def __init__(self, length: int, make: Callable[[int], Row]) -> None:
        self._length, self._make = length, make

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        if isinstance(index, slice):
            return [self._make(each) for each in range(*index.indices(self._length))]
        return self._make(range(self._length)[index])

    def __iter__(self) -> Iterator[Row]:
        return (self._make(index) for index in range(self._length))


@dataclass(frozen=True, kw_only=True)
class Estate:
    """A site and its organization.

    `account` finds an account by its id; `groups_of` an account's groups; `permitted` its global permissions;
    `scheme_of` the scheme of a project, None where its team manages it; `roles_of` its roles, name → id; `actors` who
    has a role in a project; `rule` a rule with its parts; `level_of` the name of a project's classification.
    """

    host: str
    cloud: str
    accounts: Sequence[Row]
    groups: Sequence[Row]
    projects: Sequence[Row]
    schemes: Sequence[Row]
    rules: Sequence[Row]
    webhooks: Sequence[Row] = ()
    tokens: Sequence[Row] = ()
    service_accounts: Sequence[Row] = ()
    products: Sequence[Row] = ()
    levels: Sequence[str] = ()
    administrators: Mapping[str, Sequence[Row]] = field(default_factory=dict)  # access type → groups
    account: Callable[[str], Row | None]
    groups_of: Callable[[str], Sequence[Row]]
    permitted: Callable[[str], Sequence[str]]
    grants: Callable[[str], Grants | None]
    scheme_of: Callable[[str], Row | None]
    roles_of: Callable[[str], Mapping[str, str] | None]
    actors: Callable[[str, str], Sequence[Row] | None]
    rule: Callable[[str], Row | None]
    level_of: Callable[[str], str | None] = lambda _: None
    # How it is signed in to.
    email: str = "sv0-reader@serviceaccount.atlassian.com"
    api_token: str = "CANARY-api-token"
    client_id: str = "sv0-client"
    client_secret: str = "CANARY-client-secret"
    organization_key: str = "CANARY-organization-key"
