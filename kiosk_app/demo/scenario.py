"""The demo's scenario: visitors at the gate, an outage of the hub, and an organiser who ends the event for a while."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from hub_sync.client.store import Store
from hub_sync.contract.clock import Clock, epoch_ms
from hub_sync.contract.sync import EventRow, Override
from hub_sync.rules.tickets.ticket_keys import KeyRing
from kiosk_app.demo.hub_process import HubNotAvailable, HubProcess
from kiosk_app.demo.report import ScanTally
from kiosk_app.demo.visitor_camera import VisitorCamera
from kiosk_app.demo.visitors import Visitor, VisitorGenerator, VisitorKind
from kiosk_app.messages import (
    FrameDecoded,
    GateCommand,
    GateOutcome,
    RepeatWithOverride,
    SubmitCode,
    WorkerMessage,
)

TIMEOUT_S = 15.0
DECISION_TIMEOUT_S = 5.0
OVERRIDE = Override(reason="Speaker, known to the organisers", operator="Demo operator")


@dataclass(frozen=True, slots=True)
class ScenarioPlan:
    """The duration, and when the phases happen, as shares of it."""

    seconds: float
    outage_from: float = 0.33
    outage_to: float = 0.55
    closed_from: float = 0.75
    closed_visitors: int = 3


@dataclass(slots=True)
class ScanRecorder:
    """Records the gate's messages, and wakes the thread that waits for a decision."""

    tally: ScanTally = field(default_factory=ScanTally)
    outage: threading.Event = field(default_factory=threading.Event)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def record(self, message: WorkerMessage) -> None:
        """Count a scan or a decoded frame; called on the gate's thread."""
        if isinstance(message, FrameDecoded):
            durations = self.tally.decode_ms if message.has_code else self.tally.empty_decode_ms
            durations.append(message.duration_ms)
        elif isinstance(message, GateOutcome):
            with self._changed:
                self.tally.outcomes.append(message)
                self.tally.during_outage += self.outage.is_set()
                self._changed.notify_all()

    def count(self) -> int:
        """Return the number of decided scans."""
        return len(self.tally.outcomes)

    def wait_for(self, count: int) -> bool:
        """Wait until `count` scans have been decided; return False after a timeout."""
        with self._changed:
            return self._changed.wait_for(lambda: self.count() >= count, DECISION_TIMEOUT_S)


class Scenario:
    """Runs the visitors past one gate. `stop` may be set from another thread."""

    def __init__(
        self,
        *,
        plan: ScenarioPlan,
        hub: HubProcess,
        camera: VisitorCamera,
        make_visitors: Callable[[EventRow, KeyRing], VisitorGenerator],
        submit: Callable[[GateCommand], None],
        recorder: ScanRecorder,
        clock: Clock,
    ) -> None:
        """Take the parts. `make_visitors` is called once the station has pulled its event and keys."""
        self._plan, self._hub, self._camera, self._make_visitors = plan, hub, camera, make_visitors
        self._submit, self._recorder, self._clock = submit, recorder, clock
        self.stop = threading.Event()
        self.outage_seconds = 0.0
        self._outage_began = 0.0

    def run(self, store: Store) -> None:
        """Run until the plan's time is over and the last visitor is served. `store` is of the calling thread.

        Every phase of the plan is played, however slow the machine is, unless somebody stops the demo.

        Raises:
            HubNotAvailable: the station could not pull its event, or a command of the hub failed.
        """
        self._wait_until(lambda: store.venue.event() is not None and len(store.keys.key_ring()) > 0)
        event = store.venue.event()
        if event is None:
            raise HubNotAvailable("The gate could not pull its event from the hub.")
        visitors = self._make_visitors(event, store.keys.key_ring())
        started = time.monotonic()
        phases = self._phases(store, event, visitors)
        next_phase = next(phases, None)
        for visitor in visitors.visitors():
            elapsed = (time.monotonic() - started) / self._plan.seconds
            if elapsed >= 1 or self.stop.is_set():
                break
            while next_phase is not None and elapsed >= next_phase[0]:
                next_phase[1]()
                next_phase = next(phases, None)
            self._serve(visitor)
        while next_phase is not None and not self.stop.is_set():
            next_phase[1]()
            next_phase = next(phases, None)
        self._end_outage()

    def _phases(
        self, store: Store, event: EventRow, visitors: VisitorGenerator
    ) -> Iterator[tuple[float, Callable[[], None]]]:
        yield self._plan.outage_from, self._begin_outage
        yield self._plan.outage_to, self._end_outage
        yield self._plan.closed_from, lambda: self._close_for_a_while(store, event, visitors)

    def _begin_outage(self) -> None:
        self._recorder.outage.set()
        self._outage_began = time.monotonic()
        self._hub.kill()

    def _end_outage(self) -> None:
        if self._recorder.outage.is_set():
            self._run_beside_camera(self._hub.start)
            self.outage_seconds = time.monotonic() - self._outage_began
            self._recorder.outage.clear()

    def _close_for_a_while(self, store: Store, event: EventRow, visitors: VisitorGenerator) -> None:
        """End the event now, serve good tickets that are too late, and reopen the event."""
        self._set_event_end(store, event.id, epoch_ms(self._clock.now()) - 1000)
        for _ in range(self._plan.closed_visitors):
            self._serve(visitors.visitor(VisitorKind.EXPIRED))
        self._set_event_end(store, event.id, event.ends_at_ms)

    def _set_event_end(self, store: Store, event_id: str, at_ms: int) -> None:
        def command() -> None:
            self._hub.command("event", "end", event_id, "--at-ms", str(at_ms))

        def is_pulled() -> bool:
            event = store.venue.event()
            return event is not None and event.ends_at_ms == at_ms

        self._run_beside_camera(command)
        self._wait_until(is_pulled)

    def _serve(self, visitor: Visitor) -> None:
        count = self._recorder.count()
        if visitor.kind is VisitorKind.TYPED:
            self._submit(SubmitCode(visitor.text))
        else:
            self._camera.show(visitor)
        decided = self._recorder.wait_for(count + 1)
        if decided and visitor.kind is VisitorKind.OVERRIDDEN:
            refusal = self._recorder.tally.outcomes[-1]
            self._submit(RepeatWithOverride(refusal.subject, OVERRIDE, refusal.row_id))
            decided = self._recorder.wait_for(count + 2)
        self._compare(visitor, decided, self._recorder.tally.outcomes[count:])

    def _compare(self, visitor: Visitor, decided: bool, outcomes: list[GateOutcome]) -> None:
        result = str(outcomes[-1].decision.result) if decided and outcomes else "nothing"
        scans = 1 + (visitor.kind is VisitorKind.OVERRIDDEN)
        tally = self._recorder.tally
        if result == visitor.expected.value and len(outcomes) == scans:
            tally.as_expected += len(outcomes)
        else:
            tally.surprises.append(f"{visitor.kind}: expected {visitor.expected}, got {result}")

    def _run_beside_camera(self, action: Callable[[], None]) -> None:
        """Run an action on a thread of its own while the camera shows nobody."""
        errors: list[Exception] = []

        def run() -> None:
            try:
                action()
            except Exception as error:  # noqa: BLE001 -- raised again below, on the scenario's own thread
                errors.append(error)

        thread = threading.Thread(target=run, name="demo-action", daemon=True)
        thread.start()
        while thread.is_alive():
            self._camera.wait(1)
        if errors:
            raise errors[0]

    def _wait_until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + TIMEOUT_S
        while not condition() and time.monotonic() < deadline:
            self._camera.wait(1)
