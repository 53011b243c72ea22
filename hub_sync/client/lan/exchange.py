"""The messages between two stations, over datagrams that may be lost, repeated or out of order. No socket, no clock.

Each side confirms a position of the other's journal, and gets what follows it. All of it may be repeated: it is state.
"""

from dataclasses import dataclass

from hub_sync.contract.lan import PeerMessage

RETRY_MS = 300
MAX_RETRY_MS = 3_000
MAX_UNCONFIRMED = 8
"""Datagrams that are sent before the first of them is confirmed."""


@dataclass(frozen=True, slots=True)
class JournalPosition:
    """A position of the journal `journal`."""

    journal: str
    position: int


class Exchange:
    """The state of what this station has told one other station."""

    def __init__(self) -> None:
        self._confirmed: int | None = None
        """Up to where the other station has this journal; None: it has not said yet."""
        self._journal = ""
        self._sent = 0
        self._unconfirmed = 0
        self._progress_ms = 0
        self._retry_ms = RETRY_MS

    def restart(self) -> None:
        """Wait for the other station's first message of a new session: it may have lost what it had."""
        self._confirmed, self._unconfirmed, self._retry_ms = None, 0, RETRY_MS

    def take_confirmation(self, message: PeerMessage, own: JournalPosition, now_ms: int) -> None:
        """Learn up to where the other station has this journal."""
        position = message.confirmed if message.confirmed_journal == own.journal else 0
        position = min(position, own.position)
        if self._confirmed is None or self._journal != own.journal:
            self._sent, self._unconfirmed, self._progress_ms = position, 0, now_ms
        elif position > self._confirmed:
            self._progress_ms, self._retry_ms = now_ms, RETRY_MS
            self._unconfirmed = 0 if position >= self._sent else max(0, self._unconfirmed - 1)
            self._sent = max(self._sent, position)
        self._confirmed, self._journal = position, own.journal

    def next_position(self, own: JournalPosition, now_ms: int) -> int | None:
        """Return the position after which rows are to be sent now; None: nothing is to be sent."""
        if self._confirmed is None or self._journal != own.journal:
            return None
        is_late = self._sent > self._confirmed and now_ms >= self._progress_ms + self._retry_ms
        if is_late:
            self._sent, self._unconfirmed, self._progress_ms = self._confirmed, 0, now_ms
            self._retry_ms = min(2 * self._retry_ms, MAX_RETRY_MS)
        if self._sent >= own.position or self._unconfirmed >= MAX_UNCONFIRMED:
            return None
        return self._sent

    def record_sent(self, upto: int, now_ms: int) -> None:
        """Note that rows up to a position were sent."""
        if not self._unconfirmed:
            self._progress_ms = now_ms
        self._sent, self._unconfirmed = upto, self._unconfirmed + 1

    def due_in_ms(self, own: JournalPosition, now_ms: int) -> int | None:
        """Return the time until something is to be repeated; None: nothing is."""
        if self._confirmed is None or self._sent <= self._confirmed or own.journal != self._journal:
            return None
        return max(0, self._progress_ms + self._retry_ms - now_ms)


def follows(message: PeerMessage, stored: JournalPosition) -> bool:
    """Return True if a message continues what is stored of its sender's journal."""
    position = stored.position if stored.journal == message.journal else 0
    return message.after <= position < message.upto
