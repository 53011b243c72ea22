"""The blacklist of an event as the hub last sent it: restrictions of participants, and hashes of values.

Nothing of it is readable without the hub, and a station knows no reason. It is lost with the store, and pulled again then.
"""

from collections.abc import Iterable

from hub_sync.client.store.disk.encrypted_file import EncryptedFile
from hub_sync.client.store.roster.files import RosterFiles
from hub_sync.contract.screening import ScreeningEffect, ScreeningList
from hub_sync.rules.screening import Restriction, event_hash, slow_hash, typed_values

_ROWS = "SELECT effect, valid_from, valid_until FROM screening_rows WHERE slot = ? AND subject = ?"


class StoredScreening:
    """The stored list of an event; of the event that the station serves, if `slot` is None."""

    def __init__(self, file: EncryptedFile, rosters: RosterFiles, slot: str | None = None) -> None:
        self._file, self._rosters, self._slot = file, rosters, slot

    def of(self, slot: str) -> "StoredScreening":
        """Return that of one event, whichever is served."""
        return StoredScreening(self._file, self._rosters, slot)

    @property
    def _own(self) -> str:
        return self._rosters.served if self._slot is None else self._slot

    def stamp(self) -> str:
        """Return the stamp of the list; "" before the hub has sent one."""
        rows = self._file.cached_rows("SELECT stamp FROM screening_lists WHERE slot = ?", (self._own,))
        return rows[0][0] if rows else ""

    def restrictions(self, participant_id: str) -> tuple[Restriction, ...]:
        """Return what the list says about a participant; none: the standing in the roster holds on every day.

        Raises:
            StoreError: it could not be read.
        """
        if not self.stamp():
            return ()
        return tuple(map(_restriction, self._file.rows(_ROWS, (self._own, f"p:{participant_id}"))))

    def restrictions_of_text(self, text: str, region: str = "") -> tuple[Restriction, ...]:
        """Return what the list says about whoever has the name, address or number that was typed. It takes some 50 ms.

        Args:
            text: as somebody typed it.
            region: the country (ISO 3166) of numbers without a calling code; "": unknown.

        Raises:
            StoreError: it could not be read.
        """
        row = self._file.row("SELECT salt, key FROM screening_lists WHERE slot = ?", (self._own,))
        has_hashes = row and self._file.row(
            "SELECT 1 FROM screening_rows WHERE slot = ? AND subject GLOB 'v:*' LIMIT 1", (self._own,)
        )
        if row is None or not has_hashes:
            return ()
        salt, key = bytes.fromhex(row[0]), bytes.fromhex(row[1])
        hashes = (event_hash(slow_hash(kind, value, salt), key) for kind, value in typed_values(text, region))
        return tuple(
            _restriction(each)
            for hashed in hashes
            for each in self._file.rows(_ROWS, (self._own, f"v:{hashed}"))
        )

    def replace(self, screening: ScreeningList) -> None:
        """Replace the list.

        Raises:
            StoreError: it could not be written; the list before holds.
        """
        rows = [
            (
                self._own,
                f"p:{row.participant_id}" if row.participant_id else f"v:{row.value_hash}",
                row.effect.value,
                row.valid_from,
                row.valid_until,
            )
            for row in screening.rows
        ]
        with self._file.transaction():
            self._clear([self._own])
            self._file.run(
                "INSERT INTO screening_lists (slot, stamp, salt, key) VALUES (?, ?, ?, ?)",
                (self._own, screening.stamp, screening.salt, screening.key),
            )
            self._file.run_many(
                "INSERT INTO screening_rows (slot, subject, effect, valid_from, valid_until)"
                " VALUES (?, ?, ?, ?, ?)",
                rows,
            )

    def erase(self) -> None:
        """Erase the lists of all events, because the station was revoked or has another enrolment now.

        Raises:
            StoreError: they could not be erased.
        """
        with self._file.transaction():
            self._clear(self._rosters.slots)

    def _clear(self, slots: Iterable[str]) -> None:
        for slot in slots:
            self._file.run("DELETE FROM screening_lists WHERE slot = ?", (slot,))
            self._file.run("DELETE FROM screening_rows WHERE slot = ?", (slot,))


def _restriction(row: tuple[str, str | None, str | None]) -> Restriction:
    return Restriction(ScreeningEffect(row[0]), row[1], row[2])
