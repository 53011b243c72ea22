"""Who has a ticket, where no hub says it: the station that answers for a ticket grants it to the first who asks.

Grants are short: what was granted is called within a moment, and the action says so from then on.
"""

from collections.abc import Iterable

from hub_sync.client.store.disk.encrypted_file import EncryptedFile
from hub_sync.client.store.queue.actions import QueueActions
from hub_sync.contract.enums import QueueStatus

GRANT_MS = 5_000
"""The time in which a granted ticket is granted to nobody else: longer than any way of the action to this station."""
CALLABLE = frozenset({QueueStatus.WAITING, QueueStatus.PARKED, QueueStatus.NO_SHOW})


class TicketGrants:
    """The grants of this station, on its disk: its threads share them."""

    def __init__(self, file: EncryptedFile, actions: QueueActions) -> None:
        self._file, self._actions = file, actions

    def grant(
        self, ticket_ids: Iterable[str], claim_id: str, device_id: str, clock: tuple[str, int]
    ) -> str | None:
        """Grant the first of the tickets that is free, inside of the caller's transaction; the same claim gets the same ticket.

        Args:
            ticket_ids: the tickets in their order.
            claim_id: the id of the claim.
            device_id: the station that claims.
            clock: the boot's id, and the monotonic clock in milliseconds.

        Returns: the id of the ticket, None if none of them is free.
        """
        before = self._file.row("SELECT ticket_id FROM queue_claims WHERE claim_id = ?", (claim_id,))
        if before is not None:
            return str(before[0])
        for ticket_id in ticket_ids:
            if self.is_free(ticket_id, claim_id, clock):
                self._file.run(
                    "INSERT OR REPLACE INTO queue_claims VALUES (?, ?, ?, ?, ?)",
                    (ticket_id, claim_id, device_id, *clock),
                )
                return ticket_id
        return None

    def is_free(self, ticket_id: str, claim_id: str, clock: tuple[str, int]) -> bool:
        """Return True if a ticket may be called, and is granted to no other claim. One that is not known here may be."""
        ticket = self._actions.ticket(ticket_id)
        if ticket is not None and ticket.status not in CALLABLE:
            return False
        row = self._file.row(
            "SELECT claim_id, boot_id, granted_ms FROM queue_claims WHERE ticket_id = ?", (ticket_id,)
        )
        if row is None or row[0] == claim_id:
            return True
        boot_id, now_ms = clock
        return bool(row[1] != boot_id or now_ms - row[2] > GRANT_MS)

    def forget(self) -> None:
        """Forget all grants."""
        self._file.run("DELETE FROM queue_claims")
