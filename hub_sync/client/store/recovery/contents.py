"""The contents of a store, read from every file that still has some of them: the store, its copy, its backups."""

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import orjson
import sqlcipher3.dbapi2 as sqlcipher

from hub_sync.client.store.disk.encrypted_file import EncryptedFile, Row
from hub_sync.client.store.disk.errors import StoreError, StoreFault
from hub_sync.client.store.journal.journal_copy import CopiedRow, CopyContents
from hub_sync.client.store.recovery.page_salvage import SalvagedRow, salvage_journal
from hub_sync.client.store.station.settings import ENROLMENT
from hub_sync.client.store.station.ticket_keys import complete_key_rows

_Result = TypeVar("_Result")
KEYED_TABLES = {
    "boots": ("boot_id",),
    "clock_corrections": ("boot_id",),
    "memory": ("event_id", "zone", "participant_id"),
    "zones_left": ("event_id", "participant_id"),
    "annulled_scans": ("event_id", "participant_id", "scan_id"),
    "seals": ("position",),
    "seal_anchors": ("hash", "witness"),
    "peer_seals": ("device_id", "chain", "number", "hash"),
    "queue_state": ("event_id",),
    "queue_rows": ("event_id", "kind", "id"),
    "queue_actions": ("id",),
    "queue_lost_calls": ("id",),
}
"""Tables that are taken row by row, with their keys, in the order of their references."""
_SET_ASIDE = """
    SELECT i.journal_id, s.position - i.base, s.why, s.at_ms FROM set_aside s
    JOIN incarnations i ON i.number = (SELECT max(number) FROM incarnations WHERE base < s.position)"""
_QUARANTINED = """
    SELECT i.journal_id, q.position - i.base FROM quarantined q
    JOIN incarnations i ON i.number = (SELECT max(number) FROM incarnations WHERE base < q.position)"""


@dataclass
class SavedIncarnation:
    """An incarnation of the journal, with those of its rows that could be read, by sequence."""

    number: int
    journal_id: str
    base: int
    started_at_ms: int
    why: str
    starts_enrolment: bool = False
    acknowledged: int | None = None
    """None: unknown, as in the journal's copy."""
    send_until: int | None = None
    dropped: int = 0
    """The last sequence that the copy does without, because the hub and a backup have it."""
    rows: dict[int, CopiedRow] = field(default_factory=dict)

    @property
    def last(self) -> int:
        """The highest sequence that is known to have existed."""
        return max([self.at_hub, self.send_until or 0, *self.rows])

    @property
    def at_hub(self) -> int:
        """The highest sequence that the hub is known to have acknowledged."""
        return max(self.acknowledged or 0, self.dropped)


@dataclass
class StoreContents:
    """Everything that could be read from one or more files. Keys None: they could not be read."""

    incarnations: dict[str, SavedIncarnation] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    keys: list[Row] | None = None
    tables: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = field(default_factory=dict)
    """Rows of KEYED_TABLES by table and key, each by the names of its columns: files may have different columns."""
    set_aside: dict[tuple[str, int], Row] = field(default_factory=dict)
    quarantined: set[tuple[str, int]] = field(default_factory=set)
    conflicting: list[CopiedRow] = field(default_factory=list)
    """Rows of a number under which another file has another scan, as after an earlier image of the disk."""

    @property
    def row_count(self) -> int:
        """The number of journal rows."""
        return sum(len(incarnation.rows) for incarnation in self.incarnations.values())

    def in_order(self) -> list[SavedIncarnation]:
        """Return the incarnations, oldest first."""
        return sorted(self.incarnations.values(), key=lambda incarnation: incarnation.number)


def from_copy(copied: CopyContents) -> StoreContents:
    """Return the contents of the journal's copy. An incarnation whose start can't be read is taken as a later one."""
    contents = StoreContents(settings=dict(copied.settings), keys=copied.keys)
    for entry in copied.incarnations.values():
        contents.incarnations[entry.journal_id] = SavedIncarnation(
            entry.number, entry.journal_id, entry.base, entry.started_at_ms, entry.why, entry.starts_enrolment
        )
    contents.tables["seals"] = {(seal.position,): asdict(seal) for seal in copied.seals.values()}
    for journal_id, last in copied.dropped.items():
        if journal_id in contents.incarnations:
            contents.incarnations[journal_id].dropped = last
    for row in copied.rows.values():
        incarnation = contents.incarnations.get(row.journal_id)
        if incarnation is None:
            number = max((known.number for known in contents.incarnations.values()), default=0) + 1
            incarnation = SavedIncarnation(number, row.journal_id, -1, 0, "its start could not be read")
            contents.incarnations[row.journal_id] = incarnation
        incarnation.rows[row.sequence] = row
    return contents


