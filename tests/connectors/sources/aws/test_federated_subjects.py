"""Whom a trust means by a federated subject is told under a name by which another system may know the same actor."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from connectors.inventory.records import AliasKind, Identity, Link, Ref
from connectors.sources.aws.principals import links
from connectors.sources.aws.trust import trusts
from tests.emulators.aws.policies import by_entra, by_github

ACCOUNT, TENANT, ROBOT = "111122223333", "11111111-aaaa-4bbb-8ccc-000000000001", "59E617E5-e447-4adc-8b88-00af644d7c92"
ROLE = Ref(kind="identity", id="arn:aws:iam::111122223333:role/sync", name="sync")
DOCS = "repo:acme-media/docs:ref:refs/heads/main"


def told(statement: dict[str, Any]) -> tuple[list[Identity], list[Link]]:
    scope = "aws:111122223333:iam"
    place = SimpleNamespace(
        account=SimpleNamespace(id=ACCOUNT),
        scope=SimpleNamespace(key=scope),
        of=lambda: {"system": "aws", "scope": scope, "account_id": ACCOUNT, "account_name": "billing"},
    )
    records = list(links(place, ROLE, trusts({"Statement": [statement]})))  # type: ignore[arg-type]
    subjects = [each for each in records if isinstance(each, Identity) and each.type == "federated subject"]
    return subjects, [each for each in records if isinstance(each, Link) and each.source.id in {s.id for s in subjects}]


def test_a_subject_of_entras_is_the_object_that_its_tokens_are_for():
    (subject,), (link,) = told(by_entra(ACCOUNT, TENANT, ROBOT))
    (alias,) = subject.aliases
    assert (alias.kind, alias.value) == (AliasKind.ADDRESS, ROBOT.lower())
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/sts.windows.net/{TENANT}/"
    assert (link.target.id, link.conditions) == (provider, (f"sub = {ROBOT}",))


def test_a_subject_of_anothers_is_known_by_issuer_and_subject():
    (subject,), _ = told(by_github(ACCOUNT, DOCS))
    (alias,) = subject.aliases
    assert alias.kind == AliasKind.FEDERATED_SUBJECT
    assert alias.value == f"https://token.actions.githubusercontent.com|{DOCS}"


@pytest.mark.parametrize("subject", ["repo:acme-media/*", "repo:acme-media/doc?:ref:refs/heads/main"])
def test_a_pattern_means_nobody_in_particular(subject: str):
    assert told(by_github(ACCOUNT, subject)) == ([], [])
