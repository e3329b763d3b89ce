"""Which people and groups does IAM Identity Center let into which accounts, with which permission set?

Read once, at the management account. The roles that permission sets become are each account's own, so that who may
become them is told with the account.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from connectors.inventory.records import Alias, AliasKind, Identity, Link, Record, Ref, Relation
from connectors.sources.aws.place import Place
from connectors.sources.aws.trouble import SWITCHED_OFF, code

ROLE = re.compile(r"AWSReservedSSO_(?P<set>.+)_[0-9a-f]{16}")  # as Identity Center names a permission set's role
GONE = ["ResourceNotFoundException"]
Row = Mapping[str, Any]


@dataclass(slots=True)
class IdentityCenter:
    """What was read of it. `let_in`: account and name of a permission set → who is assigned to it there."""

    let_in: dict[tuple[str, str], dict[str, Ref]] = field(default_factory=dict)
    complete: bool = False
    told: dict[str, Ref] = field(default_factory=dict)

    def read(self, place: Place) -> Iterator[Record]:
        """Fills in who is let in where, and yields each person and group that is."""
        for region, row in self._instances(place):
            at = {"region": region, "InstanceArn": row["InstanceArn"]}
            for page in place.pages("sso-admin", "ListPermissionSets", by="NextToken", **at):
                for found in page["PermissionSets"]:
                    yield from self._permission_set(place, row["IdentityStoreId"], found, at)
        self.complete = True

    def _instances(self, place: Place) -> Iterator[tuple[str, Row]]:
        """Identity Center lives in one region, and only there does AWS tell of it."""
        for region in place.sessions.regions("sso-admin"):
            try:
                rows = place.ask("sso-admin", "ListInstances", region=region)["Instances"]
            except ClientError as error:
                if code(error) not in SWITCHED_OFF:
                    raise
                continue
            if rows:
                yield from ((region, row) for row in rows)
                return

    def _permission_set(self, place: Place, store: str, arn: str, at: Mapping[str, Any]) -> Iterator[Record]:
        of = {**at, "PermissionSetArn": arn}
        found = place.optional("sso-admin", "DescribePermissionSet", absent=GONE, **of)
        if found is None:
            return
        name = found["PermissionSet"]["Name"]
        provisioned = "ListAccountsForProvisionedPermissionSet"
        for page in place.pages("sso-admin", provisioned, by="NextToken", **of):
            for account in page["AccountIds"]:
                rows = place.pages("sso-admin", "ListAccountAssignments", by="NextToken", AccountId=account, **of)
                for row in (row for each in rows for row in each["AccountAssignments"]):
                    yield from self._assigned(place, store, row, name, str(at["region"]))

    def _assigned(self, place: Place, store: str, row: Row, name: str, region: str) -> Iterator[Record]:
        id_ = f"arn:{place.partition}:identitystore:::{row['PrincipalType'].lower()}/{row['PrincipalId']}"
        if id_ not in self.told:
            found = _principal(place, store, row, id_, region)
            self.told[id_] = Ref(kind="identity", id=id_, name=found.name)
            yield found
        self.let_in.setdefault((row["AccountId"], name), {})[id_] = self.told[id_]


def _principal(place: Place, store: str, row: Row, id_: str, region: str) -> Identity:
    """The person or group, by the name it has in the identity store; one that is gone from there by its id."""
    group, principal = row["PrincipalType"] == "GROUP", row["PrincipalId"]
    operation, key = ("DescribeGroup", "GroupId") if group else ("DescribeUser", "UserId")
    asked = {"region": region, "IdentityStoreId": store, key: principal}
    found = place.optional("identitystore", operation, absent=GONE, **asked) or {}
    addresses = [each["Value"] for each in found.get("Emails", ()) if each.get("Value")]
    kind = "group" if group else "user"
    return Identity(
        id=id_,
        provider_id=principal,
        name=found.get("DisplayName") or found.get("UserName") or f"{kind} {principal[:8]}…",
        type=f"Identity Center {kind}",
        human=True,
        aliases=tuple(Alias(kind=AliasKind.EMAIL, value=each.lower(), because="its e-mail") for each in addresses),
        **{**place.of(), "account_id": None, "account_name": None},
    )


def sign_ins(place: Place, center: IdentityCenter) -> Iterator[Record]:
    """Who may become each of the account's roles that permission sets made."""
    for role, name in sorted(place.known.roles.items()):
        found = ROLE.fullmatch(name)
        for person in center.let_in.get((place.account.id, found["set"]), {}).values() if found else ():
            yield Link(
                relation=Relation.CAN_ASSUME,
                source=person,
                target=Ref(kind="identity", id=role, name=name),
                scope=place.scope.key,
                via=f"permission set {found['set']}" if found else None,
            )
