"""The sweep: clocks that are due warn, breach, and have what happens on a time-out carried out, each once.

What is due is looked up in the index on `next_at`. Processes sweep side by side: each locks the clocks that it takes and skips
those that another has. Nothing but clocks is locked there. A time-out moves the execution, so each has a transaction of its own,
which locks the execution first, as a decision does.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Row, Table, select
from sqlalchemy.exc import SQLAlchemyError

from hub_sync.hub.domains.workflows.clocks.announcements import announce
from hub_sync.hub.domains.workflows.definition.model import OnTimeout
from hub_sync.hub.domains.workflows.sla_manifest import ClockState
from hub_sync.hub.domains.workflows.sla_tables import SlaClock
from hub_sync.hub.domains.workflows.tables import WorkflowExecution
from hub_sync.hub.kit.db.bulk import update_many
from hub_sync.hub.kit.db.database import DatabaseBusy, StorageFull
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work

BATCH = 500
TIMEOUTS_AT_ONCE = 50
RETRY_AFTER = timedelta(minutes=1)
OnClockTimeout = Callable[[Work, SlaClock], None]
"""Carries out what happens on a time-out; the execution and the clock are locked."""

_C = SlaClock
_TABLE: Table = SlaClock.metadata.tables[SlaClock.__tablename__]
_COLUMNS: Sequence[Any] = (
    _C.tenant_id,
    _C.id,
    _C.event_id,
    _C.execution_id,
    _C.step_name,
    _C.due_at,
    _C.warn_at,
    _C.warned_at,
    _C.warning_missed,
    _C.breached_at,
    _C.timed_out_at,
    _C.on_timeout,
    _C.version,
)
_DATABASE_ERRORS = (SQLAlchemyError, DatabaseBusy, StorageFull)
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Swept:
    """The numbers of clocks that a batch has warned and breached. `count`: of all that it has looked at."""

    count: int = 0
    warned: int = 0
    breached: int = 0


def sweep_batch(uow: UnitOfWork) -> Swept:
    """Warn and breach some clocks that are due; none is looked at if `count` is 0."""
    with uow.look_up() as work:
        is_due = select(_C.id).where(_C.next_at <= work.now(), _C.state == ClockState.RUNNING).limit(1)
        if work.fetch_one(is_due, {}) is None:
            return Swept()
    with uow.begin("sla-sweep") as work:
        now = work.now()
        query = (
            select(*_COLUMNS)
            .where(_C.next_at <= now, _C.state == ClockState.RUNNING)
            .order_by(_C.next_at, _C.id)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
        by_tenant: dict[str, list[Row[Any]]] = defaultdict(list)
        for row in work.connection.execute(query):
            by_tenant[row.tenant_id].append(row)
        swept = [_sweep(work, tenant_id, rows) for tenant_id, rows in by_tenant.items()]
    return Swept(
        *(sum(parts) for parts in zip(*((s.count, s.warned, s.breached) for s in swept), strict=True))
    )


def time_out(uow: UnitOfWork, on_timeout: OnClockTimeout) -> int:
    """Carry out time-outs of clocks that have breached; return how many. One that fails is tried again later."""
    columns: Sequence[Any] = (_C.tenant_id, _C.id, _C.execution_id)
    with uow.look_up() as work:
        query = (
            select(*columns)
            .where(_C.next_at <= work.now(), _C.state == ClockState.BREACHED)
            .order_by(_C.next_at, _C.id)
            .limit(TIMEOUTS_AT_ONCE)
        )
        rows = work.fetch_all(query, {})
    return sum(_time_out(uow, row, on_timeout) for row in rows)


# --- parts ----------------------------------------------------------------------------------------


def _sweep(work: Work, tenant_id: str, rows: Sequence[Row[Any]]) -> Swept:
    now = work.now()
    warned = [row for row in rows if row.due_at > now]
    late = [row for row in rows if row.due_at <= now]
    breached = [row for row in late if row.breached_at is None]
    update_many(
        work.session,
        _TABLE,
        [{"id": row.id, "next_at": row.due_at, "version": row.version + 1} for row in warned],
        {"tenant_id": tenant_id, "warned_at": now, "updated_at": now},
    )
    update_many(
        work.session,
        _TABLE,
        [
            {
                "id": row.id,
                "breached_at": row.breached_at or now,
                "warning_missed": row.warning_missed or (row.warn_at is not None and row.warned_at is None),
                "next_at": None if row.on_timeout is OnTimeout.NONE or row.timed_out_at else now,
                "version": row.version + 1,
            }
            for row in late
        ],
        {"tenant_id": tenant_id, "state": ClockState.BREACHED, "updated_at": now},
    )
    if warned or breached:
        announce(work, tenant_id, warned, breached)
    return Swept(len(rows), len(warned), len(breached))


def _time_out(uow: UnitOfWork, row: Row[Any], on_timeout: OnClockTimeout) -> bool:
    try:
        with uow.begin("sla-sweep") as work:
            clock = _take(work, row)
            if clock is None:  # by another process, or the step was done meanwhile
                return False
            clock.timed_out_at, clock.next_at = work.now(), None
            clock.version += 1
            on_timeout(work, clock)
    except _DATABASE_ERRORS:
        raise
    except Exception:
        log.exception("sla_timeout_failed", clock=row.id, tenant=row.tenant_id)
        with uow.begin("sla-sweep") as work:
            clock = _take(work, row)
            if clock is not None:
                clock.next_at = work.now() + RETRY_AFTER
        return False
    return True


def _take(work: Work, row: Row[Any]) -> SlaClock | None:
    """Return a clock whose time-out is to be carried out, locked behind its execution; None: it is not any more."""
    e = WorkflowExecution
    execution = select(e.id).where(e.tenant_id == row.tenant_id, e.id == row.execution_id).with_for_update()
    if work.session.scalar(execution) is None:
        return None
    return work.session.scalar(
        select(SlaClock)
        .where(
            _C.tenant_id == row.tenant_id,
            _C.id == row.id,
            _C.state == ClockState.BREACHED,
            _C.next_at <= work.now(),
        )
        .with_for_update()
    )
