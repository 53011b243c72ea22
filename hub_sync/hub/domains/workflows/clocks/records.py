"""What happens to a clock, in the history of its execution.

A number of the history is taken under the lock of the execution, which comes before that of the clock. The sweep locks clocks alone:
what it does is written by listeners of its domain events, each in a transaction of its own.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from hub_sync.hub.domains.workflows.clocks.reckoning import OPEN_STATES
from hub_sync.hub.domains.workflows.definition.history import HistoryKind
from hub_sync.hub.domains.workflows.definition.model import OnTimeout
from hub_sync.hub.domains.workflows.manifest import SlaBreached, SlaWarned
from hub_sync.hub.domains.workflows.sla_tables import SlaClock
from hub_sync.hub.domains.workflows.tables import (
    ParallelBranch,
    WorkflowExecution,
    WorkflowHistoryEntry,
    WorkflowJoin,
    WorkflowTask,
)
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.listeners import Received

ACTOR = "sla-sweep"


def lock_execution(work: Work, key: FeedKey, clock_id: str) -> WorkflowExecution | None:
    """Lock the execution of a clock of an event until the transaction ends; None: there is no such clock."""
    e, c = WorkflowExecution, SlaClock
    query = (
        select(e)
        .join(c, (c.tenant_id == e.tenant_id) & (c.execution_id == e.id))
        .where(c.tenant_id == key.tenant_id, c.id == clock_id, c.event_id == key.event_id)
        .with_for_update(of=e)
        .execution_options(populate_existing=True)
    )
    return work.session.scalars(query).one_or_none()


def record(
    work: Work,
    execution: WorkflowExecution,
    clock: SlaClock,
    kind: HistoryKind,
    at: datetime | None = None,
    **data: Any,
) -> None:
    """Write an entry of the history of a locked execution, by the actor of the transaction."""
    h = WorkflowHistoryEntry
    newest = select(func.max(h.number)).where(
        h.tenant_id == execution.tenant_id, h.execution_id == execution.id
    )
    work.session.add(
        WorkflowHistoryEntry(
            tenant_id=execution.tenant_id,
            id=work.new_id(),
            execution_id=execution.id,
            number=(work.session.scalar(newest) or 0) + 1,
            kind=kind,
            branch_path=_path(work, clock),
            step_key=clock.step_key,
            actor=work.actor,
            data={"clock": clock.id, **data},
            at=at or work.now(),
        )
    )


def on_warned(work: Work, received: Received[SlaWarned]) -> None:
    """Write that a clock has warned."""
    _write(work, received, HistoryKind.WARNED)


def on_breached(work: Work, received: Received[SlaBreached]) -> None:
    """Write that a clock has breached, where no time-out does: it has none, or the step was done late before it was swept."""
    _write(work, received, HistoryKind.BREACHED)


def _write(work: Work, received: Received[Any], kind: HistoryKind) -> None:
    key = FeedKey(received.tenant_id, received.event.event_id or "")
    work = replace(work, actor=ACTOR)
    execution = lock_execution(work, key, received.event.clock_id)
    if execution is None:
        return
    clock = work.session.get_one(SlaClock, (key.tenant_id, received.event.clock_id), populate_existing=True)
    if kind is HistoryKind.BREACHED and _has_time_out(clock):
        return
    record(work, execution, clock, kind, received.occurred_at)


def _has_time_out(clock: SlaClock) -> bool:
    """Return True if the time-out of a breached clock is carried out, or will be."""
    if clock.on_timeout is OnTimeout.NONE:
        return False
    return clock.timed_out_at is not None or clock.state in OPEN_STATES


def _path(work: Work, clock: SlaClock) -> str:
    """Return the path of the branch on which the task is, or of the one that waits at the join."""
    owner = WorkflowTask if clock.task_id is not None else WorkflowJoin
    b = ParallelBranch
    query = (
        select(b.path)
        .join(owner, (owner.tenant_id == b.tenant_id) & (owner.branch_id == b.id))
        .where(owner.tenant_id == clock.tenant_id, owner.id == (clock.task_id or clock.join_id))
    )
    return work.session.scalar(query) or ""
