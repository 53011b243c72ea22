"""The presence register: where each person was last, by this station's own scans, the hub's, and those of its neighbours.

Everything is kept by event: a station may serve several, whose zones have the same names and whose people the same ids.

There are four sources: this station's own scans (kept for ever, also after their upload), the hub's presence rows of
all stations, what other stations of the local network told (`peer_presence`) until the hub's rows cover it, and the hub's
merges of participants. In each zone the newest entry by `(time, device, sequence)` wins. Times
of own rows are corrected by their boot's anchor if there is one. A row was written after the hub's rows that were known
by then, so its time is never before theirs: a slow clock can't make the gate forget an entry. Of the own rows the last
written one counts, whatever its time. And it was written before the next boot began: where a clock stood in the future, and
its boot's time was never measured, the row has the time of that beginning at the latest.

An admission that was given back (nobody passed) is as if it had never been: `annul` notes it, and the journal computes the own
rows again. The hub may have counted it before it hears of that. So its row of such a scan is replaced by the one that was
known before the admission, until the hub's rows include the row that gave it back (`rules.presence.without_given_back`). Other
stations of the local network tell what they have given back; each may take back its own scans only.

Entries add up: the hub's number, and those entries of this station and its neighbours that the hub's number does not include yet, by
the numbers of their rows.

With some scans a person leaves every other zone (`rules.occupancy`). Such a scan is written into the own rows of the
other zones, and once more for the zones that have no own row (`zones_left`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from functools import cache
from typing import Any

import orjson

from hub_sync.client.store.disk.encrypted_file import EncryptedFile, Row
from hub_sync.client.store.roster.roster import Roster
from hub_sync.contract.enums import Direction
from hub_sync.contract.lan import MAX_ENTRY_SEQUENCES
from hub_sync.contract.sync import ScanRecord
from hub_sync.rules.admission import Presence
from hub_sync.rules.presence import (
    GivenBackScan,
    IncludedRows,
    JournalReach,
    PresenceEntry,
    merge_presence,
    with_total_entries,
    without_given_back,
    zones_inside,
)
from hub_sync.rules.times.exit_all import ExitAll

_CLOCKS = ("scanned_at_ms", "monotonic_ms", "boot_id", "offset_ms", "after_ms")
_UPSERT_LAST_SCAN = f"""
    INSERT INTO memory (event_id, zone, participant_id, direction, entries, device_id, sequence,
                        scanned_at_ms, monotonic_ms, boot_id, offset_ms, after_ms,
                        {", ".join(f"entered_{clock}" for clock in _CLOCKS)}, entry_sequences)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (event_id, participant_id, zone) DO UPDATE SET
        direction = excluded.direction, entries = entries + excluded.entries, device_id = excluded.device_id,
        sequence = excluded.sequence, scanned_at_ms = excluded.scanned_at_ms,
        monotonic_ms = excluded.monotonic_ms, boot_id = excluded.boot_id, offset_ms = excluded.offset_ms,
        after_ms = max(after_ms, excluded.after_ms),
        entry_sequences = iif(excluded.entries = 0, entry_sequences, json_insert(
            iif(json_array_length(entry_sequences) < {MAX_ENTRY_SEQUENCES}, entry_sequences, json_remove(entry_sequences, '$[0]')),
            '$[#]', excluded.sequence)),
        {", ".join(f"entered_{c} = coalesce(excluded.entered_{c}, entered_{c})" for c in _CLOCKS)}"""  # noqa: S608

_LEAVE_OTHER_ZONES = """
    UPDATE memory SET direction = 'exit', device_id = ?, sequence = ?, scanned_at_ms = ?, monotonic_ms = ?,
        boot_id = ?, offset_ms = ?, after_ms = max(after_ms, ?)
    WHERE event_id = ? AND participant_id = ? AND zone NOT IN ('', ?) AND direction = 'entry'"""

_UPSERT_ZONES_LEFT = """
    INSERT OR REPLACE INTO zones_left (event_id, participant_id, device_id, sequence,
                                       scanned_at_ms, monotonic_ms, boot_id, offset_ms, after_ms)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""


