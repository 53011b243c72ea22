"""The time loop: measures the hub's clock."""

from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store.store import Store
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.clock import Clock

TIME_EVERY_S = 60.0
CONFIRM_EVERY_S = 10.0
SAMPLES = 4
"""The first request on a connection also opens it, which shifts its measurement: by 50 ms on one machine."""


class TimeLoop:
    """Measures the hub's time against the monotonic clock."""

    def __init__(self, store: Store, api: HubApi, clock: Clock) -> None:
        self._api, self._clock = api, clock
        self._timekeeper = Timekeeper(clock, store)

    def run_once(self) -> int | None:
        """Measure once; for a boot's anchor a few times, and use the quickest response.

        Return the offset in milliseconds, hub minus wall clock, or None if no response was quick enough.

        Raises:
            HubClientError: There was no response.
        """
        measurements = [self._measure() for _ in range(SAMPLES if self._timekeeper.needs_measurement else 1)]
        self._timekeeper.record_measurement(*min(measurements, key=lambda sample: sample[2] - sample[1]))
        return self._timekeeper.read().offset_ms

    @property
    def pause_s(self) -> float:
        """Seconds until the next measurement: soon, if one waits for its confirmation."""
        return CONFIRM_EVERY_S if self._timekeeper.needs_measurement else TIME_EVERY_S

    def _measure(self) -> tuple[int, int, int]:
        sent = self._clock.monotonic_ms()
        response = self._api.time()
        return response.server_time_ms, sent, self._clock.monotonic_ms()
