"""Write a new store file from everything that could be read.

A journal without a gap goes on under its id. A journal with a gap ends before it; the rows after it that the hub has not
acknowledged are the first rows of a new incarnation, so that numbers have no gap and the hub's check of the chain holds.
What the hub lacks of the rows before the gap is still sent under the old id.
"""

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hub_sync.client.store.disk.atomic_files import fsync_file, remove_database_files, rename_durably
from hub_sync.client.store.disk.encrypted_file import EncryptedFile
from hub_sync.client.store.disk.errors import KNOWN_FAULTS
from hub_sync.client.store.journal.journal_copy import CopiedRow
from hub_sync.client.store.journal.presence import upsert_last_scan
from hub_sync.client.store.journal.seals import insert_seal
from hub_sync.client.store.migrations import migrate
from hub_sync.client.store.queue.actions import ActionSource, QueueActions
from hub_sync.client.store.recovery.contents import SavedIncarnation, StoreContents
from hub_sync.client.store.station.door import insert_fill
from hub_sync.client.store.station.ticket_keys import INSERT_KEY, complete_key_rows
from hub_sync.contract.door import DoorRecord
from hub_sync.contract.enums import Direction, Passage
from hub_sync.contract.passage import PassageRecord, load_record
from hub_sync.contract.queue import QueueRecord
from hub_sync.contract.sync import ScanRecord
from hub_sync.rules.journal_chain import GENESIS, chain_hash

_PUT_ROW = "INSERT INTO journal (position, record_id, boot_id, hash, body) VALUES (?, ?, ?, ?, ?)"


@dataclass
class JournalPlan:
    """What becomes of the journal: the whole prefix of each incarnation, the rows after gaps, the gaps."""

    prefixes: dict[str, list[CopiedRow]] = field(default_factory=dict)
    strays: list[CopiedRow] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    """Sequences of rows that can't be read and that the hub has not acknowledged."""


def plan_journal(contents: StoreContents) -> JournalPlan:
    """Verify the chains and decide which rows go where."""
    plan = JournalPlan()
    incarnations = contents.in_order()
    first = max((entry.number for entry in incarnations if entry.starts_enrolment), default=0)
    for incarnation in incarnations:
        prefix = _whole_prefix(incarnation)
        plan.prefixes[incarnation.journal_id] = prefix
        if incarnation.number < first:
            continue  # of another enrolment: its rows are sent to nobody
        end = len(prefix)
        for sequence in range(end + 1, incarnation.last + 1):
            row = incarnation.rows.get(sequence)
            if sequence <= incarnation.at_hub:
                continue  # the hub has it
            if row is None or not _follows(incarnation, row):
                plan.missing.append(sequence)
            else:
                plan.strays.append(row)
    placed = {_record_id(row) for rows in plan.prefixes.values() for row in rows}
    strays = {_record_id(row): row for row in [*plan.strays, *contents.conflicting]}
    plan.strays = [row for id_, row in strays.items() if id_ not in placed]
    return plan


def _whole_prefix(incarnation: SavedIncarnation) -> list[CopiedRow]:
    head = GENESIS
    prefix: list[CopiedRow] = []
    while (row := incarnation.rows.get(len(prefix) + 1)) is not None:
        if chain_hash(head, row.body.encode()) != row.hash:
            break
        prefix.append(row)
        head = row.hash
    return prefix


def _follows(incarnation: SavedIncarnation, row: CopiedRow) -> bool:
    """Return True if a row's hash follows from the row before it, or if that row can't be read."""
    before = incarnation.rows.get(row.sequence - 1)
    return before is None or chain_hash(before.hash, row.body.encode()) == row.hash


def _record_id(row: CopiedRow) -> str:
    return load_record(row.body).id


@dataclass(frozen=True, slots=True)
class NewIncarnation:
    """The incarnation to start in the rebuilt store."""

    journal_id: str
    at_ms: int
    why: str


def write_store(
    path: Path, key: bytes, contents: StoreContents, plan: JournalPlan, new: NewIncarnation | None
) -> None:
    """Write a store file durably, completely or not at all.

    Raises:
        StoreError: A known fault. There is no file at `path`.
    """
    temporary = path.with_name(f".{path.name}.part")
    with KNOWN_FAULTS:
        remove_database_files(temporary)
    try:
        file = EncryptedFile(temporary, key, synchronous="OFF", journal="MEMORY")
        try:
            with KNOWN_FAULTS:
                migrate(file.database())
            with file.transaction():
                _write_journal(file, contents, plan, is_closed=new is not None)
                _write_tables(file, contents)
                if new is not None:
                    _write_new_incarnation(file, new, plan.strays)
        finally:
            file.close()
        with KNOWN_FAULTS:
            fsync_file(temporary)
            rename_durably(temporary, path)
    finally:
        with KNOWN_FAULTS:
            remove_database_files(temporary)


