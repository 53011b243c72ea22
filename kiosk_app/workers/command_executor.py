"""Executes the commands of a screen on the gate's thread."""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from hub_sync.client.store import RosterParticipant, Store, StoreError
from hub_sync.contract.enums import Direction
from hub_sync.contract.sync import Override
from hub_sync.rules.times.exit_all import ExitAll
from kiosk_app.core.appearance import save_appearance
from kiosk_app.core.assignment import current_assignment, is_open_for_choice, serve_checkpoint
from kiosk_app.core.double_admissions import dismiss_double_admission
from kiosk_app.core.gate import Gate
from kiosk_app.core.person_card import is_restricted, person_card
from kiosk_app.core.setup.mode_choice import save_mode
from kiosk_app.core.setup.printer_setup import PrinterSetup
from kiosk_app.core.setup.ready_check import ReadyCheck
from kiosk_app.core.setup.wiring_test import WiringTest
from kiosk_app.core.shift.operator_name import save_operator
from kiosk_app.core.shift.shift_summary import shift_summary
from kiosk_app.core.station_options import load_options, save_options
from kiosk_app.core.unreleased import dismiss_unreleased
from kiosk_app.kiosk_messages import KioskCommand
from kiosk_app.messages import (
    AdmitAtDoor,
    AdmitPerson,
    AnswerPrint,
    AnswerWiring,
    Authorise,
    ChooseMode,
    ConfirmTone,
    DismissDoubleAdmission,
    DismissUnreleased,
    EndAuthority,
    EventAnswer,
    FinishReadyCheck,
    ForgetBoard,
    GateOutcome,
    KeepBoard,
    ListCameras,
    ListScanners,
    Notice,
    PinAnswer,
    PlayTestTone,
    PrinterCommand,
    PrintTest,
    QueuedCommand,
    ReadyCommand,
    RepeatWithOverride,
    SaveAppearance,
    SaveOptions,
    ScannerCommand,
    ScreenMessage,
    SearchHit,
    SearchPeople,
    SearchResults,
    SelectChannel,
    ServeCheckpoint,
    ServeEvent,
    SetDirection,
    SettingsOverview,
    ShiftSummary,
    ShowPerson,
    ShowPrinter,
    ShowReadyCheck,
    ShowSettings,
    ShowWiring,
    SignOff,
    SignOn,
    StationOptions,
    SubmitCode,
    SubmitOrSearch,
    SummariseShift,
    SyncNow,
    TakeBack,
    TestPulse,
    UndoAnswer,
    UndoResult,
    UseBoard,
    UseCamera,
    UsePrinter,
    UseScanner,
    WiringCommand,
)
from kiosk_app.workers.camera_commands import CameraCommands
from kiosk_app.workers.kiosk_commands import KioskCommands
from kiosk_app.workers.scanner_commands import ScannerCommands
from kiosk_app.workers.status_reporter import StatusReporter
from kiosk_app.workers.verdict_voice import VerdictVoice

SEARCH_LIMIT = 20


