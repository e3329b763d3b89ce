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


@dataclass(slots=True)
class Organization:
    """What was read of it. `accounts` by id, each once, however often AWS lists it."""

    accounts: dict[str, Account] = field(default_factory=dict)

    def read(self, place: Place) -> Iterator[Record]:
        """Fills in the accounts and yields each as a resource. A stand-alone account is its own organization."""
        try:
            place.ask("organizations", "DescribeOrganization")
        except ClientError as error:
            if code(error) != NOT_IN_USE:
                raise
            yield from self._found(place, Account(id=place.account.id, name=place.account.name))
            return
        paths = _paths(place)
        for page in place.pages("organizations", "ListAccounts", by="NextToken"):
            for row in page["Accounts"]:
                state = row.get("State") or row.get("Status") or "ACTIVE"
                account = Account(row["Id"], row.get("Name") or f"Account {row['Id']}", state, paths.get(row["Id"]))
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


def _paths(place: Place) -> dict[str, str]:
    """Account id → path of organizational units. Without the permission for it, accounts are read without a path."""
    try:
        return dict(_tree(place))
    except ClientError as error:
        place.scope.note(place.judged(error))
        return {}


def _tree(place: Place) -> Iterator[tuple[str, str]]:
    for page in place.pages("organizations", "ListRoots", by="NextToken"):
        for root in page["Roots"]:
            yield from _below(place, root["Id"], root.get("Name") or "Root")


def _below(place: Place, parent: str, path: str) -> Iterator[tuple[str, str]]:
    for page in place.pages("organizations", "ListAccountsForParent", by="NextToken", ParentId=parent):
        yield from ((row["Id"], path) for row in page["Accounts"])
    for page in place.pages("organizations", "ListOrganizationalUnitsForParent", by="NextToken", ParentId=parent):
        for unit in page["OrganizationalUnits"]:
            yield from _below(place, unit["Id"], f"{path}/{unit['Name']}")
