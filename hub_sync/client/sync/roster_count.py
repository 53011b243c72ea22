"""The comparison of the roster's number of participants with the hub's.

Deltas send only what changes. So a roster that lost people (a short snapshot that was believed, a fault of hub or station)
would never get them back. The hub says now and then how many participants the event has; if the roster's number differs as
often as chance can't explain, the station asks for a snapshot. Decision: `docs/adr/0044-doubted-snapshots.md`.
"""

from hub_sync.contract.clock import Clock

COMPARE_EVERY_MS = 600_000
"""Time between two comparisons that agree."""
LIKE_DIFFERENCES = 3
"""Equal differences in a row that lead to a snapshot. Somebody who registers in the same moment makes one."""


class RosterCount:
    """Decides when to compare, and when to ask for a snapshot. Used by the pull loop's thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._due_ms = clock.monotonic_ms()
        self._difference, self._answers = 0, 0
        self.needs_snapshot = False

    @property
    def is_due(self) -> bool:
        """True if the next page should say the hub's number."""
        return self._clock.monotonic_ms() >= self._due_ms

    def compare(self, roster: int, hub: int) -> None:
        """Compare the roster's number of participants with the hub's, both with deleted ones."""
        now_ms, difference = self._clock.monotonic_ms(), hub - roster
        if not difference:
            self._answers, self._due_ms = 0, now_ms + COMPARE_EVERY_MS
            return
        self._answers = self._answers + 1 if difference == self._difference else 1
        self._difference = difference
        if self._answers >= LIKE_DIFFERENCES:  # if the snapshot does not help, another one some minutes later
            self.needs_snapshot, self._answers, self._due_ms = True, 0, now_ms + COMPARE_EVERY_MS

    def restart(self) -> None:
        """Compare with the next page: a snapshot was believed from which people had vanished."""
        self._due_ms = self._clock.monotonic_ms()
