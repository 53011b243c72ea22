"""The clocks of tasks and joins: start, stop, cancel, pause, resume, reopen and retarget them.

The engine calls these in its own transaction, after it has locked the execution; the sweep (`sweep`) locks clocks alone.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Update, bindparam, select, update

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.workflows.calendars import calendars
from hub_sync.hub.domains.workflows.calendars.errors import BusinessCalendarNotFound
from hub_sync.hub.domains.workflows.clocks import announcements, records
from hub_sync.hub.domains.workflows.clocks.errors import (
    SlaClockChanged,
    SlaClockEnded,
    SlaClockNotFound,
    SlaClockNotPaused,
    SlaClockNotRunning,
)
from hub_sync.hub.domains.workflows.clocks.reckoning import (
    OPEN_STATES,
    ClockSum,
    end_pause,
    next_at,
    pause_of,
    reckon,
    sum_of,
    undo_end_of_pause,
    whole_ms,
)
from hub_sync.hub.domains.workflows.clocks.schemas import SlaClockChanges
from hub_sync.hub.domains.workflows.definition.history import HistoryKind
from hub_sync.hub.domains.workflows.definition.model import Reopening, Sla
from hub_sync.hub.domains.workflows.sla_manifest import (
    SLA_CLOCK_PAUSED,
    SLA_CLOCK_RESUMED,
    SLA_CLOCK_RETARGETED,
    ClockState,
)
from hub_sync.hub.domains.workflows.sla_tables import SlaClock
from hub_sync.hub.kit.db.optimistic_locking import IfVersion, check_version
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.transient_rows import RowColumns, TransientRows
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.domain.audit_actions import AuditAction
from hub_sync.hub.kit.events.change_feed import FeedKey

_C = SlaClock
_ENDED = (ClockState.MET, ClockState.LATE, ClockState.CANCELLED)
_COLUMNS = RowColumns(SlaClock)
_LOCKED = select(*_COLUMNS.columns).where(_C.tenant_id == bindparam("tenant")).with_for_update()
_OF_TASK, _OF_JOIN = (_LOCKED.where(column == bindparam("of")) for column in (_C.task_id, _C.join_id))
_MEET = (
    update(_COLUMNS.table)
    .where(_C.tenant_id == bindparam("tenant"), _C.state == ClockState.RUNNING, _C.due_at > bindparam("at"))
    .values(
        state=ClockState.MET,
        ended_at=bindparam("at"),
        next_at=None,
        version=_C.version + 1,
        updated_at=bindparam("now"),
    )
)
_MEET_TASK, _MEET_JOIN = (_MEET.where(column == bindparam("of")) for column in (_C.task_id, _C.join_id))
"""Statements that every decision runs are built once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStart:
    """The values that a clock begins with.

    Attributes:
        key: tenant and event.
        execution_id: the execution.
        step_key: the step.
        step_name: as domain events and pages name it.
        sla: the deadline of the step.
        event_zone: the time zone of the event, for a calendar without one of its own.
        task_id: the task; None: it is the clock of a join.
        join_id: the join; None: it is the clock of a task.
        is_again: True: the step has been open before, and its last clock says what becomes of it.
    """

    key: FeedKey
    execution_id: str
    step_key: str
    step_name: str
    sla: Sla
    event_zone: str
    task_id: str | None = None
    join_id: str | None = None
    is_again: bool = False


# --- the engine's part ----------------------------------------------------------------------------


