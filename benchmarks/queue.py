"""How fast does the findings queue answer at a client's scale, measured against the same query in bare pymongo?

    python -m benchmarks.queue --size 1000000

fills a tenant with SIZE findings in a mongod that the benchmark starts, and asks for the queue through Django's test
client, signed in, from the request to the last byte. The last line is JSON, in milliseconds:

- page_*: the whole page, with all kinds of choices, in each order, and up to 20 pages deep; rows_*: its rows' query
  alone; facet_*: its counts alone. search_*: the page of a search. verb_*: acknowledging a finding, and the page after.
- ratio_to_raw: the rows' seconds / those of bare pymongo for the same rows: find, sort and limit with an index that
  has the order, the same fields, to dicts. At 1 the queue costs what its rows cost.
- bulk_*: acknowledging bulk_members findings as one operation: until its preview can be looked at, carrying it out, and
  undoing it, in seconds. bulk_ratio_to_raw: carrying it out / writing one field onto as many by bare pymongo.
- recount_s: counting everything anew.
"""

from __future__ import annotations

import argparse
import json
import os
import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from benchmarks.pages import SLUG, Browser, clocked, percentiles, put, set_up
from sv0.mongod import running_mongod

ROUNDS = 60
DEPTH = 20
RULES = 35
ACCOUNTS = 300
PEOPLE = 20
DOMAINS = ("customer", "finance", "hr", "logs", "mail", "secrets", "source code")
STATUSES = (
    ("open",) * 12
    + ("acknowledged", "accepted", "false_positive", "closed", "reopened", "regressed")
    + ("resolved",) * 3
)
WORDS = ("billing", "export", "sync", "deploy", "report", "ingest", "crm", "vault", "agent", "nightly")


def main() -> None:
    """Start a mongod, fill it, measure, print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=10_000, help="findings (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of each kind of request (default: %(default)s)")
    asked = parser.parse_args()
    with running_mongod() as uri:
        os.environ |= {"MONGODB_URI": uri, "SV0_ENV": "development", "LOG_LEVEL": "WARNING"}
        os.environ["MONGODB_NAME"] = f"queue_{asked.size}"
        set_up()
        print(json.dumps({"size": asked.size, **fill(asked.size), **measured(asked.rounds)}))


# ── The findings ────────────────────────────────────────────────────────────────────────────────────────────────────


def fill(size: int) -> dict[str, float]:
    """The client's findings, as evaluations and people would have left them."""
    from accounts.models import Membership, User
    from accounts.roles import Role
    from findings import queue, tally
    from tenants.models import Tenant

    tenant = Tenant.objects.create(slug=SLUG, name="Acme Media")
    people = [User.objects.create_user(f"person{n}@acme-media.example", name=f"Person {n}") for n in range(PEOPLE)]
    alice = User.objects.create_user("alice@acme-media.example", name="Alice")
    for user in (alice, *people):
        Membership.objects.create(tenant=tenant, user=user, role=Role.MANAGER)
    put(queue.findings(), documents(tenant, [alice, *people], size))
    seconds: list[float] = []
    with clocked(seconds):
        tally.recount(tenant)
    return {"recount_s": round(seconds[0], 1)}


def documents(tenant: Any, people: list[Any], size: int) -> Iterator[dict[str, Any]]:
    """Findings of RULES rules in ACCOUNTS accounts; a rule's severity is mostly its own."""
    from bson import ObjectId
    from django.utils import timezone

    from findings.facets import traits

    chance, now = random.Random(1), timezone.now()
    for number in range(size):
        name = f"{chance.choice(WORDS)}-{chance.choice(WORDS)}-{number}"
        person = chance.choice([None] * 30 + people)
        row = {
            "_id": ObjectId(),
            "tenant_id": tenant.pk,
            "key": f"{number:064x}",
            **judged(chance, name),
            **placed(chance, name),
            "connection_id": tenant.pk,
            "observation": chance.choice(("present",) * 9 + ("not_rechecked",)),
            "observed_at": now,
            "first_seen": now - timedelta(seconds=chance.randrange(300 * 86_400)),
            "last_seen": now,
            "last_scan": tenant.pk,
            "decision": "none",
            "status": chance.choice(STATUSES),
            "acceptance": "none",
            "assignee_id": person.pk.hex if person else None,
            "assignee": person.name if person else None,
            "assignee_initials": person.initials if person else None,
            "comment_count": 0,
            "version": 1,
        }
        yield row | {"traits": traits(row)}


