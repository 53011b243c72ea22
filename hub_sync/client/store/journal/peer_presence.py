"""People's places as other stations of the local network last told them, and what this station tells in turn.

Rows are kept per event, station and person: a newer message about a person replaces all rows of that station about them, and so what the
station has given back (`peer_given_back`). Both are removed once the hub's list includes the rows that they rest on. Their times are by
this station's clocks, so that they are corrected with its own rows once its clock is measured (`presence`).

The thread of the local network writes them, with a session of its own that does not wait for the disk (`write_lazily`): the gate's
commit never waits for theirs. What the loss of power takes is told again, because the position is lost with it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import orjson
import structlog

from hub_sync.client.store.disk.encrypted_file import EncryptedFile
from hub_sync.client.store.journal.presence import PresenceRegister
from hub_sync.client.store.roster.roster import Roster
from hub_sync.contract.enums import Direction
from hub_sync.contract.lan import MAX_GIVEN_BACK, PeerGivenBack, PeerPassage, PeerPerson
from hub_sync.contract.queue import QUEUE_KIND, QueueAction
from hub_sync.rules.presence import GivenBackScan, PresenceEntry

log = structlog.get_logger(__name__)

RESEND_ROWS = 2_000
"""Acknowledged journal rows that a station which heard nothing yet is told: the hub may not have told them to it."""
_PAGE_ROWS = 48
"""Rows that are read at once: more people than fit into a datagram."""
_PASSAGE_WITHIN = 5_000
"""A row about a passage is at most so many rows behind its scan's."""
_MARGIN_MS = 60_000
_CHANGES = """
    SELECT position, body ->> 'kind', body ->> 'participant_id', body ->> 'checkpoint_id', body ->> 'scan_id',
        body ->> 'action'
    FROM journal WHERE position > ? AND position <= ? AND body ->> 'event_id' = ?
    AND (body ->> 'kind' <> 'queue' OR position NOT IN (SELECT position FROM quarantined))
    AND body ->> 'kind' <> 'door'
    AND (body ->> 'kind' <> 'scan' OR (body ->> 'result' IN ('VALID', 'MANUAL_OVERRIDE') AND body ->> 'participant_id' <> ''))
    ORDER BY position LIMIT ?"""
_INSERT = """
    INSERT OR REPLACE INTO peer_presence (event_id, participant_id, device_id, zone, direction, entries, sequence, checkpoint_id,
        scanned_at_ms, monotonic_ms, boot_id, offset_ms, after_ms, entered_before_ms, left_before_ms, entry_sequences, known_upto)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?)"""
_INSERT_GIVEN_BACK = """
    INSERT OR REPLACE INTO peer_given_back (event_id, participant_id, device_id, sequence, passage_sequence, zone, direction,
        hub_before, scanned_at_ms, monotonic_ms, boot_id, offset_ms, after_ms)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0)"""
_NO_NUMBER = 2**52
"""In place of the number of a row in a former journal: greater than any, so that no list of the hub includes it."""
_TABLES = ("peer_presence", "peer_given_back")
MAX_ROWS = 20_000
"""Rows of one station, beside two for each person on the list: more are of people whom it has made up."""
_COUNT_EVERY_MS = 60_000


@dataclass(frozen=True, slots=True)
class StationClocks:
    """This station's clocks at one moment: the corrected wall clock and the monotonic one of a boot, in milliseconds."""

    now_ms: int
    monotonic_ms: int
    boot_id: str


@dataclass(frozen=True, slots=True)
class ChangedPeople:
    """People whom journal rows concern, and actions of queues, each with the position of the row; the last position that was read.

    `base` is the position before the first row of the present journal.
    """

    people: tuple[tuple[int, PeerPerson], ...]
    upto: int
    queue_actions: tuple[tuple[int, QueueAction], ...] = ()
    base: int = 0


@dataclass(slots=True)
class _Room:
    """The rows of a station, as counted at `at_ms` and with those that were added since, and how many it may have."""

    rows: int
    limit: int
    at_ms: int


