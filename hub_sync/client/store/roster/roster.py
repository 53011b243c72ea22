"""The roster: whom the hub expects, where it last saw them, and the event's gates. Read by the gate at every scan.

It lives in a file of its own (`roster-<n>.db`), so that pulling 100,000 people never makes the gate's commit wait, and is
replaced whole by a snapshot. A reader notices at its next question and moves over. A damaged roster is dropped and counts
as none until it is pulled again: then tickets are judged by the checkpoint's policy for unknown ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from hub_sync.client.store.disk.encrypted_file import EncryptedFile, Row
from hub_sync.client.store.disk.errors import StoreError, StoreFault
from hub_sync.client.store.roster.files import RosterFiles
from hub_sync.client.store.roster.search_index import build_query
from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.enums import ParticipantStatus
from hub_sync.contract.sync import MERGED, CheckpointRow, ConflictRow, EventRow, OccupancyRow
from hub_sync.rules.admission import Person
from hub_sync.rules.text_normalization import normalize_code

_BY_ID = "SELECT id, first_name, last_name, code, status, category, standing FROM participants WHERE id = ?"

# Read at every scan and changed once a day: what was parsed is kept as long as its text is the same.
_event = lru_cache(maxsize=8)(EventRow.model_validate_json)
_checkpoint = lru_cache(maxsize=256)(CheckpointRow.model_validate_json)


@dataclass(frozen=True, slots=True)
class RosterParticipant:
    """Somebody on the roster. `standing` as in `contract.sync.PARTICIPANT_FIELDS`, never `merged:`."""

    id: str
    first_name: str
    last_name: str
    code: str
    status: ParticipantStatus
    category: str
    standing: str

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def person(self) -> Person:
        """As admission wants it."""
        return Person(self.id, self.status, self.category, self.standing)


class Roster:
    """The people, as the hub last sent them. All of it answers "nothing" while there is no roster."""

    def __init__(self, files: RosterFiles) -> None:
        self._people = RosterReader(files)

    def find(self, participant_id: str) -> RosterParticipant | None:
        """The participant of that id; who was merged into another is that other."""
        seen: set[str] = set()
        while participant_id not in seen:
            seen.add(participant_id)
            row = self._people.row(_BY_ID, (participant_id,))
            if row is None:
                return None
            if not row[6].startswith(MERGED):
                return _participant(row)
            participant_id = row[6].removeprefix(MERGED)
        return None  # a circle of merges is the hub's mistake: nobody is known by it

    def find_by_code(self, text: str) -> RosterParticipant | None:
        """The participant whose registration code was typed, forgiven as `rules.text_normalization` says. An id is no code."""
        code = normalize_code(text)
        if not code:
            return None
        found = self._people.rows("SELECT id FROM participants WHERE normal_code = ? LIMIT 2", (code,))
        people = {person.id: person for row in found if (person := self.find(row[0])) is not None}
        return next(iter(people.values())) if len(people) == 1 else None  # two people are a guess

    def search(self, text: str, limit: int = 20) -> tuple[RosterParticipant, ...]:
        """People whose names begin with the words typed; nobody for fewer than three letters."""
        expression = build_query(text)
        if expression is None or limit < 1:
            return ()
        found = self._people.rows(
            "SELECT p.id FROM participants_fts f JOIN participants p ON p.rowid = f.rowid"
            " WHERE participants_fts MATCH ? AND p.standing <> 'deleted' LIMIT ?",
            (expression, limit),
        )
        people = {person.id: person for row in found if (person := self.find(row[0])) is not None}
        return tuple(
            sorted(people.values(), key=lambda person: (person.last_name, person.first_name, person.id))
        )

    def find_presence_row(self, participant_id: str, zone: str) -> Row | None:
        """The hub's (at_ms, device_id, sequence, direction, entries) of a person in a zone."""
        return self._people.row(
            "SELECT at_ms, device_id, sequence, direction, entries FROM presence"
            " WHERE zone = ? AND participant_id = ?",
            (zone, participant_id),
        )

    def merged_ids(self, participant_id: str) -> tuple[str, ...]:
        """Ids that were merged into this one, at any remove."""
        found = self._people.rows(
            "WITH RECURSIVE gone (id) AS (SELECT id FROM merged WHERE survivor = ?1"
            " UNION SELECT m.id FROM merged m JOIN gone ON m.survivor = gone.id)"
            " SELECT id FROM gone WHERE id <> ?1",
            (participant_id,),
        )
        return tuple(row[0] for row in found)

    @property
    def count(self) -> int:
        """How many people are expected: neither deleted nor merged away."""
        found = self._people.row("SELECT people FROM feed")
        return found[0] if found else 0

    def close(self) -> None:
        """Let go of the file."""
        self._people.close()


