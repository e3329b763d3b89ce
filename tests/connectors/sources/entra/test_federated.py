"""Whom does a federated credential let in, and under which conditions?"""

from __future__ import annotations

from typing import Any

from connectors.inventory.federation import Match, met
from connectors.inventory.records import Grade, Link, Ref
from connectors.sources.entra.federated import provider, trusts
from connectors.sources.entra.tenant import Tenant, identity

ACME = Tenant(id="11111111-1111-1111-1111-111111111111", name="Acme Media")
HERE = identity("aaaaaaaa-0000-0000-0000-000000000001", "CI deployer")
GITHUB = "https://token.actions.githubusercontent.com"


def link(**said: Any) -> Link:
    row = {"id": "f1", "name": "main", "issuer": GITHUB, "subject": None, "audiences": ["api://AzureADTokenExchange"]}
    (found,) = trusts([{**row, **said}], HERE, {"mi-1": "export-job"}, ACME, "scope")
    return found


def test_an_issuer_vouches_for_one_of_its_subjects():
    found = link(subject="repo:acme/app:ref:refs/heads/main")
    assert found.source == Ref(kind="identity", id=f"issuer/{GITHUB}", name="token.actions.githubusercontent.com")
    assert (found.target, found.grade) == (HERE, Grade.CONDITIONAL)
    assert found.conditions == ("token.actions.githubusercontent.com:sub = repo:acme/app:ref:refs/heads/main",)
    assert provider(found.source, ACME, "scope").type == "OIDC provider"


def test_the_graph_lets_in_whoever_claims_that_subject_and_nobody_else():
    found = link(subject="repo:acme/app:environment:prod")
    assert met(found.conditions, ("sub = repo:acme/app:environment:prod",)) is Match.MET
    assert met(found.conditions, ("sub = repo:acme/other:environment:prod",)) is Match.FAILED


def test_an_audience_of_its_own_is_a_condition():
    assert "token.actions.githubusercontent.com:aud = sts.acme" in link(subject="x", audiences=["sts.acme"]).conditions


def test_a_managed_identity_of_the_tenant_is_let_in_itself():
    found = link(issuer=f"https://login.microsoftonline.com/{ACME.id}/v2.0", subject="MI-1")
    assert found.source == identity("mi-1", "export-job")
    assert (found.grade, found.conditions) == (Grade.GRANTED, ())


def test_one_of_another_tenant_is_vouched_for_by_that_tenant():
    found = link(issuer="https://login.microsoftonline.com/22222222-1111-1111-1111-111111111111/v2.0", subject="MI-1")
    assert found.source.id == "issuer/https://login.microsoftonline.com/22222222-1111-1111-1111-111111111111/v2.0"
    assert found.grade is Grade.CONDITIONAL


def test_an_expression_leaves_open_who_is_let_in():
    found = link(subject=None)
    assert found.conditions == ("an expression over the token's claims, which is not read",)
    assert met(found.conditions, ("sub = repo:acme/app",)) is Match.OPEN
