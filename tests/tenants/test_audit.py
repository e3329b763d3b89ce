"""The audit chain: it grows under contention, and every kind of tampering shows at its place."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pymongo.client_session import ClientSession
from pymongo.errors import AutoReconnect, OperationFailure, PyMongoError

from tenants import audit
from tenants.models import AuditEvent, Tenant


def record(tenant: Tenant | None, times: int = 1) -> None:
    for number in range(times):
        audit.record(tenant, actor=audit.WORKER, action="scan:requested", subject="AWS", detail={"number": number})


def test_chains_of_tenants_are_apart_and_intact(tenant: Tenant, other_tenant: Tenant):
    record(tenant, 3)
    record(other_tenant, 2)
    record(None)
    assert [audit.verify(chain).events for chain in (tenant, other_tenant, None)] == [3, 2, 1]
    out = StringIO()
    call_command("verify_audit", stdout=out)
    assert "acme: 3 events, intact" in out.getvalue()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"actor": "mallory"}, "its content was changed"),
        ({"detail": {"number": 7}}, "its content was changed"),
        ({"hash": "f" * 64}, "its content was changed"),
        ({"previous_hash": "f" * 64}, "it doesn't follow the event before it"),
    ],
)
def test_a_changed_event_breaks_the_chain_there(tenant: Tenant, change: dict[str, object], why: str):
    record(tenant, 5)
    AuditEvent.objects.of(tenant).filter(number=3).update(**change)
    verdict = audit.verify(tenant)
    assert (verdict.broken_at, verdict.why) == (3, why)
    with pytest.raises(CommandError, match="tampered"):
        call_command("verify_audit", "acme", stdout=StringIO())


def test_a_removed_event_breaks_the_chain(tenant: Tenant):
    record(tenant, 5)
    AuditEvent.objects.of(tenant).filter(number=3).delete()
    assert audit.verify(tenant).why == "event 3 is missing"


def test_an_event_moved_to_another_tenant_breaks_that_chain(tenant: Tenant, other_tenant: Tenant):
    record(tenant, 1)
    AuditEvent.objects.of(tenant).update(tenant=other_tenant)
    assert audit.verify(other_tenant).why == "its content was changed"


def test_writers_at_once_lose_nothing(tenant: Tenant):
    def work(_number: int) -> None:
        try:
            record(tenant, 8)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    verdict = audit.verify(tenant)
    assert (verdict.events, verdict.why) == (32, None)


@pytest.fixture
def failing_commit(monkeypatch: pytest.MonkeyPatch) -> list[PyMongoError]:
    """What the next commits fail with."""
    commit, errors = ClientSession.commit_transaction, list[PyMongoError]()

    def fail(session: ClientSession) -> None:
        if not errors:
            return commit(session)
        session.abort_transaction()
        raise errors.pop()

    monkeypatch.setattr(ClientSession, "commit_transaction", fail)
    return errors


def test_a_commit_that_can_be_made_again_is(tenant: Tenant, failing_commit: list[PyMongoError]):
    labels = {"errorLabels": ["TransientTransactionError"]}
    failing_commit.append(OperationFailure("Transaction was aborted", 251, labels))
    record(tenant)
    assert audit.verify(tenant) == audit.Verdict("acme", 1, None, None)


def test_after_a_commit_that_failed_things_happen_together_or_not_at_all_again(
    tenant: Tenant, failing_commit: list[PyMongoError]
):
    failing_commit.append(AutoReconnect("the primary stepped down"))
    with pytest.raises(AutoReconnect):
        record(tenant)

    def work() -> None:
        record(tenant)
        raise LookupError

    with pytest.raises(LookupError):
        audit.atomically(work)
    record(tenant)
    assert audit.verify(tenant) == audit.Verdict("acme", 1, None, None)


def test_an_action_outside_the_vocabulary_is_refused(tenant: Tenant):
    with pytest.raises(ValueError, match="finding:vanished"):
        audit.record(tenant, actor=audit.WORKER, action="finding:vanished")


def test_work_that_fails_takes_its_event_with_it(tenant: Tenant):
    def work() -> None:
        record(tenant)
        raise RuntimeError("after the event")

    with pytest.raises(RuntimeError):
        audit.atomically(work)
    assert not AuditEvent.objects.of(tenant).exists()
