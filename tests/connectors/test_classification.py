"""Is a data domain recognised, does it say how, and does the tenant have the last word?"""

import pytest

from connectors.inventory.classification import Verdict, classify
from connectors.inventory.records import Domain, Resource


def resource(name: str, kind: str = "S3 bucket", *, key: str | None = None, **more) -> Resource:
    tags = tuple(more.pop("tags", {}).items())
    address = key or f"arn:aws:s3:::{name}"
    return Resource(
        id=address, provider_id=address, name=name, type=kind, system="aws", scope="aws:1:s3", tags=tags, **more
    )


def held(of: Resource, *verdicts: Verdict) -> list[str]:
    return [each.name for each in classify(of, verdicts).domains]


def verdict(domain: str, *, holds: bool = True, key: str | None = None, pattern: str | None = None) -> Verdict:
    return Verdict(domain=domain, holds=holds, key=key, pattern=pattern, said="Alice: known to the team")


def test_a_tag_comes_before_a_name():
    assert classify(resource("customer-export", tags={"data-domain": "HR"})).domains == (
        Domain(name="hr", because="tag data-domain = HR"),
        Domain(name="customer", because="name contains “customer”"),
    )


def test_a_classification_that_is_harmless_says_nothing():
    assert held(resource("assets", tags={"data-classification": "public"})) == []
    assert held(resource("assets", tags={"data-classification": "restricted"})) == ["confidential"]
    assert held(resource("assets", tags={"DataClass": "PII"})) == ["customer"]
    assert held(resource("assets", tags={"owner-data-domain": "hr"})) == []


def test_what_it_is_tells_whatever_its_name():
    assert held(resource("warehouse/password", "Secrets Manager secret")) == ["secrets"]
    assert held(resource("x", "not a Key Vault")) == []
    codecommit = resource("website", "CodeCommit repository", key="arn:aws:codecommit:eu-west-1:1:website")
    assert [(each.name, each.because) for each in classify(codecommit).domains] == [
        ("source code", "service codecommit")
    ]


def test_an_application_permission_says_what_it_opens():
    role = resource("Mail.Read", "app role", key="entra:app-role:810c84a8")
    assert classify(role).domains == (Domain(name="mail", because="app role Mail.Read"),)
    assert held(resource("Sites.Selected", "app role", key="entra:app-role:1")) == ["files"]
    assert held(resource("Directory.Read.All", "app role", key="entra:app-role:2")) == ["directory"]
    assert held(resource("BitlockerKey.Read.All", "app role", key="entra:app-role:3")) == ["secrets"]
    assert held(resource("Directory.Read.All", key="entra:app-role:2")) == []


def test_a_delegated_permission_opens_the_same():
    permission = resource("Mail.Read", "delegated permission", key="graph/scope/mail.read")
    assert classify(permission).domains == (Domain(name="mail", because="delegated permission Mail.Read"),)


def test_a_directory_role_opens_the_directory():
    assert held(resource("Reports Reader", "directory role", key="directory-role/1")) == ["directory"]


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
    assert held(resource(name)) == expected


def test_a_set_of_resources_holds_nothing_itself():
    assert held(resource("customer-*", pattern="arn:aws:s3:::customer-*")) == []


def test_what_is_classified_before_is_classified_anew():
    before = resource("assets", domains=(Domain(name="hr", because="an older rule"),))
    assert classify(before).domains == ()


def test_a_person_has_the_last_word():
    bucket = resource("payroll-copy")
    assert held(bucket, verdict("hr", holds=False, key=bucket.id)) == []
    assert held(bucket, verdict("legal", key=bucket.id)) == ["legal", "hr"]
    assert held(bucket, verdict("hr", holds=False, pattern="Payroll-*")) == []
    assert held(bucket, verdict("hr", holds=False, pattern="payroll")) == ["hr"]
    assert held(bucket, verdict("hr", holds=False, key="arn:aws:s3:::other")) == ["hr"]


def test_a_verdict_on_the_object_outweighs_one_on_a_pattern_whatever_the_order():
    bucket = resource("payroll-copy")
    no, yes = verdict("hr", holds=False, pattern="*"), verdict("hr", key=bucket.id)
    assert held(bucket, no, yes) == held(bucket, yes, no) == ["hr"]
    assert classify(bucket, [no, yes]).domains[0].because == "Alice: known to the team"


def test_a_pattern_of_stars_ends():
    assert held(resource("a" * 200), verdict("hr", pattern="*a" * 40 + "b")) == []
