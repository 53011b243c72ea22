"""The outbox: the journal's rows that the hub has not acknowledged."""

from collections.abc import Callable
from dataclasses import dataclass

from hub_sync.client.store.disk.encrypted_file import EncryptedFile
from hub_sync.client.store.disk.errors import JournalMismatch
from hub_sync.contract.clock import Clock, epoch_ms
from hub_sync.rules.journal_chain import GENESIS, chain_hash


@dataclass(frozen=True, slots=True)
class PendingRow:
    """A row to push. `set_aside` is the reason if only a note of it is pushed."""

    sequence: int
    body: str
    hash: str
    boot_id: str
    set_aside: str | None


@dataclass(frozen=True, slots=True)
class AcknowledgedPrefix:
    """The prefix of the journal `journal_id` that the hub holds: up to `sequence`, whose row has the hash `head`."""

    journal_id: str
    sequence: int
    head: str


class Outbox:
    """Rows to send. A row leaves the outbox by acknowledgement and is never deleted."""

    def __init__(self, file: EncryptedFile, clock: Clock, new_id: Callable[[], str]) -> None:
        self._file, self._clock, self._new_id = file, clock, new_id

    def acknowledged(self) -> AcknowledgedPrefix:
        """Return the prefix that the hub last acknowledged."""
        prefix = self._file.row(
            "SELECT journal_id, acknowledged, head FROM incarnations WHERE number = (SELECT max(number) FROM incarnations)"
        )
        if prefix is None:
            raise RuntimeError("a store without an incarnation: it was not opened by open_store")
        return AcknowledgedPrefix(prefix[0], prefix[1], prefix[2].hex())

    def pending(self, limit: int) -> tuple[PendingRow, ...]:
        """Return the first rows after the acknowledged prefix, in order."""
        rows = self._file.rows(
            "SELECT j.position - i.base, j.body, j.hash, j.boot_id, s.why FROM incarnations i"
            " JOIN journal j ON j.position > i.base + i.acknowledged"
            " LEFT JOIN set_aside s ON s.position = j.position"
            " WHERE i.number = (SELECT max(number) FROM incarnations) ORDER BY j.position LIMIT ?",
            (limit,),
        )
        return tuple(
            PendingRow(sequence, body if why is None else "", digest.hex(), boot_id, why)
            for sequence, body, digest, boot_id, why in rows
        )

    def acknowledge(self, sequence: int, head: str) -> None:
        """Set the prefix that the hub holds. It may become shorter (a restored hub); then those rows are sent again.

        Raises:
            JournalMismatch: This journal has no row of that number with that hash. Nothing was changed.
            StoreError: The prefix could not be written.
        """
        with self._file.transaction():
            own = self._head_at(sequence)
            if own is None:
                raise JournalMismatch(
                    f"The hub holds scan {sequence} of this station, which has not written it."
                )
            if own != head:
                raise JournalMismatch(f"The hub holds another scan {sequence} than this station wrote.")
            self._file.run(
                "UPDATE incarnations SET acknowledged = ?, head = ? WHERE number = (SELECT max(number) FROM incarnations)",
                (sequence, bytes.fromhex(head)),
            )

    def _head_at(self, sequence: int) -> str | None:
        if sequence == 0:
            return GENESIS
        row = self._file.row(
            "SELECT j.hash FROM incarnations i JOIN journal j ON j.position = i.base + ?"
            " WHERE i.number = (SELECT max(number) FROM incarnations)",
            (sequence,),
        )
        return None if row is None else row[0].hex()

    def set_aside(self, sequence: int, reason: str) -> None:
        """Push only a note of a row from now on, because the hub fails on it. The row stays in the journal and is counted."""
        self._file.run(
            "INSERT INTO set_aside (position, why, at_ms)"
            " SELECT base + ?, ?, ? FROM incarnations WHERE number = (SELECT max(number) FROM incarnations) ON CONFLICT DO NOTHING",
            (sequence, reason[:500], epoch_ms(self._clock.now())),
        )

    def start_new_incarnation(self, reason: str, *, leave_unsent: bool = False) -> str:
        """Start a new incarnation, and return its journal id. Its first rows are copies of the unacknowledged ones.

        The hub identifies a scan by its id, so a scan that arrived under the old journal is not counted twice.
        `leave_unsent` starts without the copies, if another hub must not get them. The rows stay in the journal.
        """
        with self._file.transaction():
            at_ms = epoch_ms(self._clock.now())
            return start_incarnation(self._file, self._new_id(), at_ms, reason, leave_unsent=leave_unsent)


def start_incarnation(
    file: EncryptedFile, journal_id: str, at_ms: int, reason: str, *, leave_unsent: bool = False
) -> str:
    """Start an incarnation inside an open transaction, and return its journal id."""
    current = file.row("SELECT number, base, acknowledged FROM incarnations ORDER BY number DESC LIMIT 1")
    number, base, acknowledged = current or (0, 0, 0)
    unsent = file.rows(
        "SELECT j.position, j.record_id, j.boot_id, j.body, s.why, s.at_ms FROM journal j"
        " LEFT JOIN set_aside s ON s.position = j.position WHERE j.position > ? ORDER BY j.position",
        (base + acknowledged,),
    )
    end = file.row("SELECT coalesce(max(position), 0) FROM journal")
    last: int = end[0] if end else 0
    file.run(
        "INSERT INTO incarnations (number, journal_id, base, started_at_ms, why) VALUES (?, ?, ?, ?, ?)",
        (number + 1, journal_id, last, at_ms, reason),
    )
    if leave_unsent:
        return journal_id
    head = GENESIS
    for position, (_, record_id, boot_id, body, set_aside_reason, set_aside_at_ms) in enumerate(
        unsent, start=last + 1
    ):
        head = chain_hash(head, body.encode())
        file.run(
            "INSERT INTO journal (position, record_id, boot_id, hash, body) VALUES (?, ?, ?, ?, ?)",
            (position, record_id, boot_id, bytes.fromhex(head), body),
        )
        if set_aside_reason is not None:
            file.run("INSERT INTO set_aside VALUES (?, ?, ?)", (position, set_aside_reason, set_aside_at_ms))
    return journal_id