def _participant(row: Row) -> RosterParticipant:
    return RosterParticipant(row[0], row[1], row[2], row[3], ParticipantStatus(row[4]), row[5], row[6])


class Venue:
    """The event, its checkpoints, how full it is, and which admissions clashed; all as the hub last sent it."""

    def __init__(self, files: RosterFiles) -> None:
        self._file = RosterReader(files)

    def event(self) -> EventRow | None:
        """The event that this station serves."""
        row = self._file.row("SELECT body FROM events ORDER BY id LIMIT 1")
        return None if row is None else _event(row[0])

    def checkpoint(self, checkpoint_id: str) -> CheckpointRow | None:
        """A checkpoint; one that was deleted says so."""
        row = self._file.row("SELECT body FROM checkpoints WHERE id = ?", (checkpoint_id,))
        return None if row is None else _checkpoint(row[0])

    def checkpoints(self) -> tuple[CheckpointRow, ...]:
        """The checkpoints to choose from, by name."""
        rows = [_checkpoint(row[0]) for row in self._file.rows("SELECT body FROM checkpoints")]
        return tuple(sorted((row for row in rows if not row.deleted), key=lambda row: row.name))

    def occupancy(self) -> tuple[OccupancyRow, ...]:
        """How full each zone is; what this station did since is not in it until the hub has counted it."""
        rows = self._file.rows("SELECT zone, current, capacity FROM occupancy ORDER BY zone")
        return tuple(
            OccupancyRow(zone=zone, current=current, capacity=capacity) for zone, current, capacity in rows
        )

    def conflicts(self, since: datetime) -> tuple[ConflictRow, ...]:
        """Admissions of one ticket by two stations, not cleared, at or after a time; newest first."""
        rows = self._file.rows(
            "SELECT body FROM conflicts WHERE at_ms >= ? AND cleared = 0 ORDER BY at_ms DESC",
            (int(since.timestamp() * 1000),),
        )
        return tuple(ConflictRow.model_validate_json(row[0]) for row in rows)

    def as_of(self) -> datetime | None:
        """The hub's time at which this roster was last known to be complete; None: there has never been one."""
        row = self._file.row("SELECT synced_at_ms FROM feed")
        return None if row is None else from_epoch_ms(row[0])

    def age(self, now: datetime) -> timedelta | None:
        """How old the roster is; None: there has never been one."""
        then = self.as_of()
        return None if then is None else max(timedelta(0), now - then)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


class RosterReader:
    """One thread's look into whichever roster file is current."""

    def __init__(self, files: RosterFiles) -> None:
        self._files = files
        self._number = 0
        self._file: EncryptedFile | None = None

    def row(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        """The first row that a query finds."""
        return next(iter(self.rows(sql, values)), None)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """What a query finds in the current file; nothing if there is none or it turns out to be damaged.

        Raises:
            StoreError: another fault than damage.
        """
        try:
            file = self.current()
            return [] if file is None else file.rows(sql, values)
        except StoreError as failure:
            if failure.fault is not StoreFault.CORRUPT:
                raise
            self.mark_damaged()
            return []

    def current(self) -> EncryptedFile | None:
        """The current file, opened if it is another than last time; None: there is no roster.

        Raises:
            StoreError: it can't be opened; the next call tries again.
        """
        if self._files.current != self._number or (self._number and self._file is None):
            self.close()
            self._number = self._files.acquire()
            if self._number:
                self._file = self._files.open(self._number)
        return self._file

    def mark_damaged(self) -> None:
        """The file is damaged: it counts as none for everybody until a snapshot comes."""
        self._files.mark_damaged(self._number)

    def close(self) -> None:
        """Let go of the file; the last reader of one that was replaced removes it."""
        if self._file is not None:
            self._file.close()
        self._file = None
        if self._number:
            self._files.release(self._number)
        self._number = 0
