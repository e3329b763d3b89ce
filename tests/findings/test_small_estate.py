"""Do the rules that its author knew say of an organization what he wrote down before they ran, from AWS's API on?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from connectors import scan as scans
from connectors.models import Scan
from findings.models import Finding
from tenants.models import Tenant
from tests.emulators.aws import AwsEmulator
from tests.emulators.aws.small_estate import ESTATE
from tests.factories import make_connection, make_scan

TRUTH = ESTATE.ground_truth
KINDS = {
    "Lambda function": "function",
    "ECS service": "ecs-service",
    "ECS task": "ecs-task",
    "EventBridge schedule": "schedule",
    "EventBridge rule": "rule",
    "CodeBuild project": "build-project",
    "Glue job": "glue-job",
    "Step Functions state machine": "state-machine",
    "EC2 instance": "instance",
    "Bedrock agent": "agent",
    "IAM role": "role",
    "IAM user": "user",
}
# IAM's details of a user don't tell whether there is a password: with a key that was never used, its use is unknown.
UNSEEN = {"dormant_identity": frozenset({"orders/user/alice-laptop"})}
Found = dict[str, set[str]]


@pytest.fixture(scope="module")
def running() -> Iterator[AwsEmulator]:
    with AwsEmulator(ESTATE) as aws:
        yield aws


@pytest.fixture
def found(tenant: Tenant, running: AwsEmulator, monkeypatch: pytest.MonkeyPatch) -> Found:
    """Rule → the places it reports, after one scan by the production source."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", running.url)
    connection = make_connection(
        tenant,
        settings={
            "role_arn": ESTATE.hub_role_arn,
            "external_id": ESTATE.external_id,
            "member_role_name": "sv0-reader",
            "regions": list(ESTATE.regions),
            "access_key_id": ESTATE.access_key_id,
            "secret_access_key": ESTATE.secret_access_key,
        },
    )
    scan = make_scan(connection, state=Scan.State.QUEUED, live=True, started_at=None, finished_at=None)
    scans.run(scan)
    assert Scan.objects.of(tenant).get(pk=scan.pk).counts["failed_rules"] == 0
    places: Found = {rule: set() for rule in TRUTH.findings}
    for finding in Finding.objects.of(tenant).filter(rule__in=list(TRUTH.findings)):
        places[finding.rule].add(place(finding))
    return places


def place(finding: Any) -> str:
    """The estate's word for the subject: "orders/function/order-api"."""
    return f"{finding.account_name}/{KINDS[finding.subject_type]}/{finding.subject_name}"


def test_the_rules_report_what_is_wrong_and_nothing_else(found: Found):
    """Near misses are what only looks wrong; of this estate, everything else is right too."""
    missed = {rule: places - found[rule] for rule, places in TRUTH.findings.items() if places - found[rule]}
    others: Found = {rule: found[rule] - TRUTH.findings[rule] for rule in found if found[rule] - TRUTH.findings[rule]}
    assert all(found[rule].isdisjoint(places) for rule, places in TRUTH.near_misses.items())
    assert (missed, others) == (UNSEEN, {})
