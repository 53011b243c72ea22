"""The outbox: the journal's rows that the hub has not acknowledged.

A journal may consist of several incarnations, each with its own journal id. An earlier incarnation ends with the prefix
that the hub had acknowledged when it was closed (`send_until`); its other rows are copied to the next one. The hub may
lose rows of any incarnation when it is restored from a backup, so each keeps its own acknowledged prefix, and rows are
sent under the id that they were written under. The view `sendable_incarnations` has those of this enrolment.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from hub_sync.client.store.disk.encrypted_file import EncryptedFile
from hub_sync.client.store.disk.errors import JournalMismatch
from hub_sync.client.store.journal.journal_copy import CopiedIncarnation, CopiedRow, JournalCopy
from hub_sync.contract.clock import Clock, epoch_ms
from hub_sync.rules.journal_chain import GENESIS, chain_hash


@dataclass(frozen=True, slots=True)
class PendingRow:
    """A row to push. `set_aside` is the reason if only a note of it is pushed."""

    journal_id: str
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

    def __init__(
        self,
        file: EncryptedFile,
        clock: Clock,
        new_id: Callable[[], str],
        journal_copy: JournalCopy | None = None,
    ) -> None:
        """Create the outbox. New incarnations are written to `journal_copy` too, after their commit."""
        self._file, self._clock, self._new_id, self._copy = file, clock, new_id, journal_copy

    def acknowledged(self) -> AcknowledgedPrefix:
        """Return the prefix of the current incarnation that the hub last acknowledged."""
        prefix = self._file.row(
            "SELECT journal_id, acknowledged, head FROM incarnations ORDER BY number DESC LIMIT 1"
        )
        if prefix is None:
            raise RuntimeError("a store without an incarnation: it was not opened by open_store")
        return AcknowledgedPrefix(prefix[0], prefix[1], prefix[2].hex())

    def prefixes(self) -> tuple[AcknowledgedPrefix, ...]:
        """Return the acknowledged prefix of each incarnation that has rows for this enrolment's hub, oldest first."""
        rows = self._file.rows(
            "SELECT journal_id, acknowledged, head FROM sendable_incarnations WHERE last > 0 ORDER BY number"
        )
        return tuple(AcknowledgedPrefix(journal_id, upto, head.hex()) for journal_id, upto, head in rows)

    def pending(self, limit: int) -> tuple[PendingRow, ...]:
        """Return the first rows after the acknowledged prefix, in order. All are of one incarnation, the oldest first."""
        rows = self._file.rows(
            "SELECT i.journal_id, j.position - i.base, j.body, j.hash, j.boot_id, s.why"
            " FROM (SELECT * FROM sendable_incarnations WHERE last > acknowledged ORDER BY number LIMIT 1) i"
            " JOIN journal j ON j.position > i.base + i.acknowledged AND j.position <= i.base + i.last"
            " LEFT JOIN set_aside s ON s.position = j.position ORDER BY j.position LIMIT ?",
            (limit,),
        )
        return tuple(
            PendingRow(journal_id, sequence, body if why is None else "", digest.hex(), boot_id, why)
            for journal_id, sequence, body, digest, boot_id, why in rows
        )

    def acknowledge(self, sequence: int, head: str, journal_id: str | None = None) -> None:
        """Set the prefix that the hub holds of a journal (None: the current one).

        It may become shorter (a restored hub); then those rows are sent again. Of a closed incarnation, the hub may hold
        more than is to be sent.

        Raises:
            JournalMismatch: This journal has no row of that number with that hash. Nothing was changed.
            StoreError: The prefix could not be written.
        """
        with self._file.transaction():
            number, base, last, is_closed = self._incarnation(journal_id)
            if is_closed and sequence > last:
                sequence, head = last, self._head_at(base, last) or GENESIS
            own = self._head_at(base, sequence)
            if own is None or sequence > last:
                raise JournalMismatch(
                    f"The hub holds scan {sequence} of this station, which has not written it."
                )
            if own != head:
                raise JournalMismatch(f"The hub holds another scan {sequence} than this station wrote.")
            self._file.run(
                "UPDATE incarnations SET acknowledged = ?, head = ? WHERE number = ?",
                (sequence, bytes.fromhex(head), number),
            )

    def distrust(self, journal_id: str) -> None:
        """Forget what the hub acknowledged of a journal, because it holds other rows now than it acknowledged before."""
        self._file.run(
            "UPDATE incarnations SET acknowledged = 0, head = x'' WHERE journal_id = ?", (journal_id,)
        )

    def _incarnation(self, journal_id: str | None) -> tuple[int, int, int, bool]:
        row = self._file.row(
            "SELECT number, base, last, send_until IS NOT NULL FROM sendable_incarnations"
            " WHERE journal_id = coalesce(?, journal_id) ORDER BY number DESC LIMIT 1",
            (journal_id,),
        )
        if row is None:
            raise JournalMismatch("The hub answers about a journal that this station does not have.")
        return row[0], row[1], row[2], bool(row[3])

    def _head_at(self, base: int, sequence: int) -> str | None:
        if sequence == 0:
            return GENESIS
        row = self._file.row("SELECT hash FROM journal WHERE position = ?", (base + sequence,))
        return None if row is None else row[0].hex()

    def set_aside(self, sequence: int, reason: str, journal_id: str | None = None) -> None:
        """Push only a note of a row from now on, because the hub fails on it. The row stays in the journal and is counted."""
        with self._file.transaction():
            _, base, _, _ = self._incarnation(journal_id)
            self._file.run(
                "INSERT INTO set_aside (position, why, at_ms) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (base + sequence, reason[:500], epoch_ms(self._clock.now())),
            )

    def record_quarantine(
        self, journal_id: str, quarantined: Collection[int], accepted: Collection[int]
    ) -> None:
        """Record which rows (sequences) the hub quarantined, and which it accepted.

        A row that is sent again, because the hub was restored, counts once, and no more once it is accepted.
        """
        if not quarantined and not accepted:
            return
        with self._file.transaction():
            _, base, _, _ = self._incarnation(journal_id)
            self._file.run_many(
                "INSERT INTO quarantined (position) VALUES (?) ON CONFLICT DO NOTHING",
                [(base + sequence,) for sequence in quarantined],
            )
            if self._file.row("SELECT 1 FROM quarantined LIMIT 1") is not None:
                self._file.run_many(
                    "DELETE FROM quarantined WHERE position = ?",
                    [(base + sequence,) for sequence in accepted],
                )

    def start_new_incarnation(self, reason: str, *, leave_unsent: bool = False) -> str:
        """Start a new incarnation, and return its journal id. Its first rows are copies of the unacknowledged ones.

        The hub identifies a scan by its id, so a scan that arrived under the old journal is not counted twice.
        `leave_unsent` starts without the copies, if another hub must not get them. The rows stay in the journal.
        """
        with self._file.transaction():
            at_ms = epoch_ms(self._clock.now())
            journal_id = start_incarnation(
                self._file, self._new_id(), at_ms, reason, leave_unsent=leave_unsent
            )
            incarnation = read_incarnations(self._file)[-1]
            rows = read_rows(self._file, incarnation)
        if self._copy is not None:
            self._copy.add_incarnation(incarnation, rows)
        return journal_id


