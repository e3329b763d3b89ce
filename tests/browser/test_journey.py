"""From an empty tenant to a triaged finding and its PDF, as a person does it, with a real browser and worker."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import BytesIO

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from accounts.models import User
from connectors.models import Scan
from findings.models import Finding
from tenants import audit
from tenants.models import AuditEvent, Tenant
from tests.browser.conftest import PHONE, sign_in
from tests.emulators.aws.server import AwsEmulator
from tests.emulators.aws.small_estate import ESTATE
from tests.factories import make_connection, make_finding

SCAN_MS = 120_000
EVERY_STEP = {
    "account:signed_in",
    "connection:created",
    "connection:tested",
    "scan:requested",
    "scan:finished",
    "finding:opened",
    "finding:acknowledged",
    "report:downloaded",
}


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsEmulator]:
    """The small organization."""
    with AwsEmulator(ESTATE) as emulator:
        yield emulator


def connect(page: Page, *, external_id: str = ESTATE.external_id) -> None:
    """Fill in the form of a new AWS connection."""
    page.get_by_role("link", name="Connections").first.click()
    page.get_by_role("link", name=re.compile("connect", re.IGNORECASE)).filter(visible=True).last.click()
    if page.get_by_role("link", name=re.compile("AWS")).count():
        page.get_by_role("link", name=re.compile("AWS")).last.click()
    page.get_by_label("Name", exact=True).fill("AWS organization")
    page.get_by_label("Role in the management account").fill(ESTATE.hub_role_arn)
    page.get_by_label("External id").fill(external_id)
    page.get_by_label(re.compile("^Regions")).fill("\n".join(ESTATE.regions))
    page.get_by_label(re.compile("^Access key id")).fill(ESTATE.access_key_id)
    page.get_by_label(re.compile("^Secret access key")).fill(ESTATE.secret_access_key)
    page.get_by_role("button", name="Connect", exact=True).click()
    page.wait_for_url(re.compile(r"/connections/[0-9a-f]{24}/"))


def scan(page: Page, tenant: Tenant, shots: Callable[[Page, str], None]) -> Scan:
    """Test the connection, scan, and watch it to its end."""
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("sv0-reader can be assumed.").first).to_be_visible(timeout=30_000)
    shots(page, "connection-tested")
    page.get_by_role("button", name="Scan now").click()
    page.get_by_role("link", name=re.compile("Follow it account by account")).click()
    page.wait_for_url(re.compile("/scans/"))
    expect(page.get_by_text("orders (100000000011)").first).to_be_visible(timeout=60_000)
    shots(page, "scan-live")
    # The scan's own state beside its heading: the accounts below it say "complete" while others are still read.
    ended = page.locator("#progress .page-head").get_by_text(re.compile("^complete", re.IGNORECASE))
    expect(ended).to_be_visible(timeout=SCAN_MS)
    shots(page, "scan-done")
    found: Scan = Scan.objects.of(tenant).get()
    return found


def acknowledge_by_keyboard(page: Page, tenant: Tenant, shots: Callable[[Page, str], None]) -> Finding:
    """The queue's first finding: preview, page, decision."""
    page.get_by_role("link", name="Findings").first.click()
    expect(page.locator("[data-row]").first).to_be_visible()
    page.keyboard.press("j")
    expect(page.locator("#preview").get_by_role("heading").first).to_be_visible()
    shots(page, "queue")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/findings/[0-9a-f]{24}/"))
    pk = re.search(r"/findings/([0-9a-f]{24})/", page.url)
    assert pk
    shots(page, "finding")
    page.keyboard.press("a")
    expect(page.locator("#decision").get_by_text("acknowledged", exact=False).first).to_be_visible()
    found: Finding = Finding.objects.of(tenant).get(pk=pk[1])
    return found