def _write_journal(
    file: EncryptedFile, contents: StoreContents, plan: JournalPlan, *, is_closed: bool
) -> None:
    base, incarnations = 0, contents.in_order()
    later_ids = _ids_of_later_incarnations(plan, incarnations)
    for number, incarnation in enumerate(incarnations, start=1):
        rows = plan.prefixes[incarnation.journal_id]
        acknowledged = min(incarnation.acknowledged or 0, len(rows))
        send_until = None
        if is_closed or number < len(incarnations):
            send_until = _send_until(incarnation, rows, later_ids[incarnation.journal_id])
        file.run(
            "INSERT INTO incarnations (number, journal_id, base, acknowledged, head, started_at_ms, why, send_until,"
            " starts_enrolment) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number,
                incarnation.journal_id,
                base,
                acknowledged,
                bytes.fromhex(rows[acknowledged - 1].hash) if acknowledged else b"",
                incarnation.started_at_ms,
                incarnation.why,
                send_until,
                int(incarnation.starts_enrolment),
            ),
        )
        for row in rows:
            _put_row(file, base + row.sequence, row.hash, row.body)
            place = (row.journal_id, row.sequence)
            if place in contents.set_aside:
                file.run(
                    "INSERT INTO set_aside VALUES (?, ?, ?)",
                    (base + row.sequence, *contents.set_aside[place]),
                )
            if place in contents.quarantined:
                file.run("INSERT INTO quarantined VALUES (?)", (base + row.sequence,))
        base += len(rows)


def _ids_of_later_incarnations(
    plan: JournalPlan, incarnations: list[SavedIncarnation]
) -> dict[str, set[str]]:
    later: set[str] = set()
    result: dict[str, set[str]] = {}
    for incarnation in reversed(incarnations):
        result[incarnation.journal_id] = set(later)
        later |= {_record_id(row) for row in plan.prefixes[incarnation.journal_id]}
    return result


def _send_until(incarnation: SavedIncarnation, rows: list[CopiedRow], later_ids: set[str]) -> int:
    """Return the last sequence to send under a closed incarnation's id: rows that were copied to a later one are not."""
    if incarnation.send_until is not None:
        return min(incarnation.send_until, len(rows))
    return next((row.sequence - 1 for row in rows if _record_id(row) in later_ids), len(rows))


def _write_new_incarnation(file: EncryptedFile, new: NewIncarnation, strays: Iterable[CopiedRow]) -> None:
    """Start an incarnation with rows of earlier ones, chained anew."""
    number = file.row("SELECT coalesce(max(number), 0) + 1 FROM incarnations") or (1,)
    end = file.row("SELECT coalesce(max(position), 0) FROM journal") or (0,)
    file.run(
        "INSERT INTO incarnations (number, journal_id, base, started_at_ms, why) VALUES (?, ?, ?, ?, ?)",
        (*number, new.journal_id, *end, new.at_ms, new.why),
    )
    head = GENESIS
    for position, row in enumerate(strays, start=end[0] + 1):
        head = chain_hash(head, row.body.encode())
        _put_row(file, position, head, row.body)


def _put_row(file: EncryptedFile, position: int, digest: str, body: str) -> None:
    record = load_record(body)
    file.run(_PUT_ROW, (position, record.id, record.boot_id, bytes.fromhex(digest), body))


def _write_tables(file: EncryptedFile, contents: StoreContents) -> None:
    file.run_many("INSERT INTO settings VALUES (?, ?)", list(contents.settings.items()))
    file.run_many(INSERT_KEY, complete_key_rows(contents.keys or []))
    boots = contents.tables.get("boots", {})
    for values in boots.values():
        _insert(file, "boots", values)
    for key, values in contents.tables.get("clock_corrections", {}).items():
        if key in boots:
            _insert(file, "clock_corrections", values)
    for (position,), values in sorted(contents.tables.get("seals", {}).items()):
        insert_seal(file, position, values["statement"], values["signature"])
    for table in ("seal_anchors", "peer_seals"):
        for values in contents.tables.get(table, {}).values():
            _insert(file, table, values)
    _write_memory(file, contents)
    _write_queue(file, contents)
    _write_door(file, contents)


