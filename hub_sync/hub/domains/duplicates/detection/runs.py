"""Runs over everybody at an event: started by a person or after an import, claimed by one process, resumed after a kill.

What a run has stored is the same however often it is begun: a pair is one row. So a run that was killed simply begins
again. Each transaction is short, so that gates and requests go between.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Select, or_, select

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.duplicates import candidates
from hub_sync.hub.domains.duplicates.detection.child_process import (
    DetectionFailed,
    DetectionStopped,
    find_pairs_in_child,
)
from hub_sync.hub.domains.duplicates.errors import DuplicateRunNotFound
from hub_sync.hub.domains.duplicates.manifest import (
    DUPLICATE_RUN,
    DUPLICATE_RUN_FAILED,
    DUPLICATE_RUN_STARTED,
    DuplicateRunCompleted,
    DuplicateRunQueued,
)
from hub_sync.hub.domains.duplicates.tables import DuplicateRun, DuplicateRunState
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work
from hub_sync.hub.kit.errors import first_line
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.matching.normalization import region_of_time_zone

OPEN = (DuplicateRunState.QUEUED, DuplicateRunState.RUNNING)
LEASE = timedelta(seconds=60)
READ_AT_ONCE, STORED_AT_ONCE = 2_000, 200
MOST_ATTEMPTS = 5
"""A run that ended this often without having told anything has failed."""

log = structlog.get_logger(__name__)


def start(work: Work, tenant_id: str, event_id: str) -> DuplicateRun:
    """Start a run over everybody at an event; if one is waiting or under way, return that one.

    Raises:
        EventNotFound: 404.
    """
    event = events.get(work, tenant_id, event_id)
    open_run = work.session.scalar(
        select(DuplicateRun)
        .where(
            DuplicateRun.tenant_id == tenant_id,
            DuplicateRun.event_id == event.id,
            DuplicateRun.state.in_(OPEN),
        )
        .with_for_update()
    )
    if open_run is not None:
        return open_run
    run = DuplicateRun(
        tenant_id=tenant_id, id=work.new_id(), event_id=event_id, requested_by=work.actor[:200]
    )
    work.session.add(run)
    work.session.flush()
    audit.record(work, tenant_id, DUPLICATE_RUN_STARTED, run.id, after={"event_id": event_id})
    domain_events.emit(work, tenant_id, DuplicateRunQueued(entity_id=run.id, event_id=event_id))
    return run


def get(work: Work, tenant_id: str, event_id: str, run_id: str) -> DuplicateRun:
    """Return a run.

    Raises:
        DuplicateRunNotFound: 404.
    """
    run = work.session.get(DuplicateRun, (tenant_id, run_id))
    if run is None or run.event_id != event_id:
        raise DuplicateRunNotFound
    return run


def latest(work: Work, tenant_id: str, event_id: str) -> DuplicateRun | None:
    """Return the newest run of an event, or None."""
    return work.session.scalar(
        select(DuplicateRun)
        .where(DuplicateRun.tenant_id == tenant_id, DuplicateRun.event_id == event_id)
        .order_by(DuplicateRun.created_at.desc(), DuplicateRun.id.desc())
        .limit(1)
    )


def failure_of(work: Work, run: DuplicateRun) -> str:
    """Return why the last attempt of a run ended early, one of `manifest.RUN_FAILURES`; "" if none did, or nobody knows why."""
    entries = audit.entries_of(work, run.tenant_id, DUPLICATE_RUN.name, run.id, latest=1)
    is_failure = bool(entries) and entries[0].action == DUPLICATE_RUN_FAILED.name
    return str((entries[0].after or {}).get("reason", "")) if is_failure else ""


def is_due(work: Work) -> bool:
    """Return True if a run waits, or the process of one has died."""
    return work.session.scalar(select(_due(work.now()).exists())) or False


def claim(work: Work, owner: str) -> DuplicateRun | None:
    """Lease the oldest run that waits, or whose process has died. Return None if there is none."""
    now = work.now()
    run = work.session.scalar(
        _due(now).order_by(DuplicateRun.created_at).limit(1).with_for_update(skip_locked=True)
    )
    if run is None:
        return None
    run.attempts += 1
    if run.attempts > MOST_ATTEMPTS:
        if not failure_of(work, run):
            _record_failure(work, run, "hub_ended")
        _end(work, run, DuplicateRunState.FAILED)
        return None
    run.state, run.leased_by, run.leased_until = DuplicateRunState.RUNNING, owner, now + LEASE
    run.started_at = run.started_at or now
    run.pairs = run.added = run.compared = run.people = 0
    work.session.flush()
    return run


def _due(now: datetime) -> Select[DuplicateRun]:
    died = (DuplicateRun.state == DuplicateRunState.RUNNING) & (DuplicateRun.leased_until < now)
    return select(DuplicateRun).where(
        DuplicateRun.state.in_(OPEN), or_(DuplicateRun.state == DuplicateRunState.QUEUED, died)
    )


def carry_out(uow: UnitOfWork, run: DuplicateRun, owner: str, is_stopped: Callable[[], bool]) -> bool:
    """Carry a claimed run out. Return False if it was not finished: its lease ends, and it is begun again.

    Args:
        uow: begins transactions.
        run: the run, detached.
        owner: who has claimed it.
        is_stopped: True once the hub stops.
    """
    key = FeedKey(run.tenant_id, run.event_id)
    with uow.read() as work:
        region = region_of_time_zone(events.read(work, *key).time_zone)
    known: set[tuple[str, str]] = set()
    try:
        pairs = find_pairs_in_child(
            _everybody(uow, run, owner),
            region,
            lambda count: _note(uow, run, owner, compared=count),
            is_stopped,
        )
        for some in _portions(pairs):
            known |= {(row["a_id"], row["b_id"]) for row in some}
            with uow.begin(run.requested_by) as work:
                added = candidates.store(work, key, some)
                _update(work, run, owner, pairs=len(some), added=added)
    except DetectionFailed as error:
        log.warning("duplicate_run_failed", run=run.id, attempt=run.attempts, error=first_line(error))
        with uow.begin() as work:
            _record_failure(work, run, error.reason)
        return False
    except (DetectionStopped, LookupError):
        return False
    while True:
        with uow.begin(run.requested_by) as work:
            if not candidates.drop_unmatched(work, key, known, run.id, STORED_AT_ONCE):
                break
    with uow.begin(run.requested_by) as work:
        stored = _locked(work, run, owner)
        _end(work, stored, DuplicateRunState.COMPLETED)
    return True


def _everybody(uow: UnitOfWork, run: DuplicateRun, owner: str) -> Iterator[Sequence[dict[str, Any]]]:
    after, people = "", 0
    while True:
        with uow.read() as work:
            key = FeedKey(run.tenant_id, run.event_id)
            rows = [dict(row._mapping) for row in participants.compared_after(work, key, after, READ_AT_ONCE)]  # noqa: SLF001
        if not rows:
            break
        after, people = rows[-1]["id"], people + len(rows)
        yield rows
    _note(uow, run, owner, people=people)


def _portions(pairs: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    portion: list[dict[str, Any]] = []
    for pair in pairs:
        portion.append(pair)
        if len(portion) == STORED_AT_ONCE:
            yield portion
            portion = []
    if portion:
        yield portion


def _note(uow: UnitOfWork, run: DuplicateRun, owner: str, **figures: int) -> None:
    """Store how far the run has come, and renew its lease."""
    with uow.begin(run.requested_by) as work:
        stored = _locked(work, run, owner)
        for name, value in figures.items():
            setattr(stored, name, value)
        stored.leased_until = work.now() + LEASE


def _update(work: Work, run: DuplicateRun, owner: str, *, pairs: int, added: int) -> None:
    stored = _locked(work, run, owner)
    stored.pairs += pairs
    stored.added += added
    stored.leased_until = work.now() + LEASE


def _locked(work: Work, run: DuplicateRun, owner: str) -> DuplicateRun:
    """Return the stored run.

    Raises:
        LookupError: another process has claimed it meanwhile.
    """
    stored = work.session.get(
        DuplicateRun, (run.tenant_id, run.id), with_for_update=True, populate_existing=True
    )
    if stored is None or stored.leased_by != owner or stored.state is not DuplicateRunState.RUNNING:
        raise LookupError(f"the run {run.id} is another process's")
    return stored


def _record_failure(work: Work, run: DuplicateRun, reason: str) -> None:
    audit.record(
        work, run.tenant_id, DUPLICATE_RUN_FAILED, run.id, after={"event_id": run.event_id, "reason": reason}
    )


def _end(work: Work, run: DuplicateRun, state: DuplicateRunState) -> None:
    run.state, run.ended_at, run.leased_until = state, work.now(), None
    work.session.flush()
    if state is DuplicateRunState.COMPLETED:
        completed = DuplicateRunCompleted(
            entity_id=run.id, event_id=run.event_id, people=run.people, pairs=run.pairs, added=run.added
        )
        domain_events.emit(work, run.tenant_id, completed)
