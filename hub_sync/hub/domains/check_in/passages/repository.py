"""Repository of the rows about passages; each that settles an admission changes `AccessLog.passage`."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, bindparam, or_, select, update
from sqlalchemy.orm import Session

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.enums import Passage, PassageCause, ScanResult
from hub_sync.contract.passage import PassageRecord
from hub_sync.contract.sync import ClockCorrection
from hub_sync.hub.domains.check_in.access_log.repository import CHUNK, LOG, PASSAGES, chunks, success_id
from hub_sync.hub.domains.check_in.manifest import PassageReported
from hub_sync.hub.domains.check_in.tables import PassageReport
from hub_sync.hub.kit.db.bulk import in_values, insert_later
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import change_feed, domain_events
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.passage import GrantedScan
from hub_sync.rules.times.scan_times import TimeBounds, possible_time

_DOUBTFUL = (
    PassageCause.LATE_TURN,
    PassageCause.REVERSE_TURN,
    PassageCause.DOUBLE_TURN,
    PassageCause.UNGRANTED_TURN,
)
"""Causes that somebody should look into, beside every outcome that is not known."""


@dataclass(frozen=True, slots=True)
class StoredScan:
    """A scan in the access log, for rows about its passage. `id` is the row's."""

    id: str
    event_id: str
    participant_id: str | None
    granted: GrantedScan


@dataclass(frozen=True, slots=True)
class PassageEntry:
    """A row about a passage and its place in a journal. `scan` None: the turn belongs to no admission."""

    record: PassageRecord
    journal_id: str
    sequence: int
    hash: str
    effective_at_ms: int
    scan: StoredScan | None = None


def find_granted(session: Session, tenant_id: str, scan_ids: Iterable[str]) -> dict[str, StoredScan]:
    """Return the scans of these record ids. Where a refusal has the id, the success that was stored under another counts."""
    by_row_id = {row_id: scan_id for scan_id in scan_ids for row_id in (scan_id, success_id(scan_id))}
    scans: dict[str, StoredScan] = {}
    c = LOG.c
    for some in chunks(list(by_row_id)):
        query = select(c.id, c.event_id, c.device_id, c.participant_id, c.result, c.passage, c.clock).where(
            c.tenant_id == tenant_id, in_values(c.id, some, session.get_bind().dialect)
        )
        for row in session.execute(query):
            scan_id = by_row_id[row.id]
            if scan_id in scans and not row.result.admits:
                continue
            scans[scan_id] = _stored(row)
    return scans


def _stored(row: Any) -> StoredScan:
    result: ScanResult = row.result
    granted = GrantedScan(
        row.device_id,
        (row.passage or Passage.WITHOUT_SENSOR) if result.admits else None,
        str(row.clock.get("boot_id", "")),
        int(row.clock.get("monotonic_ms", 0)),
    )
    return StoredScan(row.id, row.event_id, row.participant_id, granted)


def taken_passage_ids(session: Session, tenant_id: str, ids: Sequence[str]) -> set[str]:
    """Return those ids that are stored already."""
    taken: set[str] = set()
    for some in chunks(ids, CHUNK):
        query = select(PASSAGES.c.id).where(
            PASSAGES.c.tenant_id == tenant_id,
            in_values(PASSAGES.c.id, some, session.get_bind().dialect),
        )
        taken.update(session.scalars(query))
    return taken


def append_passages(
    work: Work, tenant_id: str, entries: Sequence[PassageEntry], stored: Mapping[str, Passage]
) -> None:
    """Insert rows about passages, give the stored scans (row id) their new passage, and emit the domain events.

    Then `projection.refresh` updates the projections of the people whose admissions count no more, or count again.

    Raises:
        LookupError: the event has no feed.
    """
    if not entries:
        return
    by_event: dict[str, list[PassageEntry]] = defaultdict(list)
    for entry in entries:
        by_event[entry.record.event_id].append(entry)
    for event_id, theirs in by_event.items():
        first = change_feed.advance_log(work.session, FeedKey(tenant_id, event_id), len(theirs))
        rows = [_row(entry, number) for number, entry in enumerate(theirs, start=first)]
        insert_later(work.session, PASSAGES, rows, {"tenant_id": tenant_id, **work.timestamps()})
    if stored:
        statement = update(LOG).where(LOG.c.tenant_id == tenant_id, LOG.c.id == bindparam("the_id"))
        work.session.connection().execute(
            statement.values(passage=bindparam("new_passage", type_=LOG.c.passage.type)),
            [{"the_id": row_id, "new_passage": passage} for row_id, passage in stored.items()],
        )
    domain_events.emit(
        work, tenant_id, *(_passage_event(entry) for entry in entries if entry.scan is not None)
    )


