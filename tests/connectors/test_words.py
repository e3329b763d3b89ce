"""Every edge reads as a sentence."""

from __future__ import annotations

import pytest

from connectors.inventory.adjacency import ACCESSES, GRADES, RELATIONS
from connectors.inventory.words import edge_in_words, sentence, titled


@pytest.mark.parametrize("relation", RELATIONS)
@pytest.mark.parametrize("access", ACCESSES[1:])
def test_every_relation_and_access_has_a_verb(relation: str, access: str):
    said = edge_in_words(relation, access if relation == "permission" else None, "one", "other")
    assert said.startswith("one ")
    assert said.endswith(" other")


DOUBT = "as far as can be told: half of the evidence was not read"


@pytest.mark.parametrize(
    ("grade", "conditions", "said"),
    [
        ("granted", (), "A can read B."),
        ("conditional", ("sts:ExternalId",), "A can read B if the request carries sts:ExternalId."),
        ("conditional", ("a:X", "b:Y", "c:Z"), "A can read B if the request carries a:X, b:Y and c:Z."),
        ("conditional", ("sub = repo:acme/app",), "A can read B (sub = repo:acme/app)."),
        ("conditional", (), "A can read B, under conditions that metadata does not settle."),
        ("unknown", (), f"A can read B, {DOUBT}."),
        ("unknown", ("x:y",), f"A can read B if the request carries x:y, {DOUBT}."),
    ],
)
def test_what_narrows_an_edge_is_said(grade: str, conditions: tuple[str, ...], said: str):
    assert grade in GRADES
    assert sentence("A can read B", grade=grade, conditions=conditions) == said


def test_an_object_is_called_by_its_kind_unless_its_name_says_it():
    assert titled("Lambda function", "export") == "Lambda function export"
    assert titled("anyone", "Anyone") == "Anyone"
    assert titled("AWS account principal", "AWS account 999999999999") == "AWS account 999999999999"
    assert titled("", "internet") == "internet"