def start(work: Work, wanted: ClockStart) -> SlaClock | None:
    """Start the clock of a step. A step that is open again goes on as its last clock says (`Reopening`).

    Returns:
        The clock; None: the last one says that the step has no deadline any more.
    """
    stored = TransientRows(work)
    last = _find_last(stored, wanted) if wanted.is_again else None
    if last is not None and last.reopening is not Reopening.RESTART:
        again = reopen(work, last, wanted)
        stored.write()
        return again
    version = _version(work, wanted.key.tenant_id, wanted.sla.calendar_id)
    clock = SlaClock(
        tenant_id=wanted.key.tenant_id,
        id=work.new_id(),
        event_id=wanted.key.event_id,
        execution_id=wanted.execution_id,
        task_id=wanted.task_id,
        join_id=wanted.join_id,
        step_key=wanted.step_key,
        step_name=wanted.step_name,
        calendar_version_id=version.id if version else None,
        time_zone=(version.time_zone if version else None) or wanted.event_zone,
        target_minutes=wanted.sla.minutes,
        warn_percent=wanted.sla.warn_percent,
        on_timeout=wanted.sla.on_timeout,
        reopening=wanted.sla.reopening,
        state=ClockState.RUNNING,
        started_at=whole_ms(work.now()),
        pauses=[],
        warning_missed=False,
        version=1,
    )
    _reckon(work, clock)
    stored.add(_COLUMNS, clock)
    stored.write()
    return clock


def stop(work: Work, tenant_id: str, *, task_ids: Iterable[str] = (), join_ids: Iterable[str] = ()) -> None:
    """Stop the clocks of what is done. Before the due time it is met; a breach that nobody has swept yet is told now."""
    at = whole_ms(work.now())
    values = {"tenant": tenant_id, "at": at, "now": work.now()}
    task_ids = [id_ for id_ in task_ids if not _stop_in_time(work, _MEET_TASK, values | {"of": id_})]
    join_ids = [id_ for id_ in join_ids if not _stop_in_time(work, _MEET_JOIN, values | {"of": id_})]
    if not (task_ids or join_ids):
        return
    stored = TransientRows(work)
    clocks = _clocks(stored, tenant_id, task_ids, join_ids, OPEN_STATES)
    for clock in clocks:
        is_late = clock.state is not ClockState.PAUSED and at >= clock.due_at
        _end(clock, ClockState.LATE if is_late else ClockState.MET, at)
    unswept = [clock for clock in clocks if clock.state is ClockState.LATE and clock.breached_at is None]
    for clock in unswept:
        clock.breached_at = at
        clock.warning_missed = clock.warn_at is not None and clock.warned_at is None
    stored.write()
    announcements.announce_breaches(work, unswept)


def undo_stop(
    work: Work, tenant_id: str, *, task_ids: Iterable[str] = (), join_ids: Iterable[str] = ()
) -> Sequence[SlaClock]:
    """Let stopped clocks run as if they had not been stopped: a decision was taken back before it took effect."""
    stopped, stored = (ClockState.MET, ClockState.LATE), TransientRows(work)
    clocks = _clocks(stored, tenant_id, task_ids, join_ids, stopped)
    for clock in clocks:
        clock.state = ClockState.RUNNING if clock.breached_at is None else ClockState.BREACHED
        if clock.ended_at is not None and undo_end_of_pause(clock, clock.ended_at):
            clock.state = ClockState.PAUSED
        clock.ended_at = None
        clock.next_at = next_at(clock)
        clock.version += 1
    stored.write()
    return clocks


def cancel(
    work: Work,
    tenant_id: str,
    *,
    task_ids: Iterable[str] = (),
    join_ids: Iterable[str] = (),
) -> Sequence[SlaClock]:
    """Cancel the clocks of what nobody does any more."""
    stored, at = TransientRows(work), whole_ms(work.now())
    clocks = _clocks(stored, tenant_id, task_ids, join_ids, OPEN_STATES)
    for clock in clocks:
        _end(clock, ClockState.CANCELLED, at)
    stored.write()
    return clocks


