"""What does a decision on a subject rest on, and does it stay small enough to keep however much the subject may do?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import bson
import pytest

from connectors.inventory.records import Domain
from findings import lifecycle
from findings.evaluator import Hit, Rule, rules
from findings.fingerprint import MOST, fingerprint
from findings.sighting import sighting
from tenants.models import Tenant
from tests.findings.estate import Estate, administers, function, hop, may, resource, role

HUB = role("Hub")
HIT = Hit(because="The hub may do much.")
MANY = 3 * MOST
LARGEST = 2**20  # bytes of a sighting; a finding keeps up to four fingerprints, and MongoDB 16 MiB


def hub(number: int, **fields: Any) -> Estate:
    """A role that may read so many buckets."""
    estate = Estate(HUB)
    estate.hops = [may(HUB, resource(f"bucket-{each}"), "s3:GetObject", **fields) for each in range(number)]
    return estate


def permissions(estate: Estate) -> list[list[str]]:
    return fingerprint(HUB, HIT, estate)["permissions"]


def test_what_can_be_named_is_named():
    rows = permissions(hub(MOST // 2))
    assert len(rows) == MOST
    assert ["read on arn:aws:s3:::bucket-7", "read on bucket-7"] in rows


def test_more_is_a_number_and_a_digest():
    ((key, words),) = permissions(hub(MANY))
    assert key.startswith("sha256:")
    assert words.startswith(f"{2 * MANY:,} permissions, too many to name each")


def test_of_so_many_any_that_comes_or_goes_counts_as_growth():
    before = fingerprint(HUB, HIT, hub(MANY))
    assert lifecycle.widened(before, fingerprint(HUB, HIT, hub(MANY))) is None
    for number in (MANY - 1, MANY + 1, 1):
        assert lifecycle.widened(before, fingerprint(HUB, HIT, hub(number)))
    assert lifecycle.widened(fingerprint(HUB, HIT, hub(1)), before)


def test_renaming_one_of_many_is_no_growth():
    renamed = hub(MANY)
    renamed.hops[5] = replace(renamed.hops[5], target=replace(renamed.hops[5].target, name="renamed"))
    before, after = fingerprint(HUB, HIT, hub(MANY)), fingerprint(HUB, HIT, renamed)
    assert lifecycle.widened(before, after) is None
    assert lifecycle.same(before, after)


@pytest.fixture(scope="module")
def crowd() -> Estate:
    """A hub that administers, reads much, and that many functions run as."""
    runs = [function(f"function-{each}") for each in range(MANY)]
    buckets = [resource(f"bucket-{each}", domains=(Domain(name="customer", because="its name"),)) for each in range(10)]
    estate = Estate(HUB, *runs, *buckets, tenant=Tenant(name="Acme Media"))
    estate.hops = [administers(HUB), *hub(MANY).hops]
    for each in runs:
        estate.hops.append(hop("runs_as", each, HUB))
        estate.hops.append(hop("can_assume", each, HUB))
    first = hop("runs_as", runs[0], HUB)
    estate.path(first, may(HUB, buckets[0], "s3:GetObject", target_domains=("customer",)))
    estate.path(first, administers(HUB))
    return estate


def hits(rule: Rule, estate: Estate) -> Iterable[tuple[Any, Hit]]:
    for subject in (HUB, estate.objects[function("function-0").id]):
        if isinstance(subject, rule.subjects):
            found = rule(subject, estate)
            told = [found] if isinstance(found, Hit) else found or []
            yield from ((subject, each) for each in told)


@pytest.mark.parametrize("rule", rules().values(), ids=rules().keys())
def test_no_rules_finding_outgrows_the_database(rule: Rule, crowd: Estate):
    for subject, hit in hits(rule, crowd):
        seen = sighting(rule, subject, hit, crowd)
        assert len(bson.encode({"fingerprint": seen.fingerprint, **seen.fields})) < LARGEST


def test_the_crowd_is_found(crowd: Estate):
    assert {rule.id for rule in rules().values() if list(hits(rule, crowd))} >= {
        "shared_identity",
        "administrative_workload",
    }
