"""The inbox between the live loop and the pull loop: what came by the stream, and where the roster is when one is opened."""

import threading
from typing import NamedTuple

from hub_sync.client.http.live_changes import LiveNudge, LivePosition, PulledChanges

MOST_CHANGES = 50
"""Changes that wait for a pull loop that loads something else; with more, it pulls."""


class LiveNews(NamedTuple):
    """The changes that came, in their order, the cursors up to which there is something, and True if the station must pull anyway."""

    changes: tuple[PulledChanges, ...] = ()
    nudges: tuple[LiveNudge, ...] = ()
    is_pull_due: bool = False


class LiveInbox:
    """Written by the live loop's thread, read by that of the pull loop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changes: list[PulledChanges] = []
        self._nudges: dict[str, LiveNudge] = {}
        self._is_pull_due = False
        self._position: LivePosition | None = None

    def put(self, changes: PulledChanges) -> None:
        """Add changes."""
        with self._lock:
            self._changes.append(changes)
            if len(self._changes) > MOST_CHANGES:
                self._changes.clear()
                self._is_pull_due = True

    def nudge(self, nudge: LiveNudge) -> None:
        """Note up to where there is something to pull."""
        with self._lock:
            self._nudges[nudge.event_id] = nudge

    def request_pull(self) -> None:
        """Note that there is something that only a pull brings."""
        with self._lock:
            self._is_pull_due = True

    def note_position(self, position: LivePosition | None) -> None:
        """Note where the roster of the served event is; None: the station must pull."""
        with self._lock:
            self._position = position

    @property
    def position(self) -> LivePosition | None:
        """Where the roster of the served event is: a new stream begins with what has changed since; None: with a nudge."""
        with self._lock:
            return self._position

    def take(self) -> LiveNews:
        """Return what came since the last call."""
        with self._lock:
            news = LiveNews(tuple(self._changes), tuple(self._nudges.values()), self._is_pull_due)
            self._changes, self._nudges, self._is_pull_due = [], {}, False
        return news
