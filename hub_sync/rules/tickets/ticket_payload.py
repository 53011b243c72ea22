"""What a ticket says, and why a text is not a valid ticket. Both versions of the codec use these."""

import json
from dataclasses import dataclass
from enum import StrEnum

MAX_ID_LENGTH = 64


class TicketRejectionKind(StrEnum):
    """Reason why a text is not a valid ticket."""

    NOT_A_TICKET = "not_a_ticket"
    DAMAGED = "damaged"
    FORGED = "forged"
    OUTDATED = "outdated"
    """Protected with a key that has ended; a sealed ticket names no key, so it may be a forgery or another event's."""
    UNSUPPORTED = "unsupported"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class TicketRejection:
    """A text that is not a valid ticket, with its reason."""

    kind: TicketRejectionKind
    message: str
    is_of_ended_key: bool = False
    """True: it is of a key of this organiser that has ended. False of an outdated one: it may be a forgery or another event's, too."""


@dataclass(frozen=True, slots=True)
class TicketPayload:
    """Content of a ticket: ids of participant, tenant and event, and its time of issue (Unix seconds).

    Version 2 also has the category at the time of issue, and the times (Unix seconds) between which the ticket is valid:
    from `not_before` on, until just before `not_after`; None means no limit.
    """

    pid: str
    tid: str
    eid: str
    iat: int
    v: int = 1
    category: str = ""
    not_before: int | None = None
    not_after: int | None = None

    def to_json(self) -> bytes:
        """Return the compact UTF-8 JSON of version 1, with its members in the order of the specification."""
        members = {"pid": self.pid, "tid": self.tid, "eid": self.eid, "iat": self.iat, "v": self.v}
        return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()


def is_id(value: object) -> bool:
    """Return True for 1 to 64 printable characters, which every table and index of station and hub can hold."""
    return isinstance(value, str) and 0 < len(value) <= MAX_ID_LENGTH and value.isprintable()
