"""The keys that open tickets, as the hub last sent them."""

from collections.abc import Collection, Iterable

from hub_sync.client.store.disk.encrypted_file import EncryptedFile, Row
from hub_sync.client.store.journal.journal_copy import JournalCopy
from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.sync import QrKeyRow, key_ring_digest
from hub_sync.rules.ticket_keys import KeyRing, TicketKey


class TicketKeys:
    """The stored key ring. The gate reads it at each scan; the pull replaces it."""

    def __init__(self, file: EncryptedFile, journal_copy: JournalCopy | None = None) -> None:
        """Create the ring. The keys are written to `journal_copy` too, so that they survive the loss of the store."""
        self._file, self._copy = file, journal_copy
        self._ring_rows: list[Row] | None = None
        self._ring = KeyRing(())

    def key_ring(self) -> KeyRing:
        """Return all keys; none before the first pull. The ring is rebuilt only if the keys have changed."""
        rows = self._file.rows("SELECT kid, material, not_before_ms, not_after_ms FROM qr_keys ORDER BY kid")
        if rows != self._ring_rows:
            self._ring, self._ring_rows = KeyRing(_key(row) for row in rows), rows
        return self._ring

    def digest(self) -> str:
        """Return the digest of the keys, by which the hub recognises that they are its own; "" without keys."""
        rows = self._file.rows("SELECT kid, material, not_before_ms, not_after_ms FROM qr_keys")
        return key_ring_digest(rows) if rows else ""

    def erase(self) -> None:
        """Delete all keys, and overwrite them in the file. The WAL and the journal's copy still have earlier ones."""
        self._file.rows("PRAGMA secure_delete = ON")
        self._file.run("DELETE FROM qr_keys")
        if self._copy is not None:
            self._copy.add_keys(())

    def replace(self, keys: Iterable[QrKeyRow], *, unchanged: Collection[str] = ()) -> None:
        """Replace all keys except those whose ids are in `unchanged`."""
        added = [(key.kid, key.material, key.not_before_ms, key.not_after_ms) for key in keys]
        with self._file.transaction():
            kids = [(kid,) for (kid,) in self._file.rows("SELECT kid FROM qr_keys") if kid not in unchanged]
            self._file.run_many("DELETE FROM qr_keys WHERE kid = ?", kids)
            self._file.run_many(
                "INSERT INTO qr_keys (kid, material, not_before_ms, not_after_ms) VALUES (?, ?, ?, ?)", added
            )
            rows = self._file.rows(
                "SELECT kid, material, not_before_ms, not_after_ms FROM qr_keys ORDER BY kid"
            )
        if self._copy is not None:
            self._copy.add_keys(rows)


def _key(row: Row) -> TicketKey:
    kid, material, not_before, not_after = row
    return TicketKey(
        kid=kid,
        material=bytes.fromhex(material),
        not_before=None if not_before is None else from_epoch_ms(not_before),
        not_after=None if not_after is None else from_epoch_ms(not_after),
    )
