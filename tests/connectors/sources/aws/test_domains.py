"""Is a data domain recognised, and does it say how?"""

import pytest

from connectors.inventory.records import Domain
from connectors.sources.aws.domains import domains
from connectors.sources.aws.owners import named


def names(name: str, type_: str = "S3 bucket", **tags: str) -> list[str]:
    return [each.name for each in domains(name=name, type=type_, tags=tuple(tags.items()))]


def test_a_tag_comes_before_a_name():
    tags = (("data-domain", "HR"),)
    assert domains(name="customer-export", type="S3 bucket", tags=tags) == (
        Domain(name="hr", because="tag data-domain = HR"),
        Domain(name="customer", because="name contains “customer”"),
    )


def test_a_classification_that_is_harmless_says_nothing():
    assert names("assets", **{"data-classification": "public"}) == []
    assert names("assets", **{"data-classification": "restricted"}) == ["confidential"]
    assert names("assets", DataClass="PII") == ["customer"]


def test_a_secret_is_one_whatever_its_name():
    assert names("warehouse/password", "Secrets Manager secret") == ["secrets"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("acme-payroll-2026", ["hr"]),
        ("thread-pool", []),
        ("chrome-cache", []),
        ("prod.invoices", ["finance"]),
        ("syntax", []),
        ("user-mailboxes", ["mail"]),
    ],
)
def test_names_are_read_by_whole_words(name, expected):
    assert names(name) == expected


def test_owners_are_people_by_e_mail_and_teams_by_name():
    found = named(
        (("Owner", "Alice@Acme-Media.example, bob@acme-media.example"), ("team", " Platform "), ("cost", "1"))
    )
    assert [(each.id, each.type) for each in found] == [
        ("alice@acme-media.example", "person"),
        ("bob@acme-media.example", "person"),
        ("team:platform", "team"),
    ]


def test_an_empty_owner_is_nobody():
    assert named((("owner", " "),)) == []