def _write_door(file: EncryptedFile, contents: StoreContents) -> None:
    """Write what was given at the door; the hub is asked for the seats again."""
    for incarnation in contents.in_order():
        for _, row in sorted(incarnation.rows.items()):
            if isinstance(record := load_record(row.body), DoorRecord):
                insert_fill(file, record, [])


def _write_queue(file: EncryptedFile, contents: StoreContents) -> None:
    """Write what is known of queues; the hub is asked for all of it again. Blocks of numbers are given up."""
    for values in contents.tables.get("queue_state", {}).values():
        _insert(file, "queue_state", values | {"is_complete": 0})
    for table in ("queue_rows", "queue_lost_calls"):
        for values in contents.tables.get(table, {}).values():
            _insert(file, table, values)
    for values in sorted(contents.tables.get("queue_actions", {}).values(), key=lambda row: row["seq"]):
        _insert(file, "queue_actions", {name: value for name, value in values.items() if name != "seq"})
    actions = QueueActions(file)
    for incarnation in contents.in_order():
        for _, row in sorted(incarnation.rows.items()):
            if isinstance(record := load_record(row.body), QueueRecord):
                actions.add(record.action, ActionSource.OWN)
    actions.fold_all()


def _insert(file: EncryptedFile, table: str, values: dict[str, Any]) -> None:
    """Insert a row by the names of its columns; an older file has fewer."""
    known = {row[1] for row in file.rows(f"PRAGMA table_info({table})")}
    names = [name for name in values if name in known]
    places = ", ".join("?" * len(names))
    sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places}) ON CONFLICT DO NOTHING"  # noqa: S608
    file.run(sql, [values[name] for name in names])


def _write_memory(file: EncryptedFile, contents: StoreContents) -> None:
    """Write the presence register: from the journal's rows, and from the register where the journal knows less.

    A register may be older than the journal's rows: it may count admissions that were given back since.
    """
    outcomes, known = _last_outcomes(contents), set[str]()
    annulled_entries: Counter[tuple[str, str, str]] = Counter()
    annulled_places: set[tuple[str, int]] = set()
    for incarnation in contents.in_order():
        file.run("UPDATE memory SET entry_sequences = '[]'")  # as a new incarnation does
        for sequence, row in sorted(incarnation.rows.items()):
            record = load_record(row.body)
            if not isinstance(record, ScanRecord) or not record.result.admits or not record.participant_id:
                continue
            is_first = record.id not in known
            known.add(record.id)
            if outcomes.get(record.id) is Passage.NO_PASSAGE:
                annulled_places.add((record.device_id, sequence))
                is_entry = record.direction is Direction.ENTRY
                place = (record.event_id, record.zone or "", record.participant_id)
                annulled_entries[place] += is_entry and is_first
            elif is_first:
                upsert_last_scan(file, record, sequence)
    _add_registers(file, contents, annulled_places, annulled_entries)
    for values in contents.tables.get("annulled_scans", {}).values():
        if outcomes.get(values["scan_id"], Passage.NO_PASSAGE) is Passage.NO_PASSAGE:
            _insert(file, "annulled_scans", values)


def _add_registers(
    file: EncryptedFile,
    contents: StoreContents,
    annulled_places: Container[tuple[str, int]],
    annulled_entries: Mapping[tuple[str, str, str], int],
) -> None:
    """Add what registers have beyond the journal's rows, without admissions that were given back since."""
    for place, values in contents.tables.get("memory", {}).items():
        if (values["device_id"], values["sequence"]) not in annulled_places:
            _insert(file, "memory", values | {"entry_sequences": "[]"})
        entries = values["entries"] - annulled_entries.get(place, 0)
        file.run(
            "UPDATE memory SET entries = max(entries, ?), after_ms = max(after_ms, ?)"
            " WHERE event_id = ? AND zone = ? AND participant_id = ?",
            (entries, values["after_ms"], *place),
        )
    for values in contents.tables.get("zones_left", {}).values():
        if (values["device_id"], values["sequence"]) not in annulled_places:
            _insert(file, "zones_left", values)


def _last_outcomes(contents: StoreContents) -> dict[str, Passage | None]:
    """Return what became of admissions by the last row about each, by their ids."""
    return {
        record.scan_id: record.outcome
        for incarnation in contents.in_order()
        for _, row in sorted(incarnation.rows.items())
        if isinstance(record := load_record(row.body), PassageRecord) and record.scan_id is not None
    }