def _time(prefix: str, boot: str) -> str:
    """Return the SQL of a row's true time. The columns of its clocks begin with `prefix`; `boot` is the alias of its boot."""
    by_clock = f"coalesce({boot}.anchor_ms + {prefix}monotonic_ms, {prefix}scanned_at_ms + {prefix}offset_ms)"
    next_began = f"SELECT min(n.anchor_ms + n.monotonic_ms) FROM boots n WHERE n.number > {boot}.number"  # noqa: S608
    return f"min(max({prefix}after_ms, {by_clock}), coalesce(({next_began}), {2**62}))"


_COVERED_WITHIN_MS = 60_000
"""The hub's row of a scan may have another time than the same scan that a station told: by the difference of two clocks."""

_MEMORY_COLUMNS = (
    "event_id",
    "participant_id",
    "zone",
    "direction",
    "entries",
    "device_id",
    "sequence",
    *_CLOCKS,
    *(f"entered_{clock}" for clock in _CLOCKS),
    "entry_sequences",
)
_ZONES_LEFT_COLUMNS = ("event_id", "participant_id", "device_id", "sequence", *_CLOCKS)
_SNAPSHOT_TABLES = {"memory": _MEMORY_COLUMNS, "zones_left": _ZONES_LEFT_COLUMNS}


def _columns(names: Sequence[str]) -> str:
    return ", ".join(f"s.{name}" for name in names)


_TIME = _time("s.", "b")
_NOTHING = IncludedRows(0)
_OWN = f"""
    SELECT s.participant_id, {_TIME}, s.device_id, s.sequence, s.zone, s.direction, s.entries,
           coalesce({_time("s.entered_", "e")}, 0), {_columns(_MEMORY_COLUMNS)}
    FROM memory s LEFT JOIN boots b ON b.boot_id = s.boot_id
                  LEFT JOIN boots e ON e.boot_id = s.entered_boot_id"""  # noqa: S608  own expression
_ZONES_LEFT = f"""
    SELECT s.participant_id, {_TIME}, s.device_id, s.sequence, {_columns(_ZONES_LEFT_COLUMNS)}
    FROM zones_left s LEFT JOIN boots b ON b.boot_id = s.boot_id"""  # noqa: S608  own expression
_PEERS = f"""
    SELECT s.participant_id, {_TIME}, s.device_id, s.sequence, s.zone, s.direction, s.entries,
           s.entered_before_ms, s.left_before_ms, s.entry_sequences, s.known_upto
    FROM peer_presence s LEFT JOIN boots b ON b.boot_id = s.boot_id"""  # noqa: S608  own expression
_PEERS_GAVE_BACK = f"""
    SELECT s.participant_id, s.device_id, s.sequence, s.passage_sequence, s.zone, s.direction, {_TIME}, s.hub_before
    FROM peer_given_back s LEFT JOIN boots b ON b.boot_id = s.boot_id"""  # noqa: S608  own expression
_GIVEN_BACK = """
    SELECT s.participant_id, s.device_id, s.sequence, s.passage_sequence, s.zone, s.direction, s.hub_before, s.journal_id
    FROM annulled_scans s"""
_OWN_TIMES, _ZONES_LEFT_TIMES = 8, 4
"""The columns before those of the table itself."""

_ByPerson = Mapping[str, Sequence[PresenceEntry]]
Whereabouts = tuple[frozenset[str], frozenset[str]]
"""The zones in which a person is, as the hub has it, and as this station has it, its own scans included."""


@dataclass(frozen=True, slots=True)
class PresenceSnapshot:
    """A person's places by this station's own rows (as the tables have them), and by the hub's.

    `after_ms`: a scan that is written now was after this, whatever its clock says.
    """

    own: Mapping[str, Sequence[tuple[Any, ...]]]
    hubs: tuple[PresenceEntry, ...]
    after_ms: int


@dataclass(frozen=True, slots=True)
class _PersonRows:
    """A person's rows of all sources, and the version of the station's file that has them."""

    version: tuple[int, int]
    own: Sequence[Row]
    zones_left: Sequence[Row]
    peers: Sequence[Row]
    hubs: _ByPerson


