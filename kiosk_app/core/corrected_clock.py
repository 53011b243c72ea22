"""The machine's clock, corrected by the offset that sync measured last: displayed times agree with decisions."""

from collections.abc import Callable
from datetime import datetime, timedelta

from hub_sync.contract.clock import Clock


class CorrectedClock:
    """A `Clock` whose wall clock follows the hub's; `offset_ms` returns hub minus station, None: not measured."""

    def __init__(self, clock: Clock, offset_ms: Callable[[], int | None]) -> None:
        self._clock, self._offset_ms = clock, offset_ms

    @property
    def boot_id(self) -> str:
        """The machine's boot id."""
        return self._clock.boot_id

    def now(self) -> datetime:
        """Return the corrected wall clock, UTC."""
        return self._clock.now() + timedelta(milliseconds=self._offset_ms() or 0)

    def monotonic_ms(self) -> int:
        """Return the machine's monotonic clock, which never jumps."""
        return self._clock.monotonic_ms()
