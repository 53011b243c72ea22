"""Reports about messages that a server had taken: what they say, wherever they come from."""

import re
from dataclasses import dataclass
from enum import StrEnum

_NO_SUCH_ADDRESS = re.compile(r"5\.(0\.0|1\.(?!7$|8$)\d{1,3})$")
"""RFC 3463: 5.1.7 and 5.1.8 are about the sender's address."""
_ID_IN_MESSAGE_ID = re.compile(r"<?([0-9a-f-]{36})@[^<>@\s]{1,255}>?$")


class ReportKind(StrEnum):
    """The kind of a report."""

    FAILED = "FAILED"
    DELAYED = "DELAYED"
    COMPLAINED = "COMPLAINED"
    DELIVERED = "DELIVERED"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReport:
    """A report about one message.

    Attributes:
        kind: what it says.
        delivery_ids: deliveries that it may be about; each is checked by the database.
        recipient: the address that it names, or "". It is only compared with the delivery's own: a report can't accuse another address.
        status: the enhanced status code (RFC 3463), such as `5.1.1`, or "".
        detail: what the server answered, or "".
    """

    kind: ReportKind
    delivery_ids: tuple[str, ...]
    recipient: str = ""
    status: str = ""
    detail: str = ""

    @property
    def names_dead_address(self) -> bool:
        """Return True if the address itself is the reason, and not a full mailbox, a policy or a lost network."""
        return self.kind is ReportKind.FAILED and (
            not self.status or _NO_SUCH_ADDRESS.match(self.status) is not None
        )


def delivery_id_of(message_id: str) -> str | None:
    """Return the id of the delivery with a Message-ID of this program; None: it is none.

    >>> delivery_id_of("<01977a3e-5b1c-7d2a-9f00-6c1d2e3f4a5b@fair.example>")
    '01977a3e-5b1c-7d2a-9f00-6c1d2e3f4a5b'
    """
    match = _ID_IN_MESSAGE_ID.match(message_id.strip())
    return match[1] if match else None
