"""The pull loop: keeps the rosters of all events of a station, that of the event which it serves first of all.

The served event is pulled with every step that is due, also between two pages of another one's list: a revocation waits for no
list that is loaded for tomorrow. Other events are pulled every five minutes, and every minute before they begin, so that the
station can serve them without the hub. A fault of theirs is logged, and delays nothing here.

An event that the station is not assigned to any more loses its list (404 `EventNotAssigned`); its scans stay in the journal. So
does an event that was over two days ago, once the hub has its scans and the clock can be trusted. Which events there are stands on
every page.
"""

import random as system_random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from hub_sync.client.http.errors import (
    HubRefused,
    HubServerError,
    InvalidHubResponse,
    StationLocked,
    StationRevoked,
    StationUnknown,
)
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store.disk.disk_space import DiskState
from hub_sync.client.store.disk.errors import StoreError, StoreFault
from hub_sync.client.store.store import Store
from hub_sync.client.sync.event_pull import EventPull, as_assigned
from hub_sync.client.sync.live_inbox import LiveInbox, LiveNews
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.clock import Clock, epoch_ms
from hub_sync.contract.sync import AssignedEvent

SERVED_EVERY_MS = 500
"""The longest time that the served event waits for pages of another one."""
PULL_EVERY_MS = 20_000
"""Time after which the served event is pulled though the live stream brings its changes: operators, neighbours and the station's
own numbers are in no change, and the roster's age counts from a pull. Each station waits between a half and all of it: stations
that pulled at once, for a nudge, must not do so again at every turn."""
OTHERS_EVERY_MS = 300_000
SOON_EVERY_MS = 60_000
SOON_MS = 1_800_000
"""So long before its start an event is pulled more often."""
RETRY_MS = 60_000
"""The time after a fault of another event's pull."""
KEPT_AFTER_END = timedelta(days=2)
MAX_OTHERS = 12
"""Lists of events that are not served: the next ones. More fill the disk of a small computer."""
_NOT_ASSIGNED = "EventNotAssigned"
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Turn:
    """The pull of one event, and when its next step is due (monotonic milliseconds)."""

    pull: EventPull
    due_ms: int = 0
    every_ms: int = OTHERS_EVERY_MS