class PresenceRegister:
    """Last-writer-wins register of presence, merged from this station and the roster."""

    def __init__(self, file: EncryptedFile, roster: Roster) -> None:
        self._file, self._roster = file, roster
        self._last: tuple[tuple[str, str], _PersonRows] | None = None
        """Person, event and rows of the last decision, whose scan is written next."""

    def get(self, participant_id: str, zone: str | None, event_id: str) -> Presence:
        """Return a person's presence in a zone of an event ("" or None: the event as a whole).

        `entries` has the hub's, and those of this station and its neighbours that the hub's do not include yet. The hour at which
        everybody leaves is left to `Presence.after`.
        """
        merged_ids = self._roster.merged_ids(participant_id)
        if merged_ids:
            self._last = None  # it may be of this person, from before the merge
            people = (participant_id, *merged_ids)
            hub_entries = self.hub_entries(people, event_id)
            here = self._here(people, event_id, hub_entries)
        else:
            rows = self._read_person(participant_id, event_id)
            self._last = ((participant_id, event_id), rows)
            hub_entries = rows.hubs
            own, reach = _own(rows.own, rows.zones_left, hub_entries), self.reach(event_id)
            here = _here(own, _of_peers(rows.peers, reach), hub_entries, reach)
        entries = [entry for source in (hub_entries, here) for some in source.values() for entry in some]
        return merge_presence(zone or "", entries)

    def whereabouts(
        self, people: Sequence[str], event_id: str, hour: ExitAll | None = None
    ) -> dict[str, Whereabouts]:
        """Return where each of these participants is. Merged ids are apart, as in the hub's counts.

        Args:
            people: ids of participants.
            event_id: their event.
            hour: the hour at which everybody leaves, if the event has one.
        """
        counted, hub_entries = self._hub_rows(people, event_id), self.hub_entries(people, event_id)
        here = self._here(people, event_id, hub_entries)
        return {
            person: (
                zones_inside(counted.get(person, ()), hour),
                zones_inside([*hub_entries.get(person, ()), *here.get(person, ())], hour),
            )
            for person in people
        }

    def own_entries(self, people: Sequence[str], event_id: str) -> _ByPerson:
        """Return where people are by this station's own scans alone, as it tells other stations."""
        zones_left = self._rows_of(_ZONES_LEFT, people, event_id)
        own = _own(self._rows_of(_OWN, people, event_id), zones_left, {})
        left = {person: at_ms for person, at_ms, *_ in zones_left}
        return {
            person: tuple(_with_zones_left(entries, left.get(person, 0))) for person, entries in own.items()
        }

    def peer_entries(self, people: Sequence[str], event_id: str) -> _ByPerson:
        """Return where people are as other stations told it."""
        return _of_peers(self._rows_of(_PEERS, people, event_id), self.reach(event_id))

    def checkpoint_of(self, participant_id: str, device_id: str, event_id: str) -> str | None:
        """Return the checkpoint of a person's last scan at another station, as that station told it; None: it did not."""
        row = self._file.row(
            "SELECT checkpoint_id FROM peer_presence WHERE event_id = ? AND participant_id = ? AND device_id = ?"
            " LIMIT 1",
            (event_id, participant_id, device_id),
        )
        return row[0] if row else None

    def people_of_peers(self, event_id: str, after: str, limit: int) -> tuple[str, ...]:
        """Return people of an event of whom other stations told, in the order of their ids, those after an id."""
        rows = self._file.rows(
            "SELECT participant_id FROM peer_presence WHERE event_id = ?1 AND participant_id > ?2 UNION"
            " SELECT participant_id FROM peer_given_back WHERE event_id = ?1 AND participant_id > ?2"
            " ORDER BY participant_id LIMIT ?3",
            (event_id, after, limit),
        )
        return tuple(row[0] for row in rows)

    def record(self, record: ScanRecord, sequence: int, before: PresenceSnapshot | None = None) -> None:
        """Record an admitted scan. The journal calls it inside the transaction that appends the row.

        `before`: where the person was when the scan was written; None: it is written now.
        """
        if before is None:
            before = self.snapshot(record.participant_id or "", record.event_id)
        upsert_last_scan(self._file, record, sequence, before.after_ms)

    # --- admissions that are given back; the journal calls these inside its transactions ---------------

    def snapshot(self, participant_id: str, event_id: str) -> PresenceSnapshot:
        """Return where a person of an event is now, to be restored later."""
        last = self._last
        if (
            last is not None
            and last[0] == (participant_id, event_id)
            and last[1].version == self._file.version()
        ):
            rows = last[1]  # nobody has written since they were read for the decision
        else:
            rows = self._read_person(participant_id, event_id)
        own = {
            "memory": [row[_OWN_TIMES:] for row in rows.own],
            "zones_left": [row[_ZONES_LEFT_TIMES:] for row in rows.zones_left],
        }
        hubs = rows.hubs.get(participant_id, ())
        peers = _of_peers(rows.peers, self.reach(event_id)).get(participant_id, ()) if rows.peers else ()
        times = (max(entry.at_ms, entry.left_others_at_ms) + 1 for entry in (*hubs, *peers))
        return PresenceSnapshot(own, tuple(hubs), max(times, default=0))

    def restore(self, participant_id: str, event_id: str, snapshot: PresenceSnapshot | None) -> None:
        """Write this station's rows of a person as they were; None: as before the first scan."""
        for table, columns in _SNAPSHOT_TABLES.items():
            self._file.run(
                f"DELETE FROM {table} WHERE event_id = ? AND participant_id = ?",  # noqa: S608  own names
                (event_id, participant_id),
            )
            if snapshot is not None:
                places = ", ".join("?" * len(columns))
                sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608
                self._file.run_many(sql, list(snapshot.own[table]))

    def annul(
        self, record: ScanRecord, sequence: int, before: PresenceSnapshot | None, passage: tuple[str, int]
    ) -> None:
        """Note that an admission was given back, by the row `passage` (journal id and sequence)."""
        hubs = () if before is None else before.hubs
        journal_id, passage_sequence = passage
        self._file.run(
            "INSERT OR REPLACE INTO annulled_scans (event_id, participant_id, scan_id, device_id, sequence,"
            " passage_sequence, hub_before, journal_id, zone, direction) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(record.event_id, record.participant_id, record.id, record.device_id, sequence),
                *(passage_sequence, orjson.dumps([astuple(each) for each in hubs]).decode()),
                *(journal_id, record.zone or "", record.direction.value),
            ),
        )

    def restore_admission(self, record: ScanRecord) -> None:
        """Forget that an admission was given back: the person passed late."""
        self._file.run(
            "DELETE FROM annulled_scans WHERE event_id = ? AND participant_id = ? AND scan_id = ?",
            (record.event_id, record.participant_id, record.id),
        )

    def annulled_ids(self, participant_id: str, event_id: str) -> frozenset[str]:
        """Return the ids of a person's admissions that were given back."""
        rows = self._file.rows(
            "SELECT scan_id FROM annulled_scans WHERE event_id = ? AND participant_id = ?",
            (event_id, participant_id),
        )
        return frozenset(scan_id for (scan_id,) in rows)

    def _read_person(self, participant_id: str, event_id: str) -> _PersonRows:
        people = (participant_id,)
        return _PersonRows(
            self._file.version(),
            self._rows_of(_OWN, people, event_id),
            self._rows_of(_ZONES_LEFT, people, event_id),
            self._rows_of(_PEERS, people, event_id),
            self.hub_entries(people, event_id),
        )

    def _rows_of(self, select: str, people: Sequence[str], event_id: str) -> list[Row]:
        """Return the rows of these people. A single person, as at each scan, needs no list to be parsed."""
        if len(people) == 1:
            return self._file.rows(
                f"{select} WHERE s.event_id = ? AND s.participant_id = ?", (event_id, *people)
            )
        ids = orjson.dumps(people).decode()
        of_these = "WHERE s.event_id = ? AND s.participant_id IN (SELECT value FROM json_each(?))"
        return self._file.rows(f"{select} {of_these}", (event_id, ids))

    def given_back(self, people: Sequence[str], event_id: str) -> Mapping[str, Sequence[GivenBackScan]]:
        """Return the admissions of people that this station has given back, the newest last, as it tells other stations.

        Those of earlier incarnations are left out: the numbers of their rows mean nothing beside those of this.
        """
        scans: dict[str, list[GivenBackScan]] = defaultdict(list)
        rows = self._rows_of(_GIVEN_BACK, people, event_id)
        journal_id = self._journal_id() if rows else ""
        for person, device_id, sequence, passage_sequence, zone, way, hub_before, journal in rows:
            if journal in ("", journal_id):
                before = tuple(map(_entry, orjson.loads(hub_before)))
                scan = GivenBackScan(device_id, sequence, passage_sequence, zone, _direction(way), before)
                scans[person].append(scan)
        return {
            person: sorted(some, key=lambda scan: scan.passage_sequence) for person, some in scans.items()
        }

    def peers_gave_back(self, people: Sequence[str], event_id: str) -> Mapping[str, Sequence[GivenBackScan]]:
        """Return the admissions of people that other stations have given back, as they told it."""
        scans: dict[str, list[GivenBackScan]] = defaultdict(list)
        rows = self._rows_of(_PEERS_GAVE_BACK, people, event_id)
        for person, device_id, sequence, passage_sequence, zone, way, at_ms, hub_before in rows:
            before = tuple(_aged_entry(at_ms, values) for values in orjson.loads(hub_before))
            scan = GivenBackScan(device_id, sequence, passage_sequence, zone, _direction(way), before)
            scans[person].append(scan)
        return scans

    def _journal_id(self) -> str:
        row = self._file.row("SELECT journal_id FROM incarnations ORDER BY number DESC LIMIT 1")
        return row[0] if row else ""

    def reach(self, event_id: str) -> JournalReach:
        """Return which rows of the journals of this station and its neighbours the hub's rows include; read when it is needed."""

        @cache
        def journals() -> tuple[Mapping[tuple[str, str], IncludedRows] | None, Mapping[str, str], str]:
            heads = self._roster.journal_heads(event_id)
            of_event = "SELECT device_id, journal_id FROM peer_positions WHERE event_id = ?"
            peer_journals = self._file.rows(of_event, (event_id,)) if heads else []
            return heads, dict(peer_journals), self._journal_id() if heads else ""

        def reach(device_id: str) -> IncludedRows | None:
            heads, told, own = journals()
            return None if heads is None else heads.get((device_id, told.get(device_id, own)), _NOTHING)

        return reach

    def _here(self, people: Sequence[str], event_id: str, hub_entries: _ByPerson) -> _ByPerson:
        own = _own(
            self._rows_of(_OWN, people, event_id), self._rows_of(_ZONES_LEFT, people, event_id), hub_entries
        )
        return _here(own, self.peer_entries(people, event_id), hub_entries, self.reach(event_id))

    def hub_entries(self, people: Sequence[str], event_id: str) -> _ByPerson:
        """Return the hub's rows of people, without what this station or a neighbour has given back since."""
        entries = self._hub_rows(people, event_id)
        if not entries:
            return entries
        given_back = (self.given_back(people, event_id), self.peers_gave_back(people, event_id))
        reach = self.reach(event_id)
        return {
            person: without_given_back(
                rows, (scan for source in given_back for scan in source.get(person, ())), reach
            )
            for person, rows in entries.items()
        }

    def _hub_rows(self, people: Sequence[str], event_id: str) -> _ByPerson:
        """Return the hub's rows of people as the hub sent them."""
        entries: dict[str, list[PresenceEntry]] = defaultdict(list)
        rows = self._roster.presence_rows(people, event_id)
        for person, at_ms, device_id, sequence, zone, direction, *counts in rows:
            entry = PresenceEntry(at_ms, device_id, sequence, zone, Direction(direction), *counts)
            entries[person].append(entry)
        return entries