def reopen(work: Work, clock: SlaClock, wanted: ClockStart | None = None) -> SlaClock | None:
    """Open an ended clock again, for another task if `wanted` names one. The time between does not count.

    Returns:
        The clock; None: its policy is IGNORE.
    """
    if clock.reopening is Reopening.IGNORE or clock.ended_at is None:
        return None
    if wanted is not None:
        clock.task_id, clock.join_id = wanted.task_id, wanted.join_id
    clock.pauses = [*clock.pauses, pause_of(clock.ended_at, work.actor, "")]
    end_pause(clock, whole_ms(work.now()))
    clock.ended_at, clock.state = None, ClockState.RUNNING
    clock.version += 1
    _reckon(work, clock)
    return clock


# --- what people do -------------------------------------------------------------------------------


def get(work: Work, key: FeedKey, clock_id: str) -> SlaClock:
    """Return the clock of an id.

    Raises:
        SlaClockNotFound: 404.
    """
    clock = work.session.get(SlaClock, (key.tenant_id, clock_id))
    if clock is None or clock.event_id != key.event_id:
        raise SlaClockNotFound
    return clock


def of_event(key: FeedKey) -> Select[SlaClock]:
    """Return the query of an event's clocks."""
    return _query(key.tenant_id).where(_C.event_id == key.event_id)


def of_execution(work: Work, tenant_id: str, execution_id: str) -> Sequence[SlaClock]:
    """Return the clocks of an execution, in the order in which they were started."""
    query = _query(tenant_id).where(_C.execution_id == execution_id)
    return work.session.scalars(query.order_by(_C.started_at, _C.id)).all()


def total(work: Work, clock: SlaClock) -> ClockSum:
    """Return the sum of a clock, line by line, until its end or until now."""
    return sum_of(clock, _calendar(work, clock), work.now())


def pause(work: Work, key: FeedKey, clock_id: str, reason: str, if_version: IfVersion = None) -> SlaClock:
    """Pause a clock that runs: nothing counts until somebody resumes it.

    Raises:
        SlaClockNotFound: 404. SlaClockChanged: 412. SlaClockNotRunning: 409.
    """
    execution = records.lock_execution(work, key, clock_id)
    clock, at = _get_for_update(work, key, clock_id, if_version), whole_ms(work.now())
    if clock.state is not ClockState.RUNNING or at >= clock.due_at:
        raise SlaClockNotRunning
    before = snapshot(clock)
    clock.pauses = [*clock.pauses, pause_of(at, work.actor, reason)]
    clock.state, clock.next_at = ClockState.PAUSED, None
    if execution is not None:
        records.record(work, execution, clock, HistoryKind.CLOCK_PAUSED, reason=reason)
    return _changed(work, clock, SLA_CLOCK_PAUSED, before, reason)


def resume(work: Work, key: FeedKey, clock_id: str, if_version: IfVersion = None) -> SlaClock:
    """Let a paused clock run on.

    Raises:
        SlaClockNotFound: 404. SlaClockChanged: 412. SlaClockNotPaused: 409.
    """
    execution = records.lock_execution(work, key, clock_id)
    clock = _get_for_update(work, key, clock_id, if_version)
    if clock.state is not ClockState.PAUSED:
        raise SlaClockNotPaused
    before = snapshot(clock)
    end_pause(clock, whole_ms(work.now()))
    clock.state = ClockState.RUNNING
    _reckon(work, clock)
    if execution is not None:
        records.record(work, execution, clock, HistoryKind.CLOCK_RESUMED)
    return _changed(work, clock, SLA_CLOCK_RESUMED, before)


