"""The gate screen's presenter, without Qt: messages, actions and time in; a frozen state and commands out."""

from typing import NamedTuple
from zoneinfo import ZoneInfo

from hub_sync.contract.clock import Clock
from hub_sync.contract.enums import Passage
from kiosk_app.bulletin_messages import BulletinsChanged
from kiosk_app.kiosk_messages import KioskStatus, QueueNumber, VisitorHits, VisitorKnown
from kiosk_app.messages import (
    AppearanceChanged,
    CameraChoices,
    CodeCaptured,
    EnrolmentUpdate,
    EventAnswer,
    EventInfo,
    GateOutcome,
    GroupOutcome,
    IdentifyStation,
    NameDisplay,
    Notice,
    PassageUpdate,
    PauseScanning,
    PersonCard,
    PinAnswer,
    PrinterReport,
    PrinterSetupState,
    PrintUpdate,
    ReadyCheckState,
    RecentScans,
    ScanCaptured,
    ScannerChoices,
    ScreenCommand,
    ScreenMessage,
    ScreenSleep,
    SearchResults,
    SettingsOverview,
    ShiftSummary,
    StationOptions,
    StatusMessage,
    UndoAnswer,
    UndoResult,
    WiringState,
)
from kiosk_app.queue_messages import BoardState, DeskResult, DeskState
from kiosk_app.screens.gate.presenter.action_handler import clear_input, handle_action, take_pin_answer
from kiosk_app.screens.gate.presenter.actions import UserAction
from kiosk_app.screens.gate.presenter.model import TURN_ALERT_MS, GateModel, OpenPanel
from kiosk_app.screens.gate.presenter.name_display import (
    hide_double,
    hide_member,
    hide_names,
    hide_outcome,
    hide_places,
)
from kiosk_app.screens.gate.presenter.verdict_formatting import FormatContext, shows_as_banner
from kiosk_app.screens.gate.presenter.view_state import GateViewState, WaitlistPanel
from kiosk_app.screens.gate.presenter.view_state_builder import build_view_state
from resources.themes import THEMES
from resources.translations.catalogue import texts

_UNDO_NOTICES = {
    UndoResult.DONE: Notice.TAKEN_BACK,
    UndoResult.PASSED: Notice.UNDO_PASSED,
    UndoResult.TOO_LATE: Notice.UNDO_TOO_LATE,
    UndoResult.NOT_LAST: Notice.UNDO_NOT_LAST,
    UndoResult.SEATED: Notice.UNDO_SEATED,
}


class Update(NamedTuple):
    """The result of one call: the screen's state, and the commands for the station or the window."""

    state: GateViewState
    commands: tuple[ScreenCommand, ...]


