"""Two changes of role in two accounts that end in something that matters are a chain."""

from __future__ import annotations

from findings.evaluators.role_chain_across_accounts import role_chain_across_accounts
from tests.findings.estate import Estate, administers, function, hop, may, resource, role

FEED = function("partner-feed")
FIRST = role("partner-feed-lambda", account_name="data-lake")
SECOND = role("audience-export", account_name="ad-exchange")
THIRD = role("statement-reader", account_name="billing-prod")
RUNS, ONE = hop("runs_as", FEED, FIRST), hop("can_assume", FIRST, SECOND)
TWO = hop("can_assume", SECOND, THIRD)
READS = may(THIRD, resource(), target_domains=("customer",))


def test_it_names_the_roles_and_accounts():
    hit = role_chain_across_accounts(FEED, Estate().path(RUNS, ONE, TWO, READS))
    assert hit is not None
    assert hit.because == (
        "Lambda function partner-feed becomes partner-feed-lambda, then audience-export, then statement-reader, and so "
        "reaches customer data."
    )
    assert hit.facts["Accounts"] == "data-lake, ad-exchange, billing-prod"


def test_near_misses():
    one_change = RUNS, ONE, may(SECOND, resource(), target_domains=("hr",))
    assert role_chain_across_accounts(FEED, Estate().path(*one_change)) is None
    stopped = function("partner-feed", enabled=False)
    assert role_chain_across_accounts(stopped, Estate().path(RUNS, ONE, TWO, READS)) is None
    at_home = role("audience-export", account_name="data-lake"), role("statement-reader", account_name="data-lake")
    within = hop("can_assume", FIRST, at_home[0]), hop("can_assume", *at_home)
    assert role_chain_across_accounts(FEED, Estate().path(RUNS, *within, administers(at_home[1]))) is None
    assert role_chain_across_accounts(FEED, Estate().path(RUNS, ONE, TWO, may(THIRD, resource()))) is None
    between = hop("can_assume", FIRST, SECOND, source_system="azure", target_system="aws")
    assert role_chain_across_accounts(FEED, Estate().path(RUNS, between, TWO, READS)) is None
