"""Watches the turnstile's inputs for the gate: writes what became of each admission, and tells the screen.

Belongs to the gate's thread. A row that can't be written (a full disk) is tried again at the next turn; the admission counts meanwhile.
"""

import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

import structlog

from hardware.inputs import InputEdge, InputRole, InputSettings, InputSnapshot, InputState
from hub_sync.client.store import StoreError
from hub_sync.contract.enums import CheckpointDirection, Direction, Passage, PassageCause
from hub_sync.contract.passage import MAX_PASSAGE_WINDOW_S
from hub_sync.contract.station_report import AlarmCode
from hub_sync.contract.sync import CheckpointRow
from hub_sync.rules.passage import PassageRefusal
from kiosk_app.core.passage.tracker import SETTLE_DELAY_S, Grant, PassageEvent, PassageTracker
from kiosk_app.flap_filter import FlapFilter
from kiosk_app.messages import PassageUpdate

DEFAULT_WINDOW_S = 5.0
MAX_UNWRITTEN = 1000
_ALARM_ROLES = {
    InputRole.JAM: AlarmCode.TURNSTILE_JAMMED,
    InputRole.FIRE: AlarmCode.FIRE_INPUT,
    InputRole.TAMPER: AlarmCode.TAMPER_INPUT,
}
_log = structlog.get_logger()


class InputSource(Protocol):
    """The inputs of a door: `hardware.relay.Door` is one."""

    @property
    def input_settings(self) -> InputSettings:
        """The inputs that are set."""
        ...

    def inputs(self) -> InputSnapshot | None:
        """Return the inputs as they were read last."""
        ...

    def take_edges(self) -> tuple[InputEdge, ...]:
        """Return what they did since the last call."""
        ...


class PassageWriter(Protocol):
    """The part of a gate that writes rows about passages."""

    def write_passage(
        self, cause: PassageCause, scan_id: str | None, outcome: Passage | None, seconds_ago: float = 0
    ) -> PassageRefusal | None:
        """Write a row, or return why it is refused.

        Raises:
            StoreError: it could not be written.
        """
        ...

    def unsettled_scans(self) -> tuple[str, ...]:
        """Return the ids of admissions that a sensor watched and that have no outcome.

        Raises:
            StoreError: the store could not be read.
        """
        ...


