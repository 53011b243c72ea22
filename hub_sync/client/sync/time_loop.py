"""The time loop: measures the hub's clock."""

from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store.store import Store
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.clock import Clock

SAMPLES = 4
"""The first answer on a connection also opens it, and is half that off: 50 ms were seen on one machine."""


class TimeLoop:
    """Measures the hub's time against the monotonic clock."""

    def __init__(self, store: Store, api: HubApi, clock: Clock) -> None:
        self._api, self._clock = api, clock
        self._timekeeper = Timekeeper(clock, store)

    def run_once(self) -> int | None:
        """Ask once; for a boot's anchor, a few times, of which the quickest answer tells best.

        Returns the offset, hub minus wall clock, or None if no answer was quick enough to tell.

        Raises:
            HubError: no answer.
        """
        anchored = self._timekeeper.read().offset_ms is not None
        asked = [self._ask() for _ in range(1 if anchored else SAMPLES)]
        self._timekeeper.record_measurement(*min(asked, key=lambda answer: answer[2] - answer[1]))
        return self._timekeeper.read().offset_ms

    def _ask(self) -> tuple[int, int, int]:
        sent = self._clock.monotonic_ms()
        answer = self._api.time()
        return answer.server_time_ms, sent, self._clock.monotonic_ms()
