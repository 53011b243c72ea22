"""For how long an offer holds its seats: shorter towards the start, and never past the last moment at which it could be used."""

from datetime import datetime, timedelta

SHORTEST_HOLD = timedelta(minutes=15)
_STEPS = (
    (timedelta(days=3), timedelta(hours=24)),
    (timedelta(hours=12), timedelta(hours=2)),
    (timedelta(0), SHORTEST_HOLD),
)
"""(time left, longest hold): with more time left than this an offer may hold so long."""


def hold_until(now: datetime, last_moment: datetime, longest: timedelta) -> datetime | None:
    """Return until when an offer that is made now holds its seats; None: it is too late for one.

    Args:
        now: the present time.
        last_moment: the last moment at which the offer could be used (pretix#681).
        longest: the longest hold that the organiser wants.
    """
    remaining = last_moment - now
    if remaining <= timedelta(0):
        return None
    step = next(hold for left, hold in _STEPS if remaining > left)
    return now + min(step, longest, remaining)