def judged(chance: random.Random, name: str) -> dict[str, Any]:
    """What a rule says."""
    from findings.evaluator import rules
    from findings.severity import Severity

    known, words = [*rules()][:RULES], list(Severity)
    rule = chance.choice(known)
    severity = words[min(4, known.index(rule) % 4 + chance.choice((0, 0, 0, 1)))]
    return {
        "rule": rule,
        "rule_version": 1,
        "title": rules()[rule].title,
        "severity": severity.value,
        "severity_rank": severity.rank,
        "score": 50,
        "severity_sum": [],
        "because": f"Lambda function {name} acts as {name}-role, which nobody has used for 120 days.",
        "path": [],
        "path_line": f"{name} → {name}-role → customer-data → internet",
        "facts": {"Days without use": "120", "Created": "2024-01-02", "Granted by": "policy AdministratorAccess"},
        "fingerprint": {"permissions": [[f"read arn:aws:s3:::{name}", f"read on {name}"]], "domains": []},
        "search": [*name.split("-"), name, *rules()[rule].title.lower().split()],
    }


def placed(chance: random.Random, name: str) -> dict[str, Any]:
    """Where the subject is, and what it reaches."""
    account = chance.randrange(ACCOUNTS)
    return {
        "subject_key": f"arn:aws:lambda:eu-west-1:{account + 10**11}:function:{name}",
        "subject_name": name,
        "subject_kind": "workload",
        "subject_type": "Lambda function",
        "subject_provider_id": name,
        "system": chance.choice(("aws", "aws", "entra", "azure")),
        "account_id": str(account + 10**11),
        "account_name": f"account-{account:03}",
        "domains": sorted(chance.sample(DOMAINS, chance.choice((0, 0, 1, 1, 2)))),
        "scopes": [f"aws:{account + 10**11}:iam"],
    }


# ── Measuring ───────────────────────────────────────────────────────────────────────────────────────────────────────


def choices(chance: random.Random, rounds: int) -> Iterator[str]:
    """Queries of the queue: nothing chosen, one facet, several; frequent values and rare ones."""
    from findings.evaluator import rules

    known = [f"rule={rule}" for rule in [*rules()][:6]]
    every = ["severity=critical", "severity=high", "status=all", "system=entra", "domain=hr", "assignee=me"]
    every += ["assignee=none", "observation=not_rechecked", "domain=customer", *known]
    every += [f"account={10**11 + number * 37 % ACCOUNTS}" for number in range(8)]
    for number in range(rounds):
        picked = chance.sample(every, chance.choice((0, 1, 1, 2, 3)))
        yield "&".join([*picked, *([] if number % 3 else [f"sort={chance.choice(('newest', 'oldest'))}"])])


