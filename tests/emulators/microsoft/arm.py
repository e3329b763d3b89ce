"""How does Azure Resource Manager answer a read? For an estate, to a caller who holds some rights and lacks others.

Every GET of a listing, of one object, and the question to Resource Graph. Whatever changes something, or gives a secret
away (listKeys and its like), is refused as to somebody without the right.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.emulators.microsoft.arm_authorization import Authorization
from tests.emulators.microsoft.arm_estate import (
    MANAGEMENT_GROUPS,
    AzureEstate,
    Contents,
    ManagementGroup,
    Row,
    Subscription,
)
from tests.emulators.microsoft.arm_graph import ResourceGraph
from tests.emulators.microsoft.arm_path import Path, read
from tests.emulators.microsoft.arm_rights import Rights
from tests.emulators.microsoft.arm_versions import VERSIONS
from tests.emulators.microsoft.arm_wire import Asked, Reply, forbidden, paged, refused

REMAINING = {
    "x-ms-ratelimit-remaining-subscription-reads": "249",
    "x-ms-ratelimit-remaining-subscription-global-reads": "3749",
    "x-ms-request-id": "2c3f3c1e-0000-4000-8000-000000000000",
}


@dataclass
class Arm:
    """Resource Manager in front of an estate. `page` is the most rows that a listing's page has."""

    estate: AzureEstate
    rights: Rights = field(default_factory=Rights)
    page: int = 100

    def __post_init__(self) -> None:
        self.graph = ResourceGraph(self.estate, self.rights)
        self._authorization = Authorization(self.estate)

    def answer(self, asked: Asked) -> Reply:
        found = self._answered(asked)
        return Reply(found.status, found.body, {**REMAINING, **found.headers})

    def _answered(self, asked: Asked) -> Reply:
        path = read(asked.path)
        question = asked.method == "POST" and path.kind == "microsoft.resourcegraph/resources"
        if asked.method != "GET" and not question:
            return forbidden(f"{path.kind}/{path.verb(asked.method)}", asked.path)
        wrong = _wrong_version(path, asked)
        if wrong:
            return wrong
        if question:
            return self.graph.answer(asked)
        if not self.rights.allow(path.action, at=path.scope or "/"):
            return forbidden(path.action, path.scope or "/")
        return self._read(asked, path)

    def _read(self, asked: Asked, path: Path) -> Reply:
        fixed: dict[str, Callable[[Path], Sequence[Row] | Row | Reply]] = {
            "tenants": lambda _: [{"id": f"/tenants/{self.estate.tenant}", "tenantId": self.estate.tenant}],
            "subscriptions": self._subscriptions,
            "microsoft.management/managementgroups": self._management_groups,
            "microsoft.management/managementgroups/descendants": self._descendants,
        }
        if path.kind in fixed:
            return self._told(asked, fixed[path.kind](path))
        missing = self._no_such_scope(path)
        if missing:
            return missing
        if path.kind == "microsoft.authorization/permissions":
            return self._told(asked, self.rights.told(path.scope))
        if path.kind.startswith("microsoft.authorization/"):
            return self._told(asked, self._authorization.rows(path, asked.query.get("$filter")))
        subscription = self.estate.subscription(path.subscription or "")
        if subscription is None:
            return refused(404, "ResourceNotFound", f"The Resource '{asked.path}' was not found.")
        return self._told(asked, _resources(path, self.estate.contents(subscription), asked.path))

    def _told(self, asked: Asked, found: Sequence[Row] | Row | Reply) -> Reply:
        if isinstance(found, Reply):
            return found
        return Reply(200, found) if isinstance(found, dict) else paged(asked, found, self.page)

    def _subscriptions(self, path: Path) -> Sequence[Row] | Row | Reply:
        if path.name is None:
            return [_subscription(each, self.estate.tenant) for each in self.estate.subscriptions]
        found = self.estate.subscription(path.name)
        return _subscription(found, self.estate.tenant) if found else _no_subscription(path.name)

    def _management_groups(self, path: Path) -> Sequence[Row] | Row | Reply:
        if path.name is None:
            return [_management_group(each, self.estate) for each in self.estate.groups]
        found = self.estate.group(path.name)
        return _management_group(found, self.estate) if found else _no_group(path.name)

    def _descendants(self, path: Path) -> Sequence[Row] | Row | Reply:
        name = path.scope.rpartition("/")[2]
        if self.estate.group(name) is None:
            return _no_group(name)
        below = [each for each in self.estate.groups if name in _above(each, self.estate)]
        names = {name, *(each.name.lower() for each in below)}
        held = [each for each in self.estate.subscriptions if each.group.lower() in names]
        return [*map(_descending_group, below), *map(_descending_subscription, held)]

    def _no_such_scope(self, path: Path) -> Reply | None:
        if path.subscription is not None:
            found = self.estate.subscription(path.subscription)
            if found is None:
                return _no_subscription(path.subscription)
            if path.group and path.group not in self.estate.contents(found).groups:
                name = path.group.rpartition("/")[2]
                return refused(404, "ResourceGroupNotFound", f"Resource group '{name}' could not be found.")
            return None
        group = path.management_group
        return _no_group(group) if group is not None and self.estate.group(group) is None else None


