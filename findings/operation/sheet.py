"""What does one batch of an operation write?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from bson import json_util
from django.db import connection as database
from django.db.models import F
from pymongo import UpdateOne

from findings import tally
from findings.facets import Row
from findings.models import Finding, Operation, OperationMember
from tenants import audit
from tenants.audit import Actor

Document = dict[str, Any]
Outcome = OperationMember.Outcome
DERIVED = ("status", "acceptance", "traits")  # fields of a finding that follow from its others


class Sheet:
    """Gathers what becomes of an operation's members, and writes it within the transaction that is open."""

    def __init__(self, operation: Operation, actor: Actor) -> None:
        self._operation, self._actor = operation, actor
        self._findings: list[UpdateOne] = []
        self._members: list[UpdateOne] = []
        self._counted: list[tuple[Row | None, Row | None]] = []
        self._counts = Counter[str]()
        self._entries: list[audit.Entry] = []

    def change(self, finding: Finding, fields: Document) -> None:
        """Write these fields, as the collection has them, onto the version that was read."""
        before = tally.fields(finding)
        same = {"_id": finding.pk, "tenant_id": finding.tenant_id, "version": finding.version}
        self._findings.append(UpdateOne(same, {"$set": fields | {"version": finding.version + 1}}))
        self._counted.append((before, {name: fields.get(name, value) for name, value in before.items()}))

    def settle(self, member: Document, outcome: Outcome, said: Document) -> None:
        """Write what became of a member of which nothing else has become meanwhile."""
        self._counts[outcome] += 1
        same = {"_id": member["_id"], "outcome": member["outcome"]}
        self._members.append(UpdateOne(same, {"$set": said | {"outcome": outcome.value}}))

    def tell(self, entry: audit.Entry) -> None:
        """Have an event recorded beside the operation's own."""
        self._entries.append(entry)

    def write(self) -> None:
        """Write everything."""
        tenant = self._operation.tenant
        if self._findings:
            collection(Finding).bulk_write(self._findings, ordered=False, session=session())
        if self._members:
            collection(OperationMember).bulk_write(self._members, ordered=False, session=session())
        tally.update(tenant, self._counted)
        audit.record_all(tenant, actor=self._actor, entries=self._entries)
        counts = {name: F(name) + number for name, number in self._counts.items()}
        if counts:
            Operation.objects.of(tenant).filter(pk=self._operation.pk).update(**counts)


def collection(model: type[Finding] | type[OperationMember]) -> Any:
    """The model's collection."""
    return database.get_collection(model._meta.db_table)  # type: ignore[attr-defined]


def session() -> Any:
    """Of the transaction that is open, if one is."""
    return database.session  # type: ignore[attr-defined]


def stored(fields: Mapping[str, Any]) -> Document:
    """Fields of a finding as the collection has them."""
    known = {field.attname: field for field in Finding._meta.concrete_fields}
    return {name: known[name].get_db_prep_save(value, database) for name, value in fields.items()}


def spelled(fields: Document) -> str:
    """Such fields for a member to keep; `read` is the way back."""
    return json_util.dumps(fields)


def read(text: str) -> Document:
    """Such fields as a member kept them."""
    found: Document = json_util.loads(text)
    return found


def stored_of(finding: Finding, names: Iterable[str]) -> Document:
    """A finding's fields of these names, as the collection has them."""
    return stored({name: getattr(finding, name) for name in names})
