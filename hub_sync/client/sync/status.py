"""How sync stands, as screens are told: one frozen value, put together from what the lanes report."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from hub_sync.client.http.errors import HubBusy, HubRefused, HubUnreachable, StationLocked, StationRevoked


class ConnectionState(StrEnum):
    """Whether the hub can be reached."""

    ONLINE = "online"
    OFFLINE = "offline"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """How sync stands.

    `sentence` says what the link is doing, for the operator. `alarm` is about the journal and stays until an
    administrator has seen to it. `roster_as_of` is the hub's time at which the roster was last known to be complete.
    """

    connection: ConnectionState = ConnectionState.OFFLINE
    sentence: str = "The hub has not been reached yet."
    unsent: int = 0
    set_aside: int = 0
    quarantined: int = 0
    live: bool = False
    roster_as_of: datetime | None = None
    clock_offset_ms: int | None = None
    last_error: str | None = None
    alarm: str | None = None

    def roster_age(self, now: datetime) -> timedelta | None:
        """How old the roster is; None: there has never been one."""
        return None if self.roster_as_of is None else max(timedelta(0), now - self.roster_as_of)


_WITNESSES = ("pull", "time", "live")


@dataclass
class _Outcomes:
    """The last failure of each lane, None after a success; a lane that has not run yet is not in it."""

    by_lane: dict[str, Exception | None] = field(default_factory=dict)


class StatusTracker:
    """Where the lanes report; safe from any thread. `on_change` is called on the lane's thread, never twice at once."""

    def __init__(self, on_change: Callable[[SyncStatus], None]) -> None:
        self._on_change = on_change
        self._lock = threading.Lock()
        self._outcomes = _Outcomes()
        self._status = SyncStatus()

    @property
    def status(self) -> SyncStatus:
        """How sync stands now."""
        return self._status

    def report(self, lane: str, failure: Exception | None) -> None:
        """A lane has succeeded (None) or failed."""
        with self._lock:
            self._outcomes.by_lane.pop(lane, None)  # the newest stands last
            self._outcomes.by_lane[lane] = failure
            self._publish(self._status)

    def update(self, **facts: object) -> None:
        """Facts beside the link: any field of SyncStatus but link, sentence and last_error."""
        with self._lock:
            self._publish(replace(self._status, **facts))  # type: ignore[arg-type]

    def _publish(self, status: SyncStatus) -> None:
        link, sentence = self._link()
        failures = [str(failure) for failure in self._outcomes.by_lane.values() if failure is not None]
        status = replace(
            status, connection=link, sentence=sentence, last_error=failures[0] if failures else None
        )
        if status != self._status:
            self._status = status
            self._on_change(status)

    def _link(self) -> tuple[ConnectionState, str]:
        lanes = self._outcomes.by_lane
        for failure in lanes.values():
            if isinstance(failure, StationRevoked | StationLocked):
                return ConnectionState.REFUSED, str(failure)
        # A jammed push does not make a station offline: whether the hub answers is seen where answers are short, and
        # the newest of those tells.
        witnesses = [lane for lane in lanes if lane in _WITNESSES] or list(lanes)
        if not witnesses:
            return self._status.connection, self._status.sentence
        newest = lanes[witnesses[-1]]
        if isinstance(newest, HubUnreachable):
            return ConnectionState.OFFLINE, str(newest)
        other = next((failure for failure in lanes.values() if failure is not None), None)
        if isinstance(other, HubBusy | HubRefused):
            return ConnectionState.ONLINE, str(other)
        return ConnectionState.ONLINE, "Connected to the hub."
