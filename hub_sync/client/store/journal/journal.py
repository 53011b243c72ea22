"""The journal: every scan that this station decided, in order, for ever. Its unsent rows are the outbox.

A row's `body` is the canonical JSON of its ScanRecord. Its hash covers the body and the previous row, so that a removed,
changed or added row is detected. The gate's thread appends; the sync thread uses `outbox`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import orjson

from hub_sync.client.store.disk.encrypted_file import EncryptedFile
from hub_sync.client.store.journal.journal_copy import CopiedRow, JournalCopy
from hub_sync.client.store.journal.presence import PresenceRegister
from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.sync import ScanRecord
from hub_sync.rules.journal_chain import GENESIS, chain_hash, find_break

CANONICAL = orjson.OPT_SORT_KEYS
_PAGE = 1000
_OVERLAP_MS = 60_000
"""The difference between the clocks of a station and its hub that makes no scan be overlooked."""


@dataclass(frozen=True, slots=True)
class JournalRow:
    """A row on disk. `sequence` counts from 1 in the incarnation `journal_id`."""

    journal_id: str
    sequence: int
    hash: str
    record: ScanRecord


@dataclass(frozen=True, slots=True)
class Backlog:
    """Counts of rows: not acknowledged by the hub, set aside because the hub failed on them, quarantined by the hub."""

    rows: int
    set_aside: int
    quarantined: int


def canonical_json(record: ScanRecord) -> str:
    """Return the JSON that is hashed: sorted members, no white space, UTF-8."""
    return orjson.dumps(record.model_dump(mode="json"), option=CANONICAL).decode()


class ScanJournal:
    """Append-only log of scans. Triggers refuse to change or delete a row."""

    def __init__(
        self, file: EncryptedFile, memory: PresenceRegister, journal_copy: JournalCopy | None = None
    ) -> None:
        """Create the journal. Rows are written to `journal_copy` too, after their commit."""
        self._file, self._memory, self._copy = file, memory, journal_copy

    def append(self, record: ScanRecord) -> JournalRow:
        """Commit one scan, and the person's presence if it admits. The row is durable on return.

        A second call with the last record changes nothing and returns its row, because after a failure it is unknown if the
        commit reached the disk.

        Raises:
            StoreError: Nothing was written. The gate must stay closed.
        """
        body = canonical_json(record)
        with self._file.transaction():
            journal_id, base, position, head, last_id = self._tail()
            if last_id == record.id:
                return JournalRow(journal_id, position - base, head, record)
            hashed = chain_hash(head, body.encode())
            sequence = position + 1 - base
            self._file.run(
                "INSERT INTO journal (position, record_id, boot_id, hash, body) VALUES (?, ?, ?, ?, ?)",
                (position + 1, record.id, record.boot_id, bytes.fromhex(hashed), body),
            )
            if record.result.admits and record.participant_id:
                self._memory.record(record, sequence)
        if self._copy is not None:
            self._copy.add_row(CopiedRow(journal_id, sequence, hashed, body))
        return JournalRow(journal_id, sequence, hashed, record)

    def _tail(self) -> tuple[str, int, int, str, str]:
        tail = self._file.row(
            "SELECT i.journal_id, i.base, j.position, j.hash, j.record_id FROM incarnations i"
            " LEFT JOIN journal j ON j.position = (SELECT max(position) FROM journal)"
            " ORDER BY i.number DESC LIMIT 1"
        )
        if tail is None:
            raise RuntimeError("a store without an incarnation: it was not opened by open_store")
        journal_id, base, position, head, last_id = tail
        if position is None or position == base:
            return journal_id, base, base, GENESIS, ""
        return journal_id, base, position, head.hex(), last_id

    def last(self) -> JournalRow | None:
        """Return the last row of this incarnation, or None."""
        return next(iter(self.recent(1)), None)

    def recent(self, limit: int = 50) -> tuple[JournalRow, ...]:
        """Return the last rows of this incarnation, newest first."""
        rows = self._file.rows(
            "SELECT i.journal_id, j.position - i.base, j.hash, j.body FROM incarnations i"
            " JOIN journal j ON j.position > i.base WHERE i.number = (SELECT max(number) FROM incarnations)"
            " ORDER BY j.position DESC LIMIT ?",
            (limit,),
        )
        return tuple(_row(*row) for row in rows)

    def recent_of_all(self, limit: int = 50) -> tuple[JournalRow, ...]:
        """Return the last rows of all incarnations, newest first, without the copies that a new incarnation carries."""
        rows = self._file.rows(
            "SELECT i.journal_id, j.position - i.base, j.hash, j.body"
            " FROM (SELECT * FROM journal ORDER BY position DESC LIMIT ?) j JOIN incarnations i"
            " ON i.number = (SELECT max(number) FROM incarnations WHERE base < j.position)"
            " ORDER BY j.position DESC",
            (2 * limit,),
        )
        newest: dict[str, JournalRow] = {}
        for row in rows:
            journal_row = _row(*row)
            newest.setdefault(journal_row.record.id, journal_row)
        return tuple(newest.values())[:limit]

    def backlog(self) -> Backlog:
        """Count the rows that are not acknowledged, those set aside, and those quarantined."""
        counts = self._file.row(
            "SELECT (SELECT coalesce(sum(max(0, last - acknowledged)), 0) FROM sendable_incarnations),"
            " (SELECT count(DISTINCT record_id) FROM set_aside JOIN journal USING (position)),"
            " (SELECT count(DISTINCT record_id) FROM quarantined JOIN journal USING (position))"
        )
        return Backlog(*(counts or (0, 0, 0)))

    def people_since(self, as_of: datetime | None) -> dict[str, int]:
        """Return whom this incarnation admitted in scans that a roster of `as_of` may lack, with each last sequence.

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
            " GROUP BY 1",
            (_PAGE, since_ms),
        )
        return dict(rows)

    def rows(self) -> Iterator[JournalRow]:
        """Yield every row of every incarnation in order, for export and verification."""
        for journal_id, base, end in self._incarnations():
            for position, digest, body in self._between(base, end):
                yield _row(journal_id, position - base, digest, body)

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


def _row(journal_id: str, sequence: int, digest: bytes, body: str) -> JournalRow:
    return JournalRow(journal_id, sequence, digest.hex(), ScanRecord.model_validate_json(body))
