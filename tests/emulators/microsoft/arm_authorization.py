"""Who holds which role in Azure, seen from one place: what is said there, above it, and below it?"""

import re
from collections.abc import Iterable, Iterator, Sequence

from tests.emulators.microsoft.arm_estate import AzureEstate, Contents, Row
from tests.emulators.microsoft.arm_path import MANAGEMENT_GROUP, Path
from tests.emulators.microsoft.arm_roles import built_in
from tests.emulators.microsoft.arm_wire import Reply, refused

PRINCIPAL = re.compile(r"principalId eq '([0-9a-fA-F-]{36})'|assignedTo\('([0-9a-fA-F-]{36})'\)")
KINDS = {
    "microsoft.authorization/roleassignments": "assignments",
    "microsoft.authorization/denyassignments": "denials",
    "microsoft.authorization/roleeligibilityscheduleinstances": "eligible",
    "microsoft.authorization/roleassignmentscheduleinstances": "activated",
}


class Authorization:
    """Role assignments and what is like them. From a subscription one sees what is inherited, too."""

    def __init__(self, estate: AzureEstate) -> None:
        self._estate = estate

    def rows(self, path: Path, wanted: str | None) -> Sequence[Row] | Row | Reply:
        if path.kind == "microsoft.authorization/roledefinitions":
            return self._definitions(path)
        rows = [row for row in self._held(path) if self._seen(row["properties"]["scope"].lower(), path.scope)]
        if path.name is not None:
            found = next((row for row in rows if row["id"].lower() == path.id), None)
            return found or refused(404, "RoleAssignmentNotFound", f"'{path.id}' is not found.")
        return self._filtered(rows, path.scope, wanted)

    def _held(self, path: Path) -> Iterator[Row]:
        member = KINDS[path.kind]
        for contents in self._contents(path):
            yield from getattr(contents, member)

    def _contents(self, path: Path) -> Iterator[Contents]:
        yield self._estate.above
        subscription = self._estate.subscription(path.subscription or "")
        if subscription is not None:
            yield self._estate.contents(subscription)

    def _filtered(self, rows: list[Row], scope: str, wanted: str | None) -> Sequence[Row] | Reply:
        if wanted is None:
            return rows
        if wanted == "atScope()":
            return [row for row in rows if not row["properties"]["scope"].lower().startswith(f"{scope}/")]
        principal = PRINCIPAL.fullmatch(wanted)
        if principal is None:
            return refused(400, "BadRequestFormat", f"The filter '{wanted}' is not supported.")
        return [row for row in rows if row["properties"]["principalId"] in principal.groups()]

    def _seen(self, held: str, scope: str) -> bool:
        """Whether what is held there shows at a scope: it, what is above it, and what is below it."""
        return (
            held in {"/", scope}
            or held.startswith(f"{scope}/")
            or scope.startswith(f"{held}/")
            or held in self._above(scope)
        )

    def _above(self, scope: str) -> set[str]:
        """The management groups over a scope."""
        if scope.startswith(MANAGEMENT_GROUP):
            name = scope.removeprefix(MANAGEMENT_GROUP)
        else:
            subscription = (
                self._estate.subscription(scope.split("/")[2]) if scope.startswith("/subscriptions/") else None
            )
            name = subscription.group if subscription else ""
        return {each.id.lower() for each in self._estate.ancestors(name)}

    def _definitions(self, path: Path) -> Sequence[Row] | Row | Reply:
        """Built-in roles, and the custom ones that may be assigned here. An id may name any scope for the same role."""
        custom = [row for contents in self._contents(path) for row in contents.definitions]
        if path.name is not None:
            found = next((row for row in [*built_in(), *custom] if row["name"] == path.name), None)
            return found or refused(404, "RoleDefinitionDoesNotExist", f"The role '{path.name}' does not exist.")
        return [*built_in(), *_assignable(custom, {path.scope, *self._above(path.scope)})]


def _assignable(rows: Iterable[Row], scopes: set[str]) -> list[Row]:
    return [row for row in rows if scopes & {scope.lower() for scope in row["properties"]["assignableScopes"]}]
