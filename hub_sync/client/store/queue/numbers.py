"""The numbers that this station may give: blocks that the hub leased, and the letters of its own when none is left.

All of it is used with the journal under which it was got. A store that was restored, or a copied disk that the hub noticed, has
another journal, and gives none of these numbers again.
"""

from collections.abc import Callable
from dataclasses import dataclass

from hub_sync.client.store.disk.encrypted_file import EncryptedFile
from hub_sync.contract.queue import BlockRequest, NumberBlock, QueueRow


@dataclass(frozen=True, slots=True)
class TicketNumber:
    """A number's place in its lane; `lane` "": of a block."""

    sequence: int
    lane: str


@dataclass(frozen=True, slots=True)
class OwnPrefix:
    """This station's own letters, and the journal with which it uses them."""

    letters: str
    journal_id: str


class QueueNumbers:
    """Blocks and lanes. `take` runs inside of the caller's transaction."""

    def __init__(self, file: EncryptedFile) -> None:
        self._file = file

    def take(self, queue: QueueRow, day: str, journal_id: str, lane: OwnPrefix) -> TicketNumber | None:
        """Take the next number of a queue and a day; None: there is none, until the hub is reached."""
        block = self._file.row(
            "SELECT id, next FROM queue_blocks WHERE queue_id = ? AND service_date = ? AND journal_id = ?"
            " AND next <= last ORDER BY next LIMIT 1",
            (queue.id, day, journal_id),
        )
        if block is not None:
            self._file.run("UPDATE queue_blocks SET next = next + 1 WHERE id = ?", (block[0],))
            return TicketNumber(block[1], "")
        if not lane.letters or lane.journal_id != journal_id:
            return None
        place = (queue.event_id, queue.id, day, lane.letters)
        row = self._file.row(
            "SELECT next FROM queue_lanes WHERE event_id = ? AND queue_id = ? AND service_date = ? AND lane = ?",
            place,
        )
        if row is None:  # a store that was written anew has the tickets, and not the count
            row = self._file.row(
                "SELECT coalesce(max(sequence), 0) + 1 FROM queue_tickets WHERE event_id = ? AND queue_id = ?"
                " AND service_date = ? AND lane = ?",
                place,
            )
        sequence: int = row[0] if row else 1
        self._file.run("INSERT OR REPLACE INTO queue_lanes VALUES (?, ?, ?, ?, ?)", (*place, sequence + 1))
        return TicketNumber(sequence, lane.letters)

    def left(self, queue_id: str, day: str, journal_id: str) -> int:
        """Return how many numbers of blocks are left."""
        row = self._file.row(
            "SELECT coalesce(sum(last - next + 1), 0) FROM queue_blocks"
            " WHERE queue_id = ? AND service_date = ? AND journal_id = ? AND next <= last",
            (queue_id, day, journal_id),
        )
        return row[0] if row else 0

    def open_request(
        self, queue: QueueRow, day: str, journal_id: str, new_id: Callable[[], str]
    ) -> BlockRequest:
        """Return the request for a block that is not answered yet, or a new one; it is on the disk before it is sent."""
        row = self._file.row(
            "SELECT id FROM queue_blocks WHERE queue_id = ? AND service_date = ? AND journal_id = ? AND next IS NULL",
            (queue.id, day, journal_id),
        )
        request_id = row[0] if row else new_id()
        if row is None:
            self._file.run(
                "INSERT INTO queue_blocks (id, event_id, queue_id, service_date, journal_id) VALUES (?, ?, ?, ?, ?)",
                (request_id, queue.event_id, queue.id, day, journal_id),
            )
        return BlockRequest(id=request_id, queue_id=queue.id, day=day)

    def add_block(self, block: NumberBlock) -> bool:
        """Take a block that this station asked for. Return False if it did not, or has it already."""
        row = self._file.row(
            "SELECT 1 FROM queue_blocks WHERE id = ? AND next IS NULL AND queue_id = ? AND service_date = ?",
            (block.id, block.queue_id, block.service_date),
        )
        if row is None or not 1 <= block.first <= block.last:
            return False
        self._file.run(
            "UPDATE queue_blocks SET next = ?, last = ? WHERE id = ? AND next IS NULL",
            (block.first, block.last, block.id),
        )
        return True

    def forget(self) -> None:
        """Forget all numbers, because the station has another enrolment now."""
        for table in ("queue_blocks", "queue_lanes"):
            self._file.run(f"DELETE FROM {table}")  # noqa: S608  own names
