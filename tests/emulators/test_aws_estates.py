"""Do the estates hold what their ground truth says, and do they look the same at every start?"""

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.emulators.aws import AwsEmulator, GroundTruth
from tests.emulators.aws.__main__ import ESTATES
from tests.emulators.aws.census import Facts, census

# Run in a process of its own: everything an estate holds, and the raw lists of what is in it.
PRINT = """
import importlib, json, sys
from tests.emulators.aws import AwsEmulator
from tests.emulators.aws.census import census
from tests.emulators.test_aws_estates import lists
with AwsEmulator(importlib.import_module(sys.argv[1]).ESTATE) as aws:
    print(json.dumps([census(aws), lists(aws)]))
"""
LISTS = {
    "bedrock-agent": ("list_knowledge_bases", "knowledgeBaseSummaries"),
    "ec2": ("describe_instances", "Reservations"),
    "secretsmanager": ("list_secrets", "SecretList"),
    "kms": ("list_keys", "Keys"),
    "rds": ("describe_db_instances", "DBInstances"),
    "s3": ("list_buckets", "Buckets"),
    "lambda": ("list_functions", "Functions"),
    "iam": ("get_account_authorization_details", "RoleDetailList"),
}


def lists(aws: AwsEmulator) -> list[str]:
    """Return what the APIs list in the estate's accounts, in its first region, as text."""
    listed: list[str] = []
    for account_id in aws.estate.ground_truth.accounts:
        for service, (operation, key) in LISTS.items():
            client = aws.console.client(service, account_id, aws.estate.regions[0])
            items = getattr(client, operation)()[key]
            listed.extend(repr({**item, "LatestRestorableTime": "a moment ago"}) for item in items)
    return listed


@dataclass(frozen=True)
class Held:
    module: str
    truth: GroundTruth
    things: dict[str, Facts]
    listed: list[str]
    states: set[str]

    def place_of(self, role_arn: str) -> str:
        account_id = role_arn.partition("::")[2].partition(":")[0]
        return f"{self.truth.accounts[account_id]}/role/{role_arn.rpartition('/')[2]}"


@pytest.fixture(scope="module", params=ESTATES)
def held(request: pytest.FixtureRequest) -> Iterator[Held]:
    module = ESTATES[request.param]
    estate = importlib.import_module(module).ESTATE
    with AwsEmulator(estate) as aws:
        organizations = aws.console.client("organizations", estate.management_account)
        states = {account["State"] for account in organizations.list_accounts()["Accounts"]}
        yield Held(module, estate.ground_truth, census(aws), lists(aws), states)


def test_workloads_act_with_the_roles_they_should(held):
    acting = {place: held.place_of(held.things[place]["role"]) for place in held.truth.runs_as}
    assert acting == dict(held.truth.runs_as)


def test_every_place_named_exists(held):
    expected = [held.truth.findings, held.truth.near_misses, held.truth.told_by_last_accessed]
    named = {place for rules in expected for places in rules.values() for place in places}
    assert named | held.truth.administrators <= held.things.keys()


def test_every_rule_has_both_outcomes(held):
    assert held.truth.findings.keys() == held.truth.near_misses.keys()
    for rule, places in held.truth.findings.items():
        assert places
        assert held.truth.near_misses[rule]
        assert not places & held.truth.near_misses[rule]


def test_administrators_are_who_runs_administrative_workloads(held):
    running = {held.truth.runs_as[place] for place in held.truth.findings["administrative_workload"]}
    assert running <= held.truth.administrators


def test_another_start_has_the_same_ids_and_dates(held):
    ran = subprocess.run(
        [sys.executable, "-c", PRINT, held.module],
        env={**os.environ, "PYTHONHASHSEED": "2"},
        capture_output=True,
        check=True,
        text=True,
    )
    things, listed = json.loads(ran.stdout)
    assert things == json.loads(json.dumps(held.things))
    assert listed == held.listed


def test_both_estates_have_accounts_that_cannot_be_read(held):
    assert held.states == {"ACTIVE", "SUSPENDED"}
    assert held.truth.unreadable.keys() <= held.truth.accounts.keys()


@pytest.mark.parametrize("held", ["demo"], indirect=True)
def test_the_demo_is_a_believable_company(held):
    kinds = [place.split("/")[1] for place in held.things]
    assert kinds.count("role") > 250
    assert kinds.count("user") >= 40
    assert len(kinds) - kinds.count("role") - kinds.count("user") >= 120
    assert "payroll-latam/instance/<b>payroll</b>" in held.things
    assert max(len(place) for place in held.things) > 256
