"""Which roles and users does an account have, whom do they trust, and what may they reach?

Policies and groups are read first and kept; roles and users then pass by, page after page.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from connectors.inventory.records import Identity, Link, Permission, Record, Ref, Relation, Resource, ScopeState, Usage
from connectors.scope import Trouble
from connectors.source import ErrorKind
from connectors.sources.aws import principals, reach, targets
from connectors.sources.aws.access_keys import AccessKeys, usage
from connectors.sources.aws.arn import short_name
from connectors.sources.aws.bars import Bar, bars
from connectors.sources.aws.guardrails import Guardrails, left
from connectors.sources.aws.last_accessed import AT_ONCE, FACT, LastAccessed
from connectors.sources.aws.pattern import covers
from connectors.sources.aws.place import Place
from connectors.sources.aws.policy import Statement, grants, statements, widened
from connectors.sources.aws.tags import pairs
from connectors.sources.aws.targets import Home, Target
from connectors.sources.aws.trust import trusts

OPERATION = "GetAccountAuthorizationDetails"
SERVICE_LINKED, SINGLE_SIGN_ON = "/aws-service-role/", "/aws-reserved/sso.amazonaws.com/"
Row = Mapping[str, Any]


@dataclass(slots=True)
class Policies:
    """The account's policies in use. `managed` by ARN; `groups`: name → what members of the group get from it."""

    managed: dict[str, tuple[Statement, ...]] = field(default_factory=dict)
    groups: dict[str, tuple[Statement, ...]] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)  # attached, but IAM didn't tell them

    def read(self, place: Place) -> None:
        groups: list[Row] = []
        kinds = ["LocalManagedPolicy", "AWSManagedPolicy", "Group"]
        for page in place.pages("iam", OPERATION, by="Marker", Filter=kinds, MaxItems=1000):
            for row in page.get("Policies", ()):
                if _is_used(row):
                    self.managed[row["Arn"]] = _managed(row)
            groups.extend(page.get("GroupDetailList", ()))
        for row in groups:
            rows = self.attached(row, inline="GroupPolicyList", on=f" on group {row['GroupName']}")
            self.groups[row["GroupName"]] = tuple(rows)

    def attached(self, row: Row, *, inline: str, on: str = "") -> Iterator[Statement]:
        """What the identity or group has of its own: inline policies and managed ones."""
        for policy in row.get(inline, ()):
            yield from statements(policy["PolicyDocument"], policy=f"inline policy {policy['PolicyName']}{on}")
        for policy in row.get("AttachedManagedPolicies", ()):
            found = self.managed.get(policy["PolicyArn"])
            if found is None:
                self.unread.add(policy["PolicyArn"])
            for statement in found or ():
                yield replace(statement, policy=statement.policy + on)


def _is_used(row: Row) -> bool:
    """AWS may tell its whole catalogue of managed policies; only those in use in the account are kept."""
    ours = row["Arn"].split(":")[4] != "aws"
    return ours or bool(row["AttachmentCount"] or row.get("PermissionsBoundaryUsageCount"))


def _managed(row: Row) -> tuple[Statement, ...]:
    default = next(each for each in row["PolicyVersionList"] if each["IsDefaultVersion"])
    by = " (AWS managed)" if row["Arn"].split(":")[4] == "aws" else ""
    return statements(default["Document"], policy=f"policy {row['PolicyName']}{by}")


