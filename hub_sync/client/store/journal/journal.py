"""The journal: every scan that this station decided, in order, for ever. Its unsent rows are the outbox.

A row's `body` is the canonical JSON of its ScanRecord, of a PassageRecord (what became of an admission at the turnstile), of a
QueueRecord (an action on a queue ticket), or of a DoorRecord (seats that were given to the waitlist). A hash covers the body and the previous row, so that a removed,
changed or added row is detected. The gate's thread appends; the sync thread uses `outbox`.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import orjson
import structlog

from hub_sync.client.store.disk.encrypted_file import EncryptedFile
from hub_sync.client.store.journal.journal_copy import CopiedRow, JournalCopy
from hub_sync.client.store.journal.presence import PresenceRegister, PresenceSnapshot
from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.door import DOOR_KIND, DoorRecord
from hub_sync.contract.enums import Passage, PassageCause, ReasonCode, ScanResult
from hub_sync.contract.passage import (
    PASSAGE_KIND,
    JournalRecord,
    PassageRecord,
    is_door,
    is_passage,
    is_queue,
    is_scan,
    load_record,
)
from hub_sync.contract.queue import QueueRecord
from hub_sync.contract.sync import ScanRecord
from hub_sync.rules.journal_chain import GENESIS, chain_hash, find_break
from hub_sync.rules.passage import GrantedScan, PassageRefusal, first_passage, settle

CANONICAL = orjson.OPT_SORT_KEYS
_PAGE = 1000
_SEARCHED_ROWS = 10_000
"""Rows in which a person's scans are looked for: some 20 ms."""
_OVERLAP_MS = 60_000
"""The difference between the clocks of a station and its hub that makes no scan be overlooked."""
_SNAPSHOTS = 500
"""The number of admissions that can be given back without reading the whole journal."""
_UNSETTLED_AMONG = 500
"""The last rows, among which admissions without an outcome are looked for at the start."""
_KIND_SCAN = '"kind":"scan"'
"""As it stands in the canonical JSON of a scan."""
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class JournalRow:
    """A row on disk. `sequence` counts from 1 in the incarnation `journal_id`."""

    journal_id: str
    sequence: int
    hash: str
    record: ScanRecord


@dataclass(frozen=True, slots=True)
class PassageRow:
    """A row about a passage on disk; as `JournalRow`."""

    journal_id: str
    sequence: int
    hash: str
    record: PassageRecord


@dataclass(frozen=True, slots=True)
class QueueActionRow:
    """A row about a queue on disk; as `JournalRow`."""

    journal_id: str
    sequence: int
    hash: str
    record: QueueRecord


@dataclass(frozen=True, slots=True)
class DoorRow:
    """A row about seats that were given at the door on disk; as `JournalRow`."""

    journal_id: str
    sequence: int
    hash: str
    record: DoorRecord


@dataclass(frozen=True, slots=True)
class _End:
    """The last row of the journal: its position, hash and record; those of an incarnation without rows are its base and empty."""

    journal_id: str
    base: int
    position: int
    head: str
    record_id: str


@dataclass(frozen=True, slots=True)
class _Admission:
    """An admitted scan in the journal. `before`: where the person was; None: it is not known any more."""

    record: ScanRecord
    sequence: int
    position: int
    before: PresenceSnapshot | None


@dataclass(frozen=True, slots=True)
class OperatorCounts:
    """Numbers of scans by result and reason, and of admissions that were taken back."""

    scans: Mapping[tuple[ScanResult, ReasonCode], int]
    taken_back: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """Counts of rows: not acknowledged by the hub, set aside because the hub failed on them, quarantined by the hub."""

    rows: int
    set_aside: int
    quarantined: int


def canonical_json(record: JournalRecord) -> str:
    """Return the JSON that is hashed: sorted members, no white space, UTF-8."""
    return orjson.dumps(vars(record), default=vars, option=CANONICAL).decode()