def read_incarnations(file: EncryptedFile) -> tuple[CopiedIncarnation, ...]:
    """Return the incarnations of a store as the journal's copy has them, oldest first."""
    rows = file.rows(
        "SELECT number, journal_id, base, started_at_ms, why, starts_enrolment FROM incarnations ORDER BY number"
    )
    return tuple(
        CopiedIncarnation(number, journal_id, base, started_at_ms, why, bool(starts_enrolment))
        for number, journal_id, base, started_at_ms, why, starts_enrolment in rows
    )


def read_rows(file: EncryptedFile, incarnation: CopiedIncarnation, after: int = 0) -> tuple[CopiedRow, ...]:
    """Return the rows of an incarnation as the journal's copy has them, those after a sequence only."""
    rows = file.rows(
        "SELECT position, hash, body FROM journal WHERE position > ? AND position <= coalesce("
        "(SELECT base FROM incarnations WHERE number = ?), position) ORDER BY position",
        (incarnation.base + after, incarnation.number + 1),
    )
    return tuple(
        CopiedRow(incarnation.journal_id, position - incarnation.base, digest.hex(), body)
        for position, digest, body in rows
    )


def droppable_rows(file: EncryptedFile, newest: int) -> tuple[dict[str, int], int]:
    """Return the last sequence of each journal that the copy can do without once a backup has it, and the number of other rows.

    These are acknowledged rows, except the `newest` ones of the store.
    """
    rows = file.rows(
        "WITH ends AS (SELECT i.journal_id, i.base, i.acknowledged,"
        " coalesce((SELECT n.base FROM incarnations n WHERE n.number = i.number + 1),"
        "  (SELECT coalesce(max(position), 0) FROM journal)) AS last FROM incarnations i)"
        " SELECT journal_id, max(0, min(acknowledged, last - base, (SELECT max(last) FROM ends) - ? - base)), last - base"
        " FROM ends",
        (newest,),
    )
    return {journal_id: upto for journal_id, upto, _ in rows if upto}, sum(
        last - upto for _, upto, last in rows
    )