class CommandExecutor:
    """Turns commands into calls of the gate. `reporter` publishes sooner what a command has changed."""

    def __init__(
        self,
        reporter: StatusReporter,
        scanner: ScannerCommands | None = None,
        wiring: WiringTest | None = None,
        set_volume: Callable[[float], None] = lambda _: None,
        ready: ReadyCheck | None = None,
        sync_now: Callable[[], None] = lambda: None,
        voice: VerdictVoice | None = None,
        printer: PrinterSetup | None = None,
        *,
        kiosk: KioskCommands | None = None,
        camera: CameraCommands | None = None,
        read_settings: Callable[[Store], SettingsOverview] | None = None,
    ) -> None:
        self._ready, self._sync_now = ready, sync_now
        self._reporter, self._scanner = reporter, scanner or ScannerCommands()
        self._wiring, self._set_volume = wiring or WiringTest(None, None), set_volume
        self._camera, self._read_settings = camera or CameraCommands(), read_settings
        self._voice, self._printer, self._kiosk = voice, printer, kiosk

    def execute(self, gate: Gate, command: QueuedCommand) -> ScreenMessage | None:
        """Execute a command; return its answer for the screen, None if it has none.

        Raises:
            StoreError: a setting could not be saved. A scan that could not be saved is a `GateOutcome` that says so.
        """
        is_supervised = isinstance(command, _SUPERVISED) or (isinstance(command, UseScanner) and command.save)
        if is_supervised and not self._may_supervise(gate):
            gate.sound_refusal()
            return Notice.NOT_ALLOWED
        return self._execute(gate, command)

    def _execute(self, gate: Gate, command: QueuedCommand) -> ScreenMessage | None:
        if isinstance(command, KioskCommand):
            return None if self._kiosk is None else self._kiosk.execute(gate, command)
        match command:
            case SignOn() | Authorise() | SignOff() | EndAuthority() | SummariseShift():
                return self._execute_sign_on(gate, command)
            case TakeBack() | AdmitAtDoor():
                return self._execute_act(gate, command)
            case (
                ServeEvent()
                | ServeCheckpoint()
                | SetDirection()
                | DismissDoubleAdmission()
                | DismissUnreleased()
                | SaveAppearance()
                | SaveOptions()
                | ChooseMode()
            ):
                return self._change(gate, command)
            case (
                ListCameras()
                | UseCamera()
                | ShowSettings()
                | ListScanners()
                | UseScanner()
                | ShowWiring()
                | SelectChannel()
                | UseBoard()
                | KeepBoard()
                | ForgetBoard()
                | TestPulse()
                | AnswerWiring()
                | ShowReadyCheck()
                | PlayTestTone()
                | ConfirmTone()
                | FinishReadyCheck()
                | SyncNow()
                | ShowPrinter()
                | UsePrinter()
                | PrintTest()
                | AnswerPrint()
            ):
                return self._set_up(gate, command)
            case _:
                return _execute_scan(gate, command)

    def _execute_act(self, gate: Gate, command: TakeBack | AdmitAtDoor) -> ScreenMessage:
        if isinstance(command, TakeBack):
            return self._take_back(gate, command.outcome, command.operator)
        answer = gate.admit_at_door(command.entry_id)
        self._reporter.request_update()  # whose turn it is now
        return answer

    def _may_supervise(self, gate: Gate) -> bool:
        return gate.operators.may_supervise() if self._kiosk is None else self._kiosk.may_supervise(gate)

    def _execute_sign_on(
        self, gate: Gate, command: SignOn | Authorise | SignOff | EndAuthority | SummariseShift
    ) -> PinAnswer | ShiftSummary | None:
        answer: PinAnswer | ShiftSummary | None = None
        match command:
            case SignOn(operator_id, pin):
                answer = gate.operators.sign_on(operator_id, pin)
            case Authorise(operator_id, pin):
                answer = gate.operators.authorise(operator_id, pin)
            case SummariseShift():
                shift = gate.operators.shift
                answer = None if shift is None else shift_summary(gate.store, shift, gate.now())
            case SignOff():
                gate.operators.sign_off()
            case EndAuthority():
                gate.operators.lock()
                if self._kiosk is not None:
                    self._kiosk.lock()
        self._reporter.request_update()
        return answer

    def _set_up(
        self,
        gate: Gate,
        command: ScannerCommand
        | WiringCommand
        | ReadyCommand
        | PrinterCommand
        | SyncNow
        | ListCameras
        | UseCamera
        | ShowSettings,
    ) -> ScreenMessage | None:
        if isinstance(command, ShowSettings):
            return None if self._read_settings is None else self._read_settings(gate.store)
        if isinstance(command, ListCameras | UseCamera):
            return self._camera.execute(gate.store, command)
        if isinstance(command, ShowReadyCheck | PlayTestTone | ConfirmTone | FinishReadyCheck | SyncNow):
            return self._check_ready(gate, command)
        if isinstance(command, ShowPrinter | UsePrinter | PrintTest | AnswerPrint):
            return None if self._printer is None else self._printer.execute(gate.store, command)
        if isinstance(command, ListScanners | UseScanner):
            self._reporter.request_update()
            return self._scanner.execute(gate.store, command)
        return self._wiring.execute(gate.store, command)

    def _check_ready(self, gate: Gate, command: ReadyCommand | SyncNow) -> ScreenMessage | None:
        if isinstance(command, SyncNow):
            self._sync_now()
            self._reporter.request_update()
            return None
        return None if self._ready is None else self._ready.execute(gate, command)

    def _serve_event(self, gate: Gate, event_id: str) -> EventAnswer:
        """Serve another event; ask the hub for its newest list, or for the one that is missing."""
        answer = gate.serve_event(event_id)
        self._sync_now()
        self._reporter.request_update()
        return answer

    def _take_back(self, gate: Gate, outcome: GateOutcome, operator: str) -> UndoAnswer:
        supervisor = gate.operators.supervisor()
        result, sequence = gate.take_back(outcome, supervisor.name if supervisor else operator)
        if result is UndoResult.DONE:  # the person is counted again, by where they are now
            self._reporter.count_scan(gate, replace(outcome, sequence=sequence))
        return UndoAnswer(result, outcome)

    def _change(
        self,
        gate: Gate,
        command: ServeEvent
        | ServeCheckpoint
        | SetDirection
        | DismissDoubleAdmission
        | DismissUnreleased
        | SaveAppearance
        | SaveOptions
        | ChooseMode,
    ) -> Notice | EventAnswer | None:
        match command:
            case ServeEvent(event_id):
                return self._serve_event(gate, event_id)
            case ServeCheckpoint(checkpoint_id):
                self._serve(gate, checkpoint_id)
            case SetDirection(direction):
                self._set_direction(gate, direction)
            case DismissDoubleAdmission(id_):
                dismiss_double_admission(gate.store, id_)
                self._reporter.request_update()
            case DismissUnreleased():
                dismiss_unreleased(gate.store)
                self._reporter.request_update()
            case SaveAppearance(theme, language):
                save_appearance(gate.store, theme=theme, language=language)
                if self._voice is not None and language is not None:
                    self._voice.language = language
            case ChooseMode(mode):
                save_mode(gate.store, mode)
            case SaveOptions(options):
                return self._save_options(gate, options)
        return None

    def _save_options(self, gate: Gate, options: StationOptions) -> Notice | None:
        before, voice = load_options(gate.store), self._voice
        is_silent = options.speaks and (voice is None or not voice.is_available)
        if is_silent:
            options = replace(options, speaks=False)
        save_options(gate.store, options)
        if options.volume != before.volume:
            self._set_volume(options.volume / 100)
            gate.sound_sample()
        if voice is not None:
            voice.is_on = options.speaks
            if options.speaks and not before.speaks:
                voice.speak_sample()
        self._reporter.request_update()
        return Notice.NO_SPEECH_ENGINE if is_silent else None

    def _serve(self, gate: Gate, checkpoint_id: str) -> None:
        checkpoint = gate.store.venue.checkpoint(checkpoint_id)
        if checkpoint is not None and is_open_for_choice(checkpoint):
            serve_checkpoint(gate.store, checkpoint_id)
        self._reporter.request_update()

    def _set_direction(self, gate: Gate, direction: Direction) -> None:
        gate.choose_direction(direction)
        self._reporter.request_update()


