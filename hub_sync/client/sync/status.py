"""The status of sync as one frozen value for screens, collected from the loops' reports."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

import structlog

from hub_sync.client.http.errors import (
    CertificateRefused,
    HubBusy,
    HubRefused,
    HubUnreachable,
    StationLocked,
    StationRevoked,
    StationUnknown,
)
from hub_sync.contract.enums import DeviceStatus
from hub_sync.rules.certificate_faults import CertificateFault

log = structlog.get_logger(__name__)


class ConnectionState(StrEnum):
    """Reachability of the hub."""

    ONLINE = "online"
    OFFLINE = "offline"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """The status of sync.

    `sentence` describes the connection for the operator. `alarm` is about the journal and stays until an administrator
    clears it. `roster_as_of` is the corrected time at which the roster was last known to be complete. `unsent`, `set_aside`
    and `quarantined` count journal rows. `snapshot_received` counts the participants of a snapshot that is being
    received (None: there is none), `snapshot_total` is the number that the hub announced.
    """

    connection: ConnectionState = ConnectionState.OFFLINE
    sentence: str = "The hub has not been reached yet."
    unsent: int = 0
    set_aside: int = 0
    quarantined: int = 0
    live: bool = False
    roster_as_of: datetime | None = None
    clock_offset_ms: int | None = None
    snapshot_received: int | None = None
    snapshot_total: int | None = None
    program_failed: bool = False
    """True if a loop fails by a bug of this program, which ends neither by itself nor with the network's fault."""
    certificate_fault: CertificateFault | None = None
    """Why the hub's certificate is not accepted; no waiting mends it."""
    last_error: str | None = None
    alarm: str | None = None
    station: DeviceStatus = DeviceStatus.ACTIVE
    """The station's status, as the hub last proved it."""
    not_understood: str = ""
    """The words of a newer hub that this program does not understand."""

    def roster_age(self, now: datetime) -> timedelta | None:
        """Return the age of the roster, or None if there was never one."""
        return None if self.roster_as_of is None else max(timedelta(0), now - self.roster_as_of)


class LoopFailed(Exception):
    """A loop failed by a bug of this program; its log has the details."""


_SHORT_RESPONSES = ("pull", "time", "live")


@dataclass
class _LoopResults:
    """The last failure of each loop, None after a success. A loop that has not run yet is not in it."""

    by_loop: dict[str, Exception | None] = field(default_factory=dict)


class StatusTracker:
    """Collects the reports of the loops. Safe from any thread. `on_change` runs on a loop's thread, never twice at once."""

    def __init__(self, on_change: Callable[[SyncStatus], None]) -> None:
        self._on_change = on_change
        self._lock = threading.Lock()
        self._results = _LoopResults()
        self._status = SyncStatus()

    @property
    def status(self) -> SyncStatus:
        """The current status."""
        return self._status

    def report(self, loop: str, failure: Exception | None) -> None:
        """Record a loop's success (None) or failure."""
        with self._lock:
            self._results.by_loop.pop(loop, None)  # the newest is last
            self._results.by_loop[loop] = failure
            self._publish(self._status)

    def update(self, **fields: object) -> None:
        """Set fields of SyncStatus other than connection, sentence and last_error."""
        with self._lock:
            self._publish(replace(self._status, **fields))  # type: ignore[arg-type]

    def _publish(self, status: SyncStatus) -> None:
        connection, sentence = self._connection()
        failures = [str(failure) for failure in self._results.by_loop.values() if failure is not None]
        faults = [
            failure.fault
            for failure in self._results.by_loop.values()
            if isinstance(failure, CertificateRefused)
        ]
        status = replace(
            status,
            certificate_fault=faults[0] if faults else None,
            connection=connection,
            sentence=sentence,
            last_error=failures[0] if failures else None,
            program_failed=any(isinstance(failure, LoopFailed) for failure in self._results.by_loop.values()),
        )
        if status != self._status:
            self._status = status
            try:
                self._on_change(status)
            except Exception:  # a bug of the observer's; it must not end the loop that reports
                log.exception("sync_status_not_delivered")

    def _connection(self) -> tuple[ConnectionState, str]:
        loops = self._results.by_loop
        for failure in loops.values():
            if isinstance(failure, StationRevoked | StationLocked | StationUnknown):
                return ConnectionState.REFUSED, str(failure)
        # A blocked push does not make a station offline. The newest result of the loops with short responses decides.
        loops_with_short_responses = [loop for loop in loops if loop in _SHORT_RESPONSES] or list(loops)
        if not loops_with_short_responses:
            return self._status.connection, self._status.sentence
        newest = loops[loops_with_short_responses[-1]]
        if isinstance(newest, HubUnreachable):
            return ConnectionState.OFFLINE, str(newest)
        other = next((failure for failure in loops.values() if failure is not None), None)
        if isinstance(other, HubBusy | HubRefused):
            return ConnectionState.ONLINE, str(other)
        return ConnectionState.ONLINE, "Connected to the hub."
