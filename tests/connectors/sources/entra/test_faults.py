"""What does the source tell when Graph refuses, slows down, or answers with less than the whole?"""

from __future__ import annotations

import re

import pytest

from connectors.inventory.records import Identity, Link, Permission, Record
from connectors.sources.entra.permissions import CALLS, GRANTS
from tests.connectors.sources.entra import small_tenant as tenant
from tests.connectors.sources.entra.conftest import Pulling, at, ends, key, told, unwell
from tests.connectors.sources.entra.directory import DENIED, Asked, Directory, Fault, Reply

NO_LICENCE = "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
NO_PIM = "AadPremiumLicenseRequired"
BUSY = {"error": {"code": "TooManyRequests", "message": "CANARY"}}


def refusing(permission: str) -> Fault:
    """As Graph refuses every read that needs the permission."""
    needing = [call for call in CALLS if call.needs == permission]
    paths = [re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(call.path))) for call in needing]

    def fault(asked: Asked) -> Reply | None:
        return Reply(403, DENIED) if any(path.fullmatch(asked.path) for path in paths) else None

    return fault


def code(said: str, status: int = 403) -> Reply:
    return Reply(status, {"error": {"code": said, "message": "CANARY"}})


# ── Refused ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("grant", [grant for grant in GRANTS if grant.name != "Application.Read.All"], ids=str)
def test_a_missing_permission_ends_its_scopes_and_no_others(grant, graph: Directory, pull: Pulling):
    graph.faults.append(refusing(grant.name))
    records = pull()
    denied = {kind for kind, end in ends(records).items() if end.missing}
    own = {kind for call in CALLS if call.needs == grant.name for kind in call.kinds}
    assert denied == own
    assert {ends(records)[kind].missing for kind in denied} <= {(grant.name,)}
    assert {ends(records)[kind].state.value for kind in denied} <= {"denied"}
    assert told(records, "service-principals") != []


def test_without_reading_applications_nothing_is_told_and_nothing_is_taken_for_gone(graph: Directory, pull: Pulling):
    graph.faults.append(refusing("Application.Read.All"))
    records = pull()
    assert unwell(records).keys() >= {"service-principals", "applications", "app-roles", "owners", "delegated-grants"}
    assert unwell(records)["service-principals"] == "denied"
    assert (
        unwell(records)["delegated-grants"] == "failed"
    )  # its own read succeeded, but whose grants they are is unknown
    assert ends(records)["service-principals"].bookmark is None


def test_what_groups_grant_is_not_certain_without_the_roles(graph: Directory, pull: Pulling):
    graph.faults.append(refusing("RoleManagement.Read.Directory"))
    found = unwell(pull())
    assert (found["groups"], found["agents"]) == ("failed", "failed")


def test_owners_that_may_not_be_read_are_not_taken_for_unnamed(graph: Directory, pull: Pulling):
    bare = {"@odata.type": "#microsoft.graph.user", "id": tenant.user("Alice")}
    graph.lists[f"/applications/{tenant.registration('Invoice Robot')}/owners"] = [bare]
    graph.lists[f"/servicePrincipals/{tenant.sp('Invoice Robot')}/owners"] = [bare]
    end = ends(pull())["owners"]
    assert (end.state.value, end.missing) == ("denied", ("User.Read.All",))


def test_without_the_licence_sign_ins_are_passed_over_and_unknown(graph: Directory, pull: Pulling):
    graph.faults.append(at("servicePrincipalSignInActivities", code(NO_LICENCE)))
    records = pull()
    assert unwell(records) == {"sign-ins": "skipped"}
    facts = [dict(each.facts) for each in told(records, "service-principals") if isinstance(each, Identity)]
    assert {each["Last sign-in"] for each in facts} == {"unknown: it was not read"}


def test_without_the_licence_no_role_is_eligible(graph: Directory, pull: Pulling):
    graph.faults.append(at("roleEligibilityScheduleInstances", code(NO_PIM, 400)))
    assert unwell(pull()) == {"eligible-roles": "skipped"}


def test_a_sign_in_that_is_not_accepted_blames_no_permission(graph: Directory, pull: Pulling):
    graph.faults.append(lambda asked: code("InvalidAuthenticationToken", 401))
    records = pull()
    assert {end.missing for end in ends(records).values()} == {()}
    assert "doesn't accept the sign-in" in (ends(records)["applications"].error or "")


