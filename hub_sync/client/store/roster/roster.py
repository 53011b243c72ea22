"""The roster: participants, their presence, and the event's checkpoints, as the hub last sent them.

The gate reads it at every scan. It has its own file (`roster-<n>.db`), so that a pull of 100,000 people never delays the
gate's commit. A snapshot replaces the whole file, and readers switch to it at their next query. A damaged roster counts
as none until the next pull; until then `rules.admission` holds everybody, because cancelled people can't be told from
others. Event and checkpoints come from a copy in the settings.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson

from hub_sync.client.store.disk.encrypted_file import EncryptedFile, Row
from hub_sync.client.store.disk.errors import StoreError, StoreFault
from hub_sync.client.store.roster.files import VENUE_COPY, RosterFiles
from hub_sync.client.store.roster.search_index import build_query
from hub_sync.client.store.station.settings import StoredSettings, event_setting
from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.enums import ParticipantStatus
from hub_sync.contract.sync import MERGED, CheckpointRow, ConflictRow, EventRow, OccupancyRow
from hub_sync.rules.admission import Person
from hub_sync.rules.presence import IncludedRows
from hub_sync.rules.screening import Restriction
from hub_sync.rules.text_normalization import normalize_code

_BY_ID = (
    "SELECT id, first_name, last_name, code, status, category, standing, tickets_valid_from, group_ref"
    " FROM participants WHERE id = ?"
)
_PRESENCE = (
    "SELECT participant_id, at_ms, device_id, sequence, zone, direction, entries, entered_at_ms, left_others_at_ms"
    " FROM presence"
)

# Read at every scan and changed once a day: what was parsed is kept as long as its text is the same.
_event = lru_cache(maxsize=8)(EventRow.model_validate_json)
_checkpoint = lru_cache(maxsize=256)(CheckpointRow.model_validate_json)


@dataclass(frozen=True, slots=True)
class RosterParticipant:
    """A participant on the roster. `standing` is as in `contract.sync.PARTICIPANT_FIELDS`, but never `merged:`."""

    id: str
    first_name: str
    last_name: str
    code: str
    status: ParticipantStatus
    category: str
    standing: str
    tickets_valid_from: int = 0
    group_ref: str = ""
    restrictions: tuple[Restriction, ...] = ()
    """What the blacklist says of them on certain days (`rules.screening`)."""

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def person(self) -> Person:
        """The participant as `rules.admission` needs it."""
        return Person(
            self.id, self.status, self.category, self.standing, self.tickets_valid_from, self.restrictions
        )


class Roster:
    """Participants as the hub last sent them. All queries return nothing while there is no roster."""

    def __init__(
        self,
        files: RosterFiles,
        reader: "RosterReader",
        restrictions: Callable[[str], tuple[Restriction, ...]] = lambda _: (),
    ) -> None:
        """Create the roster; `restrictions` returns what the blacklist says about a participant."""
        self._files, self._people, self._restrictions = files, reader, restrictions

    def find(self, participant_id: str) -> RosterParticipant | None:
        """Return the participant of an id, or None. A merged id returns the surviving participant.

        A ticket of a merged id is replaced if either participant's tickets were.
        """
        visited: set[str] = set()
        valid_from = 0
        while participant_id not in visited:
            visited.add(participant_id)
            row = self._people.row(_BY_ID, (participant_id,))
            if row is None:
                return None
            valid_from = max(valid_from, row[7])
            if not row[6].startswith(MERGED):
                return _participant(row, valid_from, self._restrictions(row[0]))
            participant_id = row[6].removeprefix(MERGED)
        return None  # a cycle of merges is an error of the hub

    def find_by_code(self, text: str) -> RosterParticipant | None:
        """Return the participant of a typed registration code, or None.

        Codes are compared as `rules.text_normalization` defines. An id is not a code. Two matches return None.
        """
        code = normalize_code(text)
        if not code:
            return None
        rows = self._people.rows("SELECT id FROM participants WHERE normal_code = ? LIMIT 2", (code,))
        people = {person.id: person for row in rows if (person := self.find(row[0])) is not None}
        return (
            next(iter(people.values())) if len(people) == 1 else None
        )  # with two matches either would be a guess

    def search(self, text: str, limit: int = 20) -> tuple[RosterParticipant, ...]:
        """Return people whose names begin with the typed words; nobody for fewer than three letters."""
        if limit < 1:
            return ()
        # First who has the very words: a short name must not be lost among the longer ones that begin with it.
        ids = [*self._search(text, limit, whole_words=True), *self._search(text, limit, whole_words=False)]
        matching_ids = list(dict.fromkeys(ids))[:limit]
        people = {person.id: person for id_ in matching_ids if (person := self.find(id_)) is not None}
        return tuple(
            sorted(people.values(), key=lambda person: (person.last_name, person.first_name, person.id))
        )

    def _search(self, text: str, limit: int, *, whole_words: bool) -> list[str]:
        expression = build_query(text, whole_words=whole_words)
        if expression is None:
            return []
        rows = self._people.rows(
            "SELECT p.id FROM participants_fts f JOIN participants p ON p.rowid = f.rowid"
            " WHERE participants_fts MATCH ? AND p.standing <> 'deleted' LIMIT ?",
            (expression, limit),
        )
        return [row[0] for row in rows]

    def find_group(self, group_ref: str, limit: int) -> tuple[RosterParticipant, ...]:
        """Return the members of a group by name, at most `limit`; without deleted and merged registrations."""
        if not group_ref:
            return ()
        rows = self._people.rows(
            "SELECT id FROM participants WHERE group_ref = ? AND group_ref <> '' AND standing <> 'deleted'"
            " AND standing NOT LIKE 'merged:%' ORDER BY last_name, first_name, id LIMIT ?",
            (group_ref, limit),
        )
        return tuple(person for row in rows if (person := self.find(row[0])) is not None)

    def presence_rows(self, people: Sequence[str], event_id: str) -> list[Row]:
        """Return the hub's presences of these participants of an event in all its zones.

        A row has participant id, at_ms, device_id, sequence, zone, direction, entries, entered_at_ms and
        left_others_at_ms.
        """
        sql, values = _presences(people)
        slot = self._files.slot_of(event_id)
        if slot == self._files.served:
            return self._people.rows(sql, values)
        with closing(
            RosterReader(self._files, slot)
        ) as reader:  # of a scan before the station served another event
            return reader.rows(sql, values)

    def journal_heads(self, event_id: str) -> Mapping[tuple[str, str], IncludedRows] | None:
        """Return which rows of each journal the hub's presences of an event include, by device and journal; None: the hub has not said.

        Of an event that is not served now, nothing is read.
        """
        if self._files.slot_of(event_id) != self._files.served:
            return None
        rows = self._people.cached_rows("SELECT device_id, journal_id, sequence, missing FROM journals")
        return {
            (device_id, journal_id): _included(upto, missing) for device_id, journal_id, upto, missing in rows
        } or None

    def merged_ids(self, participant_id: str) -> tuple[str, ...]:
        """Return the ids that were merged into this one, directly or through others."""
        if not self._people.cached_rows("SELECT 1 FROM merged LIMIT 1"):
            return ()
        rows = self._people.rows(
            "WITH RECURSIVE gone (id) AS (SELECT id FROM merged WHERE survivor = ?1"
            " UNION SELECT m.id FROM merged m JOIN gone ON m.survivor = gone.id)"
            " SELECT id FROM gone WHERE id <> ?1",
            (participant_id,),
        )
        return tuple(row[0] for row in rows)

    @property
    def count(self) -> int:
        """Number of people who are neither deleted nor merged."""
        row = self._people.row("SELECT people FROM feed")
        return row[0] if row else 0


def _presences(people: Sequence[str]) -> tuple[str, tuple[str]]:
    """Return the query of these people's presences. A single person, as at each scan, needs no list to be parsed."""
    if len(people) == 1:
        return f"{_PRESENCE} WHERE participant_id = ?", (people[0],)
    ids = orjson.dumps(people).decode()
    return f"{_PRESENCE} WHERE participant_id IN (SELECT value FROM json_each(?))", (ids,)  # noqa: S608  own query


