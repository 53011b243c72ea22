"""The keys that open tickets, as the hub last sent them."""

from collections.abc import Collection, Iterable

import orjson

from hub_sync.client.store.disk.encrypted_file import EncryptedFile, Row
from hub_sync.client.store.journal.journal_copy import JournalCopy
from hub_sync.client.store.station.settings import StoredSettings
from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.enums import TicketAlgorithm
from hub_sync.contract.sync import EndedKeyRow, QrKeyRow, key_ring_digest
from hub_sync.rules.tickets.ticket_keys import AnyTicketKey, EndedKey, KeyRing, SignatureKey, TicketKey

SELECT_KEYS = (
    "SELECT kid, material, not_before_ms, not_after_ms, algorithm, tenant_id FROM qr_keys ORDER BY kid"
)
INSERT_KEY = (
    "INSERT INTO qr_keys (kid, material, not_before_ms, not_after_ms, algorithm, tenant_id)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)
ENDED_KEYS = "ended_ticket_keys"
"""Setting: what is known of ticket keys that have ended, which opens nothing."""
_LATER_COLUMNS = (TicketAlgorithm.SEALED.value, "")


class TicketKeys:
    """The stored key ring. The gate reads it at each scan; the pull replaces it."""

    def __init__(self, file: EncryptedFile, journal_copy: JournalCopy | None = None) -> None:
        """Create the ring. The keys are written to `journal_copy` too, so that they survive the loss of the store."""
        self._file, self._copy = file, journal_copy
        self._settings = StoredSettings(file, journal_copy)
        self._ring_source: tuple[list[Row], str | None] | None = None
        self._ring = KeyRing(())

    def key_ring(self) -> KeyRing:
        """Return all keys; none before the first pull. The ring is rebuilt only if the keys have changed."""
        source = self._file.cached_rows(SELECT_KEYS), self._settings.text(ENDED_KEYS)
        if source != self._ring_source:
            rows, ended = source
            self._ring = KeyRing((_key(row) for row in rows), _ended_keys(ended))
            self._ring_source = source
        return self._ring

    def newest_kids(self, limit: int) -> tuple[str, ...]:
        """Return the names of the newest keys, oldest first."""
        rows = sorted(self._file.cached_rows(SELECT_KEYS), key=lambda row: row[2] or 0)
        return tuple(str(row[0]) for row in rows[-limit:])

    def digest(self) -> str:
        """Return the digest of the keys, by which the hub recognises that they are its own; "" without keys."""
        rows = self._file.rows(SELECT_KEYS)
        return key_ring_digest(rows) if rows else ""

    def erase(self) -> None:
        """Delete all keys, and overwrite them in the file. The WAL and the journal's copy still have earlier ones."""
        self._file.rows("PRAGMA secure_delete = ON")
        self._file.run("DELETE FROM qr_keys")
        self._note_ended(())
        if self._copy is not None:
            self._copy.add_keys(())

    def loses(self, keys: Iterable[QrKeyRow], *, unchanged: Collection[str] = ()) -> bool:
        """Return True if `replace` removes a key of now."""
        after = {key.values() for key in keys}
        return any(row not in after and row[0] not in unchanged for row in self._file.rows(SELECT_KEYS))

    def replace(
        self,
        keys: Iterable[QrKeyRow],
        *,
        unchanged: Collection[str] = (),
        ended: Collection[EndedKeyRow] = (),
    ) -> None:
        """Replace all keys except those whose ids are in `unchanged`. Those that are removed are overwritten in the file.

        `ended` is what is known of keys that have ended.
        """
        added = [key.values() for key in keys]
        self._file.rows("PRAGMA secure_delete = ON")
        with self._file.transaction():
            kids = [(kid,) for (kid,) in self._file.rows("SELECT kid FROM qr_keys") if kid not in unchanged]
            self._file.run_many("DELETE FROM qr_keys WHERE kid = ?", kids)
            self._file.run_many(INSERT_KEY, added)
            rows = self._file.rows(SELECT_KEYS)
        if self._copy is not None:
            self._copy.add_keys(rows)
        self._note_ended(ended)

    def _note_ended(self, ended: Collection[EndedKeyRow]) -> None:
        rows = [key.model_dump(mode="json") for key in ended]
        if rows != self._settings.get(ENDED_KEYS, []):
            self._settings.put(ENDED_KEYS, rows)


def complete_key_rows(rows: Iterable[Row]) -> list[Row]:
    """Return rows of the order of `SELECT_KEYS`; those of a file from before signed tickets have fewer columns."""
    columns = 4 + len(_LATER_COLUMNS)
    return [(*row, *_LATER_COLUMNS[len(row) - columns :]) if len(row) < columns else row for row in rows]


def _ended_keys(text: str | None) -> list[EndedKey]:
    rows = [EndedKeyRow.model_validate(row) for row in orjson.loads(text or "[]")]
    return [EndedKey(row.kid, row.algorithm, bytes.fromhex(row.key_id)) for row in rows]


def _key(row: Row) -> AnyTicketKey:
    kid, material, not_before_ms, not_after_ms, algorithm, tenant_id = row
    not_before = None if not_before_ms is None else from_epoch_ms(not_before_ms)
    not_after = None if not_after_ms is None else from_epoch_ms(not_after_ms)
    if algorithm == TicketAlgorithm.SIGNED:
        return SignatureKey(kid, bytes.fromhex(material), tenant_id, not_before, not_after)
    return TicketKey(kid, bytes.fromhex(material), not_before, not_after)
