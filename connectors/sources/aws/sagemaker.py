"""Which SageMaker notebooks and endpoints run, as which role, and where can they send what they read?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.inventory.records import Record, Ref, Workload
from connectors.sources.aws import edges
from connectors.sources.aws.place import Place, Tags
from connectors.sources.aws.tags import tags_of

GONE = ["ValidationException", "ResourceNotFound"]  # SageMaker says "Could not find …" with the former
Row = Mapping[str, Any]


def notebooks(place: Place) -> Iterator[Record]:
    tags = tags_of(place, "sagemaker:notebook-instance")
    for page in place.pages("sagemaker", "ListNotebookInstances", by="NextToken", MaxResults=100):
        for row in page["NotebookInstances"]:
            named = {"NotebookInstanceName": row["NotebookInstanceName"]}
            found = place.optional("sagemaker", "DescribeNotebookInstance", absent=GONE, **named)
            if found:
                yield from _notebook(place, found, tags.get(row["NotebookInstanceArn"], ()))


def _notebook(place: Place, row: Row, tags: Tags) -> Iterator[Record]:
    direct = row.get("DirectInternetAccess")
    found = Workload(
        id=row["NotebookInstanceArn"],
        provider_id=row["NotebookInstanceArn"],
        name=row["NotebookInstanceName"],
        type="SageMaker notebook",
        role="script",
        enabled=row["NotebookInstanceStatus"] == "InService",
        created_at=row.get("CreationTime"),
        modified_at=row.get("LastModifiedTime"),
        tags=tags,
        facts=tuple(_notebook_facts(row)),
        **place.of(),
    )
    yield found
    source = edges.ref(found)
    yield from edges.runs_as(place, source, {"notebook's role": row["RoleArn"]})
    yield from place.referenced.owners(tags, source, scope=place.scope.key)
    if row.get("SubnetId") and direct != "Enabled":
        groups = row.get("SecurityGroups", ())
        yield from edges.leaves(place, source, subnets=[row["SubnetId"]], groups=groups, public=False)
    else:
        yield from edges.leaves_freely(place, source, evidence=f"{found.name} has direct internet access.")


def _notebook_facts(row: Row) -> Iterator[tuple[str, str]]:
    if row.get("DirectInternetAccess"):
        yield "Direct internet access", row["DirectInternetAccess"].lower()
    if row.get("RootAccess"):
        yield "Root access", row["RootAccess"].lower()
    if row.get("DefaultCodeRepository"):
        yield "Code repository", "yes"


def endpoints(place: Place) -> Iterator[Record]:
    """Endpoints act as the roles of the models behind them."""
    tags = tags_of(place, "sagemaker:endpoint")
    for page in place.pages("sagemaker", "ListEndpoints", by="NextToken", MaxResults=100):
        for row in page["Endpoints"]:
            named = {"EndpointName": row["EndpointName"]}
            found = place.optional("sagemaker", "DescribeEndpoint", absent=GONE, **named)
            if found:
                yield from _endpoint(place, found, tags.get(row["EndpointArn"], ()))


def _endpoint(place: Place, row: Row, tags: Tags) -> Iterator[Record]:
    named = {"EndpointConfigName": row["EndpointConfigName"]}
    configured = place.optional("sagemaker", "DescribeEndpointConfig", absent=GONE, **named) or {}
    models = list(_models(place, configured))
    names = sorted(model["ModelName"] for model in models)
    found = Workload(
        id=row["EndpointArn"],
        provider_id=row["EndpointArn"],
        name=row["EndpointName"],
        type="SageMaker endpoint",
        role="service",
        enabled=row["EndpointStatus"] == "InService",
        created_at=row.get("CreationTime"),
        modified_at=row.get("LastModifiedTime"),
        tags=tags,
        facts=(("Models", ", ".join(names)),) if names else (),
        **place.of(),
    )
    yield found
    source = edges.ref(found)
    roles = {f"role of the model {model['ModelName']}": model.get("ExecutionRoleArn") for model in models}
    yield from edges.runs_as(place, source, {"endpoint's role": configured.get("ExecutionRoleArn"), **roles})
    yield from place.referenced.owners(tags, source, scope=place.scope.key)
    yield from _leaving(place, source, [*models, *([configured] if configured.get("ExecutionRoleArn") else [])])


def _models(place: Place, configured: Row) -> Iterator[Row]:
    """Their environment comes along, and is dropped here."""
    variants = (*configured.get("ProductionVariants", ()), *configured.get("ShadowProductionVariants", ()))
    for name in dict.fromkeys(each["ModelName"] for each in variants if each.get("ModelName")):
        found = place.optional("sagemaker", "DescribeModel", absent=GONE, ModelName=name)
        if found:
            yield found


def _leaving(place: Place, source: Ref, parts: list[Row]) -> Iterator[Record]:
    """What isn't kept from the network may leave: freely where one part has no network of the customer's around it."""
    talking = [part for part in parts if not part.get("EnableNetworkIsolation")]
    networks = [part["VpcConfig"] for part in talking if part.get("VpcConfig")]
    if len(networks) < len(talking):
        evidence = f"A model of {source.name} is neither isolated nor attached to a VPC."
        yield from edges.leaves_freely(place, source, evidence=evidence)
    elif networks:
        subnets = [subnet for each in networks for subnet in each["Subnets"]]
        groups = [group for each in networks for group in each["SecurityGroupIds"]]
        yield from edges.leaves(place, source, subnets=subnets, groups=groups, public=False)
