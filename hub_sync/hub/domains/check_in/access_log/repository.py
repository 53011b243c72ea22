"""Repository of the access log: scans are added in bulk and never changed, except for a time that was wrong.

A row's id is its scan's id, so that a scan that is sent twice is stored once. Where a refusal has the id and a later try
of the same scan was admitted, the success is stored under an id that is derived from it: a refusal never hides somebody
who is inside.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from typing import Any, TypeVar
from uuid import UUID, uuid5

from sqlalchemy import (
    Row,
    Select,
    String,
    Table,
    bindparam,
    cast,
    or_,
    select,
    type_coerce,
    union_all,
    update,
)
from sqlalchemy.orm import Session

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.enums import Direction, Mark, Passage, ReasonCode, ScanResult
from hub_sync.contract.sync import ClockCorrection, ScanRecord
from hub_sync.hub.domains.check_in.errors import ScanNotFound
from hub_sync.hub.domains.check_in.manifest import ScanAccepted, ScanRecorded, ScanRejected
from hub_sync.hub.domains.check_in.tables import AccessLog, PassageReport
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.db.bulk import among_bound, dump_values, insert_later, select_by_values
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import change_feed, domain_events
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.admitted_scan import AdmittedScan
from hub_sync.rules.passage import first_passage
from hub_sync.rules.times.scan_times import TimeBounds, possible_time

LOG: Table = AccessLog.metadata.tables[AccessLog.__tablename__]
PASSAGES: Table = PassageReport.metadata.tables[PassageReport.__tablename__]
ADMITTING = tuple(result for result in ScanResult if result.admits)
_DIRECTIONS = {direction.value: direction for direction in Direction}
CHUNK = 500
"""The number of ids in one statement."""

T = TypeVar("T")
_CLAIM = ("claimed_at_ms", "claimed_sure")


@dataclass(frozen=True, slots=True)
class AccessLogEntry:
    """A scan and its place in a journal; `id` is the row's, `flag` why the hub would have refused it."""

    id: str
    record: ScanRecord
    journal_id: str
    sequence: int
    hash: str
    effective_at_ms: int
    anchored: bool = False
    flag: ReasonCode | None = None
    passage: Passage | None = None
    """What became of the admission, if the same push says so; None: as the scan itself says."""
    claimed_at_ms: int | None = None
    """The time that the station claims, if it can't be true and `effective_at_ms` is another; None: they are the same."""


@dataclass(frozen=True, slots=True)
class MovedScans:
    """The people whose admitted scans have got another time, and all their admitted scans as they were before."""

    people: set[str] = field(default_factory=set)
    before: set[AdmittedScan] = field(default_factory=set)


def success_id(scan_id: str) -> str:
    """Return the id of a success whose scan's id a refusal has taken."""
    return str(uuid5(UUID(scan_id), "admitted"))


def append(work: Work, tenant_id: str, entries: Sequence[AccessLogEntry]) -> None:
    """Insert scans, before the commit at the latest, and emit their domain events. Then `projection.refresh` updates the projections.

    Raises:
        LookupError: the event has no feed.
    """
    if not entries:
        return
    shared = {"tenant_id": tenant_id, **work.timestamps()}
    rows = [_row(entry) for entry in entries]
    by_event: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_event[row["event_id"]].append(row)
    for event_id, theirs in by_event.items():
        first = change_feed.advance_log(work.session, FeedKey(tenant_id, event_id), len(theirs))
        for number, row in enumerate(theirs, start=first):
            row["log_seq"] = number
    insert_later(work.session, LOG, rows, shared | {"received_at": work.now()})
    domain_events.emit(work, tenant_id, *map(_scan_event, entries))


def taken_ids(session: Session, tenant_id: str, ids: Iterable[str]) -> dict[str, bool]:
    """Return those ids that rows have, with whether the row admits somebody."""
    taken: dict[str, bool] = {}
    connection = session.connection()
    query = _taken(connection.dialect.name)
    for some in chunks(list(ids)):
        rows = connection.execute(query, {"t": tenant_id, "ids": dump_values(some)})
        taken.update((id_, result.admits) for id_, result in rows)
    return taken


@cache
def _taken(dialect_name: str) -> Select[Any]:
    return select(LOG.c.id, LOG.c.result).where(
        LOG.c.tenant_id == bindparam("t"), among_bound(LOG.c.id, "ids", dialect_name)
    )


