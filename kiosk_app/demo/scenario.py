"""The crowd before the demo's gate, the hub's outage, and the organiser who closes the event for a while."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from hub_sync.client.store import Store
from hub_sync.contract.clock import Clock, epoch_ms
from hub_sync.contract.sync import EventRow, Override
from hub_sync.rules.ticket_codec import KeyRing
from kiosk_app.core.outcome import GateOutcome, Notice
from kiosk_app.demo.hub_process import HubNotAvailable, HubProcess
from kiosk_app.demo.report import Tally
from kiosk_app.demo.virtual_camera import Stage
from kiosk_app.demo.visitors import Cast, Kind, Visitor
from kiosk_app.screens.gate import actions
from kiosk_app.workers.command_executor import GateDesk
from kiosk_app.workers.gate_worker import Read

PATIENCE_S = 15.0
DECIDED_WITHIN_S = 5.0
OVERRIDE = Override(reason="Speaker, known to the organisers", operator="Demo operator")


@dataclass(frozen=True, slots=True)
class Plan:
    """How long, and when what happens, as shares of it."""

    seconds: float
    outage_from: float = 0.33
    outage_to: float = 0.55
    closed_from: float = 0.75
    closed_visitors: int = 3


@dataclass(slots=True)
class Ears:
    """What the demo hears from the gate's thread."""

    tally: Tally = field(default_factory=Tally)
    outage: threading.Event = field(default_factory=threading.Event)
    _heard: threading.Condition = field(default_factory=threading.Condition)

    def scanned(self, told: GateOutcome | Notice) -> None:
        """Count a scan, and wake whoever waits for it."""
        with self._heard:
            if isinstance(told, GateOutcome):
                self.tally.outcomes.append(told)
                self.tally.during_outage += self.outage.is_set()
            self._heard.notify_all()

    def read(self, read: Read) -> None:
        """Keep what decoding took."""
        (self.tally.decode_ms if read.found else self.tally.empty_decode_ms).append(read.ms)

    def count(self) -> int:
        """How many scans have been decided."""
        return len(self.tally.outcomes)

    def wait_for(self, count: int) -> bool:
        """Until so many scans have been decided, or it takes too long."""
        with self._heard:
            return self._heard.wait_for(lambda: self.count() >= count, DECIDED_WITHIN_S)


class Play:
    """Runs the crowd past one gate. `stop` may be set from another thread."""

    def __init__(
        self,
        *,
        plan: Plan,
        hub: HubProcess,
        stage: Stage,
        make_cast: Callable[[EventRow, KeyRing], Cast],
        desk: GateDesk,
        ears: Ears,
        clock: Clock,
    ) -> None:
        """`make_cast` is called once the station has pulled its event and keys."""
        self._plan, self._hub, self._stage, self._make_cast = plan, hub, stage, make_cast
        self._desk, self._ears, self._clock = desk, ears, clock
        self.stop = threading.Event()
        self.outage_seconds = 0.0
        self._cut_at = 0.0

    def run(self, store: Store) -> None:
        """Until the plan's time is over; the last visitor is served. `store` is a session of the calling thread."""
        self._wait_until(lambda: store.venue.event() is not None and len(store.keys.key_ring()) > 0)
        event = store.venue.event()
        if event is None:
            raise HubNotAvailable("The gate could not pull its event from the hub.")
        cast = self._make_cast(event, store.keys.key_ring())
        started = time.monotonic()
        acts_due = self._acts(store, event, cast)
        due = next(acts_due, None)
        for visitor in cast.visitors():
            elapsed = (time.monotonic() - started) / self._plan.seconds
            if elapsed >= 1 or self.stop.is_set():
                break
            while due is not None and elapsed >= due[0]:
                due[1]()
                due = next(acts_due, None)
            self._serve(visitor)
        self._bring_back()

    def _acts(self, store: Store, event: EventRow, cast: Cast) -> Iterator[tuple[float, Callable[[], None]]]:
        yield self._plan.outage_from, self._cut_power
        yield self._plan.outage_to, self._bring_back
        yield self._plan.closed_from, lambda: self._closed_for_a_while(store, event, cast)

    def _cut_power(self) -> None:
        self._ears.outage.set()
        self._cut_at = time.monotonic()
        self._hub.kill()

    def _bring_back(self) -> None:
        if self._ears.outage.is_set():
            self._while_nobody_comes(self._hub.start)
            self.outage_seconds = time.monotonic() - self._cut_at
            self._ears.outage.clear()

    def _closed_for_a_while(self, store: Store, event: EventRow, cast: Cast) -> None:
        """The organiser ends the event now, good tickets come late, and the event goes on after all."""
        self._end_event(store, event.id, epoch_ms(self._clock.now()) - 1000)
        for _ in range(self._plan.closed_visitors):
            self._serve(cast.visitor(Kind.EXPIRED))
        self._end_event(store, event.id, event.ends_at_ms)

    def _end_event(self, store: Store, event_id: str, at_ms: int) -> None:
        def command() -> None:
            self._hub.command("event", "end", event_id, "--at-ms", str(at_ms))

        def known() -> bool:
            event = store.venue.event()
            return event is not None and event.ends_at_ms == at_ms

        self._while_nobody_comes(command)
        self._wait_until(known)

    def _serve(self, visitor: Visitor) -> None:
        count = self._ears.count()
        if visitor.kind is Kind.TYPED:
            self._desk.handle(actions.SubmitCode(visitor.text))
        else:
            self._stage.show(visitor)
        decided = self._ears.wait_for(count + 1)
        if decided and visitor.kind is Kind.OVERRIDDEN:
            refused = self._ears.tally.outcomes[-1]
            self._desk.handle(actions.RepeatWithOverride(refused.subject, OVERRIDE, refused.row_id))
            decided = self._ears.wait_for(count + 2)
        self._compare(visitor, decided, self._ears.tally.outcomes[count:])

    def _compare(self, visitor: Visitor, decided: bool, outcomes: list[GateOutcome]) -> None:
        got = str(outcomes[-1].decision.result) if decided and outcomes else "nothing"
        if got == visitor.expected.value and len(outcomes) == 1 + (visitor.kind is Kind.OVERRIDDEN):
            self._ears.tally.as_expected += len(outcomes)
        else:
            self._ears.tally.surprises.append(f"{visitor.kind}: expected {visitor.expected}, got {got}")

    def _while_nobody_comes(self, action: Callable[[], None]) -> None:
        failed: list[BaseException] = []

        def act() -> None:
            try:
                action()
            except Exception as fault:  # noqa: BLE001 -- raised again below, on the play's own thread
                failed.append(fault)

        thread = threading.Thread(target=act, name="demo-act", daemon=True)
        thread.start()
        while thread.is_alive():
            self._stage.wait(1)
        if failed:
            raise failed[0]

    def _wait_until(self, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not done() and time.monotonic() < deadline:
            self._stage.wait(1)
