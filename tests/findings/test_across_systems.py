"""Is what no single system shows found, and told in one path? From two vendors' APIs to the finding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from connectors import scan as scans
from connectors.models import Connection, Scan
from findings import evidence
from findings.models import Finding
from tenants.models import Tenant
from tests.emulators.aws import AwsEmulator
from tests.emulators.aws.addresses import url_host
from tests.emulators.aws.builders import data, identities, workloads
from tests.emulators.aws.builders.organization import found
from tests.emulators.aws.console import Console
from tests.emulators.aws.policies import allow, by_service
from tests.emulators.aws.small_estate import ESTATE, ORDERS, REGION
from tests.emulators.jira import JiraEmulator
from tests.emulators.jira.small_estate import sending_to
from tests.factories import make_connection, make_scan

FUNCTION = "ticket-enricher"
HOST = url_host(ORDERS, REGION, FUNCTION)


def build(console: Console) -> None:
    """A function that answers anybody and reads what customers ordered."""
    organization = found(console, AWS, "acme-management", region=REGION)
    orders = organization.account(ORDERS, "orders", under=organization.unit("Workloads"), region=REGION)
    organization.let_reader_in(orders)
    bucket = data.bucket(orders, "acme-orders-export", domain="customer")
    grants = [allow("s3:GetObject", on=f"{bucket}/*")]
    reads = identities.role(orders, FUNCTION, trust=by_service("lambda"), grants=grants)
    workloads.function(orders, FUNCTION, reads)
    workloads.let_anybody_call(orders, FUNCTION)


AWS = replace(ESTATE, regions=(REGION,), build=build)


@pytest.fixture
def systems(monkeypatch: pytest.MonkeyPatch) -> Iterator[JiraEmulator]:
    with AwsEmulator(AWS) as aws, JiraEmulator(sending_to(HOST)) as jira:
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
        monkeypatch.setenv("SV0_ENDPOINT_JIRA", jira.url)
        yield jira


def scanned(connection: Connection) -> None:
    scan = make_scan(connection, state=Scan.State.QUEUED, live=True, started_at=None, finished_at=None)
    scans.run(scan)
    assert Scan.objects.of(connection.tenant).get(pk=scan.pk).counts["failed_rules"] == 0


def test_a_jira_rule_that_reaches_a_bucket_at_aws_is_one_finding(tenant: Tenant, systems: JiraEmulator):
    site = systems.estate
    settings: dict[str, Any] = {"address": f"https://{site.host}", "email": site.email, "api_token": site.api_token}
    scanned(make_connection(tenant, kind="jira", name="Jira", settings=settings))
    settings = {
        "role_arn": AWS.hub_role_arn,
        "external_id": AWS.external_id,
        "member_role_name": "sv0-reader",
        "regions": list(AWS.regions),
        "access_key_id": AWS.access_key_id,
        "secret_access_key": AWS.secret_access_key,
    }
    scanned(make_connection(tenant, kind="aws", name="AWS", settings=settings))
    told = Finding.objects.of(tenant).filter(rule="automation_with_egress")
    (finding,) = told.filter(subject_name="Export customer tickets")
    assert finding.path_line == (
        f"Export customer tickets → {HOST} → ticket-enricher → ticket-enricher → acme-orders-export"
    )
    assert [hop["relation"] for hop in finding.path] == ["egress", "calls", "runs_as", "permission"]
    assert [hop["via"] for hop in finding.path][:3] == [
        f"An action of Export customer tickets sends a web request to {HOST}.",
        "function URL",
        "execution role",
    ]
    assert all(hop["scan"] and hop["last_seen"] and hop["scope"] for hop in finding.path)
    assert finding.domains == ["customer"]
    assert finding.severity == "high"
    assert finding.because == (
        "Jira automation rule Export customer tickets can reach customer data in acme-orders-export as ticket-enricher "
        f"and send to {HOST}."
    )
    states = {row["scope"].partition(":")[0]: row["state"] for row in evidence.pack(finding)["coverage"]}
    assert states == {"jira": "complete", "aws": "complete"}
