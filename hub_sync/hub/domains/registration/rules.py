"""Rules of a registration page: when it is open, and who is meant by a list of names."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from hub_sync.rules.text_normalization import first_and_last


class RegistrationWindow(StrEnum):
    """States of a registration page at a time."""

    CLOSED = "CLOSED"
    NOT_YET = "NOT_YET"
    OPEN = "OPEN"
    OVER = "OVER"


def window_at(
    now: datetime,
    *,
    is_active: bool,
    opens_at: datetime | None,
    closes_at: datetime | None,
    ends_at: datetime,
) -> RegistrationWindow:
    """Return the state of a page at a time. The moment of opening belongs to it, that of closing does not.

    Args:
        now: the time.
        is_active: the organiser has switched it on.
        opens_at: None: from the moment at which it is switched on.
        closes_at: None: until the event ends.
        ends_at: the end of the event, after which nobody registers.
    """
    if not is_active:
        return RegistrationWindow.CLOSED
    if now >= (ends_at if closes_at is None else min(closes_at, ends_at)):
        return RegistrationWindow.OVER
    if opens_at is not None and now < opens_at:
        return RegistrationWindow.NOT_YET
    return RegistrationWindow.OPEN


def split_names(typed: str) -> Sequence[tuple[str, str]]:
    r"""Return first and last names of a list with one person in each line. The last word is the last name.

    >>> split_names("Ben Carter\n\nMary Jane  Watson\nPelé")
    [('Ben', 'Carter'), ('Mary Jane', 'Watson'), ('Pelé', '')]
    """
    return [first_and_last(line) for line in typed.splitlines() if line.strip()]