class PullLoop:
    """Pulls changes of the rosters."""

    def __init__(
        self,
        store: Store,
        api: HubApi,
        clock: Clock,
        *,
        software: str = "",
        on_snapshot: Callable[[], None] = lambda: None,
        on_queues: Callable[[], None] = lambda: None,
        inbox: LiveInbox | None = None,
        random: Callable[[], float] = system_random.random,
    ) -> None:
        """Create the loop.

        Args:
            store: The loop's own session.
            api: The loop's own connection.
            clock: The station's clock.
            software: Name and version of this program.
            on_snapshot: Called when the hub begins a snapshot: its past may have changed.
            on_queues: Called when queues are stored that are new or have changed.
            inbox: What the live stream brings; None: the loop pulls.
            random: Returns numbers in [0, 1).
        """
        self._inbox, self._random = inbox or LiveInbox(), random
        self._pull_due_ms = clock.monotonic_ms()
        self._store, self._api, self._clock = store, api, clock
        self._software, self._on_snapshot, self._on_queues = software, on_snapshot, on_queues
        self._timekeeper = Timekeeper(clock, store)
        self._turns: dict[str, _Turn] = {}
        self._served_id = ""

    def run_once(self) -> bool:
        """Apply what the live stream brought, or pull and apply one page. Return True if there are more, of the served event or of others.

        Raises:
            HubClientError: No page of the served event came, or one that can't be used. The current roster stays in use.
            StationRevoked: The station was revoked meanwhile. Nothing of the page was stored.
            StoreError: The disk failed. The current roster stays in use.
        """
        if self._store.access.wiping_id:
            return False  # names and keys are erased already
        served_id = self._store.events.served_id()
        if served_id != self._served_id and self._served_id in self._turns:
            self._turns[self._served_id].pull.close()  # only the served event's list is open
        self._served_id = served_id
        served = self._turn(served_id)
        try:
            return self._step(served_id, served)
        finally:
            self._inbox.note_position(served.pull.live_position)

    def _step(self, served_id: str, served: _Turn) -> bool:
        now_ms, news = self._clock.monotonic_ms(), self._inbox.take()
        if any(news) and self._apply_news(served, news, now_ms):
            served.due_ms = now_ms + SERVED_EVERY_MS
            return self._loading_other(served_id) is not None
        if any(news):
            served.due_ms = now_ms
        if now_ms < served.due_ms and (loading := self._loading_other(served_id)) is not None:
            self._pull_other(loading)
            return True
        more = self._pull_served(served_id, served)
        self._pull_due_ms = now_ms + round(PULL_EVERY_MS * (1 - self._random() / 2))
        served.due_ms = self._clock.monotonic_ms() + SERVED_EVERY_MS
        if more:
            return True
        due = self._due_others(served_id, now_ms)
        more = bool(due) and self._pull_other(due[0])
        return more or len(due) > 1

    def _apply_news(self, served: _Turn, news: LiveNews, now_ms: int) -> bool:
        """Apply changes of the served event; return False if it must be pulled."""
        is_pull_due = news.is_pull_due or now_ms >= self._pull_due_ms
        if is_pull_due or self._store.access.is_withdrawn:
            return False
        pull = served.pull
        mine = (each for each in news.changes if each.event_id == pull.event_id)
        if not all(pull.apply_changes(each) for each in mine):
            return False
        return all(pull.has(each.cursor) for each in news.nudges if each.event_id in ("", pull.event_id))

    @property
    def not_understood(self) -> str:
        """The hub's words in the served event's list that this program does not understand, "" if there are none."""
        return self._served.not_understood

    @property
    def progress(self) -> tuple[int, int | None] | None:
        """The participants of an unfinished snapshot of the served event, received and announced; None: there is none."""
        return self._served.progress

    def discard_snapshot(self) -> None:
        """Discard unfinished snapshots."""
        for turn in self._turns.values():
            turn.pull.discard_snapshot()
            turn.pull.close()

    @property
    def _served(self) -> EventPull:
        return self._turn(self._store.events.served_id()).pull

    def _loading_other(self, served_id: str) -> _Turn | None:
        """Return the pull of another event whose list is being loaded."""
        turns = ((event_id, turn) for event_id, turn in self._turns.items() if event_id != served_id)
        return next((turn for _, turn in turns if turn.pull.progress is not None), None)

    def _turn(self, event_id: str) -> _Turn:
        turn = self._turns.get(event_id)
        if turn is None:
            pull = EventPull(
                self._store,
                self._api,
                self._clock,
                event_id=event_id,
                software=self._software,
                on_snapshot=self._on_snapshot,
                on_queues=self._on_queues,
            )
            turn = self._turns[event_id] = _Turn(pull)
        return turn

    def _pull_served(self, event_id: str, turn: _Turn) -> bool:
        try:
            return turn.pull.run_once()
        except HubRefused as refusal:
            if refusal.code != _NOT_ASSIGNED:
                raise
            self._drop(event_id, turn)
        self._ask_for_events()
        return False

    def _ask_for_events(self) -> None:
        """Learn which events the station has, after it lost the one that it serves: any page says so."""
        pulled = self._api.pull(None, 1)
        if pulled.page.assigned_events is not None:
            self._store.events.assign(pulled.page.assigned_events)
        elif (row := next(iter(pulled.page.events), None)) is not None:
            self._store.events.assign((as_assigned(row),))

    def _drop(self, event_id: str, turn: _Turn) -> None:
        turn.pull.drop_roster()
        del self._turns[event_id]
        log.warning("event_dropped", event_id=event_id)

    def _due_others(self, served_id: str, now_ms: int) -> Sequence[_Turn]:
        """Return the pulls of other events that are due: one that is under way first, then the next event."""
        if self._store.access.is_withdrawn:
            return ()
        others = [event for event in self._store.events.assigned() if event.id != served_id]
        reading = self._timekeeper.read()
        at_ms = epoch_ms(reading.now)
        pulled = [event for event in others if not (reading.sure and self._is_over(event, at_ms))]
        pulled = sorted(pulled, key=lambda event: (event.starts_at_ms, event.id))[:MAX_OTHERS]
        self._drop_all_but({served_id, *(event.id for event in pulled)})
        turns = [self._turn(event.id) for event in pulled]
        for turn, event in zip(turns, pulled, strict=True):
            is_soon = 0 <= event.starts_at_ms - at_ms <= SOON_MS
            turn.every_ms = SOON_EVERY_MS if is_soon else OTHERS_EVERY_MS
            turn.due_ms = min(turn.due_ms, now_ms + max(turn.every_ms, RETRY_MS))
        due = [turn for turn in turns if turn.due_ms <= now_ms or turn.pull.progress is not None]
        return sorted(due, key=lambda turn: turn.pull.progress is None)

    @staticmethod
    def _is_over(event: AssignedEvent, at_ms: int) -> bool:
        return event.ends_at_ms + KEPT_AFTER_END / timedelta(milliseconds=1) < at_ms

    def _drop_all_but(self, event_ids: set[str]) -> None:
        """Remove the lists of events that are over or were taken away, once the hub has their scans."""
        for event_id in self._store.events.with_roster():
            if event_id not in event_ids and not self._store.journal.has_unsent(event_id):
                self._drop(event_id, self._turn(event_id))

    def _pull_other(self, turn: _Turn) -> bool:
        """Pull a page of another event; return True if there are more. Its faults are no matter of the served event."""
        now_ms = self._clock.monotonic_ms()
        try:
            self._require_space()
            more = turn.pull.run_once()
        except (StationUnknown, StationRevoked, StationLocked):
            raise
        except (HubRefused, HubServerError, InvalidHubResponse, StoreError) as failure:
            if isinstance(failure, HubRefused) and failure.code == _NOT_ASSIGNED:
                self._drop(turn.pull.event_id, turn)
                return False
            turn.pull.discard_snapshot()
            turn.pull.close()
            turn.due_ms = now_ms + RETRY_MS
            log.warning("other_event_not_pulled", event_id=turn.pull.event_id, reason=str(failure))
            return False
        if not more:
            turn.due_ms = now_ms + turn.every_ms
            turn.pull.close()
        return more

    def _require_space(self) -> None:
        """Leave what is left of the disk to scans and to the served event's list."""
        if self._store.disk_space().state is not DiskState.OK:
            raise StoreError(StoreFault.FULL)
