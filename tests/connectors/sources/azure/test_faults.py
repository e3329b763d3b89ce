"""What does the source tell when Azure refuses, slows down, or answers with less than the whole?"""

from __future__ import annotations

import pytest

from connectors.inventory.records import (
    Grade,
    Identity,
    Permission,
    Record,
    Resource,
    ScopeEnded,
    ScopeStarted,
    ScopeState,
    Workload,
)
from connectors.source import Pull, SourceError
from connectors.sources.azure import source
from tests.connectors.sources.azure.conftest import NOW, SETTINGS, Emulated, Pulling, ends, whole
from tests.emulators.microsoft.acme import TENANT
from tests.emulators.microsoft.arm_acme import ACME, ARCHIVE, PLATFORM, PRODUCTION, SANDBOX
from tests.emulators.microsoft.wire import Asked, Reply, refused

DATA = f"azure:{PRODUCTION.id}:data"


def states(records: list[Record]) -> dict[str, ScopeState]:
    """Of the scopes that aren't complete."""
    return {scope: end.state for scope, end in ends(records).items() if end.state is not ScopeState.COMPLETE}


def at(word: str, reply: Reply, *, times: int = 1_000):
    """A fault: the answer to every call whose path or question has the word in it, so many times."""
    left = [times]

    def fault(asked: Asked) -> Reply | None:
        said = asked.path + str((asked.body or {}).get("query", ""))
        if word in said and left[0] > 0:
            left[0] -= 1
            return reply
        return None

    return fault


# ── Refused ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_refused_subscription_ends_denied_and_leaves_the_others_alone(azure: Emulated, pull: Pulling):
    azure.arm.rights.withhold("*", at=SANDBOX.path)
    records = pull()
    found = states(records)
    assert found == {
        f"azure:{SANDBOX.id}:subscription": ScopeState.DENIED,
        f"azure:{TENANT}:referenced": ScopeState.FAILED,
    }
    end = ends(records)[f"azure:{SANDBOX.id}:subscription"]
    assert end.missing == ("Microsoft.Authorization/permissions/read",)
    begun = {each.scope for each in records if isinstance(each, ScopeStarted)}
    assert f"azure:{SANDBOX.id}:data" not in begun
    assert [each for each in records if isinstance(each, Workload) and each.account_id == SANDBOX.id] == []


def test_what_resource_graph_leaves_out_silently_is_told_as_missing(azure: Emulated, pull: Pulling):
    azure.arm.rights.withhold("Microsoft.KeyVault/vaults/read", at=PRODUCTION.path)
    records = pull()
    assert states(records) == {
        DATA: ScopeState.DENIED,
        f"azure:{PRODUCTION.id}:reach": ScopeState.DENIED,
        f"azure:{TENANT}:referenced": ScopeState.FAILED,
    }
    assert ends(records)[DATA].missing == ("Microsoft.KeyVault/vaults/read",)
    assert ends(records)[DATA].error == (
        "Microsoft.KeyVault/vaults/read is missing, reading Data and keys in acme-production."
    )
    names = {each.name for each in records if isinstance(each, Resource)}
    assert "stinvoices" in names
    assert "kv-finance" not in names


def test_a_missing_permission_on_details_is_asked_for_nowhere(azure: Emulated, pull: Pulling):
    azure.arm.rights.withhold("Microsoft.Web/sites/functions/read")
    records = pull()
    assert ends(records)[f"azure:{PRODUCTION.id}:workloads"].missing == ("Microsoft.Web/sites/functions/read",)
    assert [asked.path for asked, status in azure.log if status == 403] == []
    assert any(each.name == "func-invoices" for each in records if isinstance(each, Workload))


def test_a_role_on_what_was_not_read_is_unknown(azure: Emulated, pull: Pulling):
    azure.arm.rights.withhold("Microsoft.Storage/storageAccounts/read", at=PRODUCTION.path)
    held = {
        (each.source.name, each.access.value): each
        for each in pull()
        if isinstance(each, Permission) and each.target.name == "stinvoices"
    }
    assert held["func-invoices", "write"].grade is Grade.UNKNOWN


def test_a_refused_management_group_hides_only_what_is_held_on_it(azure: Emulated, pull: Pulling):
    azure.faults.append(
        at(f"{ACME.id.lower()}/providers/Microsoft.Authorization", refused(403, "AuthorizationFailed", "no"))
    )
    records = pull()
    scope = f"azure:{TENANT}:{ACME.id.lower()}"
    assert states(records) == {scope: ScopeState.DENIED, f"azure:{TENANT}:referenced": ScopeState.FAILED}
    assert "Microsoft.Authorization/roleAssignments/read" in ends(records)[scope].missing


