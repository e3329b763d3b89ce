"""How fast do the inventory's pages answer at a client's scale, measured against reading the same documents raw?

    python -m benchmarks.pages --size 1000000

fills an inventory of SIZE objects in a mongod that the benchmark starts, counts it as the end of a scan does, and asks
for pages through Django's test client, signed in, from the request to the last byte: middleware, queries, templates.
The last line is JSON, in milliseconds:

- list_*: a page of the list with its facets, with all kinds of choices and up to 20 pages deep; rows_*: its query
  alone, facet_*: its counts alone. search_*: what people type or paste: the beginning of a name, an address, an id, a
  tag. detail_*: the page of an object; detail_hub: of a role with HUB_EDGES edges. paths_*: what an object reaches, or
  who reaches it. owners_*: who answers for what, and its lists.
- ratio_to_raw: raw pymongo's seconds for the very documents of the list's pages (find by _id, the same fields, to
  dicts) / the list's seconds. db_ratio_to_raw: the same against the list's query alone.
- tally_s, responsibility_s: what counting adds to the end of a scan.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import statistics
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from benchmarks import company
from sv0.mongod import running_mongod

BATCH = 2000
ROUNDS = 60
DEPTH = 20
SLUG = "bench"


def main() -> None:
    """Start a mongod, fill it, measure, print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=100_000, help="objects (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of each kind of request (default: %(default)s)")
    asked = parser.parse_args()
    with running_mongod() as uri:
        os.environ |= {"MONGODB_URI": uri, "SV0_ENV": "development", "LOG_LEVEL": "WARNING"}
        os.environ["MONGODB_NAME"] = f"pages_{asked.size}"
        set_up()
        print(json.dumps({"size": asked.size, **fill(asked.size), **measured(asked.size, asked.rounds)}))


def set_up() -> None:
    """Django, and its collections with their indexes."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sv0.settings")
    django.setup()
    logging.getLogger("django-q").setLevel(logging.WARNING)
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


# ── The inventory ───────────────────────────────────────────────────────────────────────────────────────────────────


def fill(size: int) -> dict[str, float]:
    """The client's objects and edges, as scans would have left them, unless they are there; and counted."""
    from accounts.models import Membership, User
    from accounts.roles import Role
    from connectors.inventory.documents import collection
    from connectors.inventory.models import Edge, Node
    from connectors.inventory.shape import node_document
    from connectors.models import Connection, Scan
    from tenants.models import Tenant

    if there := Tenant.objects.filter(slug=SLUG).first():
        return counted(there)
    tenant = Tenant.objects.create(slug=SLUG, name="Acme Media")
    user = User.objects.create_user("alice@acme-media.example", name="Alice")
    Membership.objects.create(tenant=tenant, user=user, role=Role.MANAGER)
    connection = Connection.objects.create(tenant=tenant, kind="aws", name="AWS", settings={})
    scan = Scan.objects.create(
        tenant=tenant, connection=connection, connection_name="AWS", state=Scan.State.COMPLETE, live=None,
        trigger="person", requested_by="Alice", queued_at=company.SEEN, finished_at=company.SEEN,
    )  # fmt: skip
    stamp = {"tenant_id": tenant.pk, "connection_id": connection.pk, "hash": "0" * 32, "seen_scan": scan.pk}
    stamp |= {"first_seen": company.THEN, "last_seen": company.SEEN, "gone_at": None, "changed_at": company.SEEN}
    put(collection(Node), (node_document(company.thing(number)) | stamp for number in range(size)))
    edges = (edge for number in range(size) for edge in company.edges(number, size))
    put(collection(Edge), (document | stamp for document in company.documents(edges)))
    put(collection(Edge), (document | stamp for document in company.documents(company.hub_edges(size))))
    return counted(tenant)


