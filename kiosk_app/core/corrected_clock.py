"""The machine's clock, corrected by what sync last measured: what a person reads agrees with what was decided."""

from collections.abc import Callable
from datetime import datetime, timedelta

from hub_sync.contract.clock import Clock


class CorrectedClock:
    """A `Clock` whose wall clock is right by the hub's; `offset_ms` gives hub minus station, None: not measured."""

    def __init__(self, clock: Clock, offset_ms: Callable[[], int | None]) -> None:
        self._clock, self._offset_ms = clock, offset_ms

    @property
    def boot_id(self) -> str:
        """The machine's."""
        return self._clock.boot_id

    def now(self) -> datetime:
        """Wall clock, corrected, UTC."""
        return self._clock.now() + timedelta(milliseconds=self._offset_ms() or 0)

    def monotonic_ms(self) -> int:
        """The machine's; never jumps."""
        return self._clock.monotonic_ms()
