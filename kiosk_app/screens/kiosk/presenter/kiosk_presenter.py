"""The kiosk's presenter: messages, actions and time in; the state of the view and commands out. Qt-free."""

from dataclasses import dataclass, replace

from hub_sync.contract.clock import Clock
from kiosk_app.core.kiosk.papers import paper_update
from kiosk_app.core.kiosk.session import VisitorStep
from kiosk_app.kiosk_messages import (
    KioskStatus,
    QueueNumber,
    SessionEnd,
    SoundWarning,
    Speak,
    VisitorHits,
    VisitorKnown,
)
from kiosk_app.messages import (
    ActiveAlarms,
    AppearanceChanged,
    ConnectionStatus,
    EventInfo,
    GateDeviceStatus,
    GateOutcome,
    GateReadiness,
    Notice,
    OperatorStatus,
    PauseScanning,
    PinAnswer,
    PrintUpdate,
    ScreenCommand,
    ScreenMessage,
)
from kiosk_app.screens.kiosk.presenter import actions
from kiosk_app.screens.kiosk.presenter.model import KioskModel
from kiosk_app.screens.kiosk.presenter.session_timeout import ANSWER_MS, STAFF_S, session_state
from kiosk_app.screens.kiosk.presenter.staff_actions import StaffActions
from kiosk_app.screens.kiosk.presenter.troubles import find_reader_faults, find_trouble
from kiosk_app.screens.kiosk.presenter.view_state import KioskViewState
from kiosk_app.screens.kiosk.presenter.view_state_builder import build_kiosk_state, needs_time
from kiosk_app.screens.kiosk.presenter.visitor_actions import VisitorActions

_NOTICE_MS = 6_000


@dataclass(frozen=True, slots=True)
class KioskUpdate:
    """A new state of the view, and commands for the station."""

    state: KioskViewState
    commands: tuple[ScreenCommand, ...] = ()


