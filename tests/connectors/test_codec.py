"""A record survives its way into the database and back, and shows whether it differs."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from connectors.inventory.codec import KIND_OF, decode, encode, settle
from connectors.inventory.records import Domain, Identity, Owner, Resource, Usage, Workload
from tests.connectors.scripted import role

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
OBJECTS = st.one_of(*(st.builds(kind) for kind in (Workload, Identity, Resource, Owner)))
st.register_type_strategy(str, TEXT)
st.register_type_strategy(datetime, MOMENTS)


@given(OBJECTS)
def test_a_record_comes_back_as_it_was(record):
    stored = json.loads(json.dumps(encode(record)))
    assert decode(KIND_OF[type(record)], stored) == record


@given(OBJECTS)
def test_a_record_that_came_back_has_the_hash_it_had(record):
    again = decode(KIND_OF[type(record)], encode(record))
    assert settle(again) == settle(record)


def test_fields_at_their_default_take_no_room():
    assert encode(role("export", created_at=None)).keys() == {
        "id", "provider_id", "name", "type", "system", "scope", "account_id", "account_name",
    }  # fmt: skip


def test_any_difference_shows():
    before = role("export")
    for after in (
        replace(before, name="import"),
        replace(before, usage=Usage.NEVER),
        replace(before, tags=(("env", "prod"),)),
        replace(before, created_at=None),
    ):
        assert settle(after)[1] != settle(before)[1]


def test_a_list_of_records_comes_back_as_records():
    domains = (Domain(name="customer", because="its name says so"),)
    bucket = Resource(id="b", provider_id="b", name="b", type="S3 bucket", system="aws", scope="s", domains=domains)
    assert decode("resource", encode(bucket)) == bucket


def test_what_no_page_can_show_is_replaced_and_nothing_else():
    settled, _ = settle(role("ex\0port \ud83d 😀", tags=(("a\0", "b"),)))
    assert settled.name == "ex\N{REPLACEMENT CHARACTER}port \N{REPLACEMENT CHARACTER} 😀"
    assert settled.tags == (("a\N{REPLACEMENT CHARACTER}", "b"),)
    assert settled.created_at == role("x").created_at
