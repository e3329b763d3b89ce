"""Does a ServiceNow instance do what is asked of it, once, and is each of its refusals told in words?"""

from __future__ import annotations

import pytest

from tests.emulators.servicenow import small_estate
from tests.emulators.servicenow.server import ServiceNowEmulator
from tests.emulators.servicenow.world import World
from tests.ticketing.desk import SERVICENOW, SERVICENOW_PASSWORD
from tests.ticketing.test_jira import DRAFT
from ticketing.servicenow import ServiceNow
from ticketing.system import Absent, Category, TicketError, Unreached


@pytest.fixture
def desk(instance: ServiceNowEmulator) -> ServiceNow:
    return ServiceNow({**SERVICENOW, "password": SERVICENOW_PASSWORD})


@pytest.fixture
def world(instance: ServiceNowEmulator) -> World:
    return instance.worlds[small_estate.HOST]


def test_creates_finds_and_reads_an_incident(desk: ServiceNow, world: World):
    assert desk.find(DRAFT.key) is None
    made = desk.create(DRAFT)
    assert (made.number, made.status, made.category) == ("INC0010001", "New", Category.NEW)
    assert made.url == f"https://acme.service-now.com/nav_to.do?uri=incident.do?sys_id={made.id}"
    assert desk.find(DRAFT.key) == desk.look_up("INC0010001") == made
    assert desk.read([made.id, "0" * 32]) == {made.id: made}
    row = world.tables["incident"].by_id[made.id]
    assert (row["correlation_id"], row["correlation_display"]) == (DRAFT.key, "sv0")
    assert row["description"].endswith("\n\nhttps://sv0.example/f")


def test_a_column_that_may_not_be_read_finds_no_wrong_incident(desk: ServiceNow, world: World):
    world.add("incident", "other", number="INC0000001", state="1", short_description="Printer")
    world.older["incident"] = {"correlation_id"}  # whose condition an instance leaves out
    with pytest.raises(TicketError, match="correlation_id"):
        desk.find(DRAFT.key)


def test_moves_by_state_and_never_back_to_new(desk: ServiceNow, world: World):
    made = desk.create(DRAFT)
    done = desk.move(made, Category.DONE, why="sv0: the finding is resolved.")
    assert (done.status, done.category) == ("Resolved", Category.DONE)
    assert world.tables["incident"].by_id[made.id]["close_notes"] == "sv0: the finding is resolved."
    back = desk.move(done, Category.NEW, why="It is back.")
    assert (back.status, back.category) == ("In Progress", Category.DOING)


def test_what_an_instance_refuses_is_told(desk: ServiceNow, world: World):
    closed = world.add("incident", "closed", number="INC0000001", state="7", short_description="x")
    with pytest.raises(Unreached, match="doesn't allow"):
        desk.move(desk.read([closed])[closed], Category.DOING, why="")
    with pytest.raises(Absent, match="INC0000002"):
        desk.look_up("INC0000002")
    world.writers.clear()
    with pytest.raises(Unreached, match="doesn't allow"):
        desk.create(DRAFT)


@pytest.mark.parametrize(
    ("do", "words"), [("break", "couldn't be reached"), ("hibernate", "unreadable"), ("throttle", "less often")]
)
def test_trouble_is_told_and_may_pass(desk: ServiceNow, instance: ServiceNowEmulator, do: str, words: str):
    instance.faults.add(do=do, table="incident")
    with pytest.raises(Unreached, match=words):
        desk.check()


def test_a_wrong_password_is_told(instance: ServiceNowEmulator):
    with pytest.raises(Unreached, match="sign-in"):
        ServiceNow({**SERVICENOW, "password": "wrong"}).check()
