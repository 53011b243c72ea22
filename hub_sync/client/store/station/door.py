"""The seats that a gate may give to the waitlist, by event, and what it gave.

The list belongs to the journal under which it was pulled: a store that was restored, or whose journal forked, begins another journal and
gives nothing before it has pulled again. What was given is written with the rows of the journal, and read from them when a store is rebuilt.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import orjson

from hub_sync.client.store.disk.encrypted_file import EncryptedFile
from hub_sync.client.store.roster.files import RosterFiles
from hub_sync.contract.door import NO_DOOR, DoorList, DoorRecord

NOTHING = DoorList(stamp=NO_DOOR)
_UNSENT_IDS = (
    "SELECT record_id FROM sendable_incarnations i JOIN journal j"
    " ON j.position > i.base + i.acknowledged AND j.position <= i.base + i.last WHERE body ->> 'kind' = 'door'"
)
"""The rows about the door that the hub has not acknowledged."""


@dataclass(frozen=True, slots=True)
class DoorBoard:
    """What a gate has of the door: the list, and the seats, entries and people of what it gave itself.

    `holders` are the participants whose seats it gave by rows that the hub has not settled yet.
    """

    door: DoorList = NOTHING
    seats: frozenset[str] = frozenset()
    entries: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    holders: frozenset[str] = frozenset()


class StoredDoor:
    """The stored list of an event; of the event that the station serves, if `slot` is None."""

    def __init__(
        self,
        file: EncryptedFile,
        rosters: RosterFiles,
        journal_id: Callable[[], str],
        slot: str | None = None,
    ) -> None:
        self._file, self._rosters, self._journal_id, self._slot = file, rosters, journal_id, slot

    def of(self, slot: str) -> "StoredDoor":
        """Return that of one event, whichever is served."""
        return StoredDoor(self._file, self._rosters, self._journal_id, slot)

    @property
    def _own(self) -> str:
        return self._rosters.served if self._slot is None else self._slot

    def stamp(self) -> str:
        """Return the stamp of the list; `NO_DOOR` if there is none that counts.

        Raises:
            StoreError: it could not be read.
        """
        return self._list().stamp

    def read(self, event_id: str) -> DoorBoard:
        """Return what there is for an event.

        Raises:
            StoreError: it could not be read.
        """
        return replace(self.given(event_id), door=self._list())

    def given(self, event_id: str) -> DoorBoard:
        """Return what this station gave at an event, without the list. It costs nothing while the store has not changed.

        Raises:
            StoreError: it could not be read.
        """
        sql = "SELECT entry_id, participant_id, seat_ids, holder_ids FROM door_fills WHERE event_id = ?"
        rows = self._file.cached_rows(sql, (event_id,))
        return DoorBoard(
            seats=frozenset(id_ for row in rows for id_ in orjson.loads(row[2])),
            entries=frozenset(row[0] for row in rows),
            people=frozenset(row[1] for row in rows),
            holders=frozenset(id_ for row in rows for id_ in orjson.loads(row[3])),
        )

    def replace(self, door: DoorList) -> None:
        """Replace the list.

        Raises:
            StoreError: it could not be written; the list before holds.
        """
        with self._file.transaction():
            self._file.run(
                "INSERT OR REPLACE INTO door_lists (slot, journal_id, body) VALUES (?, ?, ?)",
                (self._own, self._journal_id(), door.model_dump_json()),
            )

    def note_fill(self, record: DoorRecord) -> None:
        """Note what is given, inside of the transaction that writes the row.

        Raises:
            StoreError: it could not be written.
        """
        holders = {seat.id: seat.holder_id for seat in self._list().seats}
        given = [holders[id_] for id_ in record.seat_ids if holders.get(id_)]
        insert_fill(self._file, record, given)

    def forget_settled(self, event_id: str) -> None:
        """Forget whose seats were given by rows that the hub has settled: from now on the roster says who has none.

        Such a row is acknowledged, and its seats are no longer in the list. A list that the hub wrote before it had the row still has them.

        Raises:
            StoreError: it could not be written; what was given here is believed on.
        """
        sql = "SELECT id, seat_ids FROM door_fills WHERE event_id = ? AND holder_ids <> '[]'"
        leased = {seat.id for seat in self._list().seats}
        rows = self._file.cached_rows(sql, (event_id,))
        gone = {id_ for id_, seat_ids in rows if leased.isdisjoint(orjson.loads(seat_ids))}
        if not gone:
            return
        settled = gone - {id_ for (id_,) in self._file.rows(_UNSENT_IDS)}
        if not settled:
            return
        with self._file.transaction():
            for id_ in sorted(settled):
                self._file.run("UPDATE door_fills SET holder_ids = '[]' WHERE id = ?", (id_,))

    def erase(self) -> None:
        """Erase the lists of all events, because the station was revoked or has another enrolment now.

        Raises:
            StoreError: they could not be erased.
        """
        with self._file.transaction():
            for table in ("door_lists", "door_fills"):
                self._file.run(f"DELETE FROM {table}")  # noqa: S608  own table names

    def _list(self) -> DoorList:
        rows = self._file.cached_rows("SELECT journal_id, body FROM door_lists WHERE slot = ?", (self._own,))
        if not rows or rows[0][0] != self._journal_id():
            return NOTHING
        return DoorList.model_validate_json(rows[0][1])


def insert_fill(file: EncryptedFile, record: DoorRecord, holder_ids: list[str]) -> None:
    """Insert what a row gave; a second time changes nothing. A rebuilt store does not know whose seats they were."""
    file.run(
        "INSERT OR IGNORE INTO door_fills (id, event_id, entry_id, participant_id, seat_ids, holder_ids)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            *(record.id, record.event_id, record.entry_id, record.participant_id),
            *(orjson.dumps(record.seat_ids).decode(), orjson.dumps(holder_ids).decode()),
        ),
    )
