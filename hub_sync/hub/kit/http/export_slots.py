"""Limit how many exports run at once: each takes a thread, a snapshot of the database and memory for as long as it is read.

    slot = call.hub.export_slots.take(call.caller)
    return attachment_response(slot, pieces, MEDIA_TYPE, name, call.headers)

The limits are a process's, as what they protect is.
"""

import threading
from collections import Counter, deque
from collections.abc import Generator, Iterator
from typing import Any

from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.access import Caller
from hub_sync.hub.kit.security.rate_limits import TooManyRequests

MOST_AT_ONCE = 4
"""The most exports of all callers at once."""
MOST_PER_CALLER = 2
"""The most exports of one caller at once: a second click is no error."""
RETRY_AFTER_S = 15


class ExportRunning(TooManyRequests):
    """As many exports as the hub writes at once are running."""

    template = N_(
        "Other exports are running, and the hub writes %(limit)s at once. Nothing is lost: start this one again when they have ended."
    )


class OwnExportRunning(ExportRunning, variant=True):
    """The caller's own exports have not ended."""

    template = N_(
        "Another export of yours is running. Nothing is lost: let it end, and start this one again."
    )


class ExportSlots:
    """The exports that run in this process."""

    def __init__(self, most: int = MOST_AT_ONCE, most_per_caller: int = MOST_PER_CALLER) -> None:
        self._most, self._most_per_caller = most, most_per_caller
        self._running: Counter[str] = Counter()
        self._given_back: deque[str] = deque()
        """Slots that are free and not counted yet."""
        self._lock = threading.Lock()

    def take(self, caller: Caller, *, always: bool = False) -> "ExportSlot":
        """Return a slot, which is the caller's until the export has ended or the slot is given back.

        Args:
            caller: who exports.
            always: True for what nobody may be refused: the list of who is inside, for an evacuation.

        Raises:
            ExportRunning: 429, with the time to try again.
        """
        name = f"{caller.kind.value}:{caller.id}"
        with self._lock:
            self._count_given_back()
            if not always and self._running[name] >= self._most_per_caller:
                raise OwnExportRunning(limit=self._most_per_caller, retry_after_s=RETRY_AFTER_S)
            if not always and self._running.total() >= self._most:
                raise ExportRunning(limit=self._most, retry_after_s=RETRY_AFTER_S)
            self._running[name] += 1
        return ExportSlot(self, name)

    def give_back(self, name: str) -> None:
        """Let another export begin. No lock is taken: the garbage collector may call this on the thread that holds it."""
        self._given_back.append(name)

    def _count_given_back(self) -> None:
        while self._given_back:
            name = self._given_back.popleft()
            self._running[name] -= 1
            if not self._running[name]:
                del self._running[name]


class ExportSlot:
    """The right to run one export."""

    def __init__(self, slots: ExportSlots, name: str) -> None:
        self._slots, self._name, self._taken = slots, name, True

    def give_back(self) -> None:
        """Let another export begin; done once."""
        if self._taken:
            self._taken = False
            self._slots.give_back(self._name)

    def __del__(self) -> None:
        """Give the slot of a response back that was never sent."""
        self.give_back()

    def hold(self, pieces: Iterator[bytes]) -> Generator[bytes]:
        """Yield the export's pieces; the slot is free when they end, fail, or are dropped by who reads them."""
        closing: Any = pieces
        try:
            yield from pieces
        finally:
            self.give_back()
            if hasattr(closing, "close"):
                closing.close()