def _participant(row: Row, valid_from: int, restrictions: tuple[Restriction, ...]) -> RosterParticipant:
    return RosterParticipant(
        row[0],
        row[1],
        row[2],
        row[3],
        ParticipantStatus(row[4]),
        row[5],
        row[6],
        valid_from,
        row[8],
        restrictions,
    )


class Venue:
    """The event, its checkpoints, occupancy and conflicts, as the hub last sent them."""

    def __init__(self, files: RosterFiles, reader: "RosterReader", settings: StoredSettings) -> None:
        """Create the venue. Without a roster, event and checkpoints come from their copy in `settings`."""
        self._files, self._file, self._settings = files, reader, settings

    def event(self) -> EventRow | None:
        """Return the event that this station serves, or None."""
        rows = self._file.cached_rows("SELECT body FROM events ORDER BY id LIMIT 1")
        body = rows[0][0] if rows else next(iter(self._copied("events")), None)
        return None if body is None else _event(body)

    def checkpoint(self, checkpoint_id: str) -> CheckpointRow | None:
        """Return a checkpoint, or None. A deleted one has `deleted` set."""
        rows = self._file.cached_rows("SELECT body FROM checkpoints WHERE id = ?", (checkpoint_id,))
        if rows:
            return _checkpoint(rows[0][0])
        copied = map(_checkpoint, self._copied("checkpoints"))
        return next((checkpoint for checkpoint in copied if checkpoint.id == checkpoint_id), None)

    def _copied(self, table: str) -> list[str]:
        """Return the rows of the copy in the settings; none if there is a roster, or no copy."""
        if self._files.current:
            return []
        copied: dict[str, list[str]] = self._settings.get(event_setting(VENUE_COPY, self._files.served)) or {}
        return copied.get(table, [])

    def checkpoints(self) -> tuple[CheckpointRow, ...]:
        """Return the checkpoints that are not deleted, by name."""
        bodies = [row[0] for row in self._file.rows("SELECT body FROM checkpoints")]
        rows = [_checkpoint(body) for body in bodies or self._copied("checkpoints")]
        return tuple(sorted((row for row in rows if not row.deleted), key=lambda row: row.name))

    def occupancy(self) -> tuple[OccupancyRow, ...]:
        """Return the occupancy of each zone. This station's own scans are included once the hub has counted them."""
        rows = self._file.rows("SELECT zone, current, capacity FROM occupancy ORDER BY zone")
        return tuple(
            OccupancyRow(zone=zone, current=current, capacity=capacity) for zone, current, capacity in rows
        )

    def conflicts(self, since: datetime) -> tuple[ConflictRow, ...]:
        """Return admissions of one ticket by two stations at or after `since` that are not cleared, newest first."""
        rows = self._file.rows(
            "SELECT body FROM conflicts WHERE at_ms >= ? AND cleared = 0 ORDER BY at_ms DESC",
            (int(since.timestamp() * 1000),),
        )
        return tuple(ConflictRow.model_validate_json(row[0]) for row in rows)

    def as_of(self) -> datetime | None:
        """Return the corrected time at which this roster was last known to be complete, or None if there was never one."""
        rows = self._file.cached_rows("SELECT synced_at_ms FROM feed")
        return from_epoch_ms(rows[0][0]) if rows else None

    def age(self, now: datetime) -> timedelta | None:
        """Return the age of the roster, or None if there was never one."""
        as_of = self.as_of()
        return None if as_of is None else max(timedelta(0), now - as_of)


