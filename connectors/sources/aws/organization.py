"""Which accounts belong to the organization, and where in it do they stand?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from botocore.exceptions import ClientError

from connectors.inventory.records import Record, Resource
from connectors.sources.aws import targets
from connectors.sources.aws.place import Account, Place
from connectors.sources.aws.trouble import code

NOT_IN_USE = "AWSOrganizationsNotInUseException"
SWITCHED_ON = {"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}
Line = tuple[str, tuple[str, ...]]  # path of organizational units, and the ids of root and units


@dataclass(slots=True)
class Organization:
    """What was read of it. `accounts` by id, each once, however often AWS lists it.

    `guarded`: whether service control policies are switched on; None while that isn't known.
    """

    accounts: dict[str, Account] = field(default_factory=dict)
    management: str | None = None  # the account that service control policies don't apply to
    guarded: bool | None = None

    def read(self, place: Place) -> Iterator[Record]:
        """Fills in the accounts and yields each as a resource. A stand-alone account is its own organization."""
        try:
            found = place.ask("organizations", "DescribeOrganization")["Organization"]
        except ClientError as error:
            if code(error) != NOT_IN_USE:
                raise
            self.guarded = False
            yield from self._found(place, Account(id=place.account.id, name=place.account.name))
            return
        self.management = found["MasterAccountId"]
        lines = self._lines(place)
        for page in place.pages("organizations", "ListAccounts", by="NextToken"):
            for row in page["Accounts"]:
                state = row.get("State") or row.get("Status") or "ACTIVE"
                name = row.get("Name") or f"Account {row['Id']}"
                account = Account(row["Id"], name, state, *lines.get(row["Id"], ()))
                yield from self._found(place, account)

    def _found(self, place: Place, account: Account) -> Iterator[Record]:
        if account.id in self.accounts:
            return
        self.accounts[account.id] = account
        tags = (("state", account.state), *((("organizational unit", account.path),) if account.path else ()))
        yield Resource(
            id=targets.account_id(account.id),
            provider_id=account.id,
            name=account.name,
            type="AWS account",
            system="aws",
            scope=place.scope.key,
            account_id=account.id,
            account_name=account.name,
            tags=tags,
        )

    def _lines(self, place: Place) -> dict[str, Line]:
        """Account id → where it stands. Without the permission for it, accounts are read without their place."""
        try:
            return dict(self._tree(place))
        except ClientError as error:
            place.scope.note(place.judged(error))
            return {}

    def _tree(self, place: Place) -> Iterator[tuple[str, Line]]:
        guarded = False
        for page in place.pages("organizations", "ListRoots", by="NextToken"):
            for root in page["Roots"]:
                guarded = guarded or any(each == SWITCHED_ON for each in root.get("PolicyTypes", ()))
                yield from _below(place, root.get("Name") or "Root", (root["Id"],))
        self.guarded = guarded


def _below(place: Place, path: str, above: tuple[str, ...]) -> Iterator[tuple[str, Line]]:
    """The accounts below the last unit (or root) of `above`."""
    parent = above[-1]
    for page in place.pages("organizations", "ListAccountsForParent", by="NextToken", ParentId=parent):
        yield from ((row["Id"], (path, above)) for row in page["Accounts"])
    for page in place.pages("organizations", "ListOrganizationalUnitsForParent", by="NextToken", ParentId=parent):
        for unit in page["OrganizationalUnits"]:
            yield from _below(place, f"{path}/{unit['Name']}", (*above, unit["Id"]))
