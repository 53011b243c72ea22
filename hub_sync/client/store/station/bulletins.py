"""The hub's bulletins as a station has them, by event, and what became of each, until the hub knows it.

They are lost with the store, and pulled again then.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hub_sync.client.store.disk.encrypted_file import EncryptedFile
from hub_sync.client.store.roster.files import RosterFiles
from hub_sync.contract.bulletins import (
    MAX_RECEIPTS,
    NO_BULLETINS,
    BulletinList,
    BulletinReceipt,
    StationBulletin,
)

_RECEIPT = "id, stored_at_ms, shown_at_ms, answered_at_ms, answered_by"


@dataclass(frozen=True, slots=True)
class BulletinBoard:
    """The bulletins of an event: `as_of_ms` is the hub's time when it sent them, `answered` the ids that somebody has confirmed."""

    bulletins: tuple[StationBulletin, ...] = ()
    as_of_ms: int = 0
    answered: frozenset[str] = frozenset()


class StoredBulletins:
    """The stored bulletins of an event; of the event that the station serves, if `slot` is None."""

    def __init__(self, file: EncryptedFile, rosters: RosterFiles, slot: str | None = None) -> None:
        self._file, self._rosters, self._slot = file, rosters, slot

    def of(self, slot: str) -> "StoredBulletins":
        """Return those of one event, whichever is served."""
        return StoredBulletins(self._file, self._rosters, slot)

    @property
    def _own(self) -> str:
        return self._rosters.served if self._slot is None else self._slot

    def stamp(self) -> str:
        """Return the stamp of the list; `NO_BULLETINS` if there is none.

        Raises:
            StoreError: it could not be read.
        """
        rows = self._file.cached_rows("SELECT stamp FROM bulletin_lists WHERE slot = ?", (self._own,))
        return rows[0][0] if rows else NO_BULLETINS

    def read(self) -> BulletinBoard:
        """Return what there is. It costs nothing while the store has not changed.

        Raises:
            StoreError: it could not be read.
        """
        heads = self._file.cached_rows("SELECT as_of_ms FROM bulletin_lists WHERE slot = ?", (self._own,))
        if not heads:
            return BulletinBoard()
        bodies = self._file.cached_rows("SELECT body FROM bulletins WHERE slot = ?", (self._own,))
        answered = self._file.cached_rows("SELECT id FROM bulletin_receipts WHERE answered_at_ms IS NOT NULL")
        return BulletinBoard(
            tuple(StationBulletin.model_validate_json(body) for (body,) in bodies),
            heads[0][0],
            frozenset(id_ for (id_,) in answered),
        )

    def replace(self, sent: BulletinList, as_of_ms: int) -> None:
        """Replace the list, and note of each new bulletin that the station has it.

        Args:
            sent: the list of the event.
            as_of_ms: the hub's time, as its page says it.

        Raises:
            StoreError: it could not be written; the list before holds.
        """
        with self._file.transaction():
            self._file.run("DELETE FROM bulletins WHERE slot = ?", (self._own,))
            self._file.run(
                "INSERT OR REPLACE INTO bulletin_lists (slot, stamp, as_of_ms) VALUES (?, ?, ?)",
                (self._own, sent.stamp, as_of_ms),
            )
            self._file.run_many(
                "INSERT OR REPLACE INTO bulletins (slot, id, body) VALUES (?, ?, ?)",
                [(self._own, row.id, row.model_dump_json()) for row in sent.bulletins],
            )
            self._file.run_many(
                "INSERT OR IGNORE INTO bulletin_receipts (id, stored_at_ms) VALUES (?, ?)",
                [(row.id, as_of_ms) for row in sent.bulletins],
            )
            self._file.run(
                "DELETE FROM bulletin_receipts WHERE is_sent = 1 AND id NOT IN (SELECT id FROM bulletins)"
            )

    def note_shown(self, ids: Iterable[str], at_ms: int) -> bool:
        """Note that bulletins stand on the screen; return True if one does so for the first time.

        Raises:
            StoreError: it could not be written.
        """
        return self._note("shown_at_ms = ?, is_sent = 0", "shown_at_ms IS NULL", ids, (at_ms,))

    def note_answer(self, bulletin_id: str, operator: str, at_ms: int) -> bool:
        """Note that somebody has confirmed a bulletin; return False if somebody had before.

        Raises:
            StoreError: it could not be written.
        """
        changes = "answered_at_ms = ?, answered_by = ?, is_sent = 0"
        return self._note(changes, "answered_at_ms IS NULL", [bulletin_id], (at_ms, operator))

    def receipts_to_send(self) -> tuple[BulletinReceipt, ...]:
        """Return what the hub does not know yet.

        Raises:
            StoreError: it could not be read.
        """
        rows = self._file.cached_rows(
            f"SELECT {_RECEIPT} FROM bulletin_receipts WHERE is_sent = 0 ORDER BY stored_at_ms, id LIMIT {MAX_RECEIPTS}"  # noqa: S608  own column names
        )
        return tuple(
            BulletinReceipt(
                id=id_, stored_at_ms=stored, shown_at_ms=shown, answered_at_ms=answered, answered_by=by
            )
            for id_, stored, shown, answered, by in rows
        )

    def record_sent(self, receipts: Sequence[BulletinReceipt]) -> None:
        """Note that the hub knows these receipts. One that has changed since is sent again.

        Raises:
            StoreError: it could not be written.
        """
        with self._file.transaction():
            self._file.run_many(
                "UPDATE bulletin_receipts SET is_sent = 1 WHERE id = ? AND shown_at_ms IS ? AND answered_at_ms IS ?",
                [(each.id, each.shown_at_ms, each.answered_at_ms) for each in receipts],
            )
            self._file.run(
                "DELETE FROM bulletin_receipts WHERE is_sent = 1 AND id NOT IN (SELECT id FROM bulletins)"
            )

    def erase(self) -> None:
        """Erase the bulletins of all events, because the station was revoked or has another enrolment now.

        Raises:
            StoreError: they could not be erased.
        """
        with self._file.transaction():
            for table in ("bulletins", "bulletin_lists", "bulletin_receipts"):
                self._file.run(f"DELETE FROM {table}")  # noqa: S608  own table names

    def _note(self, changes: str, condition: str, ids: Iterable[str], values: tuple[object, ...]) -> bool:
        noted = False
        with self._file.transaction():
            for id_ in ids:
                where = f"WHERE id = ? AND {condition}"
                if self._file.row(f"SELECT 1 FROM bulletin_receipts {where}", (id_,)) is not None:  # noqa: S608
                    self._file.run(f"UPDATE bulletin_receipts SET {changes} {where}", (*values, id_))  # noqa: S608
                    noted = True
        return noted
