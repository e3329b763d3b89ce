"""How do workloads point at what they run as, call, use and talk to?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from connectors.inventory.records import Egress, Grade, Link, Record, Ref, Relation, Workload
from connectors.sources.aws import arn as arns
from connectors.sources.aws.network import Network
from connectors.sources.aws.place import Place

INTERNET = "internet"


def ref(workload: Workload) -> Ref:
    return Ref(kind="workload", id=workload.id, name=workload.name)


def runs_as(place: Place, source: Ref, roles: Mapping[str, str | None]) -> Iterator[Record]:
    """A link for each role; `roles` is what the role is for ("execution role") → its ARN. One role, one link."""
    uses: dict[str, list[str]] = {}
    for use, role in roles.items():
        if role:
            uses.setdefault(role, []).append(use)
    for role, named in uses.items():
        target = Ref(kind="identity", id=role, name=arns.short_name(role))
        via = " and ".join(named)
        yield Link(relation=Relation.RUNS_AS, source=source, target=target, scope=place.scope.key, via=via)


def runs_as_named(place: Place, source: Ref, role: str, *, via: str) -> Iterator[Record]:
    """As `runs_as` for a role that may be given by its bare name, which hides its path: IAM's list tells the ARN.

    Without that list the ARN is a guess, so the link is graded unknown and the scope doesn't count as complete.
    """
    found = role if role.startswith("arn:") else place.known.roles_by_name.get(role)
    if found is None:
        place.unresolved()
    guess = arns.role_arn(role, partition=place.partition, account=place.account.id)
    yield Link(
        relation=Relation.RUNS_AS,
        source=source,
        target=Ref(kind="identity", id=found or guess, name=arns.short_name(role)),
        scope=place.scope.key,
        grade=Grade.GRANTED if found else Grade.UNKNOWN,
        via=via,
    )


def calls(place: Place, source: Ref, targets: Iterable[str], *, via: str) -> Iterator[Record]:
    """A link for each workload among the targets; aliases and versions of a function mean the function."""
    found = dict.fromkeys(arns.function_arn(each) or each for each in targets if _is_workload(each))
    for target in found:
        name = arns.short_name(target)
        called = Ref(kind="workload", id=target, name=name)
        yield Link(relation=Relation.CALLS, source=source, target=called, scope=place.scope.key, via=via)


def uses(place: Place, source: Ref, resources: Mapping[str, str], *, via: str) -> Iterator[Record]:
    """A link for each resource; `resources` is ARN → name."""
    for arn, name in resources.items():
        target = Ref(kind="resource", id=arn, name=name)
        yield Link(relation=Relation.USES_DATA, source=source, target=target, scope=place.scope.key, via=via)


def talks_to(place: Place, source: Ref, urls: Iterable[str], *, evidence: str) -> Iterator[Record]:
    """An egress for each host among the addresses. `evidence` is a sentence with {host} in it."""
    hosts = dict.fromkeys(host for url in urls if (host := urlsplit(url).hostname))
    for host in hosts:
        told = evidence.format(host=host)
        yield Egress(source=source, destination=host, scope=place.scope.key, evidence=told)


def leaves(
    place: Place, source: Ref, *, subnets: Sequence[str], groups: Sequence[str] | None, public: bool | None
) -> Iterator[Record]:
    """An egress to the internet, if the network leaves a way to it. Parameters as network.Network.out."""
    way = place.known.networks.get(place.region, Network()).out(subnets=subnets, groups=groups, public=public)
    if way is not None:
        yield Egress(
            source=source,
            destination=INTERNET,
            scope=place.scope.key,
            evidence=way.words[0].upper() + way.words[1:],
            grade=way.grade,
        )


def leaves_freely(place: Place, source: Ref, *, evidence: str) -> Iterator[Record]:
    """An egress to the internet of something that no network of the customer's stands around."""
    yield Egress(source=source, destination=INTERNET, scope=place.scope.key, evidence=evidence)


def may_leave(place: Place, source: Ref, *, evidence: str) -> Iterator[Record]:
    """An egress to the internet that the metadata can neither show nor rule out."""
    yield Egress(source=source, destination=INTERNET, scope=place.scope.key, evidence=evidence, grade=Grade.UNKNOWN)


def _is_workload(arn: str) -> bool:
    parsed = arns.parse(arn)
    kinds = ("stateMachine:", "runtime/")  # of Step Functions and of AgentCore
    return arns.function_arn(arn) is not None or (parsed is not None and parsed.resource.startswith(kinds))
