"""The small lanes: the hub's time, and the upkeep of the store."""

from hub_sync.client.api import HubApi
from hub_sync.client.store.store import Store
from hub_sync.client.timekeeping import Timekeeper
from hub_sync.contract.clock import Clock

SAMPLES = 4
"""The first answer on a connection also opens it, and is half that off: 50 ms were seen on one machine."""
_BACKED_UP = "backed_up_position"


class TimeLane:
    """Measures the hub's time against the monotonic clock."""

    def __init__(self, store: Store, api: HubApi, clock: Clock) -> None:
        self._api, self._clock = api, clock
        self._timekeeper = Timekeeper(clock, store)

    def run_once(self) -> int | None:
        """Ask once; for a boot's anchor, a few times, of which the quickest answer tells best.

        Returns the offset, hub minus wall clock, or None if no answer was quick enough to tell.

        Raises:
            HubFailed: no answer.
        """
        anchored = self._timekeeper.moment().offset_ms is not None
        asked = [self._ask() for _ in range(1 if anchored else SAMPLES)]
        self._timekeeper.measured(*min(asked, key=lambda answer: answer[2] - answer[1]))
        return self._timekeeper.moment().offset_ms

    def _ask(self) -> tuple[int, int, int]:
        sent = self._clock.monotonic_ms()
        answer = self._api.time()
        return answer.server_time_ms, sent, self._clock.monotonic_ms()


class UpkeepLane:
    """Writes the WAL back and makes a backup when there is something new to keep."""

    def __init__(self, store: Store, backup_every: int) -> None:
        """`backup_every`: how many runs there are from one look for a backup to the next."""
        self._store, self._backup_every, self._runs = store, backup_every, 0

    def run_once(self) -> None:
        """Look after the store once.

        Raises:
            StoreFailed: the disk.
        """
        self._store.tidy()
        if self._runs % self._backup_every == 0:
            self._back_up()
        self._runs += 1

    def _back_up(self) -> None:
        last = self._store.journal.last()
        mark = None if last is None else f"{last.journal_id}/{last.sequence}"
        enrolled = self._store.settings.enrolment() is not None
        # A station that starts over and over would rotate its good backups away: one is made only for new rows.
        if enrolled and mark != self._store.settings.get(_BACKED_UP, ""):
            self._store.backups.rotate()
            self._store.settings.put(_BACKED_UP, mark)