def close_incarnation(file: EncryptedFile, journal_id: str, at_ms: int, reason: str) -> None:
    """Start an incarnation without rows inside an open transaction. What the hub lacks of the last is sent under its id."""
    file.run(
        "UPDATE incarnations SET send_until = (SELECT coalesce(max(position), 0) FROM journal) - base"
        " WHERE send_until IS NULL AND number = (SELECT max(number) FROM incarnations)"
    )
    file.run(
        "INSERT INTO incarnations (number, journal_id, base, started_at_ms, why)"
        " SELECT (SELECT coalesce(max(number), 0) + 1 FROM incarnations), ?,"
        " (SELECT coalesce(max(position), 0) FROM journal), ?, ?",
        (journal_id, at_ms, reason),
    )


def start_incarnation(
    file: EncryptedFile, journal_id: str, at_ms: int, reason: str, *, leave_unsent: bool = False
) -> str:
    """Start an incarnation inside an open transaction, and return its journal id."""
    unsent = file.rows(
        "SELECT j.record_id, j.boot_id, j.body, s.why, s.at_ms, q.position IS NOT NULL"
        " FROM sendable_incarnations i"
        " JOIN journal j ON j.position > i.base + i.acknowledged AND j.position <= i.base + i.last"
        " LEFT JOIN set_aside s ON s.position = j.position"
        " LEFT JOIN quarantined q ON q.position = j.position ORDER BY j.position"
    )
    number = file.row("SELECT coalesce(max(number), 0) + 1 FROM incarnations") or (1,)
    end = file.row("SELECT coalesce(max(position), 0) FROM journal") or (0,)
    last: int = end[0]
    file.run(
        "UPDATE incarnations SET send_until = acknowledged"
        " WHERE number IN (SELECT number FROM sendable_incarnations)"
    )
    file.run(
        "INSERT INTO incarnations (number, journal_id, base, started_at_ms, why, starts_enrolment)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (number[0], journal_id, last, at_ms, reason, int(leave_unsent)),
    )
    if leave_unsent:
        return journal_id
    head = GENESIS
    for position, (record_id, boot_id, body, reason_set_aside, set_aside_at_ms, quarantined) in enumerate(
        unsent, start=last + 1
    ):
        head = chain_hash(head, body.encode())
        file.run(
            "INSERT INTO journal (position, record_id, boot_id, hash, body) VALUES (?, ?, ?, ?, ?)",
            (position, record_id, boot_id, bytes.fromhex(head), body),
        )
        if reason_set_aside is not None:
            file.run("INSERT INTO set_aside VALUES (?, ?, ?)", (position, reason_set_aside, set_aside_at_ms))
        if quarantined:
            file.run("INSERT INTO quarantined VALUES (?)", (position,))
    return journal_id