def _wrong_version(path: Path, asked: Asked) -> Reply | None:
    version = asked.query.get("api-version")
    if not version:
        return refused(
            400, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required."
        )
    if path.kind not in VERSIONS:
        return refused(404, "InvalidResourceType", f"The resource type '{path.kind}' could not be found.")
    if version not in VERSIONS[path.kind]:
        known = ", ".join(VERSIONS[path.kind])
        message = (
            f"No registered resource provider found for location '' and API version '{version}' for type "
            f"'{path.kind}'. The supported api-versions are '{known}'."
        )
        return refused(400, "NoRegisteredProviderFound", message)
    return None


def _resources(path: Path, contents: Contents, spelled: str) -> Sequence[Row] | Row | Reply:
    """One resource, those of a kind, or what is listed below one."""
    if path.kind == "subscriptions/resourcegroups":
        found = contents.groups.get(path.id)
        return list(contents.groups.values()) if path.name is None else found or _no_resource(spelled)
    if path.kind == "subscriptions/resources":
        return contents.ordered()
    if path.name is not None:
        return contents.resources.get(path.id) or _among(contents.listed, path.id) or _no_resource(spelled)
    if path.parent and path.parent not in contents.resources:
        return _no_resource(path.parent)
    listed = contents.listed.get(path.id)
    if listed is not None:
        return listed
    within = f"{path.parent}/" if path.parent else path.scope
    return [
        row for row in contents.ordered() if row["type"].lower() == path.kind and row["id"].lower().startswith(within)
    ]


def _among(listed: dict[str, list[Row]], id: str) -> Row | None:  # noqa: A002 - Azure's word
    return next((row for row in listed.get(id.rpartition("/")[0], ()) if row["id"].lower() == id), None)


def _subscription(subscription: Subscription, tenant: str) -> Row:
    return {
        "id": subscription.path,
        "subscriptionId": subscription.id,
        "tenantId": tenant,
        "displayName": subscription.name,
        "state": subscription.state,
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "EnterpriseAgreement_2014-09-01",
            "spendingLimit": "Off",
        },
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "tags": {},
    }


def _management_group(group: ManagementGroup, estate: AzureEstate) -> Row:
    return {
        "id": group.id,
        "type": "Microsoft.Management/managementGroups",
        "name": group.name,
        "properties": {"tenantId": estate.tenant, "displayName": group.display_name},
    }


def _descending_group(group: ManagementGroup) -> Row:
    parent = {"id": f"{MANAGEMENT_GROUPS}/{group.parent}"}
    properties = {"displayName": group.display_name, "parent": parent}
    return {
        "id": group.id,
        "type": "Microsoft.Management/managementGroups",
        "name": group.name,
        "properties": properties,
    }


def _descending_subscription(subscription: Subscription) -> Row:
    parent = {"id": f"{MANAGEMENT_GROUPS}/{subscription.group}"}
    properties = {"displayName": subscription.name, "parent": parent}
    kind = "Microsoft.Management/managementGroups/subscriptions"
    return {"id": subscription.path, "type": kind, "name": subscription.id, "properties": properties}


def _above(group: ManagementGroup, estate: AzureEstate) -> set[str]:
    return {each.name.lower() for each in estate.ancestors(group.name)} - {group.name.lower()}


def _no_subscription(id: str) -> Reply:  # noqa: A002 - Azure's word
    return refused(404, "SubscriptionNotFound", f"The subscription '{id}' could not be found.")


def _no_group(name: str) -> Reply:
    return refused(404, "ManagementGroupNotFound", f"The management group '{name}' cannot be found.")


def _no_resource(spelled: str) -> Reply:
    return refused(404, "ResourceNotFound", f"The Resource '{spelled}' was not found.")
