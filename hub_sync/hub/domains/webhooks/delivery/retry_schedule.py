"""The retry schedule of failed deliveries (docs/webhooks.md, "Retries"), as pure functions."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

MINUTE, HOUR = 60, 3600
SCHEDULE_S = (5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR)
"""Seconds from one attempt to the next; after the last of them a failure is final."""
JITTER = 0.2
MAX_RETRY_AFTER = timedelta(hours=10)
"""The longest Retry-After that is respected."""

RandomSource = Callable[[], float]
"""Returns a number from 0 up to 1, as `random.random` does."""


def next_attempt(
    now: datetime, step: int, retry_after: timedelta | None, random: RandomSource
) -> datetime | None:
    """Return when to try again after a failure, or None if the failure is final.

    Retry-After only lengthens the wait: an endpoint that always says “in a second” would otherwise use up its attempts
    before it works again.

    Args:
        now: the time of the failure.
        step: the number of the attempt that failed, from 0.
        retry_after: the wait that the endpoint asks for.
        random: the source of the jitter.
    """
    if step >= len(SCHEDULE_S):
        return None
    wait = timedelta(seconds=SCHEDULE_S[step] * (1 + JITTER * (2 * random() - 1)))
    return now + max(wait, retry_after or timedelta())


def parse_retry_after(header: str | None, now: datetime) -> timedelta | None:
    """Parse `Retry-After`, in seconds or as a date (RFC 9110, 10.2.3). Return at most `MAX_RETRY_AFTER`, or None if invalid."""
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
