"""Wait for the changes of events' feeds on behalf of one live stream, and check that its caller still has access.

The one loop behind all live streams (check-in, the overview, the stations' nudges). It holds no thread while it waits.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from enum import Enum, auto
from typing import Self

from hub_sync.hub.kit.events.live_streams import Key, LiveStreams, StreamWaiter

COALESCE_S = 0.05
"""Changes that come closer together than this are read together."""


class FeedState(Enum):
    """The outcome of a wait."""

    CHANGED = auto()
    """There is something to read."""
    UNCHANGED = auto()
    """Nothing has changed, and the caller still has access; wait again."""
    UNAUTHORIZED = auto()
    """The caller has lost access; end the stream."""
    CLOSED = auto()
    """The hub stops; end the stream."""


class FeedWatch:
    """The waits of one stream."""

    def __init__(
        self,
        listener: StreamWaiter,
        is_authorized: Callable[[], Awaitable[bool]],
        recheck_s: float,
        coalesce_s: float,
    ) -> None:
        """Take a listener that is registered already; see `of`."""
        self._listener, self._is_authorized = listener, is_authorized
        self._recheck_s, self._coalesce_s = recheck_s, coalesce_s
        self._clock = asyncio.get_running_loop().time
        self._checked_at = self._clock()

    @classmethod
    @contextmanager
    def of(
        cls,
        live_streams: LiveStreams,
        keys: Collection[Key],
        is_authorized: Callable[[], Awaitable[bool]],
        recheck_s: float,
        coalesce_s: float = COALESCE_S,
    ) -> Iterator[Self]:
        """Watch feeds until the block ends. Enter first, then read what the stream begins with.

        Args:
            live_streams: the streams of this process.
            keys: the feeds.
            is_authorized: checks the caller's access again.
            recheck_s: seconds between two checks.
            coalesce_s: seconds to wait after a change, so that changes close together are read together.
        """
        with live_streams.listen(*keys) as listener:
            yield cls(listener, is_authorized, recheck_s, coalesce_s)

    @property
    def state(self) -> FeedState:
        """The state before the first wait: CHANGED, or CLOSED if the hub stops already."""
        return FeedState.CLOSED if self._listener.closing else FeedState.CHANGED

    def wake(self) -> None:
        """End the wait: there is something to read that is no change of these feeds."""
        self._listener.wake()

    def take_notice(self) -> bool:
        """Return True if one of the keys had a notice since the last call."""
        was_notified, self._listener.was_notified = self._listener.was_notified, False
        return was_notified

    async def wait(self, *, has_more: bool = False) -> FeedState:
        """Wait until a feed changes, the next check of access is due or the hub stops.

        Args:
            has_more: the stream has not read everything yet; don't wait for a change.
        """
        remaining = max(0.0, self._checked_at + self._recheck_s - self._clock())
        changed = has_more or await self._listener.wait(remaining)
        if self._listener.closing:
            return FeedState.CLOSED
        if self._clock() >= self._checked_at + self._recheck_s:
            if not await self._is_authorized():
                return FeedState.UNAUTHORIZED
            self._checked_at = self._clock()
        if not changed:
            return FeedState.UNCHANGED
        if self._coalesce_s and not has_more:
            await asyncio.sleep(self._coalesce_s)
        return self.state
