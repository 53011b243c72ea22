"""A storage of moving windows in memory, for the strategies of `limits`.

The library's own MemoryStorage starts a thread every 10 ms that walks over every name it has ever counted: with 2,000
names it took 17 % of a core, with 20,000 61 %, and no name was forgotten. Here a name is pruned when it is asked for,
and forgotten within a minute of its last call's leaving the window.
"""

import threading
import time
from collections import deque

from limits.storage import MemoryStorage

SCHEME = "doorward-memory"
"""The URL scheme of this storage."""
SWEEP_S = 60
"""The seconds between two removals of names without calls."""


class MovingWindowStorage(MemoryStorage):
    """The times of the calls of the last window, by name. Thread-safe."""

    STORAGE_SCHEME = [SCHEME]  # noqa: RUF012 - `limits` reads it from the class

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._windows: dict[str, _Window] = {}
        self._swept = 0.0

    def take(self, key: str, limit: int, expiry: int) -> tuple[bool, float, int]:
        """Count a call if the limit allows it; return whether it did, and the result of `get_moving_window`."""
        now = time.time()
        with self._lock:
            window, granted = self._counted(now, key, limit, expiry, 1)
            return granted, window.calls[0] if window.calls else now, min(len(window.calls), limit)

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count `amount` calls if there is room for them in the last `expiry` seconds."""
        with self._lock:
            return self._counted(time.time(), key, limit, expiry, amount)[1]

    def _counted(self, now: float, key: str, limit: int, expiry: int, amount: int) -> "tuple[_Window, bool]":
        if not 0 <= now - self._swept < SWEEP_S:
            self._sweep(now)
        window = self._windows.get(key)
        if window is None:
            window = self._windows[key] = _Window(expiry)
        window.prune(now)
        granted = len(window.calls) + amount <= limit
        if granted:
            window.calls.extend([now] * amount)
        return window, granted

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:  # noqa: ARG002 - as the key says
        """Return the time of the oldest call that counts (now if there is none), and how many count."""
        now = time.time()
        with self._lock:
            window = self._windows.get(key)
            if window is not None:
                window.prune(now)
            if window is None or not window.calls:
                return now, 0
            return window.calls[0], min(len(window.calls), limit)

    def __len__(self) -> int:
        """Return the number of names."""
        return len(self._windows)

    def _sweep(self, now: float) -> None:
        self._swept = now
        for window in self._windows.values():
            window.prune(now)
        self._windows = {key: window for key, window in self._windows.items() if window.calls}


class _Window:
    """The times of the calls under one name."""

    __slots__ = ("_expiry", "calls")

    def __init__(self, expiry: int) -> None:
        self._expiry = expiry
        self.calls: deque[float] = deque()

    def prune(self, now: float) -> None:
        """Forget what has left the window."""
        calls, oldest = self.calls, now - self._expiry
        if calls and calls[-1] > now:  # the clock was set back: what was counted lies in no window
            calls.clear()
        while calls and calls[0] <= oldest:
            calls.popleft()