def put(rows: Any, documents: Iterator[dict[str, Any]]) -> None:
    """Insert them, telling how it goes."""
    started, done = time.perf_counter(), 0
    while batch := list(islice(documents, BATCH)):
        rows.insert_many(batch, ordered=False)
        done += len(batch)
    print(f"{rows.name}: {done:,} in {time.perf_counter() - started:.0f} s", flush=True)


def counted(tenant: Any) -> dict[str, float]:
    """Seconds of what a scan does at its end."""
    from connectors.inventory import answering, counts

    seconds = {}
    for name, work in (("tally_s", counts.refresh), ("responsibility_s", answering.refresh)):
        started = time.perf_counter()
        work(tenant)
        seconds[name] = round(time.perf_counter() - started, 1)
        print(f"{name}: {seconds[name]}", flush=True)
    return seconds


# ── What is asked for ───────────────────────────────────────────────────────────────────────────────────────────────


def lists(chance: random.Random, rounds: int) -> Iterator[str]:
    """Queries of the list: nothing chosen, one facet, several, frequent values and rare ones."""
    accounts = [f"account={111_111_111_111 + number * number % company.ACCOUNTS * 7}" for number in range(20)]
    choices = ["kind=identity", "kind=resource&kind=workload", "type=IAM+role", "system=aws", "system=entra"]
    choices += ["domain=hr", "domain=source+code&domain=mail", "region=eu-west-1", "account=acme", *accounts[:5]]
    for _ in range(rounds):
        yield "&".join(chance.sample(choices, chance.choice((0, 1, 1, 2, 3))))


def searches(chance: random.Random, rounds: int, size: int) -> Iterator[str]:
    """What people type or paste, half of it within a facet."""
    from urllib.parse import quote

    for _ in range(rounds):
        record = company.thing(chance.randrange(size))
        word = chance.choice(company.THINGS)
        team = f"team:team-{chance.randrange(company.TEAMS):02}"
        named = (record.name, record.name[:9], record.id, record.id[:31])
        text = chance.choice(
            (*named, word, f"{word} {chance.choice(company.THINGS)}", team, "env:prod", "no-such-name")
        )
        yield f"q={quote(text)}" + chance.choice(("", "&kind=resource", "&account=acme", "&type=IAM+role"))


# ── Measuring ───────────────────────────────────────────────────────────────────────────────────────────────────────


class Browser:
    """Alice's, signed in."""

    def __init__(self) -> None:
        from django.conf import settings
        from django.test import Client

        from accounts.models import User

        settings.ALLOWED_HOSTS = ["testserver"]
        self._client = Client()
        self._client.force_login(User.objects.get(email="alice@acme-media.example"))

    def seconds(self, name: str, query: str = "", **kwargs: Any) -> tuple[float, str]:
        """How long the page took, and its text."""
        from django.urls import reverse

        address = f"{reverse(f'tenant:{name}', kwargs={'slug': SLUG, **kwargs})}?{query}"
        started = time.perf_counter()
        answer = self._client.get(address)
        text = answer.content.decode()
        assert answer.status_code == 200, (address, answer.status_code)
        return time.perf_counter() - started, text

    def posted(self, name: str, data: dict[str, Any], **kwargs: Any) -> float:
        """How long a verb took, and the page that it leads to."""
        from django.urls import reverse

        started = time.perf_counter()
        answer = self._client.post(reverse(f"tenant:{name}", kwargs={"slug": SLUG, **kwargs}), data, follow=True)
        assert answer.status_code == 200, (name, answer.status_code)
        return time.perf_counter() - started


