"""Does "Test connection" name what is wrong, one row for each thing?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from connectors.source import Check
from connectors.sources.copilot_studio import source
from connectors.sources.copilot_studio.permissions import APPLICATION_USER, MANAGEMENT
from tests.connectors.sources.copilot_studio.conftest import READER, SETTINGS, Running
from tests.emulators.microsoft.powerplatform_acme import CARE_HOST, DEFAULT_HOST, ESTATE
from tests.emulators.microsoft.powerplatform_acme import HOME as HOME_CONTENTS
from tests.emulators.microsoft.powerplatform_acme_people import READER as OURSELVES
from tests.emulators.microsoft.powerplatform_acme_people import ROBOT, roles_of

HOME = "Acme Media (default)"


def rows(**change: Any) -> dict[str, Check]:
    return {row.label: row for row in source.check(settings={**SETTINGS, **change})}


def failed(found: dict[str, Check]) -> dict[str, tuple[str, ...]]:
    return {label: row.missing for label, row in found.items() if row.ok is False}


def test_all_is_well(running: Running):
    found = rows()
    assert {row.ok for row in found.values()} == {True}
    assert found["Sign-in"].detail == f"sv0 acts as application {READER}."
    assert found["Environments"].detail == "4 can be seen."
    assert set(found) >= {f"Access to {HOME}", f"Privileges in {HOME}", "Access to Customer Care", "Data policies"}
    assert "Access to Apps only" not in found


@pytest.mark.parametrize(
    ("change", "label"),
    [
        ({"client_secret": "wrong"}, "Sign-in"),
        ({"client_secret": None}, "Settings"),
        ({"environments": ["x"]}, "Settings"),
    ],
)
def test_behind_the_first_wrong_thing_nothing_is_tried(running: Running, change: dict[str, Any], label: str):
    found = rows(**change)
    assert found.pop(label).ok is False
    assert {row.ok for row in found.values()} <= {None}


def test_what_is_missing_is_named_where_it_is(running: Running):
    running.weather.lacking[DEFAULT_HOST] = {"prvReadbotcomponent", "prvReadTeam"}
    running.weather.strangers.add(CARE_HOST)
    assert failed(rows()) == {
        f"Privileges in {HOME}": ("prvReadTeam", "prvReadbotcomponent"),
        "Access to Customer Care": (APPLICATION_USER,),
    }


def test_the_list_needs_the_management_application(running: Running):
    running.weather.manages = False
    assert failed(rows()) == {"Environments": (MANAGEMENT,), "Data policies": (MANAGEMENT,)}
    named = rows(environments=[f"https://{DEFAULT_HOST}"])
    assert failed(named) == {"Data policies": (MANAGEMENT,), f"Stored connections in {HOME}": (MANAGEMENT,)}


def test_a_role_that_administers_is_one_too_many(running: Running, monkeypatch: pytest.MonkeyPatch):
    home = replace(HOME_CONTENTS, roles_of=lambda user: roles_of(ROBOT if user == OURSELVES else user))
    monkeypatch.setattr(running.platform, "estate", replace(ESTATE, contents={DEFAULT_HOST: home}.get))
    found = rows()[f"Nothing that writes in {HOME}"]
    assert (found.ok, "System Administrator" in found.detail) == (False, True)


def test_an_environment_without_agents_is_well(running: Running):
    running.weather.bare.add(DEFAULT_HOST)
    assert failed(rows()) == {}