def _row(entry: PassageEntry, log_seq: int) -> dict[str, Any]:
    record = entry.record
    return {
        "id": record.id,
        "event_id": record.event_id,
        "checkpoint_id": record.checkpoint_id,
        "device_id": record.device_id,
        "journal_id": entry.journal_id,
        "sequence": entry.sequence,
        "access_log_id": entry.scan.id if entry.scan is not None else None,
        "outcome": record.outcome,
        "cause": record.cause,
        "operator": record.operator,
        "note": record.note,
        "effective_at_ms": entry.effective_at_ms,
        "log_seq": log_seq,
        "journal_hash": entry.hash,
        "boot_id": record.boot_id,
        "monotonic_ms": record.monotonic_ms,
    }


def correct_passage_times(
    work: Work,
    tenant_id: str,
    device_id: str,
    corrections: Sequence[ClockCorrection],
    enrolled_ms: int | None = None,
) -> None:
    """Give the passages of a station's boots their true time, as `access_log.repository.correct_times` does scans."""
    c = PASSAGES.c
    anchors = {correction.boot_id: correction.anchor_ms for correction in corrections}  # the last one counts
    query = select(c.id, c.boot_id, c.monotonic_ms, c.created_at, c.effective_at_ms).where(
        c.tenant_id == tenant_id, c.device_id == device_id, c.boot_id.in_(sorted(anchors))
    )
    changes = []
    for row in work.session.execute(query):
        bounds = TimeBounds(epoch_ms(row.created_at), enrolled_ms)
        at_ms = possible_time(anchors[row.boot_id] + row.monotonic_ms, bounds)
        if at_ms != row.effective_at_ms:
            changes.append({"the_id": row.id, "at": at_ms})
    if changes:
        statement = update(PASSAGES).where(c.tenant_id == tenant_id, c.id == bindparam("the_id"))
        work.session.connection().execute(statement.values(effective_at_ms=bindparam("at")), changes)


def _passage_event(entry: PassageEntry) -> PassageReported:
    record, scan = entry.record, entry.scan
    if scan is None or record.outcome is None:
        raise ValueError("a turn that belongs to no admission has no domain event")
    return PassageReported(
        entity_id=scan.id,
        event_id=record.event_id,
        checkpoint_id=record.checkpoint_id,
        device_id=record.device_id,
        participant_id=scan.participant_id,
        passage=record.outcome,
        cause=record.cause,
        effective_at_ms=entry.effective_at_ms,
    )


def doubtful_condition() -> ColumnElement[bool]:
    """Return the SQL condition of passages that somebody should look into: turns that fit no admission, and unknown outcomes."""
    return or_(PassageReport.cause.in_(_DOUBTFUL), PassageReport.outcome == Passage.UNKNOWN)


def has_passages(work: Work, key: FeedKey) -> bool:
    """Return True if a station has reported a passage at the event: it has a turnstile with a sensor."""
    query = select(PassageReport.id).where(
        PassageReport.tenant_id == key.tenant_id, PassageReport.event_id == key.event_id
    )
    return work.session.scalar(query.limit(1)) is not None


def participants_of(work: Work, tenant_id: str, access_log_ids: Iterable[str]) -> dict[str, str]:
    """Return the participant's id by the id of the scan; scans of nobody known are left out."""
    query = select(LOG.c.id, LOG.c.participant_id).where(
        LOG.c.tenant_id == tenant_id,
        LOG.c.id.in_(sorted(set(access_log_ids))),
        LOG.c.participant_id.is_not(None),
    )
    return {row.id: row.participant_id for row in work.session.execute(query)}