class PeerPresence:
    """Reads what to tell, and stores what others told."""

    def __init__(self, file: EncryptedFile, presence: PresenceRegister, roster: Roster) -> None:
        self._file, self._presence, self._roster = file, presence, roster
        self._rooms: dict[tuple[str, str], _Room] = {}

    def write_lazily(self) -> None:
        """Let this session's commits not wait for the disk."""
        self._file.rows("PRAGMA synchronous = NORMAL")

    # --- to tell -------------------------------------------------------------------------------------

    def own_position(self) -> tuple[str, int]:
        """Return the journal's id, and its last position."""
        row = self._file.row(
            "SELECT journal_id, coalesce((SELECT max(position) FROM journal), 0) FROM incarnations"
            " ORDER BY number DESC LIMIT 1"
        )
        return (row[0], row[1]) if row else ("", 0)

    def first_position(self) -> int:
        """Return the position after which a station is told that has nothing of this journal."""
        row = self._file.row("SELECT base + acknowledged FROM incarnations ORDER BY number DESC LIMIT 1")
        return max(0, (row[0] if row else 0) - RESEND_ROWS)

    def changes(self, after: int, event_id: str, now_ms: int) -> ChangedPeople:
        """Return where people are now whom the rows after a position concern, as far as one page reaches."""
        end = self.own_position()[1]  # first: a row that is written meanwhile is for the next page
        rows = self._file.rows(_CHANGES, (after, end, event_id, _PAGE_ROWS))
        upto = rows[-1][0] if len(rows) == _PAGE_ROWS else end
        positions: dict[str, tuple[int, int, str]] = {}
        actions = []
        for position, kind, participant_id, checkpoint_id, scan_id, action in rows:
            if kind == QUEUE_KIND:
                actions.append((position, QueueAction.model_validate_json(action)))
                continue
            person = participant_id if kind == "scan" else self._person_of(scan_id, position)
            if person:
                first = positions.get(person, (position,))[0]
                positions[person] = (first, position, checkpoint_id)
        own = self._presence.own_entries(list(positions), event_id)
        given_back, base = self._presence.given_back(list(positions), event_id), self._base()
        people = []
        for person, (first, last, checkpoint_id) in positions.items():
            passages, scans = own.get(person, ()), _told_scans(given_back.get(person, ()))
            numbers = [entry.sequence for entry in passages] + [scan.passage_sequence for scan in scans]
            row = (
                *(person, checkpoint_id, _passages(passages, now_ms)),
                *(max(0, last - base, *numbers), tuple(_given_back(scan, now_ms) for scan in scans)),
            )
            people.append((first, row))
        return ChangedPeople(tuple(people), upto, tuple(actions), base)

    def _base(self) -> int:
        """Return the position before the first row of the newest incarnation."""
        row = self._file.row("SELECT base FROM incarnations ORDER BY number DESC LIMIT 1")
        return row[0] if row else 0

    def _person_of(self, scan_id: str | None, position: int) -> str:
        row = self._file.row(
            "SELECT body ->> 'participant_id' FROM journal WHERE position > ? AND position < ? AND record_id = ?",
            (position - _PASSAGE_WITHIN, position, scan_id),
        )
        return (row[0] or "") if row else ""

    # --- to store ------------------------------------------------------------------------------------

    def positions(self, event_id: str) -> dict[str, tuple[str, int]]:
        """Return how far each station has told its journal, as far as it is about an event."""
        rows = self._file.rows(
            "SELECT device_id, journal_id, position FROM peer_positions WHERE event_id = ?", (event_id,)
        )
        return {device_id: (journal_id, position) for device_id, journal_id, position in rows}

    def store(
        self,
        event_id: str,
        received: Iterable[tuple[str, tuple[str, int], Sequence[PeerPerson]]],
        clocks: StationClocks,
        store_more: Callable[[], None] = lambda: None,
    ) -> None:
        """Store what stations told of an event, each with the position that is reached by it, in one transaction.

        `store_more` stores in the same transaction what else they told.

        A station has room for `MAX_ROWS`: one that was stolen may make people up, and must not fill this disk. Beyond that, only
        news of people of whom it has told before are stored.

        Raises:
            StoreError: Nothing was stored.
        """
        with self._file.transaction():
            for device_id, (journal_id, position), people in received:
                self._forget_numbers(event_id, device_id, journal_id)
                room = self._room(event_id, device_id, clocks.monotonic_ms)
                for person in people:
                    if room.rows < room.limit or self._is_stored(event_id, device_id, person[0]):
                        self._replace(event_id, device_id, person, clocks)
                        room.rows += len(person[2]) + len(person[4])
                self._file.run(
                    "INSERT OR REPLACE INTO peer_positions VALUES (?, ?, ?, ?)",
                    (event_id, device_id, journal_id, position),
                )
            store_more()

    def _room(self, event_id: str, device_id: str, now_ms: int) -> _Room:
        """Return the room of a station, counted anew now and then once it is full: the hub's list covers rows."""
        place = event_id, device_id
        room = self._rooms.get(place)
        if room is None or (room.rows >= room.limit and now_ms - room.at_ms >= _COUNT_EVERY_MS):
            row = self._file.row(
                "SELECT (SELECT count(*) FROM peer_presence WHERE event_id = ? AND device_id = ?)"
                " + (SELECT count(*) FROM peer_given_back WHERE event_id = ? AND device_id = ?)",
                (*place, *place),
            )
            limit = MAX_ROWS + 2 * self._roster.count
            room = self._rooms[place] = _Room(row[0] if row else 0, limit, now_ms)
            if room.rows >= limit:
                log.warning("peer_told_too_many", device=device_id, rows=room.rows)
        return room

    def _is_stored(self, event_id: str, device_id: str, participant_id: str) -> bool:
        row = self._file.row(
            "SELECT 1 FROM peer_presence WHERE event_id = ? AND participant_id = ? AND device_id = ? LIMIT 1",
            (event_id, participant_id, device_id),
        )
        return row is not None

    def _forget_numbers(self, event_id: str, device_id: str, journal_id: str) -> None:
        """Forget the numbers of a station's rows once it tells another journal: in that one they are other rows.

        Where people were stays, until the station tells it anew or the hub has a later row. What was given back does not: the hub will
        say so, and until then nobody is let in by it.
        """
        place = (event_id, device_id)
        before = self._file.row(
            "SELECT journal_id FROM peer_positions WHERE event_id = ? AND device_id = ?", place
        )
        if before is not None and before[0] != journal_id:
            self._file.run(
                "UPDATE peer_presence SET entry_sequences = '[]', known_upto = ? WHERE event_id = ? AND device_id = ?",
                (_NO_NUMBER, *place),
            )
            self._file.run("DELETE FROM peer_given_back WHERE event_id = ? AND device_id = ?", place)

    def _replace(self, event_id: str, device_id: str, person: PeerPerson, clocks: StationClocks) -> None:
        participant_id, checkpoint_id, passages, known_upto, given_back = person
        for table in _TABLES:
            self._file.run(
                f"DELETE FROM {table} WHERE event_id = ? AND participant_id = ? AND device_id = ?",  # noqa: S608  own names
                (event_id, participant_id, device_id),
            )
        for sequence, passage_sequence, zone, direction, before in given_back:
            scan = (event_id, participant_id, device_id, sequence, passage_sequence, zone, direction.value)
            stored_at = (clocks.now_ms, clocks.monotonic_ms, clocks.boot_id)
            self._file.run(_INSERT_GIVEN_BACK, (*scan, orjson.dumps(before).decode(), *stored_at))
        for zone, direction, age_ms, sequence, entries, entered_age_ms, left_age_ms, entered in passages:
            # A slow clock may tell a scan of the future: the scan was after others that are known there.
            at_ms, monotonic_ms = (now - max(0, age_ms) for now in (clocks.now_ms, clocks.monotonic_ms))
            self._file.run(
                _INSERT,
                (
                    *(
                        event_id,
                        participant_id,
                        device_id,
                        zone,
                        direction.value,
                        entries,
                        sequence,
                        checkpoint_id,
                    ),
                    *(at_ms, monotonic_ms, clocks.boot_id),
                    self._after_ms((event_id, participant_id), device_id, sequence),
                    None if entered_age_ms is None else entered_age_ms - age_ms,
                    None if left_age_ms is None else left_age_ms - age_ms,
                    *(orjson.dumps(entered).decode(), known_upto),
                ),
            )

    def _after_ms(self, person: tuple[str, str], device_id: str, sequence: int) -> int:
        """Return a time after which a scan was: the same station's earlier scans at the hub, whatever a clock says."""
        event_id, participant_id = person
        rows = self._roster.presence_rows((participant_id,), event_id)
        return max((row[1] + 1 for row in rows if row[2] == device_id and row[3] < sequence), default=0)

    def remove_covered(self, event_id: str, after: str = "", limit: int = 500) -> str:
        """Remove rows that the hub's list of an event covers, of the next people after an id. Return the last id, "" at the end.

        Raises:
            StoreError: The rest stays, and is removed with a later call.
        """
        people = self._presence.people_of_peers(event_id, after, limit)
        with self._file.transaction():
            self._remove_known(event_id, people)
            self._file.run_many(
                "DELETE FROM peer_presence WHERE event_id = ? AND participant_id = ? AND device_id = ? AND zone = ?",
                [(event_id, *each) for each in self._covered(people, event_id)],
            )
        return people[-1] if len(people) == limit else ""

    def _remove_known(self, event_id: str, people: Sequence[str]) -> None:
        """Remove rows that rest on rows of a journal which the hub's list includes. Of a scan in its quarantine it knows less."""
        reach = self._presence.reach(event_id)
        in_quarantine = {
            (person, entry.device_id)
            for person, entries in self._presence.peer_entries(people, event_id).items()
            for entry in entries
            if (included := reach(entry.device_id)) is not None and included.lacks(entry)
        }
        for table, number in (("peer_presence", "known_upto"), ("peer_given_back", "passage_sequence")):
            rows = self._file.rows(
                f"SELECT DISTINCT participant_id, device_id, {number} FROM {table}"  # noqa: S608  own names
                " WHERE event_id = ? AND participant_id IN (SELECT value FROM json_each(?))",
                (event_id, orjson.dumps(people).decode()),
            )
            known = [
                (event_id, *row)
                for row in rows
                if (included := reach(row[1])) is not None
                and row[2] <= included.upto
                and (number != "known_upto" or row[:2] not in in_quarantine)
            ]
            self._file.run_many(
                f"DELETE FROM {table} WHERE event_id = ? AND participant_id = ? AND device_id = ?"  # noqa: S608
                f" AND {number} = ?",
                known,
            )

    def _covered(self, people: Sequence[str], event_id: str) -> list[tuple[str, str, str]]:
        """Return the rows that the hub's list covers as far as their times tell, where the hub has not said what it includes."""
        hubs, reach = self._presence.hub_entries(people, event_id), self._presence.reach(event_id)
        return [
            (person, entry.device_id, entry.zone)
            for person, entries in self._presence.peer_entries(people, event_id).items()
            for entry in entries
            if reach(entry.device_id) is None
            and any(
                (
                    of_hub.device_id == entry.device_id
                    and of_hub.sequence >= entry.sequence
                    and of_hub.at_ms >= entry.at_ms - _MARGIN_MS
                )
                or (of_hub.zone == entry.zone and of_hub.at_ms > entry.at_ms + _MARGIN_MS)
                for of_hub in hubs.get(person, ())
            )
        ]

    def forget(self) -> None:
        """Forget everything, because the station serves another event or hub now."""
        with self._file.transaction():
            for table in _TABLES:
                self._file.run(f"DELETE FROM {table}")  # noqa: S608  own names
            self._file.run("DELETE FROM peer_positions")
        self._rooms.clear()


def _passages(entries: Iterable[PresenceEntry], now_ms: int) -> tuple[PeerPassage, ...]:
    return tuple(
        (
            entry.zone,
            entry.direction,
            now_ms - entry.at_ms,
            entry.sequence,
            entry.entries,
            now_ms - entry.entered_at_ms if entry.entered_at_ms else None,
            now_ms - entry.left_others_at_ms if entry.left_others_at_ms else None,
            entry.entry_sequences,
        )
        for entry in entries
    )


def _told_scans(given_back: Sequence[GivenBackScan]) -> Sequence[GivenBackScan]:
    return [scan for scan in given_back if scan.direction is not None][-MAX_GIVEN_BACK:]


def _given_back(scan: GivenBackScan, now_ms: int) -> PeerGivenBack:
    def age(at_ms: int) -> int | None:
        return now_ms - at_ms if at_ms else None

    before = tuple(
        (
            entry.zone,
            entry.direction,
            now_ms - entry.at_ms,
            entry.device_id,
            entry.sequence,
            entry.entries,
            age(entry.entered_at_ms),
            age(entry.left_others_at_ms),
        )
        for entry in scan.before
    )
    return scan.sequence, scan.passage_sequence, scan.zone, scan.direction or Direction.ENTRY, before