def test_without_a_licence_nothing_can_be_eligible(azure: Emulated, pull: Pulling):
    answer = refused(400, "AadPremiumLicenseRequired", "The tenant needs a premium license.")
    azure.faults.append(at("roleEligibilityScheduleInstances", answer))
    assert states(pull()) == {}


def test_a_role_that_resource_graph_did_not_tell_is_asked_for(azure: Emulated, pull: Pulling):
    azure.faults.append(
        at("microsoft.authorization/roledefinitions", Reply(200, {"data": [], "resultTruncated": "false"}))
    )
    records = pull()
    vias = {each.via for each in records if isinstance(each, Permission)}
    assert "role Contributor on resource group rg-finance" in vias


def test_a_closed_subscription_is_passed_over(azure: Emulated, pull: Pulling):
    rows = [{"subscriptionId": ARCHIVE.id, "displayName": "acme-archive", "state": "Deleted"}]
    azure.faults.append(lambda asked: Reply(200, {"value": rows}) if asked.path == "/subscriptions" else None)
    records = pull()
    end = ends(records)[f"azure:{ARCHIVE.id}:subscription"]
    assert (end.state, end.error) == (
        ScopeState.SKIPPED,
        f"acme-archive ({ARCHIVE.id}) is deleted and was not read.",
    )


# ── Slow, cut short, broken ─────────────────────────────────────────────────────────────────────────────────────────


def test_throttling_is_waited_for_and_told(azure: Emulated, pull: Pulling):
    slow = Reply(429, {"error": {"code": "RateLimiting", "message": "slow"}}, {"Retry-After": "1"})
    azure.faults.append(at("microsoft.keyvault/vaults", slow, times=1))
    records = pull()
    assert states(records) == {}
    ended = [end for end in ends(records).values() if end.retries]
    assert sum(end.retries for end in ended) == 1
    assert sum(end.waited for end in ended) >= 1


def test_throttling_that_lasts_ends_what_it_kept_from_being_read(azure: Emulated, pull: Pulling):
    slow = Reply(429, {"error": {"code": "RateLimiting", "message": "slow"}}, {"Retry-After": "0"})
    azure.faults.append(at("microsoft.managedidentity/userassignedidentities", slow))
    found = states(pull())
    assert found[f"azure:{PRODUCTION.id}:identities"] is ScopeState.THROTTLED
    assert f"azure:{PRODUCTION.id}:data" not in found
    # A service principal that isn't known may be a managed identity that was not read.
    assert found[f"azure:{PRODUCTION.id}:rbac"] is ScopeState.FAILED


def test_an_answer_that_is_cut_short_is_not_complete(azure: Emulated, pull: Pulling):
    azure.arm.graph.truncates = True
    found = ends(pull())
    end = found[DATA]
    assert (end.state, end.error) == (
        ScopeState.FAILED,
        "Azure's answer was cut short or unreadable, reading Data and keys in acme-production.",
    )
    assert found[f"azure:{PRODUCTION.id}:rbac"].state is ScopeState.FAILED


def test_a_page_that_comes_again_is_not_complete(azure: Emulated, pull: Pulling):
    page = Reply(200, {"data": [], "resultTruncated": "false", "$skipToken": "again"})
    azure.faults.append(at("microsoft.keyvault/vaults", page))
    assert states(pull())[DATA] is ScopeState.FAILED
    asked = [call for call, _ in azure.log if "microsoft.keyvault/vaults" in str(call.body)]
    assert len(asked) == 2


def test_a_next_page_elsewhere_is_not_followed(azure: Emulated, pull: Pulling):
    page = Reply(200, {"value": [], "nextLink": "https://management.azure.com.example/x"})
    azure.faults.append(at(f"{PLATFORM.path}/providers/Microsoft.Authorization/denyAssignments", page))
    records = pull()
    end = ends(records)[f"azure:{PLATFORM.id}:rbac"]
    assert end.state is ScopeState.FAILED
    assert "an address elsewhere, to which nothing was sent" in str(end.error)


def test_a_row_without_what_is_always_there_fails_its_scope_loudly(azure: Emulated, pull: Pulling):
    row = {"id": "/subscriptions/x", "type": "microsoft.keyvault/vaults", "subscriptionId": PRODUCTION.id}
    azure.faults.append(at("microsoft.keyvault/vaults", Reply(200, {"data": [row], "resultTruncated": "false"})))
    assert states(pull())[DATA] is ScopeState.FAILED


