"""A person sees where they are signed in, and ends what they don't know."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.exceptions import SessionInterrupted
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from accounts import session
from accounts.models import Session, User
from accounts.sessions import browser
from tenants.models import AuditEvent, Tenant
from tests.conftest import signed_in

PAGE = "/accounts/sessions/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36"


def visits(client: Client, *, user_agent: str = FIREFOX, ip: str = "192.0.2.7") -> str:
    answer = client.get(PAGE, headers={"User-Agent": user_agent}, REMOTE_ADDR=ip)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def phone(bob: User) -> Client:
    """Bob's other browser."""
    client = signed_in(bob)
    visits(client, user_agent=SAFARI, ip="198.51.100.3")
    return client


def names_on(client: Client) -> list[str]:
    rows = client.get(PAGE).context["sessions"]
    return [row["name"] for row in rows if not row["is_this"]]


def test_the_list_says_where_from_and_with_what_but_never_the_key(as_bob: Client, phone: Client, alice: User):
    visits(signed_in(alice), ip="203.0.113.99")
    text = visits(as_bob)
    for words in ("Firefox on Linux", "192.0.2.7", "Safari on iPhone", "198.51.100.3", "all your organizations"):
        assert words in text
    assert text.count("This one") == 1
    assert "203.0.113.99" not in text
    assert not any(key in text for key in Session.objects.values_list("pk", flat=True))


def test_one_is_ended_and_the_others_stay(as_bob: Client, phone: Client, bob: User, tenant: Tenant):
    third = signed_in(bob)
    visits(third)
    (name,) = [row["name"] for row in as_bob.get(PAGE).context["sessions"] if row["browser"] == "Safari on iPhone"]
    assert as_bob.post(f"{PAGE}{name}/end/").status_code == 302
    assert phone.get(PAGE).status_code == 302
    assert third.get(PAGE).status_code == 200
    assert AuditEvent.objects.of(tenant).get(action="session:ended").detail["where"] == "Safari on iPhone"
    assert as_bob.post(f"{PAGE}{name}/end/").status_code == 404


def test_all_others_end(as_bob: Client, phone: Client, bob: User):
    third = signed_in(bob)
    assert as_bob.post(f"{PAGE}end-others/").status_code == 302
    assert [client.get(PAGE).status_code for client in (as_bob, phone, third)] == [200, 302, 302]
    assert "signed in nowhere else" in visits(as_bob)


def test_nobody_ends_another_persons_session(as_mallory: Client, phone: Client, as_bob: Client):
    (name,) = names_on(as_bob)
    assert as_mallory.post(f"{PAGE}{name}/end/").status_code == 404
    as_mallory.post(f"{PAGE}end-others/")
    assert phone.get(PAGE).status_code == 200


def test_ending_takes_a_post_with_a_token_and_somebody(as_bob: Client, phone: Client, bob: User):
    (name,) = names_on(as_bob)
    assert as_bob.get(f"{PAGE}{name}/end/").status_code == 405
    assert Client().get(PAGE)["Location"].startswith("/accounts/login/")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(bob)
    assert strict.post(f"{PAGE}end-others/").status_code == 403
    assert phone.get(PAGE).status_code == 200


def test_last_seen_is_written_once_a_minute(as_bob: Client):
    visits(as_bob)
    first = Session.objects.get().seen_at
    visits(as_bob, ip="192.0.2.8")
    assert (Session.objects.get().seen_at, Session.objects.get().ip) == (first, "192.0.2.7")
    Session.objects.update(seen_at=timezone.now() - timedelta(minutes=2))
    visits(as_bob, ip="192.0.2.8")
    assert Session.objects.get().ip == "192.0.2.8"


def test_saving_a_session_keeps_where_it_is_used(as_bob: Client):
    visits(as_bob)
    kept = as_bob.session
    kept["word"] = "kept"
    kept.save()
    record = Session.objects.get()
    assert (record.ip, record.user_agent) == ("192.0.2.7", FIREFOX)
    assert record.seen_at is not None


def test_end_others_for_whoever_changes_a_factor(as_bob: Client, phone: Client, bob: User):
    request = RequestFactory().get("/")
    request.user, request.session = bob, as_bob.session
    assert session.end_others(request)
    assert [client.get(PAGE).status_code for client in (as_bob, phone)] == [200, 302]


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (CHROME, "Chrome on Windows"),
        (f"{CHROME} Edg/130.0", "Edge on Windows"),
        (FIREFOX, "Firefox on Linux"),
        ("curl/8.0", "an unknown browser"),
        (None, "an unknown browser"),
    ],
)
def test_what_a_browser_is_called(user_agent: str | None, words: str):
    assert browser(user_agent) == words


def test_a_session_that_ended_meanwhile_gets_no_new_key(bob: User):
    begun = signed_in(bob).session
    assert list(begun.keys())
    session.end_everywhere(user=bob)
    with pytest.raises(SessionInterrupted):
        begun.cycle_key()
    assert not Session.objects.filter(user=bob).exists()


@pytest.mark.parametrize("name", ["sessions", "mfa_index", "diagnostics"])
def test_the_way_out_is_within_sight(as_bob: Client, name: str):
    page = as_bob.get(reverse(name)).content.decode()
    assert f'<form method="post" action="{reverse("account_logout")}">' in page