def _own(rows: Iterable[Row], zones_left: Iterable[Row], hub_entries: _ByPerson) -> _ByPerson:
    """Return this station's entries. A zone that only the hub knows may have been left by a scan here."""
    entries: dict[str, list[PresenceEntry]] = defaultdict(list)
    for row in rows:
        person, at_ms, device_id, sequence, zone, direction, *counts = row[:_OWN_TIMES]
        entry = PresenceEntry(at_ms, device_id, sequence, zone, Direction(direction), *counts)
        entries[person].append(replace(entry, entry_sequences=tuple(orjson.loads(row[-1]))))
    for row in zones_left:
        person, at_ms, device_id, sequence = row[:_ZONES_LEFT_TIMES]
        own_zones = {"", *(entry.zone for entry in entries[person])}
        others = {entry.zone for entry in hub_entries.get(person, ())} - own_zones
        entries[person] += [
            PresenceEntry(at_ms, device_id, sequence, zone, Direction.EXIT, 0) for zone in others
        ]
    return entries


def _of_peers(rows: Iterable[Row], reach: JournalReach) -> _ByPerson:
    """Return where people are as other stations told it, except where the hub knows all that a station knew, and may know more."""
    entries: dict[str, list[PresenceEntry]] = defaultdict(list)
    for person, *scan, direction, count, entered_before, left_before, sequences, known_upto in rows:
        at_ms, device_id, sequence, zone = scan
        entered_ms = 0 if entered_before is None else at_ms - entered_before
        left_ms = 0 if left_before is None else at_ms - left_before
        entry = PresenceEntry(
            *(at_ms, device_id, sequence, zone, Direction(direction), count, entered_ms, left_ms),
            entry_sequences=tuple(orjson.loads(sequences)),
        )
        included = reach(device_id)
        if included is None or known_upto > included.upto or included.lacks(entry):
            entries[person].append(entry)
    return entries