def measured(rounds: int) -> dict[str, float]:
    """Every kind of request, `rounds` times."""
    from accounts.models import User
    from tenants.models import Tenant

    tenant, me = Tenant.objects.get(slug=SLUG), User.objects.get(email="alice@acme-media.example")
    browser, chance = Browser(), random.Random(1)
    browser.seconds("queue")  # compiles the templates
    told = {"load": round(os.getloadavg()[0], 1)} | the_queue(tenant, me, browser, [*choices(chance, rounds)])
    searches = [f"q={chance.choice(WORDS)}+{chance.choice(WORDS)}-{chance.randrange(500)}" for _ in range(rounds // 2)]
    searches += [f"q={chance.choice(WORDS)}&severity=high" for _ in range(rounds // 2)]
    told |= percentiles("search", [browser.seconds("queue", query)[0] for query in searches])
    told |= percentiles("verb", [acknowledged(tenant, browser) for _ in range(rounds // 2)])
    return told | in_bulk(tenant, me)


def the_queue(tenant: Any, me: Any, browser: Browser, queries: list[str]) -> dict[str, float]:
    """Whole pages, their counts and their rows alone, and the same rows in bare pymongo, all in turn."""
    from django.http import QueryDict

    from findings import counting, queue
    from findings.filter import parse

    pages: list[float] = []
    facets: list[float] = []
    rows: list[float] = []
    raw: list[float] = []
    for number, query in enumerate(queries):
        asked = parse(QueryDict(query), me=me.pk)[0]
        for _ in range(1 if number % 10 else DEPTH):
            pages.append(browser.seconds("queue", asked.query())[0])
            with clocked(facets):
                counting.count(tenant=tenant, asked=asked, me=me.pk)
            with clocked(rows):
                page = queue.read(tenant=tenant, asked=asked, me=me.pk)
            with clocked(raw):
                bare(tenant, page.rows)
            if page.following is None:
                break
            asked = asked.from_start(after=page.following)
    ratio = {"ratio_to_raw": round(sum(rows) / sum(raw), 2)}
    return percentiles("page", pages) | percentiles("facet", facets) | percentiles("rows", rows) | ratio


def bare(tenant: Any, rows: list[dict[str, Any]]) -> None:
    """As many rows as that, from the same place on, of any kind: what an index that has the order gives at once."""
    from findings import queue

    if not rows:
        return
    where = {"tenant_id": tenant.pk, "status": rows[0]["status"], "severity_rank": {"$lte": rows[0]["severity_rank"]}}
    found = queue.findings().find(where, dict.fromkeys(queue.SHOWN, 1), hint="finding_queue")
    list(found.sort([("severity_rank", -1), ("first_seen", -1), ("_id", -1)]).limit(len(rows)))


def acknowledged(tenant: Any, browser: Browser) -> float:
    """Seconds of acknowledging the first open finding, and of the queue's page after it."""
    from findings.models import Finding

    first = Finding.objects.of(tenant).filter(status="open").order_by("-severity_rank", "-first_seen", "-pk").first()
    assert first
    return browser.posted("finding_acknowledge", {"version": first.version, "place": "queue"}, pk=first.pk)


def in_bulk(tenant: Any, me: Any) -> dict[str, float]:
    """As many open findings as one operation takes: drafted, previewed, carried out, and undone."""
    from pymongo import UpdateOne

    from findings import operation, queue
    from findings.filter import Filter
    from findings.proposal import Terms
    from tenants.audit import Actor

    alice, took = Actor(id=str(me.pk), name="Alice", via="web"), list[float]()
    asked = Filter(status=("open",))
    with clocked(took):
        held = operation.draft(tenant=tenant, actor=alice, verb="acknowledge", me=me.pk, picked=None, asked=asked)
        assert held
        operation.preview(held)
    with clocked(took):
        operation.start(operation=held, actor=alice, terms=Terms(), assignee=None)
        operation.carry_out(held)
    held.refresh_from_db()
    with clocked(took):
        operation.undo(operation=held, actor=alice)
        operation.carry_back(held)
    ids = [row["_id"] for row in queue.findings().find({"tenant_id": tenant.pk}, {"_id": 1}).limit(held.total)]
    with clocked(took):
        queue.findings().bulk_write([UpdateOne({"_id": pk}, {"$set": {"comment_count": 1}}) for pk in ids])
    draft, done, undone = (round(seconds, 2) for seconds in took[:3])
    told = {"bulk_members": held.done, "bulk_draft_s": draft, "bulk_s": done, "bulk_undo_s": undone}
    return told | {"bulk_ratio_to_raw": round(took[1] / took[3], 1)}


if __name__ == "__main__":
    main()