# ── Interrupted ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_resumed_scan_reads_again_only_what_is_needed(azure: Emulated, pull: Pulling):
    first = whole(azure)
    calls = len(azure.log)
    left = f"azure:{PRODUCTION.id}:rbac"
    done = frozenset(ends(first)) - {left}
    azure.log.clear()
    again = pull(done=done)
    assert set(ends(again)) == {left}
    assert {repr(each) for each in again} == {repr(each) for each in first if each.scope == left}
    assert len(azure.log) < calls
    assert [asked.path for asked, _ in azure.log if asked.path.endswith("/functions")] == []


def test_what_resources_tell_of_rights_is_told_though_the_resources_were_done(azure: Emulated, pull: Pulling):
    first = whole(azure)
    left = f"azure:{PRODUCTION.id}:reach"
    again = pull(done=frozenset(ends(first)) - {left})
    assert {repr(each) for each in again} == {repr(each) for each in first if each.scope == left}


def test_nothing_is_asked_of_subscriptions_when_all_is_done(azure: Emulated, pull: Pulling):
    first = whole(azure)
    azure.log.clear()
    assert pull(done=frozenset(ends(first))) == []
    queries = [str(asked.body["query"]) for asked, _ in azure.log if asked.body]
    assert [query for query in queries if query.startswith("resources ") or "roleassignments" in query] == []


@pytest.mark.parametrize("after", [5, 45, 60, 120, 250])
def test_a_cancelled_scan_ends_what_is_open_as_cancelled(azure: Emulated, after: int):
    first = by_scope(whole(azure))
    found: list[Record] = []
    found.extend(source.pull(Pull(settings=SETTINGS, now=NOW, cancelled=lambda: len(found) >= after)))
    begun = {each.scope for each in found if isinstance(each, ScopeStarted)}
    assert begun == set(ends(found))
    assert ScopeState.CANCELLED in {end.state for end in ends(found).values()}
    told = by_scope(found)
    complete = {scope for scope, end in ends(found).items() if end.state is ScopeState.COMPLETE}
    assert [scope for scope in complete if told[scope] != first[scope]] == []


def by_scope(records: list[Record]) -> dict[str, set[str]]:
    """What each scope tells, but for how it ended."""
    found: dict[str, set[str]] = {}
    for record in records:
        if not isinstance(record, ScopeEnded):
            found.setdefault(record.scope, set()).add(repr(record))
    return found


def test_principals_are_found_among_all_subscriptions(azure: Emulated, pull: Pulling):
    """id-deploy lives in one subscription and holds a role in another."""
    records = pull()
    deploy = next(each for each in records if isinstance(each, Identity) and each.name == "id-deploy")
    assert deploy.account_id == PLATFORM.id
    held = [each for each in records if isinstance(each, Permission) and each.source.id == deploy.id]
    assert {each.scope for each in held} == {f"azure:{PRODUCTION.id}:rbac"}


# ── The sign-in and the line ────────────────────────────────────────────────────────────────────────────────────────


def test_a_token_that_ends_amid_the_scan_is_asked_for_anew(azure: Emulated, pull: Pulling):
    azure.microsoft.faults.add(do="expire", part="arm", path="*ResourceGraph*", every=7, times=3)
    assert states(pull()) == {}


def test_a_line_that_breaks_now_and_then_costs_nothing_but_time(azure: Emulated, pull: Pulling):
    for do in ("cut", "html"):
        azure.microsoft.faults.add(do=do, part="arm", path="*/denyAssignments", times=1)
    assert states(pull()) == {}


def test_a_wrong_secret_ends_the_scan_with_a_sentence(azure: Emulated):
    wrong = {**SETTINGS, "client_secret": "wrong"}
    with pytest.raises(SourceError, match="Entra doesn't accept the client secret"):
        list(source.pull(Pull(settings=wrong, now=NOW)))


def test_management_groups_that_may_not_be_seen_leave_the_tree_incomplete(azure: Emulated, pull: Pulling):
    azure.arm.rights.withhold("Microsoft.Management/managementGroups/read")
    tree = ends(pull())[f"azure:{TENANT}:tree"]
    assert (tree.state, tree.missing) == (ScopeState.DENIED, ("Microsoft.Management/managementGroups/read",))
