"""Occupancy as this gate knows it: the hub's count, and this station's scans that are not in it yet."""

from collections import defaultdict, deque
from dataclasses import dataclass

from hub_sync.client.store import Store
from kiosk_app.messages import GateOutcome


@dataclass(frozen=True, slots=True)
class ZoneTotal:
    """The number of people in a zone, and its capacity. Zone "" is the event as a whole."""

    zone: str
    current: int
    capacity: int | None


class OccupancyCounter:
    """Adds this station's scans to the hub's figures. Belongs to the gate's thread."""

    def __init__(self) -> None:
        self._own: deque[tuple[int, str, int]] = deque()

    def add(self, outcome: GateOutcome, zone: str) -> None:
        """Count a scan of this station until the hub has counted it."""
        if outcome.sequence is not None and outcome.decision.occupancy_change:
            self._own.append((outcome.sequence, zone, outcome.decision.occupancy_change))

    def zones(self, store: Store) -> tuple[ZoneTotal, ...]:
        """Return every zone that the hub counts; the station's own scans count from the moment they were written.

        Raises:
            StoreError: the store could not be read.
        """
        acknowledged = store.outbox.acknowledged().sequence
        while self._own and self._own[0][0] <= acknowledged:
            self._own.popleft()
        own: dict[str, int] = defaultdict(int)
        for _, zone, change in self._own:
            own[zone] += change
        everywhere = sum(change for zone, change in own.items() if zone)
        own[""] += everywhere
        return tuple(
            ZoneTotal(row.zone, max(0, row.current + own[row.zone]), row.capacity)
            for row in store.venue.occupancy()
        )