class PassageMonitor:
    """The passages of one turnstile."""

    def __init__(
        self,
        source: InputSource,
        *,
        window_s: float = DEFAULT_WINDOW_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self.window_s = window_s
        self._monotonic = monotonic
        self._tracker = PassageTracker()
        self._unwritten: deque[PassageEvent] = deque(maxlen=MAX_UNWRITTEN)
        self._is_recovered = False
        self._test_until = float("-inf")
        self.test_turns = 0
        """The number of turns since the last test pulse."""
        self._active: frozenset[InputRole] = frozenset()
        self._steady = FlapFilter[InputRole]()

    @property
    def watches(self) -> bool:
        """True if a passage sensor can be read now: an admission waits for its turn."""
        inputs = self._source.inputs()
        return self._source.input_settings.has(InputRole.PASSAGE) and inputs is not None and inputs.is_ready

    @property
    def has_open_grants(self) -> bool:
        """True while somebody may walk through."""
        return bool(self._tracker.open_grants)

    def is_reverse(self, direction: Direction, checkpoint: CheckpointRow) -> bool:
        """Return True if the reverse input reports the turns of this direction: exits where the arm turns both ways."""
        return (
            direction is Direction.EXIT
            and checkpoint.direction is CheckpointDirection.BIDIRECTIONAL
            and self._source.input_settings.has(InputRole.REVERSE)
        )

    @property
    def settles_within_s(self) -> float:
        """The time after the last pulse within which every grant has an outcome, if `update` is called."""
        last = max((grant.deadline for grant in self._tracker.open_grants), default=float("-inf"))
        return max(0.0, last - self._monotonic()) + 2 * SETTLE_DELAY_S

    def arm(self, scan_id: str, name: str, *, is_reverse: bool = False, place: int = 1) -> None:
        """Open the grant of an admission that is written; call it before the turnstile is released.

        `place`: the person's place among those whom one release lets through, from 1; each has a window of time to walk.
        """
        now, role = self._monotonic(), InputRole.REVERSE if is_reverse else InputRole.PASSAGE
        self._test_until = min(self._test_until, now)  # from now on a turn is a person's
        window_s = min(place * self.window_s, max(self.window_s, MAX_PASSAGE_WINDOW_S))
        self._tracker.arm(Grant(scan_id, name, role, now, now + window_s))

    def mark_unreleased(self, scan_id: str) -> None:
        """Note that the turnstile was not released for an admission."""
        self._tracker.mark_unreleased(scan_id)

    def begin_test(self, seconds: float) -> None:
        """Take the turns of the next seconds as those of a test pulse, which is nobody's admission."""
        self._test_until, self.test_turns = self._monotonic() + seconds, 0

    def _take_edges(self) -> tuple[InputEdge, ...]:
        """Return what the inputs did, without the turns of a test."""
        edges = self._source.take_edges()
        of_test = [edge for edge in edges if _is_turn(edge) and edge.at <= self._test_until]
        self.test_turns += len(of_test)
        return tuple(edge for edge in edges if edge not in of_test)

    def forget(self, scan_id: str) -> None:
        """Forget the grant of an admission that an operator took back."""
        self._tracker.forget(scan_id)

    def update(self, writer: PassageWriter) -> tuple[PassageUpdate, ...]:
        """Take what the inputs did into account, write what is settled, and return what the screen shows of it."""
        self._recover(writer)
        inputs = self._source.inputs() or InputSnapshot(InputState.LOST)
        edges = self._take_edges()
        self._log_inputs(inputs)
        self._unwritten.extend(self._tracker.take(edges, inputs, self._monotonic()))
        updates = []
        try:
            while self._unwritten:
                update = _write(writer, self._unwritten[0], self._monotonic())
                self._unwritten.popleft()
                if update is not None:
                    updates.append(update)
        except StoreError as failure:
            _log.warning("passage_not_written", error=str(failure))
        return tuple(updates)

    def alarms(self) -> tuple[AlarmCode, ...]:
        """Return the alarms about the turnstile's inputs."""
        inputs = self._source.inputs()
        if inputs is None:
            return ()
        alarms = [code for role, code in _ALARM_ROLES.items() if role in inputs.active]
        if inputs.state is InputState.LOST:
            alarms.append(AlarmCode.SENSOR_LOST)
        elif self._tracker.is_stuck(self._monotonic()):
            alarms.append(AlarmCode.SENSOR_STUCK)
        elif self._tracker.is_doubted:
            alarms.append(AlarmCode.SENSOR_SILENT)
        return tuple(alarms)

    def problem(self) -> str:
        """Return why the inputs can't be read, in English; empty if they can."""
        inputs = self._source.inputs()
        return "" if inputs is None else inputs.problem

    def _recover(self, writer: PassageWriter) -> None:
        """Settle the admissions that a crash left without an outcome: nobody watched, so they count."""
        if self._is_recovered:
            return
        try:
            open_ids = {grant.scan_id for grant in self._tracker.open_grants}
            for scan_id in set(writer.unsettled_scans()) - open_ids:
                writer.write_passage(PassageCause.RESTARTED, scan_id, Passage.UNKNOWN)
        except StoreError as failure:
            _log.warning("passages_not_recovered", error=str(failure))
            return
        self._is_recovered = True

    def _log_inputs(self, inputs: InputSnapshot) -> None:
        """Log what becomes active and inactive; a contact that flaps is active."""
        present = [role for role in inputs.active if role in _ALARM_ROLES]
        active = self._steady.take(present, round(self._monotonic() * 1000))
        for role in active - self._active:
            _log.warning("input_active", input=role.value)
        for role in self._active - active:
            _log.info("input_inactive", input=role.value)
        self._active = active


def _is_turn(edge: InputEdge) -> bool:
    return edge.is_active and not edge.is_first and edge.role in (InputRole.PASSAGE, InputRole.REVERSE)


def _write(writer: PassageWriter, event: PassageEvent, now: float) -> PassageUpdate | None:
    """Write an event; return None if the rules refuse it.

    Somebody of a large group may have waited too long for the entry to be given back: nobody knows if they are inside, so they count.
    """
    scan_id, name = (event.grant.scan_id, event.grant.name) if event.grant else ("", "")
    outcome, seconds_ago = event.outcome, max(0.0, now - event.at)
    refusal = writer.write_passage(event.cause, scan_id or None, outcome, seconds_ago)
    if refusal is PassageRefusal.TOO_LATE and outcome is Passage.NO_PASSAGE:
        outcome = Passage.UNKNOWN
        refusal = writer.write_passage(event.cause, scan_id or None, outcome, seconds_ago)
    return PassageUpdate(event.cause, outcome, scan_id, name) if refusal is None else None