def read_store(
    path: Path, key: bytes, known: Iterable[SavedIncarnation] = (), enrolment: str | None = None
) -> StoreContents:
    """Read everything that can be read from a store's file, which may be damaged.

    `known`: incarnations that other files have, for rows whose own incarnation can't be read here. `enrolment`: the setting as
    other files have it, for a file from before stations served several events whose own can't be read.

    Raises:
        StoreError: The disk failed.
    """
    contents = StoreContents()
    tables = _Tables(path, key)
    for values in tables.dicts("SELECT * FROM incarnations ORDER BY number"):
        contents.incarnations[values["journal_id"]] = SavedIncarnation(
            number=values["number"],
            journal_id=values["journal_id"],
            base=values["base"],
            started_at_ms=values["started_at_ms"],
            why=values["why"],
            starts_enrolment=bool(values.get("starts_enrolment")),
            acknowledged=values["acknowledged"],
            send_until=values.get("send_until"),
        )
    ends = {**{entry.journal_id: entry for entry in known if entry.base >= 0}, **contents.incarnations}
    by_base = sorted(ends.values(), key=lambda entry: (entry.base, entry.number))
    for row in _journal_rows(path, key):
        owner = next((entry for entry in reversed(by_base) if entry.base < row.position), None)
        if owner is None:
            continue
        incarnation = contents.incarnations.setdefault(owner.journal_id, _without_rows(owner))
        sequence = row.position - incarnation.base
        incarnation.rows[sequence] = CopiedRow(incarnation.journal_id, sequence, row.hash, row.body)
    contents.settings = dict(tables.rows("SELECT name, value FROM settings"))
    keys = tables.rows_or_none("SELECT * FROM qr_keys")
    contents.keys = None if keys is None else complete_key_rows(keys)
    event_id = _event_of(contents.settings.get(ENROLMENT, enrolment))
    for table, key_columns in KEYED_TABLES.items():
        rows = tables.dicts(f"SELECT * FROM {table}")  # noqa: S608  own table names
        if "event_id" in key_columns:
            rows = [{"event_id": event_id} | row for row in rows]
        contents.tables[table] = {tuple(row[column] for column in key_columns): row for row in rows}
    contents.set_aside = {(row[0], row[1]): (row[2], row[3]) for row in tables.rows(_SET_ASIDE)}
    contents.quarantined = {(row[0], row[1]) for row in tables.rows(_QUARANTINED)}
    return contents


def _event_of(enrolment: str | None) -> str:
    """Return the event of a station by its enrolment's setting; "" if it has none."""
    return "" if enrolment is None else str(orjson.loads(enrolment).get("event_id") or "")


def _without_rows(incarnation: SavedIncarnation) -> SavedIncarnation:
    return SavedIncarnation(
        incarnation.number,
        incarnation.journal_id,
        incarnation.base,
        incarnation.started_at_ms,
        incarnation.why,
        incarnation.starts_enrolment,
    )


def merge(into: StoreContents, other: StoreContents) -> None:
    """Add what a newer file has. It wins where both have something; no scan is dropped."""
    for journal_id, theirs in other.incarnations.items():
        ours = into.incarnations.setdefault(journal_id, _without_rows(theirs))
        into.conflicting += [
            row
            for sequence, row in ours.rows.items()
            if sequence in theirs.rows and theirs.rows[sequence].hash != row.hash
        ]
        ours.rows = {**ours.rows, **theirs.rows}
        ours.acknowledged = ours.acknowledged if theirs.acknowledged is None else theirs.acknowledged
        ours.starts_enrolment = ours.starts_enrolment or theirs.starts_enrolment
        ours.dropped = max(ours.dropped, theirs.dropped)
        ours.send_until = ours.send_until if theirs.send_until is None else theirs.send_until
        if ours.base < 0 <= theirs.base:
            ours.number, ours.base = theirs.number, theirs.base
    into.settings = {**into.settings, **other.settings}
    into.keys = into.keys if other.keys is None else other.keys
    for table, rows in other.tables.items():
        into.tables[table] = {**into.tables.get(table, {}), **rows}
    into.set_aside = {**into.set_aside, **other.set_aside}
    into.quarantined = into.quarantined | other.quarantined


def _journal_rows(path: Path, key: bytes) -> Iterable[SalvagedRow]:
    tables = _Tables(path, key)
    rows = tables.rows_or_none("SELECT position, hash, body FROM journal ORDER BY position")
    if rows is not None:
        return [SalvagedRow(position, digest.hex(), body) for position, digest, body in rows]
    return sorted(salvage_journal(path, key).values(), key=lambda row: row.position)


class _Tables:
    """Tables of a file that may be damaged. A connection that met a damaged page is not used again."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path, self._key = path, key

    def rows(self, sql: str) -> list[Row]:
        return self.rows_or_none(sql) or []

    def rows_or_none(self, sql: str) -> list[Row] | None:
        return self._query(lambda file: file.rows(sql))

    def dicts(self, sql: str) -> list[dict[str, Any]]:
        return self._query(lambda file: file.dicts(sql)) or []

    def _query(self, query: Callable[[EncryptedFile], _Result]) -> _Result | None:
        """Return the result of a query, or None if a page that it needs is damaged or the table is not there."""
        if not self._path.exists():
            return None
        try:
            with contextlib.closing(EncryptedFile(self._path, self._key, journal="")) as file:
                return query(file)
        except StoreError as failure:
            if failure.fault in (StoreFault.CORRUPT, StoreFault.IO):
                return None
            raise
        except sqlcipher.OperationalError:
            return None
