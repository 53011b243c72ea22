"""Who calls a queue ticket where the hub does not say it: the station that issued it grants it, to the first who claims it.

If that station is not heard, the one with the lowest id of those that are heard does. Each of them has the event's queues
(`PeerMessage.has_queues`). A claim that nobody answers in time is granted here: with the network cut, two desks may call one ticket, and
the fold of the actions decides later (`rules.queue.ticket_state`).
"""

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from hub_sync.client.store.store import Store
from hub_sync.contract.clock import Clock
from hub_sync.contract.lan import MAX_CLAIMED, PeerClaim

RETRY_MS = 80
SILENT_AFTER_MS = 240
"""A station that does not answer for so long is taken as silent, for this claim."""
CLAIM_MS = 600
"""A claim is granted here after so long."""


@dataclass(frozen=True, slots=True)
class WantedTicket:
    """A ticket that a desk wants to call, and the station that issued it ("": the hub)."""

    ticket_id: str
    issuer_id: str


@dataclass(slots=True)
class TicketClaim:
    """A claim under way. `ticket_id` is the result once it is `done`; None: every ticket belongs to somebody else."""

    id: str
    wanted: Sequence[WantedTicket]
    done: threading.Event = field(default_factory=threading.Event)
    ticket_id: str | None = None
    silent: set[str] = field(default_factory=set)
    station_id: str = ""
    """The station that is asked now, for the tickets `asked_ids`; "": none."""
    asked_ids: tuple[str, ...] = ()
    began_ms: int | None = None
    asked_ms: int = 0
    sent_ms: int = 0

    def finish(self, ticket_id: str | None) -> None:
        """Set the result."""
        self.ticket_id = ticket_id
        self.done.set()


class TicketClaims:
    """The claims of this station, and its answers to those of others. `submit` may be called from any thread."""

    def __init__(
        self, store: Store, clock: Clock, device_id: str, send: Callable[[str, PeerClaim], None]
    ) -> None:
        """Create it. `send` sends a claim to another station."""
        self._store, self._clock, self._device_id, self._send = store, clock, device_id, send
        self._lock = threading.Lock()
        self._submitted: list[TicketClaim] = []
        self._open: dict[str, TicketClaim] = {}

    def submit(self, claim: TicketClaim) -> None:
        """Begin a claim with the next turn."""
        with self._lock:
            self._submitted.append(claim)

    def answer(self, claim: PeerClaim, device_id: str) -> str:
        """Return the ticket that another station gets, "" if none of them is free.

        Raises:
            StoreError: it could not be noted: no answer is given.
        """
        claim_id, ticket_ids = claim
        return self._grant(claim_id, ticket_ids, device_id) or ""

    def take_answer(self, claim_id: str, ticket_id: str, device_id: str) -> None:
        """Take another station's answer to a claim of this one."""
        claim = self._open.get(claim_id)
        if claim is None or claim.station_id != device_id:
            return
        if ticket_id in claim.asked_ids:
            self._finish(claim, ticket_id)
        elif not ticket_id:
            claim.wanted = claim.wanted[len(claim.asked_ids) :]
            claim.station_id = ""

    def run_once(self, heard: Collection[str]) -> int | None:
        """Go on with all claims; `heard` are the other stations that answer claims. Return the time until the next step, None: none.

        Raises:
            StoreError: a grant could not be noted.
        """
        with self._lock:
            submitted, self._submitted = self._submitted, []
        now_ms = self._clock.monotonic_ms()
        for claim in submitted:
            claim.began_ms = now_ms
            self._open[claim.id] = claim
        for claim in list(self._open.values()):
            self._go_on(claim, set(heard), now_ms)
        return RETRY_MS if self._open else None

    def stop(self) -> None:
        """End all claims without agreement."""
        with self._lock:
            submitted, self._submitted = self._submitted, []
        for claim in [*submitted, *self._open.values()]:
            claim.finish(claim.wanted[0].ticket_id if claim.wanted else None)
        self._open.clear()

    def _go_on(self, claim: TicketClaim, heard: set[str], now_ms: int) -> None:
        is_late = now_ms - (claim.began_ms or 0) >= CLAIM_MS
        if claim.station_id and now_ms - claim.asked_ms >= SILENT_AFTER_MS:
            claim.silent.add(claim.station_id)
            claim.station_id = ""
        while not claim.station_id and claim.wanted:
            others = set() if is_late else heard - claim.silent
            station_id = self._station_for(claim.wanted[0], others)
            group = self._group_of(claim, station_id, others)
            if station_id != self._device_id:
                claim.station_id, claim.asked_ms, claim.sent_ms = station_id, now_ms, now_ms - RETRY_MS
                claim.asked_ids = group
                break
            granted = self._grant(claim.id, group, self._device_id)
            if granted is not None:
                self._finish(claim, granted)
                return
            claim.wanted = claim.wanted[len(group) :]
        if not claim.wanted:
            self._finish(claim, None)
        elif claim.station_id and now_ms - claim.sent_ms >= RETRY_MS:
            claim.sent_ms = now_ms
            self._send(claim.station_id, (claim.id, claim.asked_ids))

    def _station_for(self, wanted: WantedTicket, heard: set[str]) -> str:
        if wanted.issuer_id == self._device_id or wanted.issuer_id in heard:
            return wanted.issuer_id
        return min([self._device_id, *heard])

    def _group_of(self, claim: TicketClaim, station_id: str, heard: set[str]) -> tuple[str, ...]:
        """Return the first tickets for which one station answers."""
        same = takewhile(lambda wanted: self._station_for(wanted, heard) == station_id, claim.wanted)
        return tuple(wanted.ticket_id for wanted in same)[:MAX_CLAIMED]

    def _grant(self, claim_id: str, ticket_ids: Sequence[str], device_id: str) -> str | None:
        with self._store.queue.transaction():
            clock = (self._clock.boot_id, self._clock.monotonic_ms())
            return self._store.queue.grants.grant(ticket_ids, claim_id, device_id, clock)

    def _finish(self, claim: TicketClaim, ticket_id: str | None) -> None:
        self._open.pop(claim.id, None)
        claim.finish(ticket_id)