class ScanJournal:
    """Append-only log of scans. Triggers refuse to change or delete a row."""

    def __init__(
        self, file: EncryptedFile, memory: PresenceRegister, journal_copy: JournalCopy | None = None
    ) -> None:
        """Create the journal. Rows are written to `journal_copy` too, after their commit."""
        self._file, self._memory, self._copy = file, memory, journal_copy
        self._known_end: tuple[tuple[int, int], _End, JournalRow] | None = None
        """The end of the journal after this object's last scan, that scan, and the version of the file that has it."""
        self._snapshots: OrderedDict[str, PresenceSnapshot] = OrderedDict()
        """Where people were before their last admissions, by the id of the scan."""

    def append(self, record: ScanRecord) -> JournalRow:
        """Commit one scan, and the person's presence if it admits. The row is durable on return.

        A second call with the last record changes nothing and returns its row, because after a failure it is unknown if the
        commit reached the disk.

        Raises:
            StoreError: Nothing was written. The gate must stay closed.
        """
        with self._file.transaction(keeps_cached=True):
            row, end = self._insert_scan(record)
            version = self._file.version()
        self._copy_row(row)
        written = JournalRow(row.journal_id, row.sequence, row.hash, record)
        self._known_end = version, end, written
        return written

    def append_all(self, records: Sequence[ScanRecord]) -> tuple[JournalRow, ...]:
        """Commit scans in order, all or none, as `append` commits one. A second call with the last records changes nothing.

        Raises:
            StoreError: Nothing was written. The gate must stay closed.
        """
        with self._file.transaction(keeps_cached=True):
            if self._end().record_id == records[-1].id:
                return self.recent(len(records))[::-1]
            copies = [self._insert_scan(record)[0] for record in records]
        for row in copies:
            self._copy_row(row)
        return tuple(
            JournalRow(row.journal_id, row.sequence, row.hash, record)
            for row, record in zip(copies, records, strict=True)
        )

    def append_passage(self, record: PassageRecord) -> PassageRow | PassageRefusal:
        """Commit what became of an admission, or a turn that belongs to none. The row is durable on return.

        Where nobody passed, the person's presence is again as it was before the admission; a late turn admits again. A row that
        would change what it must not is refused, logged and not written.

        Raises:
            StoreError: Nothing was written.
        """
        with self._file.transaction(keeps_cached=True):
            admission = None if record.scan_id is None else self._find_admission(record.scan_id)
            passages = () if admission is None else self._passages(admission)
            if record.scan_id is not None and all(each.id != record.id for each in passages):
                after = settle(_granted(admission, passages), record)
                if isinstance(after, PassageRefusal):
                    _log.warning("passage_refused", scan=record.scan_id, why=after.value)
                    return after
            row, _, is_new = self._insert(record)
            if is_new and admission is not None and record.outcome is not None:
                self._apply_outcome(admission, passages, record.outcome, row)
        self._copy_row(row)
        return PassageRow(row.journal_id, row.sequence, row.hash, record)

    def append_queue(self, build: Callable[[], Sequence[QueueRecord]]) -> tuple[QueueActionRow, ...]:
        """Commit actions on queues. They are durable on return; without any, nothing is written.

        `build` runs inside of the transaction, so that nobody else gives the number that it takes. It may write the tables of queues.

        Raises:
            StoreError: Nothing was written: no number was given, and nobody was called.
        """
        with self._file.transaction(keeps_cached=True):
            written = [(self._insert(record)[0], record) for record in build()]
        for row, _ in written:
            self._copy_row(row)
        return tuple(
            QueueActionRow(row.journal_id, row.sequence, row.hash, record) for row, record in written
        )

    def append_seated(
        self, door: DoorRecord, scan: ScanRecord, note: Callable[[DoorRecord], None]
    ) -> JournalRow:
        """Commit seats that are given at the door and the admission of their person, both or neither.

        `note` runs inside of the transaction. A second call with the last scan changes nothing and returns its row.

        Raises:
            StoreError: Nothing was written. The gate must stay closed.
        """
        with self._file.transaction():
            if self._end().record_id == scan.id:
                return self.recent(1)[0]
            copies = [self._insert(door)[0], self._insert_scan(scan)[0]]
            note(door)
        for row in copies:
            self._copy_row(row)
        return JournalRow(copies[1].journal_id, copies[1].sequence, copies[1].hash, scan)

    def gave_seats(self, scan: ScanRecord) -> bool:
        """Return True if seats were given at the door with one of the last admissions (`append_seated`)."""
        row = self._file.row(
            "SELECT 1 FROM journal WHERE position > (SELECT max(position) FROM journal) - ? AND body ->> 'kind' = ?"
            " AND body ->> 'participant_id' = ? AND body ->> 'boot_id' = ? AND body ->> 'monotonic_ms' = ?",
            (_SEARCHED_ROWS, DOOR_KIND, scan.participant_id, scan.boot_id, scan.monotonic_ms),
        )
        return row is not None

    def passage_of(self, scan_id: str) -> Passage | None:
        """Return what became of an admission so far; None if it is no admission of this journal."""
        admission = self._find_admission(scan_id)
        granted = None if admission is None else _granted(admission, self._passages(admission))
        return None if granted is None else granted.passage

    def taken_back(self, scan_id: str) -> bool:
        """Return True if the newest row about an admission's passage is an operator's, who took it back."""
        admission = self._find_admission(scan_id)
        passages = () if admission is None else self._passages(admission)
        settled = [passage for passage in passages if passage.outcome is not None]
        return bool(settled) and settled[-1].cause is PassageCause.OPERATOR

    def find_scan(self, scan_id: str) -> ScanRecord | None:
        """Return the scan of an id, or None."""
        admission = self._find_admission(scan_id)
        return None if admission is None else admission.record

    def unsettled(self) -> tuple[ScanRecord, ...]:
        """Return the last admissions that a sensor watched and that have no outcome, oldest first."""
        rows = self._file.rows(
            "SELECT body FROM (SELECT position, body FROM journal ORDER BY position DESC LIMIT ?) ORDER BY position",
            (_UNSETTLED_AMONG,),
        )
        waiting: dict[str, ScanRecord] = {}
        for (body,) in rows:
            record = load_record(body)
            if isinstance(record, PassageRecord):
                waiting.pop(record.scan_id or "", None)
            elif isinstance(record, ScanRecord) and first_passage(record) is Passage.GRANTED:
                waiting[record.id] = record
        return tuple(waiting.values())

    def _insert_scan(self, record: ScanRecord) -> tuple[CopiedRow, _End]:
        # Before the row: until something is written, the person's rows are as the decision has read them.
        admitted = record.participant_id if record.result.admits else None
        before = self._memory.snapshot(admitted, record.event_id) if admitted else None
        row, end, is_new = self._insert(record)
        if is_new and before is not None:
            self._memory.record(record, row.sequence, before)
            self._remember(record.id, before)
        return row, end

    def _insert(self, record: JournalRecord) -> tuple[CopiedRow, _End, bool]:
        """Insert a row, and return it, the new end and True; if it is the last row already, return that and False."""
        body = canonical_json(record)
        end = self._end()
        if end.record_id == record.id:
            return CopiedRow(end.journal_id, end.position - end.base, end.head, body), end, False
        hashed = chain_hash(end.head, body.encode())
        end = replace(end, position=end.position + 1, head=hashed, record_id=record.id)
        self._file.run(
            "INSERT INTO journal (position, record_id, boot_id, hash, body) VALUES (?, ?, ?, ?, ?)",
            (end.position, record.id, record.boot_id, bytes.fromhex(hashed), body),
        )
        return CopiedRow(end.journal_id, end.position - end.base, hashed, body), end, True

    def _copy_row(self, row: CopiedRow) -> None:
        if self._copy is not None:
            self._copy.add_row(row)

    def _remember(self, scan_id: str, before: PresenceSnapshot) -> None:
        self._snapshots[scan_id] = before
        self._snapshots.move_to_end(scan_id)
        while len(self._snapshots) > _SNAPSHOTS:
            self._snapshots.popitem(last=False)

    def _find_admission(self, scan_id: str) -> _Admission | None:
        row = self._file.row(
            "SELECT j.position, j.position - i.base, j.body FROM journal j JOIN incarnations i"
            " ON i.number = (SELECT max(number) FROM incarnations WHERE base < j.position)"
            " WHERE j.record_id = ? ORDER BY j.position DESC LIMIT 1",
            (scan_id,),
        )
        if row is None or not is_scan(row[2]):
            return None
        record = ScanRecord.model_validate_json(row[2])
        return _Admission(record, row[1], row[0], self._snapshots.get(scan_id))

    def _passages(self, admission: _Admission) -> tuple[PassageRecord, ...]:
        """Return the rows about the passage of an admission, in order."""
        rows = self._file.rows(
            "SELECT j.body FROM journal j WHERE j.position > ? AND instr(j.body, ?) > 0 ORDER BY j.position",
            (admission.position, f'"scan_id":"{admission.record.id}"'),
        )
        return tuple(PassageRecord.model_validate_json(body) for (body,) in rows)

    def _apply_outcome(
        self, admission: _Admission, passages: tuple[PassageRecord, ...], outcome: Passage, row: CopiedRow
    ) -> None:
        granted = _granted(admission, passages)
        before = granted.passage if granted is not None else None
        person = admission.record.participant_id
        if before is None or not person or before.counts == outcome.counts:
            return
        if outcome.counts:
            self._memory.restore_admission(admission.record)
        else:
            place = (row.journal_id, row.sequence)
            self._memory.annul(admission.record, admission.sequence, admission.before, place)
        self._fold_again(admission, person)

    def _fold_again(self, admission: _Admission, person: str) -> None:
        """Compute a person's presence by this station's scans of an event again, from before an admission on."""
        event_id = admission.record.event_id
        self._memory.restore(person, event_id, admission.before)
        since = admission.position if admission.before is not None else 1
        rows = self._file.rows(
            "SELECT j.position - i.base, j.body FROM journal j JOIN incarnations i"
            " ON i.number = (SELECT max(number) FROM incarnations WHERE base < j.position)"
            " WHERE j.position >= ? AND instr(j.body, ?) > 0 AND instr(j.body, ?) > 0 ORDER BY j.position",
            (since, _KIND_SCAN, f'"participant_id":"{person}"'),
        )
        annulled, known = self._memory.annulled_ids(person, event_id), set[str]()
        for sequence, body in rows:
            record = ScanRecord.model_validate_json(body)
            if record.event_id != event_id or not record.result.admits:
                continue
            if record.id in known:  # once more: copied to a later incarnation
                continue
            known.add(record.id)
            before = self._snapshots.get(record.id)
            if (
                before is not None
            ):  # what others had told by then stays: they may have told of later scans since
                before = replace(before, own=self._memory.snapshot(person, event_id).own)
                self._snapshots[record.id] = before
            if record.id not in annulled:
                self._memory.record(record, sequence, before)

    def _end(self) -> _End:
        """Return the journal's end, from memory if the file has not changed since this object's last scan."""
        if self._known_end is not None and self._known_end[0] == self._file.version():
            return self._known_end[1]
        tail = self._file.row(
            "SELECT i.journal_id, i.base, j.position, j.hash, j.record_id FROM incarnations i"
            " LEFT JOIN journal j ON j.position = (SELECT max(position) FROM journal)"
            " ORDER BY i.number DESC LIMIT 1"
        )
        if tail is None:
            raise RuntimeError("a store without an incarnation: it was not opened by open_store")
        journal_id, base, position, head, last_id = tail
        if position is None or position == base:
            return _End(journal_id, base, base, GENESIS, "")
        return _End(journal_id, base, position, head.hex(), last_id)

    def last(self) -> JournalRow | None:
        """Return the last scan of this incarnation, or None."""
        if self._known_end is not None and self._known_end[0] == self._file.version():
            return self._known_end[2]
        return next(iter(self.recent(1)), None)

    def end(self) -> tuple[str, int]:
        """Return the journal id of this incarnation, and the sequence of its last row of any kind; 0: it has none."""
        end = self._end()
        return end.journal_id, end.position - end.base

    def last_position(self) -> int:
        """Return the position of the last row on this disk, 0 if there is none. It counts through all incarnations."""
        row = self._file.row("SELECT coalesce(max(position), 0) FROM journal")
        return row[0] if row else 0

    def recent(self, limit: int = 50) -> tuple[JournalRow, ...]:
        """Return the last scans of this incarnation, newest first."""
        rows = self._file.rows(
            "SELECT i.journal_id, j.position - i.base, j.hash, j.body FROM incarnations i"
            " JOIN journal j ON j.position > i.base WHERE i.number = (SELECT max(number) FROM incarnations)"
            " AND instr(j.body, ?) > 0 ORDER BY j.position DESC LIMIT ?",
            (_KIND_SCAN, limit),
        )
        return tuple(_row(*row) for row in rows)

    def recent_of_all(self, event_id: str, limit: int = 50) -> tuple[JournalRow, ...]:
        """Return an event's last scans of all incarnations, newest first, without the copies that a new incarnation carries.

        They are looked for among the last rows of this disk.
        """
        rows = self._file.rows(
            "SELECT i.journal_id, j.position - i.base, j.hash, j.body"
            " FROM (SELECT * FROM journal WHERE position > (SELECT max(position) FROM journal) - ?"
            "  AND instr(body, ?) > 0 AND instr(body, ?) > 0 ORDER BY position DESC LIMIT ?) j JOIN incarnations i"
            " ON i.number = (SELECT max(number) FROM incarnations WHERE base < j.position)"
            " ORDER BY j.position DESC",
            (_SEARCHED_ROWS, _KIND_SCAN, _member("event_id", event_id), 2 * limit),
        )
        newest: dict[str, JournalRow] = {}
        for row in rows:
            journal_row = _row(*row)
            newest.setdefault(journal_row.record.id, journal_row)
        return tuple(newest.values())[:limit]

    def count_scans_of(self, operator_id: str, after: int) -> "OperatorCounts":
        """Count the scans that were made while an operator was signed on, in the rows after a position; each scan once.

        `taken_back`: the admissions that were taken back in these rows, by whomever.
        """
        rows = self._file.rows(
            "SELECT body ->> 'result', body ->> 'reason', count(DISTINCT record_id) FROM journal"
            " WHERE position > ? AND body ->> '$.operator.id' = ? AND body ->> 'kind' = 'scan' GROUP BY 1, 2",
            (after, operator_id),
        )
        taken_back = self._file.row(
            "SELECT count(DISTINCT body ->> 'scan_id') FROM journal"
            " WHERE position > ? AND body ->> 'kind' = ? AND body ->> 'cause' = ?",
            (after, PASSAGE_KIND, PassageCause.OPERATOR.value),
        )
        scans = {(ScanResult(result), ReasonCode(reason)): count for result, reason, count in rows}
        return OperatorCounts(scans, taken_back[0] if taken_back else 0)

    def scans_of(self, participant_id: str, event_id: str, limit: int) -> tuple[JournalRow, ...]:
        """Return a person's last scans at an event among the last rows of this disk, newest first; a carried row once."""
        rows = self._file.rows(
            "SELECT i.journal_id, j.position - i.base, j.hash, j.body"
            " FROM (SELECT * FROM journal ORDER BY position DESC LIMIT ?) j JOIN incarnations i"
            " ON i.number = (SELECT max(number) FROM incarnations WHERE base < j.position)"
            " WHERE instr(j.body, ?) AND instr(j.body, ?) ORDER BY j.position DESC LIMIT ?",
            (
                _SEARCHED_ROWS,
                _member("participant_id", participant_id),
                _member("event_id", event_id),
                2 * limit,
            ),
        )
        scans = {row[3]: _row(*row) for row in rows if is_scan(row[3])}
        return tuple(scans.values())[:limit]

    def backlog(self) -> Backlog:
        """Count the rows that are not acknowledged, those set aside, and those quarantined."""
        counts = self._file.row(
            "SELECT (SELECT coalesce(sum(max(0, last - acknowledged)), 0) FROM sendable_incarnations),"
            " (SELECT count(DISTINCT record_id) FROM set_aside JOIN journal USING (position)),"
            " (SELECT count(DISTINCT record_id) FROM quarantined JOIN journal USING (position))"
        )
        return Backlog(*(counts or (0, 0, 0)))

    def has_unsent(self, event_id: str) -> bool:
        """Return True if the hub has not acknowledged each row of an event."""
        row = self._file.row(
            "SELECT 1 FROM sendable_incarnations i JOIN journal j"
            " ON j.position > i.base + i.acknowledged AND j.position <= i.base + i.last"
            " WHERE body ->> 'event_id' = ? LIMIT 1",
            (event_id,),
        )
        return row is not None

    def people_since(self, as_of: datetime | None, event_id: str) -> dict[str, int]:
        """Return whom this incarnation admitted at an event in scans that a roster of `as_of` may lack, with each last sequence.

        These are the scans that the hub has not acknowledged, and those of the minute before the roster and after it.
        """
        since_ms = 0 if as_of is None else epoch_ms(as_of) - _OVERLAP_MS
        rows = self._file.rows(
            "SELECT body ->> 'participant_id', max(j.position - i.base) FROM incarnations i"
            " JOIN journal j ON j.position > i.base"
            " WHERE i.number = (SELECT max(number) FROM incarnations)"
            " AND (j.position > i.base + i.acknowledged"
            "  OR (j.position > i.base + i.acknowledged - ?"
            "   AND (body ->> 'scanned_at_ms') + coalesce(body ->> 'clock_offset_ms', 0) >= ?))"
            " AND body ->> 'result' IN ('VALID', 'MANUAL_OVERRIDE') AND body ->> 'participant_id' <> ''"
            " AND body ->> 'event_id' = ? GROUP BY 1",
            (_PAGE, since_ms, event_id),
        )
        annulled = self._file.rows(
            "SELECT participant_id, max(passage_sequence) FROM annulled_scans WHERE event_id = ? AND passage_sequence >"
            " (SELECT acknowledged FROM incarnations ORDER BY number DESC LIMIT 1) GROUP BY 1",
            (event_id,),
        )
        people: dict[str, int] = dict(rows)
        for person, sequence in annulled:
            people[person] = max(sequence, people.get(person, 0))
        return people

    def rows(self) -> Iterator[JournalRow]:
        """Yield every scan of every incarnation in order."""
        return (row for row in self.all_rows() if isinstance(row, JournalRow))

    def all_rows(self) -> Iterator[JournalRow | PassageRow | QueueActionRow | DoorRow]:
        """Yield every row of every incarnation in order, for export."""
        for journal_id, base, end in self._incarnations():
            for position, digest, body in self._between(base, end):
                if is_passage(body):
                    passage = PassageRecord.model_validate_json(body)
                    yield PassageRow(journal_id, position - base, digest.hex(), passage)
                elif is_queue(body):
                    action = QueueRecord.model_validate_json(body)
                    yield QueueActionRow(journal_id, position - base, digest.hex(), action)
                elif is_door(body):
                    seated = DoorRecord.model_validate_json(body)
                    yield DoorRow(journal_id, position - base, digest.hex(), seated)
                else:
                    yield _row(journal_id, position - base, digest, body)

    def raw_rows(self) -> Iterator[tuple[str, int, str, str]]:
        """Yield journal id, sequence, hash and body of every row in order, as they are on disk, whatever they say."""
        for journal_id, base, end in self._incarnations():
            for position, digest, body in self._between(base, end):
                yield journal_id, position - base, digest.hex(), body

    def verify(self) -> str | None:
        """Verify every chain from its start. Return a sentence about the first error, or None."""
        for _, base, end in self._incarnations():
            stored = (
                (position - base, body.encode(), digest.hex())
                for position, digest, body in self._between(base, end)
            )
            error = find_break(GENESIS, stored)
            if error is not None:
                return error
        return None

    def _incarnations(self) -> list[tuple[str, int, int]]:
        incarnations = self._file.rows("SELECT journal_id, base FROM incarnations ORDER BY number")
        ends = [base for _, base in incarnations[1:]] + [2**62]
        return [(journal_id, base, end) for (journal_id, base), end in zip(incarnations, ends, strict=True)]

    def _between(self, start: int, end: int) -> Iterator[tuple[int, bytes, str]]:
        while True:
            page = self._file.rows(
                "SELECT position, hash, body FROM journal WHERE position > ? AND position <= ?"
                " ORDER BY position LIMIT ?",
                (start, end, _PAGE),
            )
            yield from page
            if len(page) < _PAGE:
                return
            start = page[-1][0]


def _member(name: str, value: str) -> str:
    """Return a member as it stands in the canonical JSON of a row."""
    return f'"{name}":{orjson.dumps(value).decode()}'


def _row(journal_id: str, sequence: int, digest: bytes, body: str) -> JournalRow:
    return JournalRow(journal_id, sequence, digest.hex(), ScanRecord.model_validate_json(body))


def _granted(admission: _Admission | None, passages: tuple[PassageRecord, ...]) -> GrantedScan | None:
    """Return an admission as the rules take it, after the rows about its passage."""
    if admission is None:
        return None
    record = admission.record
    granted = GrantedScan(record.device_id, first_passage(record), record.boot_id, record.monotonic_ms)
    for passage in passages:
        if passage.outcome is not None and granted.passage is not None:
            granted = replace(granted, passage=passage.outcome)
    return granted