def hashes(
    session: Session, tenant_id: str, journal: tuple[str, str], first: int, last: int
) -> dict[int, str]:
    """Return the stored hashes of a range of a journal (device id, journal id), by sequence."""
    stored: dict[int, str] = {}
    for c in (LOG.c, PASSAGES.c):
        query = select(c.sequence, c.journal_hash).where(
            c.tenant_id == tenant_id,
            c.device_id == journal[0],
            c.journal_id == journal[1],
            c.sequence.between(first, last),
        )
        stored |= {row.sequence: row.journal_hash for row in session.execute(query)}
    return stored


def admitted_scans(
    session: Session, tenant_id: str, event_id: str, people: Sequence[str]
) -> Mapping[AdmittedScan, str]:
    """Return every admitted scan of these people in any zone, with the id of its row."""
    connection = session.connection()
    bound = {"t": tenant_id, "e": event_id, "people": dump_values(people)}
    rows = connection.execute(_passages(connection.dialect.name), bound)
    return {
        AdmittedScan(
            at,
            device,
            sequence,
            _DIRECTIONS[direction],
            zone,
            person,
            override=result == ScanResult.MANUAL_OVERRIDE,
            entered_again=Mark.ENTERED_AGAIN in marks,
            leaves_zones=leaves_zones,
            checkpoint_id=checkpoint_id,
        ): id_
        for at, device, sequence, direction, zone, person, result, marks, leaves_zones, checkpoint_id, id_ in rows
    }


def admitted_by_person(session: Session, key: FeedKey) -> Iterator[AdmittedScan]:
    """Yield every admitted scan of an event, one person's together; a few thousand rows are in memory at a time."""
    c = LOG.c
    query = (
        select(
            c.effective_at_ms,
            c.device_id,
            c.sequence,
            c.direction,
            c.zone,
            c.participant_id,
            c.leaves_zones,
            c.checkpoint_id,
        )
        .where(
            c.tenant_id == key.tenant_id,
            c.event_id == key.event_id,
            c.participant_id.is_not(None),
            c.result.in_(ADMITTING),
            c.passage != Passage.NO_PASSAGE,
        )
        .order_by(c.participant_id)
        .execution_options(yield_per=5_000)
    )
    for at, device, sequence, direction, zone, person, leaves, checkpoint_id in session.execute(query):
        yield AdmittedScan(
            at, device, sequence, direction, zone, person, leaves_zones=leaves, checkpoint_id=checkpoint_id
        )


def added_scans(entries: Iterable[AccessLogEntry]) -> dict[AdmittedScan, str]:
    """Return the admitted scans among new entries as `admitted_scans` would read them, with the ids of their rows."""
    return {
        AdmittedScan(
            entry.effective_at_ms,
            entry.record.device_id,
            entry.sequence,
            entry.record.direction,
            entry.record.zone or "",
            entry.record.participant_id,
            override=entry.record.result is ScanResult.MANUAL_OVERRIDE,
            entered_again=Mark.ENTERED_AGAIN in entry.record.marks,
            leaves_zones=entry.record.leaves_zones,
            checkpoint_id=entry.record.checkpoint_id,
        ): entry.id
        for entry in entries
        if entry.record.result.admits
        and entry.record.participant_id
        and entry.passage is not Passage.NO_PASSAGE
    }


def scanners(work: Work, tenant_id: str, ids: Sequence[str]) -> dict[str, str]:
    """Return the devices that made these rows."""
    device_ids: dict[str, str] = {}
    for some in chunks(ids):
        bound = {"t": tenant_id, "ids": dump_values(some)}
        device_ids.update(
            (row.id, row.device_id) for row in work.fetch_all(_scanners(work.dialect.name), bound)
        )
    return device_ids


@cache
def _scanners(dialect_name: str) -> Select[Any]:
    query = select(LOG.c.id, LOG.c.device_id).where(LOG.c.tenant_id == bindparam("t"))
    return query.where(among_bound(LOG.c.id, "ids", dialect_name))


@cache
def _passages(dialect_name: str) -> Select[Any]:
    c = LOG.c
    query = select(
        c.effective_at_ms,
        c.device_id,
        c.sequence,
        # Texts as they are stored: a person may have fifty thousand rows, and all other writers wait meanwhile.
        type_coerce(c.direction, String).label("direction"),
        c.zone,
        c.participant_id,
        type_coerce(c.result, String).label("result"),
        cast(c.marks, String).label("marks"),
        c.leaves_zones,
        c.checkpoint_id,
        c.id,
    ).where(
        c.tenant_id == bindparam("t"),
        c.event_id == bindparam("e"),
        or_(*(c.result == result for result in ADMITTING)),
        c.passage != Passage.NO_PASSAGE,
    )
    return select_by_values(query, c.participant_id, "people", dialect_name)