class KioskPresenter:
    """Decides what a kiosk shows. Used on one thread."""

    def __init__(self, clock: Clock, *, language: str, theme: str) -> None:
        self._clock = clock
        self.model = KioskModel(language, theme)
        self._visitor, self._staff = VisitorActions(self.model, clock), StaffActions(self.model, clock)
        self._paused = False
        self._state = self._build()

    @property
    def state(self) -> KioskViewState:
        """The screen as it is now."""
        return self._state

    def receive(self, message: ScreenMessage) -> KioskUpdate:
        """Take a message of the workers into account."""
        self.model.failing = False
        match message:
            case VisitorKnown():
                commands = self._visitor.take_known(message)
            case VisitorHits():
                commands = self._visitor.take_hits(message)
            case GateOutcome() | Notice():
                commands = self._take_outcome(message)
            case QueueNumber():
                commands = self._visitor.take_number(message)
            case PinAnswer():
                commands = self._staff.take_answer(message)
            case KioskStatus():
                commands = self._take_status(message)
            case _:
                commands = []
                self._take_facts(message)
        return self._update(commands)

    def handle(self, action: actions.KioskAction) -> KioskUpdate:
        """Handle an action of a visitor or of staff."""
        now_ms = self._clock.monotonic_ms()
        is_input = not isinstance(action, actions.FocusMoved) or action.by_person
        if self.model.session is not None and is_input:
            self.model.session.note_input(self._clock.now(), now_ms)
        if self.model.staff is not None or isinstance(action, actions.StaffRequested):
            return self._update(self._staff.handle(action))
        return self._update(self._visitor.handle(action))

    def tick(self) -> KioskUpdate:
        """Take the passage of time into account: warn, reset, count down."""
        model, now_ms = self.model, self._clock.monotonic_ms()
        commands: list[ScreenCommand] = []
        if model.staff is not None and now_ms - model.staff.last_input_ms >= STAFF_S * 1000:
            commands += self._staff.close()
        if model.reader_notice and now_ms >= model.reader_notice_until_ms:
            model.reader_notice = ""
        if model.session is not None and model.staff is None:
            commands += self._watch_session(now_ms)
        return self._update(commands)

    def show_failure(self) -> KioskUpdate:
        """Show that the program failed; the visitor is forgotten, and the next message tries again."""
        commands = self._visitor.end(SessionEnd.TERMINATED)
        self.model.failing = True
        return self._update(commands)

    # --- inside

    def _take_facts(self, message: ScreenMessage) -> None:
        """Remember what the station reports; what is of a gate, or of the screen over this one, is dropped."""
        model = self.model
        match message:
            case EventInfo(name, time_zone):
                model.event, model.time_zone, model.is_zone_known = name, time_zone, True
            case AppearanceChanged(theme, language):
                model.theme, model.language = theme, language
            case OperatorStatus():
                model.operators = message
            case ConnectionStatus():
                model.connection = message
            case GateReadiness():
                model.facts = replace(model.facts, readiness=message)
            case ActiveAlarms():
                model.facts = replace(model.facts, alarms=message)
            case GateDeviceStatus():
                model.facts = replace(model.facts, devices=message)
            case PrintUpdate(job_id, result):
                if model.session is not None and job_id in model.session.papers:
                    model.session.papers[job_id] = paper_update(job_id, result)
            case _:
                pass

    def _take_status(self, status: KioskStatus) -> list[ScreenCommand]:
        before = self.model.facts.kiosk
        self.model.facts = replace(self.model.facts, kiosk=status)
        plugged_in = status.has_headset is True and (before is None or before.has_headset is not True)
        unplugged = before is not None and before.has_headset is True and status.has_headset is not True
        session = self.model.session
        if plugged_in and before is not None and self.model.trouble is None and self.model.staff is None:
            return self._visitor.begin_reading()
        if unplugged and session is not None and session.reads_aloud:
            session.reads_aloud = False
            return [Speak("", session.language)]
        return []

    def _take_outcome(self, outcome: GateOutcome | Notice) -> list[ScreenCommand]:
        if self.model.staff is not None:
            self.model.staff.not_saved = outcome in (Notice.NOT_SAVED, Notice.NOT_ALLOWED)
            return []
        if isinstance(outcome, Notice) and outcome is Notice.TWO_CODES:
            self._show_reader_notice("kiosk.two_codes")
            return []
        return self._visitor.take_outcome(outcome)

    def _show_reader_notice(self, key: str) -> None:
        self.model.reader_notice = self.model.texts(key)
        self.model.reader_notice_until_ms = self._clock.monotonic_ms() + _NOTICE_MS

    def _watch_session(self, now_ms: int) -> list[ScreenCommand]:
        session = self.model.session
        if session is None:
            return []
        if session.step is VisitorStep.WORKING:
            return self._visitor.stop_waiting() if now_ms - session.waits_since_ms >= ANSWER_MS else []
        state = session_state(session, self.model.options, now_ms, needs_time(session))
        if state.is_over:
            return self._visitor.end(self._visitor.end_of_session())
        if state.left_s is not None and not session.warned:
            session.warned = True
            words = self.model.texts
            commands: list[ScreenCommand] = [SoundWarning()]
            if session.reads_aloud:
                text = f"{words('kiosk.more_time')} {words('kiosk.more_time_text', n=state.left_s)}"
                commands.append(Speak(text, session.language, session.slow))
            return commands
        return []

    def _update(self, commands: list[ScreenCommand]) -> KioskUpdate:
        commands = [*commands, *self._note_troubles()]
        paused = self.model.pauses_scanning
        if paused is not self._paused:
            self._paused = paused
            commands.append(PauseScanning(paused))
        self._state = self._build()
        commands += self._read_page()
        return KioskUpdate(self._state, tuple(commands))

    def _note_troubles(self) -> list[ScreenCommand]:
        model, now = self.model, self._clock.now()
        model.note_trouble(find_trouble(model.facts, now), now)
        faults = find_reader_faults(model.facts)
        model.reader_faults = {fault: model.reader_faults.get(fault, now) for fault in faults}
        trouble, session = model.trouble, model.session
        if trouble is None or not trouble.ends_sessions or session is None or trouble.is_short:
            return []
        if session.step in (VisitorStep.DONE, VisitorStep.NUMBER, VisitorStep.WORKING):
            return []  # what was decided is told to the end
        return self._visitor.end(SessionEnd.TERMINATED)

    def _read_page(self) -> list[ScreenCommand]:
        """Read a page aloud once, when it comes."""
        session, page = self.model.session, self._state.page
        if session is None or not session.reads_aloud or self.model.staff is not None:
            self.model.reading = ""
            return []
        mark = f"{session.language}:{session.entry}:{page.spoken}"
        if mark == self.model.reading:
            return []
        self.model.reading = mark
        return [Speak(page.spoken, session.language, session.slow)]

    def _build(self) -> KioskViewState:
        return build_kiosk_state(self.model, self._clock.now(), self._clock.monotonic_ms())