def retarget(
    work: Work, key: FeedKey, clock_id: str, changes: SlaClockChanges, if_version: IfVersion = None
) -> SlaClock:
    """Give an open clock another target, warning or calendar, in its newest hours. Its start and its pauses stay.

    Raises:
        SlaClockNotFound, BusinessCalendarNotFound: 404. SlaClockChanged: 412. SlaClockEnded: 409.
    """
    clock = _get_for_update(work, key, clock_id, if_version)
    if clock.state not in OPEN_STATES:
        raise SlaClockEnded
    before = snapshot(clock)
    sent = changes.model_dump(exclude_unset=True)
    clock.target_minutes = sent.get("target_minutes", clock.target_minutes)
    clock.warn_percent = sent.get("warn_percent", clock.warn_percent)
    if "calendar_id" in sent:
        version = _version(work, key.tenant_id, changes.calendar_id or "")
        if changes.calendar_id and version is None:
            raise BusinessCalendarNotFound
        clock.calendar_version_id = version.id if version else None
        if version is not None:
            clock.time_zone = version.time_zone or events.read(work, *key).time_zone
    is_paused = clock.state is ClockState.PAUSED
    clock.state = ClockState.RUNNING
    _reckon(work, clock)
    if is_paused:
        clock.state, clock.next_at = ClockState.PAUSED, None
    return _changed(work, clock, SLA_CLOCK_RETARGETED, before)


# --- parts ----------------------------------------------------------------------------------------


def _query(tenant_id: str) -> Select[SlaClock]:
    return select(SlaClock).where(_C.tenant_id == tenant_id)


def _clocks(
    stored: TransientRows,
    tenant_id: str,
    task_ids: Iterable[str],
    join_ids: Iterable[str],
    states: Collection[ClockState],
) -> Sequence[SlaClock]:
    """Return the clocks of tasks and joins that are in one of the states, locked.

    They are sorted here: told to sort by the id, SQLite walks through the whole primary key of the tenant.
    """
    named = [*((_OF_TASK, id_) for id_ in task_ids), *((_OF_JOIN, id_) for id_ in join_ids)]
    clocks = [
        stored.read(_COLUMNS, row)
        for query, id_ in named
        for row in stored.fetch(query, {"tenant": tenant_id, "of": id_})
        if row.state in states
    ]
    return sorted(clocks, key=lambda clock: clock.id)


def _stop_in_time(work: Work, statement: Update, values: dict[str, Any]) -> bool:
    """Stop a clock that runs and is not due, as nearly all are when their task is done; return False if there is none such."""
    work.session.flush()
    return work.connection.execute(statement, values).rowcount > 0


def _get_for_update(work: Work, key: FeedKey, clock_id: str, if_version: IfVersion) -> SlaClock:
    clock = work.session.scalar(of_event(key).where(_C.id == clock_id).with_for_update())
    if clock is None:
        raise SlaClockNotFound
    check_version(clock.version, if_version, SlaClockChanged)
    return clock


def _find_last(stored: TransientRows, wanted: ClockStart) -> SlaClock | None:
    query = _LOCKED.where(
        _C.execution_id == wanted.execution_id,
        _C.step_key == wanted.step_key,
        _C.task_id.is_(None) if wanted.task_id is None else _C.task_id.is_not(None),
        _C.state.in_(_ENDED),
    )
    newest = query.order_by(_C.started_at.desc(), _C.id.desc()).limit(1)
    rows = stored.fetch(newest, {"tenant": wanted.key.tenant_id})
    return stored.read(_COLUMNS, rows[0]) if rows else None


def _version(work: Work, tenant_id: str, calendar_id: str) -> Any:
    return calendars.find_newest_version(work, tenant_id, calendar_id) if calendar_id else None


def _calendar(work: Work, clock: SlaClock) -> Any:
    return calendars.hours_of(work, clock.tenant_id, clock.calendar_version_id, clock.time_zone)


def _reckon(work: Work, clock: SlaClock) -> None:
    reckon(clock, _calendar(work, clock))


def _end(clock: SlaClock, state: ClockState, at: datetime) -> None:
    end_pause(clock, at)
    clock.state, clock.ended_at, clock.next_at = state, at, None
    clock.version += 1


def _changed(
    work: Work, clock: SlaClock, action: AuditAction, before: dict[str, Any], reason: str = ""
) -> SlaClock:
    clock.version += 1
    work.session.flush()
    after = snapshot(clock) | ({"reason": reason} if reason else {})
    audit.record(work, clock.tenant_id, action, clock.id, before=before, after=after)
    return clock
