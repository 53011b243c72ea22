"""When a failed delivery is tried again (spec/domains.md, "Webhooks"). Pure."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

MINUTE, HOUR = 60, 3600
SCHEDULE_S = (5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR)
"""Seconds from one attempt to the next; after the last of them a failure is final."""
JITTER = 0.2
MAX_RETRY_AFTER = timedelta(hours=10)
"""No endpoint is believed that wants to be left alone for longer."""

RandomSource = Callable[[], float]
"""A number from 0 up to 1, as `random.random` gives it."""


def next_attempt(
    now: datetime, step: int, retry_after: timedelta | None, random: RandomSource
) -> datetime | None:
    """When to try again after the failure of the attempt numbered `step` (from 0); None: never.

    What the endpoint wishes (Retry-After) only lengthens the wait: one that always says “in a second” would else have
    used up its attempts before its trouble is over.
    """
    if step >= len(SCHEDULE_S):
        return None
    wait = timedelta(seconds=SCHEDULE_S[step] * (1 + JITTER * (2 * random() - 1)))
    return now + max(wait, retry_after or timedelta())


def parse_retry_after(header: str | None, now: datetime) -> timedelta | None:
    """What `Retry-After` asks for, in seconds or as a date (RFC 9110, 10.2.3), within bounds; None: nothing of sense."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), MAX_RETRY_AFTER)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(timedelta(), min(until - now, MAX_RETRY_AFTER))