class GatePresenter:
    """Decides what the gate screen shows. Not for two threads at once: it belongs to the thread of the screen.

    A verdict is never green unless `outcome.is_green`. It stays until the next scan or for four seconds. A code that is
    no ticket removes it and is reported in a banner. A person's scan closes an open panel, except one in which somebody types: it is
    about the person before, and says so, and the verdict stands above it.

    Args:
        clock: wall clock, corrected by the measured offset, and monotonic time for the verdict's four seconds.
        language: one of `resources.translations.LANGUAGES`.
        theme: one of `resources.themes.THEMES`.
        time_zone: the zone of displayed times until `EventInfo` names the event's; None: no clock is shown until then.
        operator: the name that the override panel begins with.

    Raises:
        KeyError: no such language or theme.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        language: str = "en",
        theme: str = "dark",
        time_zone: ZoneInfo | None = None,
        operator: str = "",
    ) -> None:
        if theme not in THEMES:
            raise KeyError(theme)
        self._clock = clock
        self._model = GateModel(texts(language), theme, time_zone or ZoneInfo("UTC"), operator)
        self._model.is_zone_known = time_zone is not None
        self._paused = False
        self._state = self._build_state()

    @property
    def state(self) -> GateViewState:
        """The screen as it is now."""
        return self._state

    def receive(self, message: ScreenMessage) -> Update:
        """Take a message of the workers into account."""
        message = hide_names(message, self._model.options.names)
        match message:
            case GateOutcome():
                self._show_outcome(message)
            case GroupOutcome():
                self._show_group(message)
            case Notice():
                self._show_notice(message)
            case (
                ScanCaptured()
                | ScannerChoices()
                | WiringState()
                | ReadyCheckState()
                | PrintUpdate()
                | PrinterReport()
                | PrinterSetupState()
                | SettingsOverview()
                | IdentifyStation()
                | BulletinsChanged()
                | EnrolmentUpdate()
                | CodeCaptured()
                | CameraChoices()
                | DeskState()
                | DeskResult()
                | BoardState()
                | VisitorKnown()
                | VisitorHits()
                | QueueNumber()
            ):
                pass  # for the screen over this one, or a kiosk's
            case AppearanceChanged() | ShiftSummary():
                self._take_other(message)
            case PersonCard():
                self._show_person(message)
            case UndoAnswer():
                self._show_undo(message)
            case EventAnswer():
                self._show_event(message)
            case PinAnswer():
                return self._update(take_pin_answer(self._model, message, self._clock.monotonic_ms()))
            case _:
                self._take_status(message)
        return self._update()

    def _take_other(self, message: AppearanceChanged | ShiftSummary) -> None:
        if isinstance(message, ShiftSummary):
            self._model.summary = message
        else:
            self._model.theme, self._model.texts = message.theme, texts(message.language)
            self._model.recent.rebuild(self._format_context())

    def handle(self, action: UserAction) -> Update:
        """Handle an action of a person."""
        language = self._model.texts
        commands = handle_action(self._model, action, self._clock.monotonic_ms())
        if self._model.texts is not language:
            self._model.recent.rebuild(self._format_context())
        return self._update(commands)

    def tick(self) -> Update:
        """Take the passage of time into account: remove a verdict after its time, update ages and clock."""
        display = self._model.verdict_display
        if display.current is not None and self._clock.monotonic_ms() >= display.until_ms:
            display.clear()
        if self._model.turn is not None and self._clock.monotonic_ms() >= self._model.turn_until_ms:
            self._model.turn = None
        return self._update()

    def show_failure(self) -> Update:
        """Show that the program failed, in place of any verdict: an older one would be taken for the next person's."""
        self._model.close_panel()
        self._model.verdict_display.show(Notice.STATION_FAILED, self._clock.monotonic_ms(), as_banner=False)
        return self._update()

    def _show_notice(self, notice: Notice) -> None:
        """Show a notice, above an open panel: it may be about the button of the panel that was pressed."""
        display = self._model.verdict_display
        display.show(notice, self._clock.monotonic_ms(), as_banner=False)
        display.above_panel = self._model.open_panel is not OpenPanel.NOTHING

    def _show_outcome(self, outcome: GateOutcome) -> None:
        model, now_ms = self._model, self._clock.monotonic_ms()
        as_banner = shows_as_banner(outcome)
        model.verdict_display.show(outcome, now_ms, as_banner=as_banner)
        model.verdict_display.above_panel = as_banner and model.open_panel is not OpenPanel.NOTHING
        model.recent.add(outcome, self._format_context())
        if not as_banner:
            self._make_way(outcome)
            model.last_refusal.remember(outcome, now_ms)
            model.last_group.remember(outcome, now_ms)
            model.last_admission.remember(outcome, now_ms)

    def _make_way(self, outcome: GateOutcome) -> None:
        """Close the panel at a person's scan: whoever it was opened for is no longer the last."""
        model = self._model
        if not model.is_typed_into:
            model.close_panel()
            if outcome.subject.text and outcome.subject.text == model.search.query:
                clear_input(model)  # the typed text was a code
            return
        model.verdict_display.above_panel = True
        target, person = model.pin.target, outcome.decision.participant_id
        if target is not None and person and target.decision.participant_id == person:
            model.pin.target = outcome  # the same person once more

    def _show_person(self, card: PersonCard) -> None:
        model = self._model
        if model.open_panel is OpenPanel.PERSON and card.participant_id == model.person_id:
            model.person = card

    def _hide_names_shown(self, mode: NameDisplay) -> None:
        """Shorten what the screen has of people; names come back with the next scans only."""
        model, context = self._model, self._format_context()
        model.recent.replace_all(lambda outcome: hide_outcome(outcome, mode), context)
        for last in (model.last_refusal, model.last_group, model.last_admission):
            last.outcome = last.outcome and hide_outcome(last.outcome, mode)
        model.pin.target = model.pin.target and hide_outcome(model.pin.target, mode)
        model.verdict_display.clear()
        model.double_admissions = tuple(hide_double(each, mode) for each in model.double_admissions)
        model.unreleased = tuple(hide_member(each, mode) for each in model.unreleased)
        model.door = hide_places(model.door, mode)
        model.search.start("")

    def _show_event(self, answer: EventAnswer) -> None:
        if self._model.take_event_answer(answer):
            self._model.verdict_display.show(Notice.EVENT_SERVED, self._clock.monotonic_ms(), as_banner=False)

    def _show_undo(self, answer: UndoAnswer) -> None:
        model = self._model
        if answer.result is UndoResult.DONE:
            model.recent.mark_taken_back(answer.outcome.row_id, self._format_context())
            model.last_admission.outcome = model.last_group.outcome = None
            if (
                model.open_panel is OpenPanel.GROUP
            ):  # opened while the undo was under way: nobody leads it any more
                model.close_panel()
        model.verdict_display.show(_UNDO_NOTICES[answer.result], self._clock.monotonic_ms(), as_banner=False)

    def _show_group(self, group: GroupOutcome) -> None:
        model = self._model
        model.verdict_display.show(group, self._clock.monotonic_ms(), as_banner=False)
        if model.is_typed_into:
            model.verdict_display.above_panel = True
        else:
            model.close_panel()
        if not group.released:  # else they are in the list already
            model.last_admission.outcome = None
            for outcome in group.outcomes:
                model.recent.add(outcome, self._format_context())
                model.last_admission.remember(outcome, self._clock.monotonic_ms())

    def _show_passage(self, update: PassageUpdate) -> None:
        model, now_ms = self._model, self._clock.monotonic_ms()
        if update.outcome is None:
            model.turn, model.turn_until_ms = update.cause, now_ms + TURN_ALERT_MS
            return
        last = model.last_admission.outcome
        if last is not None and last.row_id == update.scan_id and update.outcome is not Passage.UNKNOWN:
            model.last_admission.outcome = None  # passed, or given back already
        settled = model.recent.settle(update.scan_id, update.cause, update.outcome, self._format_context())
        if settled is not None:
            model.verdict_display.settle(settled, now_ms)

    def _take_status(self, message: StatusMessage) -> None:
        model = self._model
        match message:
            case ScreenSleep():
                model.screen_may_sleep = message.may_sleep
            case StationOptions():
                before, model.options = model.options.names, message
                if message.names not in (before, NameDisplay.FULL):
                    self._hide_names_shown(message.names)
            case EventInfo():
                model.time_zone, model.is_zone_known = message.time_zone, True
                model.recent.rebuild(self._format_context())
            case SearchResults():
                if message.query == model.search.query:
                    model.search.results = message
            case PassageUpdate():
                self._show_passage(message)
            case KioskStatus():
                pass
            case RecentScans():
                model.recent.reset(message.outcomes, self._format_context())
            case _:
                model.take_status(message)

    def _update(self, commands: tuple[ScreenCommand, ...] = ()) -> Update:
        self._model.require_sign_on()
        paused = self._model.pauses_scanning
        if paused is not self._paused:
            self._paused = paused
            commands = (*commands, PauseScanning(paused))
        self._state = self._build_state()
        panel = self._state.panel
        entry_id = panel.entry_id if isinstance(panel, WaitlistPanel) else ""
        self._model.called_place.show(entry_id, self._clock.monotonic_ms())
        return Update(self._state, commands)

    def _build_state(self) -> GateViewState:
        return build_view_state(self._model, self._format_context(), self._clock.monotonic_ms())

    def _format_context(self) -> FormatContext:
        return FormatContext(self._model.texts, self._model.time_zone, self._clock.now())