def _here(own: _ByPerson, peers: _ByPerson, hub_entries: _ByPerson, reach: JournalReach) -> _ByPerson:
    """Return the entries of this station and of its neighbours, each with the number of entries by all sources."""
    here = {
        person: [
            *own.get(person, ()),
            *(
                each
                for each in peers.get(person, ())
                if not _is_covered(each, hub_entries.get(person, ()), reach(each.device_id))
            ),
        ]
        for person in {**own, **peers}
    }
    return {
        person: with_total_entries(hub_entries.get(person, ()), entries, reach)
        for person, entries in here.items()
    }


def _is_covered(of_peer: PresenceEntry, hubs: Iterable[PresenceEntry], included: IncludedRows | None) -> bool:
    """Return True if the hub has the scan that a station told, or a later one of that station, and no earlier one in quarantine."""
    if included is not None and included.lacks(of_peer):
        return False
    return any(
        entry.device_id == of_peer.device_id
        and entry.sequence >= of_peer.sequence
        and entry.at_ms >= of_peer.at_ms - _COVERED_WITHIN_MS
        for entry in hubs
    )


def _with_zones_left(entries: Sequence[PresenceEntry], left_ms: int) -> Iterable[PresenceEntry]:
    """Note on the newest entry when the person left every other zone: that was not after it."""
    newest = max(entries, default=None)
    return (replace(entry, left_others_at_ms=left_ms) if entry is newest else entry for entry in entries)


