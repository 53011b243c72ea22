"""Executes a kiosk's commands on the gate's thread, and collects what its screen must know."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, assert_never

import structlog

from hub_sync.client.store import StoreError
from hub_sync.contract.clock import Clock
from hub_sync.contract.enums import Direction, ScanType
from hub_sync.contract.station_report import AlarmCode, StationAlarm
from hub_sync.rules.rules_from_rows import event_rules
from kiosk_app.core.assignment import Assignment
from kiosk_app.core.gate import Gate
from kiosk_app.core.kiosk.local_pin import LocalPin
from kiosk_app.core.kiosk.numbers import NoQueues, NumberDesk
from kiosk_app.core.kiosk.options import (
    load_kiosk_options,
    options_of_hub,
    queues_of_hub,
    save_kiosk_options,
)
from kiosk_app.core.kiosk.papers import KioskPrinter, badge_job, paper_status
from kiosk_app.core.kiosk.sessions import count_session
from kiosk_app.core.kiosk.visitors import identify_visitor, search_visitors
from kiosk_app.kiosk_messages import (
    CallStaff,
    CheckInVisitor,
    FinishSession,
    IdentifyVisitor,
    KioskCommand,
    KioskOptions,
    KioskStatus,
    NumberRefusal,
    PrintPapers,
    QueueChoice,
    QueueNumber,
    SaveKioskOptions,
    SearchVisitors,
    SoundWarning,
    Speak,
    TakeNumber,
    UnlockKiosk,
    VisitorClaim,
    VisitorHits,
    VisitorKnown,
)
from kiosk_app.messages import GateOutcome, Notice, PinAnswer, ScreenMessage

_log = structlog.get_logger()
_HELP_MS = 10 * 60_000
"""A call for staff that nobody ends at the kiosk ends by itself."""
_HELP = "A visitor at this kiosk calls for staff."
_OUT_OF_SERVICE = "Staff have taken this kiosk out of service."


class KioskVoice(Protocol):
    """The interface of a voice to a kiosk. `hardware.voice.Voice` is one."""

    @property
    def is_available(self) -> bool:
        """True if this machine has a speech engine."""
        ...

    def say(self, text: str, language: str, *, slow: bool = False) -> None:
        """Speak a text in the place of what is spoken; an empty one only ends that. Returns at once."""
        ...


class NoVoice:
    """A machine that has no speech engine."""

    is_available = False

    def say(self, text: str, language: str, *, slow: bool = False) -> None:
        """Say nothing."""


@dataclass(frozen=True, slots=True)
class KioskParts:
    """The parts that a kiosk may have beside a gate."""

    printer: KioskPrinter | None = None
    speech: KioskVoice = field(default_factory=NoVoice)
    has_headset: Callable[[], bool | None] = lambda: None
    open_queues: Callable[[Gate], NumberDesk] = lambda _: NoQueues()
    """Called once with the gate, whose store is of its thread."""


class KioskCommands:
    """Executes a kiosk's commands. Used by the gate's thread."""

    def __init__(
        self,
        clock: Clock,
        parts: KioskParts | None = None,
        *,
        request_update: Callable[[], None] = lambda: None,
        local_pin: str = "",
    ) -> None:
        """Take the parts. `request_update` publishes the status soon, because a command has changed it."""
        self._clock, self._request_update = clock, request_update
        self._parts = parts or KioskParts()
        self._queues: NumberDesk | None = None
        self._pin = LocalPin(local_pin, clock)
        self._help_until_ms = 0
        self._options = KioskOptions()
        self._printed: list[str] = []
        """The prints of the present visitor."""

    def identify(self, gate: Gate, code: str) -> ScreenMessage:
        """Return who holds a scanned code up. A store that fails is left to the decision, which says so."""
        return self._identify(gate, VisitorClaim(ScanType.QR, code))

    def may_supervise(self, gate: Gate) -> bool:
        """Return True if a supervisor's PIN, or that of this machine, was typed within two minutes.

        Unlike at a gate, nobody may without a PIN: visitors are alone with a kiosk.
        """
        if gate.operators.is_required:
            return gate.operators.may_supervise()
        if self._pin.is_good:
            self._pin.extend()
            return True
        return False

    def lock(self) -> None:
        """Ask for the PIN again from now on."""
        self._pin.lock()

    def execute(self, gate: Gate, command: KioskCommand) -> ScreenMessage | None:
        """Execute a command; return its answer for the screen, None if it has none.

        Raises:
            StoreError: an option could not be saved, or a session not be counted.
        """
        match command:
            case IdentifyVisitor(visitor):
                return self._identify(gate, visitor)
            case SearchVisitors(query):
                return self._search(gate, query)
            case CheckInVisitor(visitor):
                return _check_in(gate, visitor)
            case TakeNumber(queue_id, participant_id, language):
                return self._take_number(gate, queue_id, participant_id, language)
            case UnlockKiosk() | SaveKioskOptions():
                return self._serve_staff(gate, command)
            case _:
                self._act(gate, command)
        return None

    def _act(
        self, gate: Gate, command: PrintPapers | FinishSession | SoundWarning | Speak | CallStaff
    ) -> None:
        """Execute a command that has no answer."""
        match command:
            case PrintPapers():
                self._print(gate, command)
            case FinishSession():
                self._forget_prints()
                count_session(gate.store, command)
            case SoundWarning():
                gate.sound_warning()
            case Speak(text, language, slow):
                self._parts.speech.say(text, language, slow=slow)
            case CallStaff(wanted):
                self._help_until_ms = self._clock.monotonic_ms() + _HELP_MS if wanted else 0
                self._request_update()
            case _:
                assert_never(command)

    def _serve_staff(self, gate: Gate, command: UnlockKiosk | SaveKioskOptions) -> PinAnswer | Notice | None:
        if isinstance(command, UnlockKiosk):
            return self._pin.check(command.pin)
        return self._save(gate, command.options)

    def status(self, gate: Gate, assignment: Assignment | None) -> KioskStatus:
        """Return what the screen shows of this kiosk.

        Raises:
            StoreError: the store could not be read.
        """
        self._options = load_kiosk_options(gate.store)
        doors = event_rules(assignment.event).doors if assignment else None
        return KioskStatus(
            options=self._options,
            queues=self._choices(gate) if assignment else (),
            paper=paper_status(self._parts.printer, self._options),
            opens_at=doors.start if doors else None,
            closes_at=doors.end if doors else None,
            is_exit=bool(assignment and gate.direction_at(assignment.checkpoint) is Direction.EXIT),
            has_printer=self._parts.printer is not None and self._parts.printer.has_printer,
            can_speak=self._parts.speech.is_available,
            has_headset=self._parts.has_headset(),
            has_local_pin=self._pin.is_set and not gate.operators.is_required,
            of_hub=frozenset(options_of_hub(gate.store)),
            help_wanted=self._is_help_wanted,
        )

    def alarms(self) -> tuple[StationAlarm, ...]:
        """Return the kiosk's own alarms for the hub."""
        alarms = []
        if self._is_help_wanted:
            alarms.append(StationAlarm(code=AlarmCode.KIOSK_HELP.value, sentence=_HELP))
        if self._options.out_of_service:
            alarms.append(StationAlarm(code=AlarmCode.KIOSK_OUT_OF_SERVICE.value, sentence=_OUT_OF_SERVICE))
        return tuple(alarms)

    @property
    def _is_help_wanted(self) -> bool:
        return self._clock.monotonic_ms() < self._help_until_ms

    def _choices(self, gate: Gate) -> tuple[QueueChoice, ...]:
        allowed = queues_of_hub(gate.store)
        return tuple(each for each in self._desk(gate).choices() if not allowed or each.id in allowed)

    def _desk(self, gate: Gate) -> NumberDesk:
        if self._queues is None:
            self._queues = self._parts.open_queues(gate)
        return self._queues

    def _identify(self, gate: Gate, visitor: VisitorClaim) -> VisitorKnown:
        try:
            return identify_visitor(gate.store, visitor)
        except StoreError:
            return VisitorKnown(visitor)

    def _search(self, gate: Gate, query: str) -> VisitorHits:
        if not load_kiosk_options(gate.store).search:
            return VisitorHits(query)
        try:
            return search_visitors(gate.store, query)
        except StoreError:
            return VisitorHits(query, failed=True)

    def _take_number(self, gate: Gate, queue_id: str, participant_id: str, language: str) -> QueueNumber:
        try:
            number = self._desk(gate).issue(queue_id, participant_id, language)
        except StoreError as failure:
            _log.warning("number_not_written", error=str(failure))
            return QueueNumber(refusal=NumberRefusal.FAILED)
        self._request_update()
        return number

    def _print(self, gate: Gate, command: PrintPapers) -> None:
        """Print what is asked for. A fault of the store or a bug here costs paper, and never the ticket."""
        printer = self._parts.printer
        if printer is None:
            return
        event = gate.store.venue.event()
        person = gate.store.roster.find(command.participant_id) if command.participant_id else None
        jobs = [self._desk(gate).slip(command.ticket_id, command.language)] if command.ticket_id else []
        if person is not None:
            jobs.append(badge_job(person, event.name if event else "", command.language))
        for job in jobs:
            if job is not None:
                self._printed.append(job.id)
                printer.submit(job)
        self._request_update()

    def _forget_prints(self) -> None:
        printed, self._printed = self._printed, []
        if (printer := self._parts.printer) is not None:
            for job_id in printed:
                printer.forget(job_id)

    def _save(self, gate: Gate, options: KioskOptions) -> Notice | None:
        if not self.may_supervise(gate):
            return Notice.NOT_ALLOWED
        save_kiosk_options(gate.store, options)
        self._options = options
        self._request_update()
        return None


def _check_in(gate: Gate, visitor: VisitorClaim) -> GateOutcome | Notice:
    """Decide as a gate does: its row is on the disk before anybody is welcomed."""
    if visitor.scan_type is ScanType.QR:
        return gate.decide_scan(visitor.text)
    if visitor.scan_type is ScanType.MANUAL:
        return gate.decide_typed(visitor.text)
    return gate.decide_participant(visitor.participant_id)
