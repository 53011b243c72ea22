"""Writes that wait for the end of their transaction: all or nothing, in their order, and seen by queries."""

# ruff: noqa: PT012 - the block is the unit of work that must raise

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from psycopg.pq import PipelineStatus
from sqlalchemy import Connection, event, select, text
from sqlalchemy.exc import IntegrityError

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.audit.tables import AuditLog
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.manifest import EVENT_CREATED, EventCreated
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.db import pending_writes
from hub_sync.hub.kit.db.database import is_unique_violation
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded


@contextmanager
def inserted_tables(hub: HubContext) -> Iterator[list[str]]:
    """Yield a list that gets the table of every INSERT."""
    tables: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if statement.startswith("INSERT INTO "):
            tables.append(statement.split()[2])

    event.listen(hub.uow.database.engine, "before_cursor_execute", note)
    try:
        yield tables
    finally:
        event.remove(hub.uow.database.engine, "before_cursor_execute", note)


def audited(hub: HubContext) -> list[str]:
    with hub.uow.read() as work:
        return list(work.session.scalars(select(AuditLog.entity_id).where(AuditLog.entity_id.like("e-%"))))


def test_a_write_waits_for_the_commit_and_keeps_its_place(hub: HubContext, seeded: Seeded) -> None:
    with inserted_tables(hub) as tables:
        with hub.uow.begin() as work:
            audit.record(work, seeded.tenant_id, EVENT_CREATED, "e-1")
            emitted = [EventCreated(entity_id=f"e-{n}", event_id=None, slug="") for n in range(2)]
            domain_events.emit(work, seeded.tenant_id, *emitted)
            participants.create(work, seeded.tenant_id, seeded.event_id, participants.NewParticipant())
            assert tables == ["participants"]
        assert tables == ["participants", "audit_logs", "domain_events", "audit_logs", "domain_events"]
    assert audited(hub) == ["e-1"]


def test_a_query_sees_what_waits(hub: HubContext, seeded: Seeded) -> None:
    with hub.uow.begin() as work:
        audit.record(work, seeded.tenant_id, EVENT_CREATED, "e-1", after={"name": "Summit"})
        assert [entry.after for entry in audit.entries_of(work, seeded.tenant_id, "event", "e-1")] == [
            {"name": "Summit"}
        ]
        audit.record(work, seeded.tenant_id, EVENT_CREATED, "e-2")
    assert audited(hub) == ["e-1", "e-2"]


def test_a_savepoint_takes_its_writes_with_it(hub: HubContext, seeded: Seeded) -> None:
    with hub.uow.begin() as work:
        audit.record(work, seeded.tenant_id, EVENT_CREATED, "e-1")
        savepoint = work.session.begin_nested()
        audit.record(work, seeded.tenant_id, EVENT_CREATED, "e-2")
        savepoint.rollback()
        with work.session.begin_nested():
            audit.record(work, seeded.tenant_id, EVENT_CREATED, "e-3")
            with pytest.raises(RuntimeError):
                pending_writes.execute(work.session)
    assert sorted(audited(hub)) == ["e-1", "e-3"]


def test_a_write_that_fails_undoes_the_transaction(hub: HubContext, seeded: Seeded) -> None:
    def violate(connection: Connection) -> Any:
        return connection.execute(text("UPDATE events SET tenant_id = 'nobody'"))

    with pytest.raises(IntegrityError), hub.uow.begin() as work:
        event_row = events.get(work, seeded.tenant_id, seeded.event_id)
        event_row.name = "Changed"
        pending_writes.add(work.session, violate)
        audit.record(work, seeded.tenant_id, EVENT_CREATED, "e-1")
    assert audited(hub) == []
    with hub.uow.begin() as work:  # the connection is good for the next transaction
        assert events.get(work, seeded.tenant_id, seeded.event_id).name != "Changed"
        audit.record(work, seeded.tenant_id, EVENT_CREATED, "e-2")
    assert audited(hub) == ["e-2"]


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
def test_what_waits_is_sent_in_one_round_trip(hub: HubContext) -> None:
    modes: list[PipelineStatus] = []

    def note(connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        modes.append(driver.pgconn.pipeline_status)

    with hub.uow.begin() as work:
        for _ in range(2):
            pending_writes.add(work.session, note)
        pending_writes.execute(work.session)
        pending_writes.add(work.session, note)
    assert modes == [PipelineStatus.ON, PipelineStatus.ON, PipelineStatus.OFF]


def test_a_constraint_that_the_last_write_violates_is_known_as_such(hub: HubContext) -> None:
    def repeat(connection: Connection) -> Any:
        return connection.execute(
            text("INSERT INTO permissions (key, from_report) SELECT key, from_report FROM permissions")
        )

    with pytest.raises(IntegrityError) as caught, hub.uow.begin() as work:
        pending_writes.add(work.session, lambda connection: connection.execute(text("SELECT 1")))
        pending_writes.add(work.session, repeat)
    assert is_unique_violation(caught.value)
