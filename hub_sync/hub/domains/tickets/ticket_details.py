"""What stands on a ticket."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TicketDetails:
    """The content of a ticket's page."""

    text: str
    organiser: str
    event: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    name: str
    registration_code: str
    category: str
    entrances: Sequence[str]
