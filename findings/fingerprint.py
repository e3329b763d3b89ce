"""What about a subject would have to grow for a decision on it to be wrong?

A fingerprint is facet → rows of [structural key, words], sorted by key: lists, because ids make no field names. Keys
hold ids only, so that renaming is not drift; a narrowed grant loses its "unconditionally" row and keeps its other one.
A facet with too many rows to keep is one row, with their digest: of it any change counts as growth, so that a decision
lapses too early rather than too late.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from connectors.inventory.graph import Hop
from connectors.inventory.read import Inventory
from connectors.inventory.records import Credential, Grade
from findings.evaluator import Hit, Subject

Rows = list[list[str]]
Fingerprint = dict[str, Rows]
BECOMES = ("runs_as", "can_assume")
MOST = 1_000  # rows of a facet; MongoDB refuses a finding of more than 16 MB, which keeps up to four fingerprints


def fingerprint(subject: Subject, hit: Hit, inventory: Inventory) -> Fingerprint:
    """What the subject, and every identity it becomes on the way, may do; what it reaches; who lets it in, answers for
    it and holds its keys."""
    becomes = [*inventory.edges_from(subject.id, *BECOMES), *(hop for hop in hit.path if hop.relation in BECOMES)]
    actors = dict.fromkeys([subject.id, *(hop.target.id for hop in becomes)])
    permissions = [hop for actor in actors for hop in inventory.edges_from(actor, "permission")]
    known = [path for path in inventory.paths_from(subject.id) if path.grade is not Grade.UNKNOWN]
    reached = [hop for path in known for hop in path.hops]
    domains = {*hit.domains, *(domain for hop in reached for domain in hop.target_domains)}
    rows = {
        "identities": _rows(_grants(becomes, "may act as")),
        "permissions": _rows(_grants(permissions, None)),
        "actions": _rows((action.lower(), action) for hop in permissions for action in hop.actions),
        "domains": _rows((domain, f"reaches {domain} data") for domain in domains),
        "egress": _rows((hop.target.id, f"sends to {hop.target.name}") for hop in reached if hop.relation == "egress"),
        "trust": _rows(_trust(inventory.edges_to(subject.id, "can_assume"))),
        "owners": _rows(_owners(subject.id, inventory)),
        "credentials": _rows(_credentials(getattr(subject, "credentials", ()))),
    }
    return {facet: _kept(facet, found) for facet, found in rows.items()}


def _rows(pairs: Iterable[tuple[str, str]]) -> Rows:
    words = dict(sorted(pairs))
    return [[key, words[key]] for key in sorted(words)]


def _kept(facet: str, rows: Rows) -> Rows:
    """The rows, or where they are too many, how many they are and the SHA-256 of their keys, line by line."""
    if len(rows) <= MOST:
        return rows
    digest = hashlib.sha256("\n".join(key for key, _words in rows).encode()).hexdigest()
    return [[f"sha256:{digest}", f"{len(rows):,} {facet}, too many to name each (SHA-256 {digest[:12]}…)"]]


def _grants(hops: Iterable[Hop], verb: str | None) -> Iterable[tuple[str, str]]:
    for hop in hops:
        access = verb or f"{hop.access} on"
        yield f"{access} {hop.target.id}", f"{access} {hop.target.name}"
        if hop.grade is Grade.GRANTED:
            yield f"{access} {hop.target.id} unconditionally", f"{access} {hop.target.name}, unconditionally"


def _trust(hops: Iterable[Hop]) -> Iterable[tuple[str, str]]:
    for hop in hops:
        yield hop.source.id, f"{hop.source.name} may assume it"
        if not hop.conditions:
            yield f"{hop.source.id} unconditionally", f"{hop.source.name} may assume it, unconditionally"


def _owners(key: str, inventory: Inventory) -> Iterable[tuple[str, str]]:
    owners = inventory.owners(key)
    if not owners:
        yield "nobody", "nobody answers for it"
    for owner in owners:
        if owner.active is False:
            yield owner.id, f"{owner.name}, who answers for it, is no longer active"


def _credentials(credentials: Iterable[Credential]) -> Iterable[tuple[str, str]]:
    for credential in credentials:
        if credential.enabled is not False:
            yield credential.id, f"{credential.kind} {credential.id}"
