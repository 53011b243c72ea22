"""Throttle: how many messages an account may send now, by limits such as ten a second and a thousand an hour."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` messages in any `window`."""

    count: int
    window: timedelta


class Throttle:
    """The messages of an account that its limits still count. A clock that is set back makes them wait no longer than a window."""

    def __init__(self, limits: Sequence[Limit], sent: Iterable[datetime] = ()) -> None:
        """Take the limits, and when messages were sent before this process began."""
        self.limits = tuple(limits)
        self._sent = deque(sorted(sent), maxlen=max((limit.count for limit in self.limits), default=0))

    def allowance(self, now: datetime) -> int | None:
        """Return how many messages may be sent now; None: any number."""
        self._forget_future(now)
        free = (limit.count - self._in_window(limit, now) for limit in self.limits)
        return min(free, default=None)

    def spend(self, number: int, now: datetime) -> None:
        """Count messages that are sent now."""
        self._sent.extend([now] * number)

    def next_at(self, now: datetime) -> datetime:
        """Return when a message may be sent: `now`, or when the limits have room again."""
        self._forget_future(now)
        opens = now
        for limit in self.limits:
            if self._in_window(limit, now) >= limit.count:
                opens = max(opens, self._sent[-limit.count] + limit.window)
        return opens

    def _in_window(self, limit: Limit, now: datetime) -> int:
        cutoff, number = now - limit.window, 0
        for at in reversed(self._sent):
            if at <= cutoff or number == limit.count:
                break
            number += 1
        return number

    def _forget_future(self, now: datetime) -> None:
        """Take what was sent at a later time, before the clock was set back, as sent now."""
        if self._sent and self._sent[-1] > now:
            self._sent = deque((min(at, now) for at in self._sent), maxlen=self._sent.maxlen)