class RosterReader:
    """One thread's connection to the current roster file of an event; of the one that the station serves if `slot` is None."""

    def __init__(self, files: RosterFiles, slot: str | None = None) -> None:
        self._files, self._slot = files, slot
        self._number = 0
        self._file: EncryptedFile | None = None

    def row(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        """Return the first row of a query, or None."""
        return next(iter(self.rows(sql, values)), None)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """Return the rows of a query in the current file; none if there is no file or it is damaged.

        Raises:
            StoreError: A fault other than damage.
        """
        try:
            file = self.current()
            return [] if file is None else file.rows(sql, values)
        except StoreError as failure:
            if failure.fault is not StoreFault.CORRUPT:
                raise
            self.mark_damaged()
            return []

    def cached_rows(self, sql: str, values: tuple[Any, ...] = ()) -> list[Row]:
        """Return the rows of a small query as `EncryptedFile.cached_rows`; none if there is no file or it is damaged.

        Raises:
            StoreError: A fault other than damage.
        """
        try:
            file = self.current()
            return [] if file is None else file.cached_rows(sql, values)
        except StoreError as failure:
            if failure.fault is not StoreFault.CORRUPT:
                raise
            self.mark_damaged()
            return []

    @contextmanager
    def steady_reads(self) -> Iterator[None]:
        """As `EncryptedFile.steady_reads`. A file that replaces this one in the block is read as it is."""
        file = self._file
        with nullcontext() if file is None else file.steady_reads():
            yield

    def current(self) -> EncryptedFile | None:
        """Return the current file, opened if it was replaced, or None if there is no roster.

        Raises:
            StoreError: The file can't be opened. The next call tries again.
        """
        is_read_only = (
            self._file is not None and self._file.is_read_only
        )  # there may be space for its WAL now
        slot = self._files.served if self._slot is None else self._slot
        number = self._files.number(slot)
        if number != self._number or is_read_only or (self._number and self._file is None):
            self.close()
            self._number = self._files.acquire(slot)
            if self._number:
                self._file = self._files.open(self._number)
        return self._file

    def mark_damaged(self) -> None:
        """Mark the file as damaged, for all readers, until the next snapshot."""
        self._files.mark_damaged(self._number)

    def close(self) -> None:
        """Let go of the file; the last reader of one that was replaced removes it."""
        if self._file is not None:
            self._file.close()
        self._file = None
        if self._number:
            self._files.release(self._number)
        self._number = 0


@lru_cache(maxsize=1024)
def _included(upto: int, missing: str) -> IncludedRows:
    return IncludedRows(upto, frozenset(orjson.loads(missing)))
