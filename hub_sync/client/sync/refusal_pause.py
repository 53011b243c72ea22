"""The pause after a hub refuses a part of the traffic that affects neither scans nor roster: an older hub, which does not know it."""

import structlog

from hub_sync.client.http.errors import HubRefused, StationLocked, StationRevoked, StationUnknown
from hub_sync.contract.clock import Clock

REFUSED_PAUSE_S = 600
"""Seconds without requests after a hub refused one."""

log = structlog.get_logger(__name__)


class RefusalPause:
    """Pauses one kind of requests after the hub refused one of them."""

    def __init__(self, clock: Clock, subject: str) -> None:
        """Take the clock and a word for the log, such as `seals`."""
        self._clock, self._subject = clock, subject
        self._ends_ms = 0

    @property
    def is_over(self) -> bool:
        """True if a request may be sent."""
        return self._clock.monotonic_ms() >= self._ends_ms

    def begin(self, refusal: HubRefused) -> None:
        """Begin to pause. The operator sees nothing of it.

        Raises:
            StationRevoked, StationLocked, StationUnknown: the hub refused the station itself.
        """
        if isinstance(refusal, StationRevoked | StationLocked | StationUnknown):
            raise refusal
        self._ends_ms = self._clock.monotonic_ms() + REFUSED_PAUSE_S * 1000
        log.info("hub_refused", subject=self._subject, status=refusal.status, code=refusal.code)
