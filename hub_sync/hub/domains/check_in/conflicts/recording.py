"""Storing of conflicts, as the scans tell them, in the transaction that stores the scans.

Conflicts of single scans (overrides, unknown participants, unsure clocks, …) are folded here. Double entries are folded with
people's whereabouts (`occupancy.projection`), which takes its rows and domain events from this module. What somebody has
resolved stays resolved, and says that it changed (`rules.conflicts.state_after`).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, or_, select, update
from sqlalchemy.orm import Session

from hub_sync.contract.enums import Passage, ReasonCode, ScanResult
from hub_sync.hub.domains.check_in.access_log.repository import LOG, AccessLogEntry, chunks
from hub_sync.hub.domains.check_in.manifest import ConflictOpened, ConflictReopened, ConflictResolved
from hub_sync.hub.domains.check_in.tables import AccessConflict
from hub_sync.hub.kit.db import pending_writes
from hub_sync.hub.kit.db.bulk import insert_later
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import change_feed, domain_events
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.rules.conflicts import (
    ConflictFold,
    ConflictKind,
    ConflictState,
    ScanFacts,
    conflicts_of_scan,
    state_after,
)
from hub_sync.rules.passage import first_passage

CONFLICTS: Table = AccessConflict.metadata.tables[AccessConflict.__tablename__]
_Subject = tuple[ConflictKind, str]
_Folds = dict[_Subject, ConflictFold]
_MEMBERS = ("kind", "verdict", "zone", "participant_id", "device_id", "other_device_id", "at_ms")


def record_scans(work: Work, tenant_id: str, entries: Iterable[AccessLogEntry]) -> None:
    """Store the conflicts that new scans are by themselves; comes after `repository.append`.

    Raises:
        LookupError: the event has no feed.
    """
    by_event: dict[str, _Folds] = {}
    for entry in entries:
        _fold(by_event.setdefault(entry.record.event_id, {}), conflicts_of_scan(_facts(entry)))
    for event_id, folds in by_event.items():
        if folds:
            key = FeedKey(tenant_id, event_id)
            change_feed.lock(work.session, key)
            pending_writes.execute(work.session)
            stored = _stored(work.session, key, folds)
            merged = {
                subject: fold.merge(_fold_of(stored[subject])) if _is_upheld(stored.get(subject)) else fold
                for subject, fold in folds.items()
            }
            _store(work, key, merged, stored)


def reconcile(
    work: Work, key: FeedKey, device_id: str | None = None, scan_ids: Sequence[str] | None = None
) -> None:
    """Compute the conflicts of single scans anew from the access log, where rows of it were corrected.

    Args:
        work: the transaction.
        key: the event.
        device_id: the station whose times were corrected; None: all.
        scan_ids: the rows whose passage is another now: then only conflicts that are about one row; None: all rows.

    Raises:
        LookupError: the event has no feed.
    """
    change_feed.lock(work.session, key)
    pending_writes.execute(work.session)
    c, k = LOG.c, CONFLICTS.c
    of_log: list[ColumnElement[bool]] = [
        c.tenant_id == key.tenant_id,
        c.event_id == key.event_id,
        _MAY_BE_ONE,
    ]
    of_stored: list[ColumnElement[bool]] = [
        k.tenant_id == key.tenant_id,
        k.event_id == key.event_id,
        k.kind != ConflictKind.DOUBLE_ENTRY,
    ]
    if device_id is not None:
        of_log.append(c.device_id == device_id)
        of_stored.append(k.device_id == device_id)
    if scan_ids is not None:
        of_log.append(c.id.in_(scan_ids))
        of_stored.append(k.subject.in_(scan_ids))
    folds: _Folds = {}
    for row in work.session.execute(select(*_FACTS).where(*of_log)):
        facts = ScanFacts(row.id, row.device_id, row.clock.get("boot_id", ""), *row[3:])
        folded = conflicts_of_scan(facts)
        _fold(folds, folded if scan_ids is None else [fold for fold in folded if fold.subject == row.id])
    rows = work.session.execute(select(CONFLICTS).where(*of_stored))
    _store(work, key, folds, {(row.kind, row.subject): row for row in rows}, is_complete=True)


def new_row(work: Work, fold: ConflictFold) -> dict[str, Any]:
    """Return the columns of a new conflict, but for those that all rows of a transaction share and its number in the feed."""
    return {
        "id": work.new_id(),
        "kind": fold.kind,
        "subject": fold.subject,
        "zone": fold.zone,
        "participant_id": fold.participant_id,
        "later_id": fold.scan_id,
        "earlier_id": None,
        "at_ms": fold.at_ms,
        "until_ms": fold.until_ms,
        "scans": fold.scans,
        "device_id": fold.device_id,
        "other_device_id": None,
        "verdict": fold.verdict,
        "upheld": True,
        "state": ConflictState.OPEN,
        "note": "",
    }


def changes_of(
    work: Work, row: Row[Any], values: Mapping[str, Any], *, upheld: bool = True
) -> dict[str, Any]:
    """Return the columns that change when the scans tell this of a stored conflict; none if they told it before.

    Args:
        work: the transaction.
        row: the stored conflict.
        values: what the scans tell of it now.
        upheld: True if it is a conflict.
    """
    differing = {name: value for name, value in values.items() if getattr(row, name) != value}
    changed = bool(differing) or row.upheld != upheld
    state = state_after(row.state, changed=changed, upheld=upheld)
    if not changed and state is row.state:
        return {}
    changes = {**differing, "upheld": upheld, "state": state}
    return changes | ({"changed_at": work.now()} if state is ConflictState.CHANGED else {})


def opened(event_id: str, row: Mapping[str, Any]) -> DomainEvent:
    """Return the domain event of a new conflict."""
    return ConflictOpened(entity_id=row["id"], event_id=event_id, **_members(row))


def moved(event_id: str, row: Row[Any], changes: Mapping[str, Any]) -> list[DomainEvent]:
    """Return the domain event of a stored conflict that scans have changed; none if its state is as before."""
    before, after = row.state, changes.get("state", row.state)
    if before is after:
        return []
    members = _members({**row._mapping, **changes})  # noqa: SLF001 - SQLAlchemy's public name for a row's columns
    if after is ConflictState.WITHDRAWN:
        return [ConflictResolved(entity_id=row.id, event_id=event_id, **members, note="")]
    return [ConflictReopened(entity_id=row.id, event_id=event_id, **members)]


def resolved(conflict: AccessConflict) -> DomainEvent:
    """Return the domain event of a conflict that somebody has resolved."""
    members = _members(vars(conflict)) | {"note": conflict.note}
    return ConflictResolved(entity_id=conflict.id, event_id=conflict.event_id, **members)


def reopened(conflict: AccessConflict) -> DomainEvent:
    """Return the domain event of a conflict that somebody has opened again."""
    return ConflictReopened(entity_id=conflict.id, event_id=conflict.event_id, **_members(vars(conflict)))


def _members(row: Mapping[str, Any]) -> dict[str, Any]:
    scans = {"access_log_id": row["later_id"], "other_access_log_id": row["earlier_id"]}
    return {**{name: row[name] for name in _MEMBERS}, **scans}


# --- folding and writing ------------------------------------------------------------------------

_FACTS = (
    LOG.c.id,
    LOG.c.device_id,
    LOG.c.clock,
    LOG.c.effective_at_ms,
    LOG.c.result,
    LOG.c.reason_code,
    LOG.c.participant_id,
    LOG.c.zone,
    LOG.c.flag,
    LOG.c.clock_sure,
    LOG.c.passage,
)
_MAY_BE_ONE = or_(
    LOG.c.result == ScanResult.MANUAL_OVERRIDE,
    LOG.c.flag.is_not(None),
    LOG.c.reason_code.in_((ReasonCode.ADMITTED_UNKNOWN, ReasonCode.UNKNOWN_PARTICIPANT)),
    LOG.c.clock_sure.is_(False),
    LOG.c.passage == Passage.NO_PASSAGE,
)


def _facts(entry: AccessLogEntry) -> ScanFacts:
    record = entry.record
    return ScanFacts(
        entry.id,
        record.device_id,
        record.boot_id,
        entry.effective_at_ms,
        record.result,
        record.reason,
        record.participant_id or None,
        record.zone or "",
        entry.flag,
        record.clock_sure and entry.claimed_at_ms is None,
        entry.passage or first_passage(record),
    )


def _fold(folds: _Folds, more: Iterable[ConflictFold]) -> None:
    for fold in more:
        subject = (fold.kind, fold.subject)
        folds[subject] = fold if subject not in folds else folds[subject].merge(fold)


def _stored(session: Session, key: FeedKey, folds: _Folds) -> dict[_Subject, Row[Any]]:
    k = CONFLICTS.c
    rows: dict[_Subject, Row[Any]] = {}
    for some in chunks([subject for _, subject in folds]):
        query = select(CONFLICTS).where(
            k.tenant_id == key.tenant_id, k.event_id == key.event_id, k.subject.in_(some)
        )
        rows |= {
            (row.kind, row.subject): row
            for row in session.execute(query)
            if row.kind is not ConflictKind.DOUBLE_ENTRY
        }
    return rows


def _is_upheld(row: Row[Any] | None) -> bool:
    """Return True for a conflict whose scans still are one; those of a withdrawn one say nothing of a new one."""
    return row is not None and row.upheld


def _fold_of(row: Row[Any]) -> ConflictFold:
    return ConflictFold(
        row.kind,
        row.subject,
        row.verdict,
        row.later_id,
        row.device_id,
        row.participant_id,
        row.zone,
        row.at_ms,
        row.until_ms,
        row.scans,
    )


def _store(
    work: Work,
    key: FeedKey,
    folds: _Folds,
    stored: Mapping[_Subject, Row[Any]],
    *,
    is_complete: bool = False,
) -> None:
    """Write what differs. `is_complete`: what is stored and not in `folds` is no conflict any more."""
    events: list[DomainEvent] = []
    new = [new_row(work, fold) for subject, fold in folds.items() if subject not in stored]
    events += [opened(key.event_id, row) for row in new]
    changed: list[tuple[Row[Any], dict[str, Any]]] = []
    for subject, row in stored.items():
        fold = folds.get(subject)
        if fold is None and not is_complete:
            continue
        changes = changes_of(work, row, {} if fold is None else _columns(fold), upheld=fold is not None)
        if changes:
            changed.append((row, changes))
            events += moved(key.event_id, row, changes)
    if not new and not changed:
        return
    number = change_feed.advance(work.session, *key, len(new) + len(changed))
    shared = {"tenant_id": key.tenant_id, "event_id": key.event_id, **work.timestamps()}
    rows = [{**row, "feed_seq": number + index} for index, row in enumerate(new)]
    insert_later(work.session, CONFLICTS, rows, shared)
    for index, (row, changes) in enumerate(changed, start=number + len(new)):
        statement = update(CONFLICTS).where(CONFLICTS.c.tenant_id == key.tenant_id, CONFLICTS.c.id == row.id)
        work.session.connection().execute(statement.values(**changes, feed_seq=index, updated_at=work.now()))
    domain_events.emit(work, key.tenant_id, *events)


def _columns(fold: ConflictFold) -> dict[str, Any]:
    names = ("participant_id", "device_id", "zone", "verdict", "at_ms", "until_ms", "scans")
    return {"later_id": fold.scan_id, **{name: getattr(fold, name) for name in names}}