def _entry(values: list[Any]) -> PresenceEntry:
    at_ms, device_id, sequence, zone, direction, entries, entered_at_ms, left_others_at_ms, *_ = values
    return PresenceEntry(
        at_ms, device_id, sequence, zone, Direction(direction), entries, entered_at_ms, left_others_at_ms
    )


def _aged_entry(at_ms: int, values: list[Any]) -> PresenceEntry:
    """Return a hub's row that a station told with ages (`contract.lan.PeerBefore`), at the time `at_ms`."""
    zone, direction, age_ms, device_id, sequence, entries, entered_age_ms, left_age_ms = values
    entered_ms, left_ms = (0 if age is None else at_ms - age for age in (entered_age_ms, left_age_ms))
    way = Direction(direction)
    return PresenceEntry(at_ms - age_ms, device_id, sequence, zone, way, entries, entered_ms, left_ms)


def _direction(text: str) -> Direction | None:
    """Return the direction of a scan that was given back; None: it was noted before directions were."""
    return Direction(text) if text else None


def upsert_last_scan(file: EncryptedFile, record: ScanRecord, sequence: int, after_ms: int = 0) -> None:
    """Write an admitted scan to the register. `after_ms`: its true time is not before this."""
    is_entry = record.direction is Direction.ENTRY
    zone, participant_id = record.zone or "", record.participant_id or ""
    clocks = (
        record.scanned_at_ms,
        record.monotonic_ms,
        record.boot_id,
        record.clock_offset_ms or 0,
        after_ms,
    )
    scan = (record.device_id, sequence)
    who = (record.event_id, zone, participant_id, record.direction.value, int(is_entry))
    entered = clocks if is_entry else [None] * len(clocks)
    numbers = orjson.dumps([sequence] if is_entry else []).decode()
    file.run(_UPSERT_LAST_SCAN, (*who, *scan, *clocks, *entered, numbers))
    if record.leaves_zones if is_entry else not zone:
        file.run(_LEAVE_OTHER_ZONES, (*scan, *clocks, record.event_id, participant_id, zone))
        file.run(_UPSERT_ZONES_LEFT, (record.event_id, participant_id, *scan, *clocks))
