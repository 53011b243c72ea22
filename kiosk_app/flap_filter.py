"""Steady view of what comes and goes: a loose cable or a contact that flaps is one alarm, not one a second."""

from collections import defaultdict, deque
from collections.abc import Collection, Hashable
from typing import Generic, TypeVar

FLAPS = 3
WITHIN_MS = 60_000
STEADY_AFTER_MS = 60_000
"""What came `FLAPS` times `WITHIN_MS` counts as present until it has been away for this time."""

Item = TypeVar("Item", bound=Hashable)


class FlapFilter(Generic[Item]):
    """Follows which items are present. Times are monotonic milliseconds."""

    def __init__(self) -> None:
        self._came: defaultdict[Item, deque[int]] = defaultdict(lambda: deque(maxlen=FLAPS))
        self._present: frozenset[Item] = frozenset()
        self._last_ms: dict[Item, int] = {}

    def take(self, present: Collection[Item], now_ms: int) -> frozenset[Item]:
        """Take what is present now into account; return that, and what flaps."""
        for item in frozenset(present) - self._present:
            self._came[item].append(now_ms)
        self._present = frozenset(present)
        for item in self._present:
            self._last_ms[item] = now_ms
        for item in [item for item, at in self._last_ms.items() if now_ms - at >= STEADY_AFTER_MS]:
            del self._last_ms[item]
            self._came.pop(item, None)
        return self._present | {item for item in self._last_ms if self._flaps(item)}

    def _flaps(self, item: Item) -> bool:
        came = self._came[item]
        return len(came) == FLAPS and came[-1] - came[0] <= WITHIN_MS
