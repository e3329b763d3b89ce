"""What do people write about a finding, whom does it mention, and what did it say before it was changed?

A comment is changed by its author alone, and only while it is fresh; what it said before stays to be read. Nothing
deletes one. Mentions are kept with the comment and told in its audit event, as ids of users.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts.models import Membership, User
from findings import prose, triage
from findings.models import Comment, Finding
from findings.triage import LONGEST_TEXT, Invalid
from tenants import audit
from tenants.audit import Actor
from tenants.models import Tenant

EDITABLE_FOR = timedelta(minutes=15)
MOST_SUGGESTED = 8


class TooLate(Exception):
    """The comment can't be changed, or not any more. The message says why, for users."""


def write(*, finding: Finding, body: str | None, actor: Actor, author: User) -> Comment:
    """Write about a finding. Needs no version: words overwrite nothing. Raises Invalid."""
    said = _text(body)
    mentions = _mentions(finding.tenant, said)

    def work() -> Comment:
        made: Comment = Comment.objects.create(
            tenant=finding.tenant,
            finding=finding,
            author_id=author.pk,
            author=actor.signature,
            body=said,
            mentions=mentions,
            at=timezone.now(),
        )
        Finding.objects.of(finding.tenant).filter(pk=finding.pk).update(comment_count=F("comment_count") + 1)
        detail = {"comment": str(made.pk), "mentions": sorted({user for _name, user in mentions}) or None}
        triage.record(finding, actor=actor, action="finding:commented", detail=detail)
        return made

    return audit.atomically(work)


def edit(*, comment: Comment, revision: int, body: str | None, actor: Actor, author: User) -> None:
    """Say it otherwise; `revision` is the one that the author saw. Raises Invalid and TooLate."""
    said = _text(body)
    mentions = _mentions(comment.tenant, said)

    def work() -> None:
        same = Comment.objects.of(comment.tenant).filter(pk=comment.pk)
        fresh, now = same.get(), timezone.now()
        if not may_edit(fresh, author=author, actor=actor, now=now):
            minutes = int(EDITABLE_FOR.total_seconds() // 60)
            raise TooLate(f"A comment can be changed by its author, for {minutes} minutes. Write another one.")
        if fresh.body == said:
            return
        before = {"body": fresh.body, "mentions": fresh.mentions, "at": (fresh.edited_at or fresh.at).isoformat()}
        fields = {"body": said, "mentions": mentions, "edited_at": now, "earlier": [*fresh.earlier, before]}
        if not same.filter(revision=revision).update(revision=revision + 1, **fields):
            raise TooLate("You changed this comment elsewhere meanwhile. Nothing was changed now.")
        new = {user for _name, user in mentions} - {user for _name, user in fresh.mentions}
        detail = {"comment": str(comment.pk), "revision": revision + 1, "mentions": sorted(new) or None}
        triage.record(comment.finding, actor=actor, action="finding:comment:edited", detail=detail)

    audit.atomically(work)


def draft(tenant: Tenant, body: str | None) -> SafeString:
    """What is being written, as it will be read. Raises Invalid."""
    said = _text(body)
    return _read(said, _mentions(tenant, said))


def read(comment: Comment) -> SafeString:
    """What a comment says, as HTML."""
    return _read(comment.body, comment.mentions)


def earlier(comment: Comment) -> list[dict[str, Any]]:
    """What it said before, latest first: {"html", "at"}."""
    return [
        {"html": _read(each["body"], each["mentions"]), "at": datetime.fromisoformat(each["at"])}
        for each in reversed(comment.earlier)
    ]


def may_edit(comment: Comment, *, author: User, actor: Actor, now: datetime) -> bool:
    """Whether it is this person's own, and still fresh. Who acts as somebody changes nothing that they wrote."""
    own = comment.author_id == author.pk and comment.author == actor.signature
    return own and now - comment.at < EDITABLE_FOR


def suggested(tenant: Tenant, beginning: str) -> list[tuple[str, User]]:
    """(name that mentions them alone, member) whose name or address begins so, by name; MOST_SUGGESTED at most."""
    members, start = _members(tenant), beginning.lower()
    known = _names(members)
    fitting = [
        user
        for user in sorted(members, key=lambda user: (user.display_name.lower(), user.email))
        if any(name.startswith(start) for name in (*_words(user.display_name), user.email))
    ]
    named = [(_shortest(user, known), user) for user in fitting]
    return [(name, user) for name, user in named if name][:MOST_SUGGESTED]


def _shortest(user: User, known: dict[str, str]) -> str | None:
    """The display name where it is nobody else's, or else the address."""
    wanted = (user.display_name, user.email)
    return next((name for name in wanted if known.get(name.lower()) == str(user.pk)), None)


def _words(name: str) -> list[str]:
    """Each rest of a name that begins a word: "ana pérez", "pérez"."""
    words = name.lower().split()
    return [" ".join(words[place:]) for place in range(len(words))]


def _mentions(tenant: Tenant, body: str) -> list[list[str]]:
    """[name in small letters, as the text has it; id of the member it means] each: names make no field names."""
    found = prose.mentioned(body, _names(_members(tenant))) if "@" in body else {}
    return [[name, user] for name, user in found.items()]


def _members(tenant: Tenant) -> list[User]:
    found = Membership.objects.of(tenant).select_related("user")
    return [membership.user for membership in found if membership.user.is_active]


def _names(members: list[User]) -> dict[str, str]:
    """What each member can be called by, in small letters → id. A name that two have is nobody's."""
    pairs = [(name, str(user.pk)) for user in members for name in _called(user)]
    shared = Counter(name for name, _user in pairs)
    return {name: user for name, user in pairs if shared[name] == 1}


def _called(user: User) -> set[str]:
    return {user.email.lower(), user.display_name.lower(), user.email.partition("@")[0].lower()}


def _read(body: str, mentions: list[list[str]]) -> SafeString:
    return prose.html(body, frozenset(name for name, _user in mentions))


def _text(given: str | None) -> str:
    said = (given or "").strip()
    if not said:
        raise Invalid("body", "Write something first.")
    if len(said) > LONGEST_TEXT:
        raise Invalid("body", f"Use at most {LONGEST_TEXT:,} characters; these are {len(said):,}.")
    return said