def correct_times(
    work: Work,
    tenant_id: str,
    device_id: str,
    corrections: Sequence[ClockCorrection],
    enrolled_ms: int | None = None,
) -> "dict[str, MovedScans]":
    """Give the rows of a station's boots their true time. Return by event, for each with a changed row, what moved of who was admitted.

    Of several corrections of one boot the last one says the time, and all say what was unsure.

    The station's rows are read once for all corrections, because no index finds the rows of a boot.

    Rows that were decided by a wrong time which the station believed are marked as unsure. A correction that can't be true
    itself is bounded as the claims of rows are (`rules.times.scan_times`); one that can be takes their mark from them.
    """
    c = LOG.c
    query = select(
        c.id,
        c.event_id,
        c.participant_id,
        c.result,
        c.clock,
        c.clock_sure,
        c.marks,
        c.received_at,
        c.effective_at_ms,
    ).where(
        c.tenant_id == tenant_id,
        c.device_id == device_id,
        c.clock["boot_id"].as_string().in_({correction.boot_id for correction in corrections}),
    )
    by_boot: dict[str, list[ClockCorrection]] = defaultdict(list)
    for correction in corrections:
        by_boot[correction.boot_id].append(correction)
    moved: dict[str, set[str]] = {}
    changes = []
    for row in work.session.execute(query):
        of_boot = by_boot[row.clock["boot_id"]]
        claimed_ms = of_boot[-1].anchor_ms + row.clock["monotonic_ms"]
        at_ms = possible_time(claimed_ms, TimeBounds(epoch_ms(row.received_at), enrolled_ms))
        is_impossible = at_ms != claimed_ms
        is_unsure = is_impossible or any(_is_unsure(row.clock["monotonic_ms"], each) for each in of_boot)
        was_sure = bool(row.clock.get("claimed_sure")) or row.clock_sure
        sure = was_sure and not is_unsure
        marks = _with_mark(row.marks, is_impossible=is_impossible)
        if (at_ms, sure, marks) == (row.effective_at_ms, row.clock_sure, row.marks):
            continue
        claim = _claim(claimed_ms if is_impossible else None, is_sure=was_sure)
        clock = {name: value for name, value in row.clock.items() if name not in _CLAIM}
        clock |= {"anchored": True, **claim}
        changes.append({"the_id": row.id, "at": at_ms, "sure": sure, "new_marks": marks, "evidence": clock})
        people = moved.setdefault(row.event_id, set())
        if row.result.admits and row.participant_id:
            people.add(row.participant_id)
    before = {
        event_id: MovedScans(people, admitted_before(work, tenant_id, event_id, people))
        for event_id, people in moved.items()
    }
    if changes:
        statement = update(LOG).where(c.tenant_id == tenant_id, c.id == bindparam("the_id"))
        values = {
            "effective_at_ms": bindparam("at"),
            "clock_sure": bindparam("sure"),
            "marks": bindparam("new_marks", type_=c.marks.type),
            "clock": bindparam("evidence", type_=c.clock.type),
        }
        work.session.connection().execute(statement.values(values), changes)
    return before


def admitted_before(work: Work, tenant_id: str, event_id: str, people: Iterable[str]) -> set[AdmittedScan]:
    """Return all admitted scans of these people, before rows of theirs are changed: for `projection.refresh`."""
    scans: set[AdmittedScan] = set()
    for some in chunks(sorted(people)):
        scans.update(admitted_scans(work.session, tenant_id, event_id, some))
    return scans


def _claim(claimed_at_ms: int | None, *, is_sure: bool) -> dict[str, Any]:
    """Return what a station said of a time that can't be true, for the row's `clock`; nothing if it can."""
    return {} if claimed_at_ms is None else dict(zip(_CLAIM, (claimed_at_ms, is_sure), strict=True))


def _with_mark(marks: Iterable[str], *, is_impossible: bool) -> list[str]:
    """Return the marks of a row, with or without the hub's own about its time."""
    others = [mark for mark in marks if mark != Mark.TIME_IMPOSSIBLE]
    return [*others, Mark.TIME_IMPOSSIBLE] if is_impossible else others


def _is_unsure(monotonic_ms: int, correction: ClockCorrection) -> bool:
    first, last = correction.unsure_from_ms, correction.unsure_to_ms
    return first is not None and last is not None and first <= monotonic_ms <= last


