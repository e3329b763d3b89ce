"""A source that says what a test wrote down, read by a production scan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils import timezone

from connectors import scan as scans
from connectors.inventory.records import Record, ScopeEnded, ScopeStarted, ScopeState
from connectors.models import Connection, Scan
from connectors.source import Pull
from tests.factories import make_scan
from tests.findings.estate import ACCOUNT


@dataclass
class Said:
    """A source that says what a test wrote down, scope by scope; `cut` scopes end denied."""

    scopes: dict[str, list[Record]] = field(default_factory=dict)
    cut: set[str] = field(default_factory=set)

    def pull(self, _pull: Pull) -> Iterator[Record]:
        for scope, records in self.scopes.items():
            kind = scope.split(":")[2]
            label = f"{kind} in billing-prod"
            yield ScopeStarted(scope=scope, label=label, group=ACCOUNT, group_label="billing-prod", kind=kind)
            if scope in self.cut:
                yield ScopeEnded(scope=scope, state=ScopeState.DENIED, error="AWS refused.", error_kind="config")
            else:
                yield from records
                yield ScopeEnded(scope=scope, state=ScopeState.COMPLETE)


def scanned(connection: Connection) -> Scan:
    queued = make_scan(connection, state=Scan.State.QUEUED, live=True, started_at=None, finished_at=None)
    Scan.objects.of(connection.tenant).filter(pk=queued.pk).update(queued_at=timezone.now())
    scans.run(Scan.objects.of(connection.tenant).get(pk=queued.pk))
    ended: Scan = Scan.objects.of(connection.tenant).get(pk=queued.pk)
    assert ended.error is None
    return ended