def _execute_scan(
    gate: Gate,
    command: SubmitCode | SubmitOrSearch | AdmitPerson | RepeatWithOverride | SearchPeople | ShowPerson,
) -> ScreenMessage:
    match command:
        case SubmitCode(text):
            return gate.decide_typed(text)
        case SubmitOrSearch(text):
            is_searched = not _is_code(gate, text) and gate.operators.may_supervise()
            return _search(gate, text) if is_searched else gate.decide_typed(text)
        case AdmitPerson(participant_id):
            return gate.decide_participant(participant_id)
        case RepeatWithOverride(subject, override):
            override = _by_supervisor(gate, override)
            outcome = gate.decide_again(subject, override)
            with contextlib.suppress(StoreError):  # the outcome says so
                save_operator(gate.store, override.operator)
            return outcome
        case ShowPerson(participant_id):
            assignment = current_assignment(gate.store)
            return person_card(gate.store, assignment, participant_id, gate.exit_all(assignment))
        case SearchPeople(query):
            return _search(gate, query)
        case _:
            assert_never(command)


_SUPERVISED = (
    AdmitPerson,
    RepeatWithOverride,
    SearchPeople,
    ServeEvent,
    ServeCheckpoint,
    SetDirection,
    TakeBack,
    ShowPerson,
    SaveOptions,
    SelectChannel,
    UseBoard,
    KeepBoard,
    ForgetBoard,
    TestPulse,
    AnswerWiring,
    UsePrinter,
    PrintTest,
    AnswerPrint,
    UseCamera,
    ChooseMode,
)
"""The commands for which a supervisor's PIN is needed where there are operators. The screen asks for it before."""


def _by_supervisor(gate: Gate, override: Override) -> Override:
    """Return an override in the name of the supervisor whose PIN was typed; else in the name that somebody wrote."""
    supervisor = gate.operators.supervisor()
    return override if supervisor is None else override.model_copy(update={"operator": supervisor.name})


def _is_code(gate: Gate, text: str) -> bool:
    try:
        return gate.store.roster.find_by_code(text) is not None
    except StoreError:
        return True  # the decision says what is wrong with the store


def _search(gate: Gate, query: str) -> SearchResults:
    try:
        if not gate.store.access.is_active:
            return SearchResults(query)  # a locked or revoked station shows no names
        assignment = current_assignment(gate.store)
        zone = assignment.checkpoint.zone if assignment else None
        people = gate.store.roster.search(query, SEARCH_LIMIT + 1)
        hour = gate.exit_all(assignment)
        event_id = assignment.event.id if assignment else ""
        hits = tuple(_hit(gate, person, zone, event_id, hour) for person in people[:SEARCH_LIMIT])
        asks_supervisor = not hits and is_restricted(gate.store, assignment, query, gate.now())
    except StoreError:
        return SearchResults(query, failed=True)
    return SearchResults(query, hits, more=len(people) > SEARCH_LIMIT, asks_supervisor=asks_supervisor)


def _hit(
    gate: Gate, person: RosterParticipant, zone: str | None, event_id: str, hour: ExitAll | None
) -> SearchHit:
    inside = gate.store.presence.get(person.id, zone, event_id).after(hour).inside
    return SearchHit(person.id, person.name, person.code, person.category, inside)
