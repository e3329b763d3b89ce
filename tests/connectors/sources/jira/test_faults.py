"""What does a reading that Atlassian disturbs say, and what does it leave alone?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.inventory.records import Egress, Identity, Permission, Record, Resource, ScopeState, Workload
from connectors.source import ErrorKind, SourceError
from connectors.sources.jira import place
from connectors.sources.jira.permissions import CALLS, LABELS, USERS
from tests.connectors.sources.jira.conftest import Clock, basic, ends, key, oauth, read
from tests.emulators.jira import Fault, JiraEmulator
from tests.emulators.jira.small_estate import ESTATE

ANONYMOUS = {kind for call in CALLS if call.anonymous for kind in call.kinds} - {"site"}
WHOLE = dict.fromkeys(LABELS, ScopeState.COMPLETE)


def states(records: list[Record]) -> dict[str, ScopeState]:
    return {kind: end.state for kind, end in ends(records).items()}


def troubled(records: list[Record]) -> set[str]:
    return {kind for kind, state in states(records).items() if state is not ScopeState.COMPLETE}


@pytest.mark.parametrize("retry_after", ["7", "Wed, 25 Nov 2099 12:00:00 GMT", "0", None])
def test_a_storm_of_429_costs_time_and_nothing_else(
    jira: JiraEmulator, monkeypatch: pytest.MonkeyPatch, retry_after: str | None
):
    monkeypatch.setattr(place, "AT_ONCE", 1)  # so that each call that is tried again isn't the third once more
    calm = read(basic(jira))
    jira.faults.add(Fault(do="throttle", path="*/rest/api/3/*", every=3, retry_after=retry_after))
    stormy = read(basic(jira))
    assert states(stormy) == WHOLE
    assert sum(end.retries for end in ends(stormy).values()) > 5
    assert {repr(each) for each in stormy if not hasattr(each, "retries")} == {
        repr(each) for each in calm if not hasattr(each, "retries")
    }


def test_the_wait_that_atlassian_asks_for_is_waited(jira: JiraEmulator, clock: Clock):
    jira.faults.add(Fault(do="throttle", path="*users/search", times=1, retry_after="42"))
    end = ends(read(basic(jira)))["accounts"]
    assert (end.state, end.retries) == (ScopeState.COMPLETE, 1)
    assert end.waited >= 42


def test_a_quota_that_is_used_up_ends_a_part_throttled(jira: JiraEmulator):
    jira.faults.add(Fault(do="throttle", path="*/webhook", retry_after="3600", reason="jira-quota-tenant-based"))
    found = read(basic(jira))
    assert troubled(found) == {"webhooks", "people"}
    end = ends(found)["webhooks"]
    assert (end.state, end.error_kind) == (ScopeState.THROTTLED, ErrorKind.TRANSIENT.value)
    assert end.error == "Jira kept slowing sv0 down, reading Webhooks."


def test_what_atlassian_says_of_the_limit_is_heeded_before_it_is_met(jira: JiraEmulator, clock: Clock):
    """X-RateLimit-Remaining of a 429 says 0: whoever asks next, asks later."""
    jira.faults.add(Fault(do="throttle", path="*/rest/api/3/permissions", times=1, retry_after="0"))
    read(basic(jira))
    assert clock.slept > 0


@pytest.mark.parametrize("do", ["html", "unavailable", "cut"])
def test_a_moment_of_weakness_is_overcome(jira: JiraEmulator, do: str):
    jira.faults.add(Fault(do=do, path="GET *", every=4, times=4))  # type: ignore[arg-type]  # of the parameters
    assert states(read(basic(jira))) == WHOLE


@pytest.mark.parametrize("do", ["html", "unavailable", "cut"])
def test_a_lasting_weakness_ends_a_part_failed(jira: JiraEmulator, do: str):
    jira.faults.add(Fault(do=do, path="*group/bulk"))  # type: ignore[arg-type]  # of the parameters
    found = read(basic(jira))
    assert states(found)["groups"] is ScopeState.FAILED
    assert states(found)["accounts"] is ScopeState.COMPLETE
    assert "CANARY" not in repr(found)


@pytest.mark.parametrize(
    ("path", "kind", "missing"),
    [
        ("*users/search", "accounts", "Browse users and groups"),
        ("*group/bulk", "groups", "Browse users and groups"),
        ("*/applicationrole", "groups", "Administer Jira"),
        ("*/user/groups", "memberships", "Browse users and groups"),
        ("*permissions/check", "global permissions", "Administer Jira"),
        ("*/permissionscheme", "permission schemes", "Administer Jira"),
        ("*/permissionscheme/10101/permission", "permission schemes", "Administer Jira"),
        ("*/project/search", "projects", "Administer Jira"),
        ("*/project/10001/permissionscheme", "projects", "Administer Jira"),
        ("*/project/10001/role", "project roles", "Administer Jira"),
        ("*/project/10001/role/10301", "project roles", "Administer Jira"),
        ("*/rule/summary", "automation", "Administer Jira"),
        ("*/rule/0194-export", "automation", "Administer Jira"),
        ("*/webhook", "webhooks", "Administer Jira"),
        ("*/admin/v1/orgs", "tokens", "organization API key"),
        ("*/api-tokens", "tokens", "organization API key"),
        ("*/service-accounts", "tokens", "organization API key"),
    ],
)
def test_a_refusal_ends_its_part_denied_and_names_what_is_missing(
    jira: JiraEmulator, path: str, kind: str, missing: str
):
    jira.faults.add(Fault(do="forbid", path=path))
    found = read(basic(jira))
    end = ends(found)[kind]
    assert (end.state, end.missing, end.error_kind) == (ScopeState.DENIED, (missing,), ErrorKind.CONFIG.value)
    assert states(found)["site"] is ScopeState.COMPLETE
    assert "CANARY" not in repr(found)


def test_what_depends_on_a_part_that_was_not_read_proves_nothing_gone(jira: JiraEmulator):
    jira.faults.add(Fault(do="forbid", path="*users/search"))
    unsure = {
        "accounts",
        "webhooks",
        "permission schemes",
        "project roles",
        "memberships",
        "global permissions",
        "people",
    }
    found = read(basic(jira))
    assert troubled(found) == unsure
    end = ends(found)["memberships"]
    told = "It may not be whole, because accounts of apps, bots and services couldn't all be read."
    assert (end.state, end.error) == (ScopeState.FAILED, told)


def test_one_thing_refused_leaves_the_others_of_its_part(jira: JiraEmulator):
    jira.faults.add(Fault(do="forbid", path="*/project/10001/permissionscheme"))
    jira.faults.add(Fault(do="forbid", path="*/rule/0194-export"))
    found = read(basic(jira))
    assert len([each for each in found if isinstance(each, Resource) and each.type.endswith("project")]) == 4
    payroll = next(each for each in found if isinstance(each, Resource) and each.id == key("project", "10001"))
    assert payroll.public is None
    assert len([each for each in found if isinstance(each, Workload) and each.type == "Jira automation rule"]) == 4
    assert "hooks.slack.com" in {each.destination for each in found if isinstance(each, Egress)}


def test_to_be_taken_for_a_stranger_is_no_empty_site(jira: JiraEmulator):
    """Jira answers some calls to anybody, with nothing in it; so it does when the token ends meanwhile."""
    jira.faults.add(Fault(do="expire", path="*/rest/api/3/*", after=3))
    found = read(basic(jira))
    assert [each.status for each in jira.log.entries if each.path == USERS.path] == [200]
    end = ends(found)["accounts"]
    assert (end.state, end.error) == (
        ScopeState.FAILED,
        "Jira doesn't accept the sign-in, reading Accounts of apps, bots and services.",
    )
    assert not [kind for kind, state in states(found).items() if state is ScopeState.COMPLETE and kind in ANONYMOUS]


def test_an_account_that_may_not_administer_sees_less_than_there_is(
    monkeypatch: pytest.MonkeyPatch, jira: JiraEmulator
):
    permitted = {**dict.fromkeys(["sv0"], ("USER_PICKER",))}
    monkeypatch.setattr(jira, "estate", replace(ESTATE, permitted=lambda account: permitted.get(account, ())))
    found = read(basic(jira))
    assert [each.name for each in found if isinstance(each, Resource) and each.type.endswith("project")] == [
        "Customer Support (CUST)"
    ]
    for kind in ("projects", "automation", "webhooks", "permission schemes", "project roles", "global permissions"):
        assert (ends(found)[kind].state, ends(found)[kind].missing) == (ScopeState.DENIED, ("Administer Jira",))
    assert ends(found)["accounts"].state is ScopeState.COMPLETE


def test_a_scope_that_the_token_lacks_is_named(jira: JiraEmulator):
    jira.token_is = "scoped"
    jira.scopes = frozenset(scope for call in CALLS for scope in call.scopes) - {"read:permission-scheme:jira"}
    end = ends(read(basic(jira)))["permission schemes"]
    assert end.state is ScopeState.DENIED
    assert "read:permission-scheme:jira" in end.missing


def test_a_listing_that_leads_in_a_circle_is_left(jira: JiraEmulator):
    jira.faults.add(Fault(do="loop", path="*/rule/summary"))
    end = ends(read(basic(jira)))["automation"]
    assert (end.state, end.error) == (
        ScopeState.FAILED,
        "Jira's answer was cut short or unreadable, reading Automation rules.",
    )


def test_oauth_reads_all_but_what_atlassian_keeps_from_it(jira: JiraEmulator):
    found = read(oauth(jira))
    assert states(found) == {
        **WHOLE,
        "tokens": ScopeState.SKIPPED,
        "automation": ScopeState.SKIPPED,
        "webhooks": ScopeState.SKIPPED,
    }
    assert ends(found)["automation"].error == (
        "Atlassian shows automation rules only to an API token, not to OAuth 2.0."
    )
    assert {each.host for each in jira.log.entries} == {ESTATE.host, "auth.atlassian.com", "api.atlassian.com"}
    assert {each.path for each in jira.log.entries if each.host == ESTATE.host} == {"/_edge/tenant_info"}


def test_an_access_token_that_ends_is_fetched_anew(jira: JiraEmulator, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(jira, "_allowed", _ending(jira, after=20))
    before = jira.tokens_given
    found = read(oauth(jira))
    assert ScopeState.FAILED not in states(found).values()
    assert jira.tokens_given == before + 2


def _ending(jira: JiraEmulator, *, after: int) -> object:
    allowed, count = jira._allowed, iter(range(1_000_000))

    def counted(*given: object, **more: object) -> object:
        if next(count) == after:
            jira.expire()
        return allowed(*given, **more)  # type: ignore[arg-type]  # passed on

    return counted


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"api_token": "wrong"}, "doesn't accept the e-mail address and the API token"),
        ({"address": "https://other.atlassian.net"}, "There is no Jira site at other.atlassian.net."),
        ({"address": "https://acme.example"}, "isn't like https://acme.atlassian.net"),
        ({"address": "http://acme-media.atlassian.net"}, "isn't like https://acme.atlassian.net"),
        ({"email": ""}, "An API token needs its e-mail address"),
        ({"email": "", "api_token": ""}, "Give either an e-mail address and an API token"),
        ({"client_id": "a", "client_secret": "b"}, "Give either an e-mail address and an API token"),
    ],
)
def test_what_cannot_be_read_at_all_says_why(jira: JiraEmulator, change: dict[str, str], sentence: str):
    with pytest.raises(SourceError) as raised:
        read(basic(jira, **change))
    assert sentence in raised.value.message
    assert raised.value.kind is ErrorKind.CONFIG
    assert "CANARY" not in raised.value.message


def test_wrong_oauth_credentials_are_told(jira: JiraEmulator):
    with pytest.raises(SourceError, match="doesn't accept the client id and its secret") as raised:
        read(oauth(jira) | {"client_secret": "wrong"})
    assert raised.value.kind is ErrorKind.CONFIG


def test_a_site_that_is_down_may_be_up_later(jira: JiraEmulator):
    jira.faults.add(Fault(do="unavailable"))
    with pytest.raises(SourceError, match="couldn't be reached") as raised:
        read(basic(jira))
    assert raised.value.kind is ErrorKind.TRANSIENT


def test_a_rate_limit_of_accounts_never_costs_identities(jira: JiraEmulator):
    """The rows that came before a listing broke off are told, and nothing is proven gone."""
    jira.faults.add(Fault(do="unavailable", path="*users/search", after=1))
    found = read(basic(jira))
    assert ends(found)["accounts"].state is ScopeState.FAILED
    assert "sv0" in {each.provider_id for each in found if isinstance(each, Identity)}
    assert [each for each in found if isinstance(each, Permission)]


def test_the_first_page_of_accounts_is_asked_for_as_atlassian_allows(jira: JiraEmulator):
    read(basic(jira))
    asked = [each.query for each in jira.log.entries if each.path == USERS.path]
    assert asked[0] == {"startAt": "0", "maxResults": "1000"}
    assert [each["startAt"] for each in asked] == ["0", "3", "5", "8", "11"]
