"""What the engine needs of a connection, whatever the channel."""

from typing import Protocol

from hub_sync.hub.domains.messages.delivery.compose import RenderedMessage
from hub_sync.hub.domains.messages.delivery.retry_schedule import SendOutcome


class ConnectionOver(Exception):
    """The connection ended, or the server said 421, before the message was begun: another connection may send it."""


class Connection(Protocol):
    """An open connection of an account, that sends one message after another."""

    sent: int
    """Messages that were accepted over it."""

    @property
    def is_open(self) -> bool:
        """Return True unless it is known to be closed."""

    async def open(self) -> None:
        """Connect and sign in.

        Raises:
            SenderUnusable: the account does not work.
        """

    async def send(
        self, recipient: str, payload: bytes | None, content: RenderedMessage, envelope_sender: str
    ) -> SendOutcome:
        """Send one message; `envelope_sender` is where bounces of e-mail go to.

        Raises:
            ConnectionOver: it was not begun; the connection is closed.
            SenderUnusable: the account is refused; the message was not begun.
        """

    async def close(self) -> None:
        """Say goodbye and close."""