def printed(page: Page, shots: Callable[[Page, str], None]) -> str:
    """The text of the finding's PDF, by way of the printable page."""
    page.get_by_role("link", name="Printable report").click()
    shots(page, "finding-report")
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("PDF")).first.click()
    pdf = PdfReader(BytesIO(download.value.path().read_bytes()))
    return "\n".join(part.extract_text() for part in pdf.pages)


def test_from_an_empty_tenant_to_a_triaged_finding_and_its_pdf(
    visit: Callable[..., Page],
    worker: Callable[..., object],
    aws: AwsEmulator,
    alice: User,
    tenant: Tenant,
    monkeypatch: pytest.MonkeyPatch,
    shots: Callable[[Page, str], None],
):
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
    worker(AWS_ENDPOINT_URL=aws.url)
    page = visit()
    sign_in(page, alice)
    shots(page, "queue-empty")
    connect(page)
    assert ESTATE.secret_access_key not in page.content()
    assert scan(page, tenant, shots).state == Scan.State.COMPLETE
    assert Finding.objects.of(tenant).filter(status="open").count() >= 6
    finding = acknowledge_by_keyboard(page, tenant, shots)
    assert (finding.status, finding.decided_by) == ("acknowledged", "Alice")
    text = printed(page, shots)
    assert finding.subject_name in text
    assert re.search(r"[0-9a-f]{64}", text.replace("\n", ""))
    actions = set(AuditEvent.objects.of(tenant).values_list("action", flat=True))
    assert actions >= EVERY_STEP
    assert audit.verify(tenant).why is None


def test_triage_without_scripts(visit: Callable[..., Page], bob: User, tenant: Tenant):
    make_connection(tenant)
    finding = make_finding(tenant)
    page = visit(java_script_enabled=False)
    sign_in(page, bob)
    page.get_by_role("link", name=re.compile("Billing-Admin")).first.click()
    verb = page.locator("details", has_text="False positive").first
    verb.locator("summary").click()
    verb.get_by_label("Reason").fill("")
    verb.get_by_role("button", name=re.compile("false positive", re.IGNORECASE)).click()
    expect(page.get_by_role("alert").filter(visible=True).first).to_be_visible()
    page.locator("details[open]").get_by_label("Reason").fill("This role is ours, and reviewed monthly.")
    page.locator("details[open]").get_by_role("button", name=re.compile("false positive", re.IGNORECASE)).click()
    expect(page.locator("#decision blockquote")).to_have_text("This role is ours, and reviewed monthly.")
    assert Finding.objects.of(tenant).get(pk=finding.pk).status == "false_positive"


def test_the_second_of_two_people_is_told_what_the_first_did(
    visit: Callable[..., Page], alice: User, bob: User, tenant: Tenant
):
    make_connection(tenant)
    finding = make_finding(tenant)
    first, second = visit(), visit()
    for page, user in ((first, alice), (second, bob)):
        sign_in(page, user)
        page.goto(f"/t/acme/findings/{finding.pk}/")
    first.keyboard.press("a")
    expect(first.locator("#decision").get_by_text("acknowledged", exact=False).first).to_be_visible()
    second.keyboard.press("f")
    second.get_by_label("Reason").filter(visible=True).first.fill("Not a problem.")
    second.locator("details[open]").get_by_role("button", name=re.compile("false positive", re.IGNORECASE)).click()
    expect(second.get_by_text(re.compile("Alice.*acknowledged", re.IGNORECASE)).first).to_be_visible()
    assert Finding.objects.of(tenant).get(pk=finding.pk).status == "acknowledged"


def test_the_queue_on_a_phone_does_not_scroll_sideways(visit: Callable[..., Page], bob: User, tenant: Tenant):
    make_connection(tenant)
    make_finding(tenant, subject_name="a-very-long-name-" * 40, path_line="→".join(["long-name"] * 60))
    page = visit(viewport=PHONE)
    sign_in(page, bob)
    expect(page.locator("[data-row]").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
