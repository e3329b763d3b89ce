"""Which AgentCore runtimes host agents, which gateways hand them tools, as which roles, and where do they talk to?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from connectors.inventory.records import Link, Record, Ref, Relation, Workload
from connectors.sources.aws import edges, variables
from connectors.sources.aws.place import Place
from connectors.sources.aws.tags import tags_of

CORE = "bedrock-agentcore-control"
GONE = ["ResourceNotFoundException"]
LET_IN = {
    "NONE": "nothing: open to anyone",
    "AWS_IAM": "AWS credentials",
    "AUTHENTICATE_ONLY": "any AWS credentials",
}
Row = Mapping[str, Any]


def runtimes(place: Place) -> Iterator[Record]:
    tags = tags_of(place, "bedrock-agentcore:runtime")
    for page in place.pages(CORE, "ListAgentRuntimes", by="nextToken", maxResults=100):
        for row in page["agentRuntimes"]:
            found = place.optional(CORE, "GetAgentRuntime", absent=GONE, agentRuntimeId=row["agentRuntimeId"])
            if found:
                yield from _runtime(place, found, tags.get(row["agentRuntimeArn"], ()))


def _runtime(place: Place, row: Row, tags: tuple[tuple[str, str], ...]) -> Iterator[Record]:
    network = row.get("networkConfiguration") or {}
    found = Workload(
        id=row["agentRuntimeArn"],
        provider_id=row["agentRuntimeId"],
        name=row["agentRuntimeName"],
        type="AgentCore runtime",
        role="agent",
        enabled=row["status"] not in {"DELETING", "CREATE_FAILED"},
        created_at=row.get("createdAt"),
        modified_at=row.get("lastUpdatedAt"),
        tags=tags,
        facts=tuple(_runtime_facts(row, network)),
        **place.of(),
    )
    yield found
    source = edges.ref(found)
    yield from edges.runs_as(place, source, {"runtime's role": row["roleArn"]})
    yield from place.referenced.owners(tags, source, scope=place.scope.key)
    inside = network.get("networkModeConfig") or {}
    if network.get("networkMode") == "PUBLIC":
        yield from edges.leaves_freely(place, source, evidence=f"{found.name} runs in AgentCore's public network.")
    elif inside:
        groups = inside["securityGroups"]
        yield from edges.leaves(place, source, subnets=inside["subnets"], groups=groups, public=False)
    else:
        yield from edges.may_leave(place, source, evidence=f"AWS doesn't tell the network of {found.name}.")


def _runtime_facts(row: Row, network: Row) -> Iterator[tuple[str, str]]:
    if network.get("networkMode"):
        yield "Network", network["networkMode"].lower()
    if (row.get("protocolConfiguration") or {}).get("serverProtocol"):
        yield "Protocol", row["protocolConfiguration"]["serverProtocol"]
    jwt = (row.get("authorizerConfiguration") or {}).get("customJWTAuthorizer")
    yield "Let in by", _issuer(jwt) if jwt else "AWS credentials"
    yield from variables.facts(row.get("environmentVariables") or {})


def _issuer(jwt: Row) -> str:
    return f"tokens of {urlsplit(jwt['discoveryUrl']).hostname}"


def gateways(place: Place) -> Iterator[Record]:
    tags = tags_of(place, "bedrock-agentcore:gateway")
    for page in place.pages(CORE, "ListGateways", by="nextToken", maxResults=100):
        for row in page["items"]:
            found = place.optional(CORE, "GetGateway", absent=GONE, gatewayIdentifier=row["gatewayId"])
            if found:
                yield from _gateway(place, found, tags.get(found["gatewayArn"], ()))


def _gateway(place: Place, row: Row, tags: tuple[tuple[str, str], ...]) -> Iterator[Record]:
    aimed = list(_targets(place, row["gatewayId"]))
    found = Workload(
        id=row["gatewayArn"],
        provider_id=row["gatewayId"],
        name=row["name"],
        type="AgentCore gateway",
        role="service",
        enabled=row["status"] not in {"DELETING", "FAILED"},
        created_at=row["createdAt"],
        modified_at=row["updatedAt"],
        tags=tags,
        open_to="anyone who knows its address" if row["authorizerType"] == "NONE" else None,
        facts=tuple(_gateway_facts(row, aimed)),
        **place.of(),
    )
    yield found
    source = edges.ref(found)
    yield from edges.runs_as(place, source, {"gateway's role": row.get("roleArn")})
    yield from place.referenced.owners(tags, source, scope=place.scope.key)
    yield from _from_outside(place, row, source)
    called = [arn for _, where in aimed for arn in _workloads(where)]
    yield from edges.calls(place, source, called, via="target of the gateway")
    urls = [url for _, where in aimed for url in _addresses(where)]
    yield from edges.talks_to(place, source, urls, evidence="A target of the gateway leads to {host}.")


def _gateway_facts(row: Row, aimed: Sequence[tuple[str, Row]]) -> Iterator[tuple[str, str]]:
    jwt = (row.get("authorizerConfiguration") or {}).get("customJWTAuthorizer")
    yield "Let in by", _issuer(jwt) if jwt else LET_IN.get(row["authorizerType"], "another way")
    if aimed:
        yield "Targets", ", ".join(sorted(name for name, _ in aimed))


def _from_outside(place: Place, row: Row, gateway: Ref) -> Iterator[Record]:
    """Whoever sends to the gateway's address calls it, where it asks nobody who he is."""
    host = urlsplit(row.get("gatewayUrl") or "").hostname
    if host and row["authorizerType"] == "NONE":
        source = Ref(kind="egress", id=host, name=host)
        yield Link(
            relation=Relation.CALLS, source=source, target=gateway, scope=place.scope.key, via="address of the gateway"
        )


def _targets(place: Place, gateway: str) -> Iterator[tuple[str, Row]]:
    """Name and configuration of each target."""
    for page in place.pages(CORE, "ListGatewayTargets", by="nextToken", gatewayIdentifier=gateway, maxResults=100):
        for row in page["items"]:
            named = {"gatewayIdentifier": gateway, "targetId": row["targetId"]}
            found = place.optional(CORE, "GetGatewayTarget", absent=GONE, **named)
            if found:
                yield found["name"], found["targetConfiguration"]


def _workloads(where: Row) -> Iterator[str]:
    called = (where.get("mcp") or {}).get("lambda")
    if called:
        yield called["lambdaArn"]
    hosted = (where.get("http") or {}).get("agentcoreRuntime")
    if hosted:
        yield hosted["arn"]


def _addresses(where: Row) -> Iterator[str]:
    server = (where.get("mcp") or {}).get("mcpServer")
    if server:
        yield server["endpoint"]
    passed = (where.get("http") or {}).get("passthrough")
    if passed:
        yield passed["endpoint"]
