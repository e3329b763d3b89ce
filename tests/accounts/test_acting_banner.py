"""Does every page say that staff acts as somebody: who, as whom, why, for how long, and how to stop?"""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tenants.models import Tenant
from tests.accounts.acting import QUEUE, REASON, begin
from tests.conftest import signed_in
from tests.factories import make_finding
from tests.findings.paper import Paper


@pytest.fixture
def desk(support: User, bob: User, tenant: Tenant) -> Client:
    """A staff member's browser, acting as bob, an analyst of Acme."""
    client = signed_in(support)
    begin(client, tenant, bob)
    client.raise_request_exception = False
    return client


def has_banner(page: str) -> bool:
    """With everything that it must say, and a way out that needs no script."""
    banner = page.partition('<div class="acting"')[2].partition("</form>")[0]
    words = (
        "Support",
        "acting as",
        "Bob",
        "Acme Media",
        REASON,
        "60 min left",
        "only looking",
        'action="/acting/end/"',
    )
    return all(word in banner for word in words) and "csrfmiddlewaretoken" in banner and 'method="post"' in banner


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (QUEUE, 200),
        ("/t/acme/posture/", 200),
        ("/t/acme/posture/report/?from=2026-11-01&to=2026-11-24", 200),
        ("/acting/changes/", 200),
        ("/t/acme/audit/", 403),  # bob's role
        ("/admin/", 403),
        ("/t/acme/nothing/", 404),
        ("/t/globex/findings/", 404),
        ("/nothing/", 404),
    ],
)
def test_a_page_has_the_banner(desk: Client, path: str, status: int):
    answer = desk.get(path)
    assert answer.status_code == status
    assert has_banner(answer.content.decode())
    assert answer["Cache-Control"] == "no-store"


def test_a_finding_and_its_report_have_it(desk: Client, tenant: Tenant):
    address = f"{QUEUE}{make_finding(tenant).pk}/"
    for path in (address, f"{address}report/"):
        assert has_banner(desk.get(path).content.decode())


def test_the_page_of_a_broken_request_has_it(desk: Client, monkeypatch: pytest.MonkeyPatch):
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("accounts.views.tenants_of", broken)
    answer = desk.get("/")
    assert answer.status_code == 500
    assert has_banner(answer.content.decode())
    assert answer["Cache-Control"] == "no-store"


def test_the_page_of_an_expired_form_has_it(desk: Client):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = desk.cookies
    answer = strict.post("/acting/end/")
    assert answer.status_code == 403
    assert has_banner(answer.content.decode())


@pytest.mark.parametrize("path", ["posture/report.pdf?from=2026-11-01&to=2026-11-24", "findings/{pk}/report.pdf"])
def test_paper_says_it_on_every_page(desk: Client, tenant: Tenant, path: str):
    answer = desk.get("/t/acme/" + path.format(pk=make_finding(tenant).pk))
    paper = Paper(answer.content)
    assert len(paper.pages) > 1
    assert all("Printed by Support acting as Bob" in page for page in paper.pages)
    assert f"because: {REASON}" in paper.words
    assert paper.pdf.metadata
    assert paper.pdf.metadata.author == "Support acting as Bob"
    assert answer["Cache-Control"] == "no-store"


def test_nobody_else_sees_a_banner_or_the_staff_bar(as_alice: Client, tenant: Tenant):
    for path in (QUEUE, "/nothing/", "/t/acme/audit/"):
        page = as_alice.get(path).content.decode()
        assert 'class="acting"' not in page
        assert "staffbar" not in page
    report = as_alice.get("/t/acme/posture/report.pdf?from=2026-11-01&to=2026-11-24")
    assert "Printed by" not in Paper(report.content).text


def test_staff_finds_the_way_in_on_pages_and_on_a_persons_own(support: User, bob: User, staff: User, tenant: Tenant):
    client = signed_in(support)
    for path in ("/nothing/", "/acting/"):
        assert 'action="/acting/"' in client.get(path).content.decode()
    assert 'href="/acting/"' in client.get("/admin/").content.decode()
    assert "/acting/?q=bob%40acme.example" in client.get(f"/admin/accounts/user/{bob.pk}/change/").content.decode()
    owner = signed_in(staff)
    assert "/acting/?q=" not in owner.get(f"/admin/accounts/user/{support.pk}/change/").content.decode()


def test_log_lines_name_the_acting_and_the_staff_member(desk: Client, support: User, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.INFO):
        desk.get(QUEUE)
    line = next(record.msg for record in caplog.records if record.name == "sv0.request")
    assert isinstance(line, dict)
    assert (line["impersonation"], line["staff"]) == (desk.session["acting"]["id"], str(support.pk))
