"""Administrative is everything in an account, over whatever chain, as far as the evidence is sure."""

from __future__ import annotations

import pytest

from connectors.inventory.records import Access, Grade
from findings.evaluator import Severity
from findings.evaluators.administrative_workload import administrative_workload
from tests.findings.estate import Estate, account, administers, function, hop, may, resource, role, severity

EXPORT, AGENT, ADMIN = function(), role("Agent"), role("Billing-Admin")


def test_its_own_role_hits():
    way = (hop("runs_as", EXPORT, ADMIN), administers(ADMIN))
    hit = administrative_workload(EXPORT, Estate(EXPORT, ADMIN).path(*way))
    assert hit is not None
    assert hit.because == ("Lambda function billing-export acts as Billing-Admin, which administers billing-prod.")
    assert hit.path == way
    assert hit.facts["Granted by"] == "policy AdministratorAccess"


def test_a_chain_hits_and_is_told():
    way = (hop("runs_as", EXPORT, AGENT), hop("can_assume", AGENT, ADMIN), administers(ADMIN))
    hit = administrative_workload(EXPORT, Estate().path(*way))
    assert hit is not None
    assert "acts as Agent and then Billing-Admin, which administers billing-prod." in hit.because
    assert hit.path == way


def test_conditions_lower_it_and_the_surest_path_is_shown():
    runs = hop("runs_as", EXPORT, ADMIN)
    conditional = administers(ADMIN, grade=Grade.CONDITIONAL, conditions=("aws:SourceIp",))
    estate = Estate().path(runs, conditional)
    hit = administrative_workload(EXPORT, estate)
    assert hit is not None
    assert hit.facts["Conditions"] == "aws:SourceIp"
    assert severity(administrative_workload, EXPORT, estate) is Severity.MEDIUM
    assert hit.because.endswith(", under conditions.")
    assume = hop("can_assume", ADMIN, AGENT)
    hit = administrative_workload(EXPORT, estate.path(runs, assume, administers(AGENT)))
    assert hit is not None
    assert len(hit.path) == 3
    assert severity(administrative_workload, EXPORT, estate) is Severity.HIGH


def test_an_unread_half_is_unknown():
    way = (hop("runs_as", EXPORT, AGENT), hop("can_assume", AGENT, ADMIN, grade=Grade.UNKNOWN), administers(ADMIN))
    assert administrative_workload(EXPORT, Estate().path(*way)) is None


@pytest.mark.parametrize(
    "last",
    [
        may(ADMIN, account(), "s3:*", access=Access.WRITE),
        may(ADMIN, resource("vault", type="Secrets Manager secret"), "secretsmanager:*", access=Access.ADMIN),
        may(ADMIN, resource("iam in billing-prod", type="AWS service"), "iam:*", access=Access.ADMIN),
    ],
    ids=["not admin", "admin of one resource", "admin of one service"],
)
def test_near_misses(last):
    assert administrative_workload(EXPORT, Estate().path(hop("runs_as", EXPORT, ADMIN), last)) is None


def test_what_is_switched_off_is_no_hit():
    stopped = function(enabled=False)
    way = (hop("runs_as", stopped, ADMIN), administers(ADMIN))
    assert administrative_workload(stopped, Estate().path(*way)) is None


@pytest.mark.parametrize("kind", ["directory role", "app role"])
def test_a_role_that_gives_itself_the_rest_is_authority_over_its_directory(kind: str):
    admin = may(ADMIN, resource("Global Administrator", type=kind), access=Access.ADMIN, target_account="Acme Media")
    hit = administrative_workload(EXPORT, Estate(EXPORT, ADMIN).path(hop("runs_as", EXPORT, ADMIN), admin))
    assert hit is not None
    assert "which holds Global Administrator in Acme Media, and with it any right there." in hit.because
