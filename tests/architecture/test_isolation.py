"""Nothing of another tenant shows anywhere, whatever is asked for; and no cache entry could mix two tenants up."""

from __future__ import annotations

import io
from typing import Any

import pytest
from bson import ObjectId
from django.test import Client
from pypdf import PdfReader

from accounts.models import User
from connectors.inventory.models import DomainVerdict, Node
from findings.models import Comment
from sv0.cache import MongoCache
from tenants import audit
from tenants.models import Tenant
from tests.architecture.test_urls import PAGES, Page
from tests.connectors.stored import bucket, permission, role, store
from tests.factories import NOW, make_connection, make_finding, make_scan

CANARY = "kanari7f3"
COMMON = "zebra"  # a word that both tenants' records have, so that searches find ours and could find theirs
KEY = "arn:aws:iam::111111111111:role/shared"  # the same in both, as ids of a vendor may be
# What the cache may hold without a tenant's id, and why that tells nobody anything of a tenant.
NOT_OF_A_TENANT = {
    "allauth:rl:": "counts by network, person or hashed address",
    "workos:": "locks by WorkOS' session id, and whether WorkOS answers",
    "allauth.mfa": "codes that were used, by person",
}


def plant(tenant: Tenant, word: str) -> dict[str, ObjectId]:
    """One record of each kind, each text of it with the word."""
    text = f"{COMMON} {word}"
    connection = make_connection(tenant, name=text)
    scan = make_scan(connection, requested_by=text, connection_name=text)
    found = make_finding(
        tenant, title=text, because=text, path_line=text, subject_name=text, subject_key=KEY, account_name=text,
        account_id=word, connection_id=connection.pk, last_scan=scan.pk, assignee=text, search=[COMMON, word],
    )  # fmt: skip
    Comment.objects.create(tenant=tenant, finding=found, author=text, body=text, at=NOW)
    DomainVerdict.objects.create(tenant=tenant, domain="hr", holds=True, name=word, reason=text, author=text, at=NOW)
    identity = role(text, id=KEY, account_id=word, account_name=text)
    data = bucket(text, id="arn:aws:s3:::shared", account_id=word, account_name=text)
    store(scan, identity, data, permission(identity, data, "s3:GetObject"))
    audit.record(tenant, actor=audit.WORKER, action="scan:finished", subject=text)
    return {
        "finding": found.pk,
        "connection": connection.pk,
        "scan": scan.pk,
        "node": Node.objects.of(tenant).get(key=KEY).pk,
    }


@pytest.fixture
def ours(tenant: Tenant) -> dict[str, ObjectId]:
    return plant(tenant, "acmes")


@pytest.fixture
def theirs(other_tenant: Tenant, mallory: User) -> dict[str, ObjectId]:
    return plant(other_tenant, CANARY)


def text_of(answer: Any) -> str:
    """What the answer says, a PDF's words included."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if answer.headers.get("Content-Type") == "application/pdf":
        return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    return str(content, errors="replace") + str(answer.headers)


def own(page: Page, client: Client, ids: dict[str, ObjectId]) -> list[str]:
    """The page's addresses that open: for each object of ours where it takes one."""
    wanted = [page.address("acme", pk) for pk in ids.values()] if "pk" in page.arguments else [page.address("acme")]
    return [address for address in wanted if client.get(address).status_code not in {404, 405}]


def questions(theirs: dict[str, ObjectId], mallory: User) -> list[dict[str, str]]:
    """What may be asked for beside the address: words both have, and the other tenant's ids in each parameter."""
    finding, connection, scan, node = (str(theirs[name]) for name in ("finding", "connection", "scan", "node"))
    return [
        {},
        {"q": COMMON, "status": "all"},
        {"selected": finding, "all": connection, "before": scan, "status": "all"},
        {"connection": connection, "scan": scan, "object": node, "after": node, "assignee": str(mallory.pk)},
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_nothing_of_another_tenant_shows(
    page: Page, as_alice: Client, mallory: User, ours: dict[str, ObjectId], theirs: dict[str, ObjectId]
):
    for address in own(page, as_alice, ours):
        for asked in questions(theirs, mallory):
            for headers in ({}, {"HX-Request": "true"}):
                assert CANARY not in text_of(as_alice.get(address, asked, headers=headers))


def test_the_canary_would_be_seen(as_mallory: Client, theirs: dict[str, ObjectId]):
    for page in ("findings/", "inventory/", "connections/", "audit/", f"findings/{theirs['finding']}/report.pdf"):
        assert CANARY in text_of(as_mallory.get(f"/t/globex/{page}"))


def test_no_cache_entry_is_without_its_tenant(
    as_alice: Client, tenant: Tenant, ours: dict[str, ObjectId], monkeypatch: pytest.MonkeyPatch
):
    written: set[str] = set()
    key_of = MongoCache._key

    def noted(self: MongoCache, key: str, version: int | None) -> str:
        written.add(key)
        return key_of(self, key, version)

    monkeypatch.setattr(MongoCache, "_key", noted)
    Client().post("/accounts/login/", {"email": "alice@acme.example"})
    for page in PAGES:
        own(page, as_alice, ours)
    assert written, "signing in counts attempts"
    assert {key for key in written if str(tenant.pk) not in key and not key.startswith(tuple(NOT_OF_A_TENANT))} == set()