def participant_ids(session: Session, tenant_id: str, event_id: str) -> list[str]:
    """Return the ids of all participants in the event's log."""
    query = select(LOG.c.participant_id).distinct()
    query = query.where(
        LOG.c.tenant_id == tenant_id, LOG.c.event_id == event_id, LOG.c.participant_id.is_not(None)
    )
    return list(session.scalars(query))


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """Yield slices of at most `size` items."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _row(entry: AccessLogEntry) -> dict[str, Any]:
    record = entry.record
    return {
        "id": entry.id,
        "event_id": record.event_id,
        "checkpoint_id": record.checkpoint_id,
        "device_id": record.device_id,
        "journal_id": entry.journal_id,
        "sequence": entry.sequence,
        "participant_id": record.participant_id or None,
        "scan_type": record.scan_type,
        "result": record.result,
        "reason_code": record.reason,
        "marks": _with_mark(record.marks, is_impossible=entry.claimed_at_ms is not None),
        "direction": record.direction,
        "leaves_zones": record.leaves_zones,
        "zone": record.zone or "",
        "scanned_at_ms": record.scanned_at_ms,
        "effective_at_ms": entry.effective_at_ms,
        "clock": {
            "boot_id": record.boot_id,
            "monotonic_ms": record.monotonic_ms,
            "offset_ms": record.clock_offset_ms,
            "anchored": entry.anchored,
            "roster_age_s": record.roster_age_s,
            **_claim(entry.claimed_at_ms, is_sure=record.clock_sure),
        },
        "clock_sure": record.clock_sure and entry.claimed_at_ms is None,
        "override_asked": record.override_asked,
        "override_reason": record.override.reason if record.override else None,
        "override_by": record.override.operator if record.override else None,
        "operator_id": record.operator.id if record.operator else None,
        "operator_name": record.operator.name if record.operator else None,
        "passage": entry.passage or first_passage(record),
        "code_digest": record.code_digest,
        "journal_hash": entry.hash,
        "flag": entry.flag,
    }


def _scan_event(entry: AccessLogEntry) -> ScanRecorded:
    record = entry.record
    kind = ScanAccepted if record.result.admits else ScanRejected
    return kind(
        entity_id=entry.id,
        event_id=record.event_id,
        checkpoint_id=record.checkpoint_id,
        device_id=record.device_id,
        participant_id=record.participant_id,
        zone=record.zone or "",
        direction=record.direction,
        result=record.result,
        reason=record.reason,
        flag=entry.flag,
        scanned_at_ms=record.scanned_at_ms,
        effective_at_ms=entry.effective_at_ms,
    )


def get_scan(work: Work, tenant_id: str, event_id: str, scan_id: str) -> AccessLog:
    """Return the row of an id.

    Raises:
        ScanNotFound: 404; the event's access log has no such row.
    """
    row = work.session.get(AccessLog, (tenant_id, scan_id))
    if row is None or row.event_id != event_id:
        raise ScanNotFound
    return row


def find_last_entry(session: Session, key: FeedKey, participant_id: str, zone: str) -> Row[Any] | None:
    """Return the last entry of a person into a zone under any of their ids, or None."""
    c = LOG.c
    participant_ids = (participant_id, *participants.merged_into(session, key, participant_id))
    query = (
        select(c.id, c.checkpoint_id, c.device_id, c.effective_at_ms)
        .where(
            c.tenant_id == key.tenant_id,
            c.event_id == key.event_id,
            c.participant_id.in_(participant_ids),
            c.zone == zone,
            c.direction == Direction.ENTRY,
            c.result.in_(ADMITTING),
            c.passage != Passage.NO_PASSAGE,
        )
        .order_by(c.effective_at_ms.desc(), c.device_id.desc(), c.sequence.desc())
        .limit(1)
    )
    entry: Row[Any] | None = session.execute(query).one_or_none()  # type: ignore[assignment]
    return entry


@dataclass(frozen=True, slots=True)
class JournalDigest:
    """The number of rows, and the SHA-256 of `sequence:hash` lines in order of journal and sequence."""

    rows: int
    digest: str


def digest_journals(work: Work, tenant_id: str, device_id: str) -> JournalDigest:
    """Return the digest of one station's journals, to be compared with the station's own."""
    rows_of = [
        select(c.journal_id, c.sequence, c.journal_hash).where(
            c.tenant_id == tenant_id, c.device_id == device_id
        )
        for c in (LOG.c, PASSAGES.c)
    ]
    query = union_all(*rows_of).order_by("journal_id", "sequence")
    digest, rows = sha256(), 0
    for _, sequence, row_hash in work.session.execute(query):
        digest.update(f"{sequence}:{row_hash}\n".encode())
        rows += 1
    return JournalDigest(rows, digest.hexdigest())