# ── Slowed down ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_requests_of_a_batch_that_are_put_off_are_asked_for_again(graph: Directory, pull: Pulling):
    def fault(asked: Asked) -> Reply | None:
        first = [each.path for each in graph.log].count(asked.path) == 1
        return Reply(429, BUSY, {"Retry-After": "0"}) if asked.in_batch and first else None

    graph.faults.append(fault)
    records = pull()
    assert unwell(records) == {}
    assert sum(end.retries for end in ends(records).values()) > 0


def test_a_storm_ends_the_scope_that_it_hits(graph: Directory, pull: Pulling):
    graph.faults.append(at("/owners", Reply(429, BUSY, {"Retry-After": "0"})))
    records = pull()
    assert unwell(records) == {"owners": "throttled"}


def test_certificates_that_are_throttled_leave_the_rest_alone(graph: Directory, pull: Pulling):
    def fault(asked: Asked) -> Reply | None:
        keys = asked.query.get("$select", "").endswith("keyCredentials") and not asked.path.endswith("delta")
        return Reply(429, BUSY, {"Retry-After": "0"}) if keys else None

    graph.faults.append(fault)
    records = pull()
    assert unwell(records) == {"certificates": "throttled"}
    facts = [dict(each.facts) for each in told(records, "service-principals") if isinstance(each, Identity)]
    assert {each["Credentials"] for each in facts} == {"not all of them were read (certificates)"}


# ── Less than the whole ─────────────────────────────────────────────────────────────────────────────────────────────


def test_half_a_page_is_asked_for_again(graph: Directory, pull: Pulling):
    graph.faults.append(at("/oauth2PermissionGrants", Reply(200, {"value": []}, cut=True), times=1))
    assert unwell(pull()) == {}


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, {"value": []}, cut=True),
        Reply(200, b"<html>CANARY</html>"),
        Reply(502, b"<html>CANARY</html>"),
        Reply(200, {"CANARY": []}),
        Reply(200, {"value": [{"CANARY": 1}]}),
        Reply(400, {"error": {"code": "Directory_ExpiredPageToken", "message": "CANARY"}}),
    ],
    ids=["cut", "no JSON", "bad gateway", "no value", "no client", "expired page"],
)
def test_an_answer_that_is_none_ends_its_scope_with_a_sentence(reply: Reply, graph: Directory, pull: Pulling):
    graph.faults.append(at("/oauth2PermissionGrants", reply))
    records = pull()
    assert set(unwell(records)) == {"delegated-grants", "agents"}  # agents inherit grants
    end = ends(records)["delegated-grants"]
    assert end.state.value == "failed"
    assert end.error
    assert "CANARY" not in repr(records)


def page(address: str) -> Reply:
    grant = tenant.LISTS["/oauth2PermissionGrants"][0]
    return Reply(200, {"value": [grant], "@odata.nextLink": address})


def test_pages_that_go_in_circles_end(graph: Directory, pull: Pulling):
    graph.faults.append(at("/oauth2PermissionGrants", page(f"{graph.url}/v1.0/oauth2PermissionGrants?$skiptoken=same")))
    records = pull()
    assert unwell(records)["delegated-grants"] == "failed"
    assert len([each for each in graph.log if each.path == "/oauth2PermissionGrants"]) == 2


def test_a_page_elsewhere_is_not_asked_for(graph: Directory, pull: Pulling):
    graph.faults.append(at("/oauth2PermissionGrants", page("https://mallory.example/v1.0/oauth2PermissionGrants")))
    end = ends(pull())["delegated-grants"]
    assert end.state.value == "failed"
    assert "an address elsewhere, to which nothing was sent" in (end.error or "")


def test_an_empty_page_is_not_the_last(graph: Directory, pull: Pulling):
    following = f"{graph.url}/v1.0/oauth2PermissionGrants?$skiptoken=0"
    reply = Reply(200, {"value": [], "@odata.nextLink": following})
    graph.faults.append(at("/oauth2PermissionGrants", reply, times=1))
    records = pull()
    assert unwell(records) == {}
    assert [each for each in told(records, "delegated-grants") if isinstance(each, Permission)]


def test_an_object_that_vanishes_meanwhile_is_left_out(graph: Directory, pull: Pulling):
    graph.faults.append(at("/owners", Reply(404, {"error": {"code": "Request_ResourceNotFound"}})))
    records = pull()
    assert unwell(records) == {}
    assert [each for each in told(records, "owners") if isinstance(each, Link)] == []


def test_whatever_happens_no_scope_is_left_open(graph: Directory, pull: Pulling):
    graph.faults.append(lambda asked: Reply(500, b""))
    records: list[Record] = pull()
    begun = {each.scope for each in records if hasattr(each, "increment")}
    assert begun == {end.scope for end in ends(records).values()}
    assert key("service-principals") in begun