class Identities:
    """Reads one account's roles and users, and remembers what other scopes of the account ask about them."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.policies = Policies()
        self.keys = AccessKeys(place)
        self.home = Home(
            account=place.account.id,
            name=place.account.name,
            partition=place.partition,
            names={arn: resource.name for arn, resource in place.known.resources.items()},
            buckets_known=place.known.buckets_complete,
        )
        self.sets: dict[str, Target] = {}
        self.told: set[str] = set()
        self.last_accessed = LastAccessed(place, place.known.usage or place.scope)
        self.waiting: deque[tuple[list[Record], str | None]] = deque()

    def read(self) -> Iterator[Record]:
        self.policies.read(self.place)
        for page in self.place.pages("iam", OPERATION, by="Marker", Filter=["Role", "User"], MaxItems=1000):
            for row in page.get("RoleDetailList", ()):
                yield from self._in_turn(list(self._role(row)))
            for row in page.get("UserDetailList", ()):
                yield from self._in_turn(list(self._user(row)))
        while self.waiting:
            yield from self._settled(*self.waiting.popleft())
        yield from self._members()
        self.place.known.sets = {target.pattern: target for target in self.sets.values() if target.pattern}
        self.place.known.iam_complete = True

    def _in_turn(self, records: list[Record]) -> Iterator[Record]:
        """Some identities wait for what AWS has to say of their use, while the next ones are read."""
        self.waiting.append((records, self.last_accessed.ask(records)))
        while len(self.waiting) > AT_ONCE:
            yield from self._settled(*self.waiting.popleft())

    def _settled(self, records: list[Record], question: str | None) -> Iterator[Record]:
        never = self.last_accessed.never_used(question)
        for record in self._once(records):
            if never and isinstance(record, Identity):
                yield replace(record, facts=(*record.facts, (FACT, ", ".join(never))))
            else:
                yield record

    def _once(self, records: Iterable[Record]) -> Iterator[Record]:
        """Objects that several policies name, once. IAM may list a role twice when roles change while it is paging."""
        for record in records:
            if not isinstance(record, Identity | Resource) or record.id not in self.told:
                yield record
            if isinstance(record, Identity | Resource):
                self.told.add(record.id)

    def _role(self, row: Row) -> Iterator[Record]:
        trusted = trusts(row["AssumeRolePolicyDocument"])
        used = row.get("RoleLastUsed")
        last = (used or {}).get("LastUsedDate")
        silent = Usage.UNKNOWN if used is None else Usage.NEVER
        identity = self._identity(
            row,
            row["RoleName"],
            type="IAM role",
            provider_id=row["RoleId"],
            last_used_at=last,
            usage=Usage.USED if last else silent,
            human=True if row["Path"].startswith(SINGLE_SIGN_ON) else None,
            provider_managed=row["Path"].startswith(SERVICE_LINKED),
            facts=(*_facts(row), *principals.facts(trusted)),
        )
        self._remember(row, identity)
        ref = Ref(kind="identity", id=identity.id, name=identity.name)
        held = [*self.policies.attached(row, inline="RolePolicyList")]
        # Service control policies don't apply to the roles that AWS's own services act with.
        limits = Guardrails() if identity.provider_managed else self.place.known.guardrails
        yield from self._with_permissions(identity, row, held, limits)
        yield from principals.links(self.place, ref, trusted)
        yield from self.place.referenced.owners(identity.tags, ref, scope=self.place.scope.key)

    def _remember(self, row: Row, identity: Identity) -> None:
        known = self.place.known
        known.roles_by_name[identity.name] = identity.id
        if not identity.provider_managed:
            known.roles[identity.id] = identity.name
        for profile in row.get("InstanceProfileList", ()):
            known.roles_by_profile[profile["Arn"]] = identity.id

    def _user(self, row: Row) -> Iterator[Record]:
        credentials = self.keys.of(row["UserName"])
        identity = self._identity(
            row,
            row["UserName"],
            type="IAM user",
            provider_id=row["UserId"],
            credentials=credentials,
            usage=usage(credentials),
            last_used_at=max((each.last_used_at for each in credentials if each.last_used_at), default=None),
            facts=tuple(_facts(row)),
        )
        ref = Ref(kind="identity", id=identity.id, name=identity.name)
        held = [*self.policies.attached(row, inline="UserPolicyList")]
        held += [each for group in row.get("GroupList", ()) for each in self.policies.groups.get(group, ())]
        yield from self._with_permissions(identity, row, held, self.place.known.guardrails)
        yield from self.place.referenced.owners(identity.tags, ref, scope=self.place.scope.key)

    def _identity(self, row: Row, name: str, **more: Any) -> Identity:
        common = self.place.of(name=name, created_at=row.get("CreateDate"), tags=pairs(row.get("Tags", ())))
        return Identity(id=row["Arn"], **common, **more)

    def _with_permissions(
        self, identity: Identity, row: Row, held: list[Statement], limits: Guardrails
    ) -> Iterator[Record]:
        """The identity, what it may reach, and what it is forbidden to become."""
        arn = (row.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn")
        boundary = self.policies.managed.get(arn) if arn else None
        unread = short_name(arn) if arn and boundary is None else None
        found = left(grants(held, boundary=boundary, boundary_unread=unread), limits)
        told = (("Taken away by service control policies", "; ".join(found.taken)),) if found.taken else ()
        yield replace(identity, facts=(*identity.facts, *told))
        ref = Ref(kind="identity", id=identity.id, name=identity.name)
        for edge in reach.edges(found.grants, self.home):
            yield from self._set(edge.target)
            yield self._permission(ref, edge)
        for bar in bars(held, boundary=boundary, boundary_unread=unread, limits=limits):
            yield from self._barred(ref, bar)

    def _permission(self, ref: Ref, edge: reach.Edge) -> Permission:
        return Permission(
            source=ref,
            target=Ref(kind=edge.target.kind, id=edge.target.id, name=edge.target.name),
            access=edge.access,
            actions=edge.actions,
            scope=self.place.scope.key,
            grade=edge.grade,
            via="; ".join(edge.policies),
            conditions=edge.conditions,
        )

    def _barred(self, ref: Ref, bar: Bar) -> Iterator[Record]:
        """What it may not become. The set's members aren't linked: nothing is reached through it."""
        target = targets.role_of(bar.resource, self.home)
        yield from self._stand_in(target)
        yield Link(
            relation=Relation.BARRED,
            source=ref,
            target=Ref(kind=target.kind, id=target.id, name=target.name),
            scope=self.place.scope.key,
            grade=bar.grade,
            via=bar.policy,
            conditions=bar.conditions,
        )

    def _set(self, target: Target) -> Iterator[Record]:
        """The stand-in that the edge points at, if it is one: a set of resources, a whole service."""
        if target.pattern is not None:
            self.sets[target.id] = target
        yield from self._stand_in(target)

    def _stand_in(self, target: Target) -> Iterator[Record]:
        if target.id.startswith("aws:") and target.type != "AWS account":
            yield Resource(
                id=target.id,
                provider_id=target.id,
                name=target.name,
                type=target.type,
                pattern=target.pattern,
                **self.place.of(),
            )

    def _members(self) -> Iterator[Record]:
        """The account's own roles that the role patterns of its policies match."""
        for target in self.sets.values():
            for arn, name in self.place.known.roles.items() if ":iam:" in str(target.pattern) else ():
                if covers(widened(str(target.pattern)), arn):
                    yield Link(
                        relation=Relation.CONTAINS,
                        source=Ref(kind="resource", id=target.id, name=target.name),
                        target=Ref(kind="identity", id=arn, name=name),
                        scope=self.place.scope.key,
                    )


def identities(place: Place) -> Iterator[Record]:
    reading = Identities(place)
    yield from reading.read()
    for arn in sorted(reading.policies.unread):
        sentence = f"IAM didn't tell what the attached policy {short_name(arn)} allows, reading {place.scope.label}."
        place.scope.note(Trouble(ScopeState.FAILED, sentence, ErrorKind.TRANSIENT))


def _facts(row: Row) -> Iterator[tuple[str, str]]:
    yield "Path", row["Path"]
    boundary = (row.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn")
    if boundary:
        yield "Permissions boundary", short_name(boundary)
