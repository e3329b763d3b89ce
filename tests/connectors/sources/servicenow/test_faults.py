"""What becomes of a scan when the instance misbehaves, and is the customer told why?"""

from __future__ import annotations

import pytest

from connectors.http import waiting
from connectors.inventory.records import ScopeState, Workload
from connectors.source import ErrorKind, Pull, SourceError
from connectors.sources.servicenow import source
from tests.connectors.sources.servicenow.conftest import BY_CLIENT, BY_PASSWORD, Pulling, ends, of
from tests.emulators.servicenow import ServiceNowEmulator
from tests.emulators.servicenow.world import NOW


@pytest.mark.parametrize("settings", [BY_CLIENT, BY_PASSWORD], ids=["client", "password"])
def test_both_ways_to_sign_in_work(pull: Pulling, settings: dict[str, str]):
    assert ends(pull(settings=settings))["accounts"].state is ScopeState.COMPLETE


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({**BY_CLIENT, "client_secret": "wrong"}, "refuses the OAuth client"),
        ({**BY_PASSWORD, "password": "wrong"}, "doesn't accept the sign-in"),
        ({**BY_CLIENT, "address": "http://acme.service-now.com"}, "address"),
        ({**BY_CLIENT, "address": "https://127.0.0.1"}, "address"),
        ({**BY_CLIENT, "address": "https://localhost"}, "address"),
        ({**BY_CLIENT, "address": "https://user@acme.service-now.com"}, "address"),
        ({"address": BY_CLIENT["address"]}, "needs an OAuth client"),
        ({**BY_CLIENT, "client_secret": None}, "both its id and its secret"),
    ],
)
def test_settings_that_are_wrong_end_the_scan_with_a_sentence(servicenow, settings, told):
    with pytest.raises(SourceError, match=told) as refused:
        list(source.pull(Pull(settings=settings, now=NOW)))
    assert refused.value.kind is ErrorKind.CONFIG
    assert "CANARY" not in refused.value.message


@pytest.mark.parametrize(("do", "told"), [("hibernate", "hibernating"), ("break", "couldn't be reached")])
def test_an_instance_that_is_down_ends_the_scan_as_something_to_try_again(servicenow, do, told):
    servicenow.faults.add(do=do, table="sys_*")
    with pytest.raises(SourceError, match=told) as failed:
        list(source.pull(Pull(settings=BY_CLIENT, now=NOW)))
    assert failed.value.kind is ErrorKind.TRANSIENT


@pytest.mark.parametrize("after", ["0", "", "date"])
def test_a_throttled_call_is_made_again_and_counted(pull, servicenow: ServiceNowEmulator, monkeypatch, after: str):
    monkeypatch.setattr(waiting, "LONGEST", 0.01)
    servicenow.faults.add(do="throttle", table="sys_hub_action_instance", times=1, after=after)
    end = ends(pull())["flows"]
    assert (end.state, end.retries) == (ScopeState.COMPLETE, 1)


def test_an_instance_that_keeps_throttling_ends_one_scope(pull, servicenow: ServiceNowEmulator, monkeypatch):
    servicenow.faults.add(do="throttle", table="ecc_agent", after="0")
    found = ends(pull())
    assert (found["mid_servers"].state, found["mid_servers"].error_kind) == (ScopeState.THROTTLED, ErrorKind.TRANSIENT)
    assert found["business_rules"].state is ScopeState.COMPLETE


def test_a_token_that_ends_amid_the_scan_is_renewed(pull, servicenow: ServiceNowEmulator):
    servicenow.faults.add(do="expire", table="sys_script", times=1)
    assert ends(pull())["business_rules"].state is ScopeState.COMPLETE
    assert servicenow.log.tables()["oauth_token"] >= 2


@pytest.mark.parametrize("do", ["cut", "break", "hibernate"])
def test_a_passing_fault_is_waited_out(pull, servicenow: ServiceNowEmulator, do: str):
    servicenow.faults.add(do=do, table="sys_script", times=1)
    assert ends(pull())["business_rules"].state is ScopeState.COMPLETE


def test_an_instance_that_begins_to_hibernate_is_not_taken_for_an_empty_one(pull, servicenow: ServiceNowEmulator):
    servicenow.faults.add(do="hibernate", table="ecc_agent")
    end = ends(pull())["mid_servers"]
    assert (end.state, end.error_kind) == (ScopeState.FAILED, ErrorKind.TRANSIENT)


def test_a_cancelled_scan_says_so(servicenow: ServiceNowEmulator):
    asked = iter(range(10_000))
    records = list(source.pull(Pull(settings=BY_CLIENT, now=NOW, cancelled=lambda: next(asked) > 6)))
    assert ScopeState.CANCELLED in {end.state for end in ends(records).values()}


def test_closing_the_iterator_ends_the_reading(servicenow: ServiceNowEmulator):
    records = source.pull(Pull(settings=BY_CLIENT, now=NOW))
    next(records)
    records.close()  # type: ignore[attr-defined]
    calls = len(servicenow.log.entries)
    assert calls < 20


def test_a_resumed_scan_reads_what_was_not_done_and_what_that_needs(pull, servicenow: ServiceNowEmulator):
    done = frozenset(f"servicenow:acme.service-now.com:{kind}" for kind in ("roles", "outbound", "flows", "rest_apis"))
    whole = pull()
    servicenow.log.clear()
    records = pull(done=done)
    assert set(ends(records)) == set(ends(whole)) - {"roles", "outbound", "flows", "rest_apis"}
    assert servicenow.log.tables()["sys_hub_flow"] == 1, "a tool's target is looked up"
    told = {each.name for each in of(records, Workload)}
    assert "Sync people to Entra" in told, "it needs the messages, which were read in silence"
    assert "Azure Graph" not in told