def measured(size: int, rounds: int) -> dict[str, float]:
    """Every kind of page, `rounds` times."""
    from tenants.models import Tenant

    tenant, browser, chance = Tenant.objects.get(slug=SLUG), Browser(), random.Random(1)
    browser.seconds("inventory")  # compiles the templates
    told = {"load": round(os.getloadavg()[0], 1)}
    told |= the_list(tenant, browser, [*lists(chance, rounds)])
    wanted = [*searches(chance, rounds, size)]
    told |= percentiles("search", [browser.seconds("inventory", query)[0] for query in wanted])
    told |= the_objects(tenant, browser, chance, rounds, size)
    told |= percentiles("owners", [browser.seconds("owners", query)[0] for query in OWNERS * (rounds // 4)])
    return told


OWNERS = ("", "list=unacknowledged", "list=nobody", "list=left")


def the_list(tenant: Any, browser: Browser, queries: list[str]) -> dict[str, float]:
    """Whole pages; their query and their counts alone; the same documents raw, all in turn."""
    from bson import ObjectId
    from django.http import QueryDict

    from connectors.inventory import browse, counts
    from connectors.inventory.documents import collection
    from connectors.inventory.models import Node

    shown = dict.fromkeys(browse.SHOWN, 1)
    pages: list[float] = []
    facets: list[float] = []
    rows: list[float] = []
    raw: list[float] = []
    for number, query in enumerate(deep(tenant, queries)):
        asked = browse.parse(QueryDict(query))
        pages.append(browser.seconds("inventory", query)[0])
        with clocked(facets):
            found = counts.counted(tenant=tenant, asked=asked)
        with clocked(rows):
            page = browse.listed(tenant=tenant, asked=asked, lead=found.lead)
        ids: list[ObjectId] = [row["id"] for row in page.rows]
        with clocked(raw):
            assert len(list(collection(Node).find({"_id": {"$in": ids}}, shown))) == len(ids)
        if number % 20 == 0:
            print(f"list {number}", flush=True)
    ratios = {"ratio_to_raw": round(sum(raw) / sum(pages), 3), "db_ratio_to_raw": round(sum(raw) / sum(rows), 2)}
    return percentiles("list", pages) | percentiles("facet", facets) | percentiles("rows", rows) | ratios


def deep(tenant: Any, queries: Iterable[str]) -> Iterator[str]:
    """Each query, and of every tenth the pages behind it."""
    from django.http import QueryDict

    from connectors.inventory import browse

    for number, query in enumerate(queries):
        yield query
        following = browse.parse(QueryDict(query))
        for _ in range(0 if number % 10 else DEPTH):
            page = browse.listed(tenant=tenant, asked=following)
            if page.following is None:
                break
            following = page.following
            yield following.query()


def the_objects(tenant: Any, browser: Browser, chance: random.Random, rounds: int, size: int) -> dict[str, float]:
    """Objects' pages, and the answers about their paths."""
    from connectors.inventory import browse

    keys = [company.thing(chance.randrange(size)).id for _ in range(rounds)]
    hub = company.thing(6).id
    found = browse.ids(tenant=tenant, keys=[*keys, hub])
    details = [browser.seconds("inventory_object", pk=found[key])[0] for key in keys]
    about = [found[key] for key in keys if not key.startswith("owner:")]
    ways = [browser.seconds("paths", f"of={pk}")[0] for pk in about]
    hubs = [browser.seconds("inventory_object", pk=found[hub])[0] for _ in range(3)]
    return percentiles("detail", details) | percentiles("paths", ways) | {"detail_hub_ms": milliseconds(max(hubs))}


def percentiles(name: str, seconds: list[float]) -> dict[str, float]:
    """The middle and the 95th of a hundred, in milliseconds."""
    hundredths = statistics.quantiles(seconds, n=100, method="inclusive")
    told = {f"{name}_p50_ms": milliseconds(hundredths[49]), f"{name}_p95_ms": milliseconds(hundredths[94])}
    print(told, flush=True)
    return told


def milliseconds(seconds: float) -> float:
    """To a tenth."""
    return round(seconds * 1000, 1)


@contextmanager
def clocked(into: list[float]) -> Iterator[None]:
    """Adds the seconds that the block takes."""
    started = time.perf_counter()
    yield
    into.append(time.perf_counter() - started)


if __name__ == "__main__":
    main()
