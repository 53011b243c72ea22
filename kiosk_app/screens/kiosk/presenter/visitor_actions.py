"""The actions of a visitor, and the answers that a visitor waits for: each takes the session one step further."""

from hub_sync.contract.clock import Clock
from hub_sync.contract.enums import ScanType
from kiosk_app.core.kiosk.papers import badge_id, slip_id
from kiosk_app.core.kiosk.session import OUTCOME_STEPS, SCANNING_STEPS, VisitorSession, VisitorStep
from kiosk_app.kiosk_messages import (
    LETTERS_BEFORE_SEARCH,
    CallStaff,
    CheckInVisitor,
    IdentifyVisitor,
    NumberRefusal,
    PaperUpdate,
    PrintPapers,
    PrintStage,
    QueueNumber,
    SearchVisitors,
    SessionEnd,
    Speak,
    TakeNumber,
    VisitorClaim,
    VisitorHits,
    VisitorKnown,
)
from kiosk_app.messages import GateOutcome, Notice, ScreenCommand
from kiosk_app.screens.kiosk.presenter import actions
from kiosk_app.screens.kiosk.presenter.aid_actions import AID_ACTIONS, BEGINNING_AIDS, change_aid
from kiosk_app.screens.kiosk.presenter.model import KioskModel
from kiosk_app.screens.kiosk.presenter.outcome_formatting import Kind, kind_of
from kiosk_app.screens.kiosk.presenter.pages import open_queues

_Commands = list[ScreenCommand]


class VisitorActions:
    """Changes the model by what a visitor does. Nothing is decided here: the gate decides."""

    def __init__(self, model: KioskModel, clock: Clock) -> None:
        self._model, self._clock = model, clock

    # --- the session

    def begin(self, language: str = "") -> VisitorSession:
        """Begin a session in a language; empty: that of the kiosk."""
        now = self._clock.now()
        options, status = self._model.options, self._model.facts.kiosk
        session = VisitorSession(
            language or self._model.language,
            now,
            now,
            self._clock.monotonic_ms(),
            low_reach=options.low_reach,
            reads_aloud=status is not None and status.can_speak and status.has_headset is True,
        )
        self._model.session = session
        self._model.generation += 1
        self._model.reader_notice = ""
        return session

    def begin_reading(self) -> _Commands:
        """Begin a session that is read aloud: a headset was plugged in."""
        session = self._model.session or self.begin()
        session.reads_aloud = self._model.facts.kiosk is not None and self._model.facts.kiosk.can_speak
        if not session.history and session.step is VisitorStep.IDENTIFY:
            session.step = session.step_before = VisitorStep.LANGUAGE
        return []

    def end(self, end: SessionEnd) -> _Commands:
        """End the session and forget the visitor."""
        session = self._model.session
        if session is None:
            return []
        self._model.session, self._model.reading = None, ""
        self._model.generation += 1
        commands: _Commands = [session.finish(end)]
        if session.reads_aloud:
            commands.append(Speak("", session.language))
        return commands

    def end_of_session(self) -> SessionEnd:
        """Return how the session ends if it ends now."""
        session = self._model.session
        is_complete = session is not None and session.step in OUTCOME_STEPS
        return SessionEnd.COMPLETED if is_complete else SessionEnd.ABANDONED

    # --- actions

    def handle(self, action: actions.KioskAction) -> _Commands:
        """Handle an action; one that does not fit to the page is dropped: the finger was late."""
        session = self._model.session
        if session is None:
            return self._handle_waiting(action)
        if isinstance(action, AID_ACTIONS):
            return change_aid(self._model, session, action)
        return self._handle_visitor(session, action)

    def _handle_visitor(self, session: VisitorSession, action: actions.KioskAction) -> _Commands:
        match action:
            case actions.SteppedBack():
                return self._step_back(session)
            case actions.SessionFinished():
                return self.end(self.end_of_session())
            case actions.LanguageRequested() | actions.LanguageChosen():
                self._change_language(session, action)
            case actions.StaffCalled():
                session.called_staff = True
                return [CallStaff()]
            case _:
                return self._answer(session, action)
        return []

    def _handle_waiting(self, action: actions.KioskAction) -> _Commands:
        """Handle an action on the page that waits for visitors."""
        if self._model.trouble is not None:
            return []
        if isinstance(action, BEGINNING_AIDS):
            return change_aid(self._model, self.begin(), action)
        match action:
            case actions.SessionBegun(language):
                session = self.begin(language)
                if not language:
                    session.step = session.step_before = VisitorStep.LANGUAGE
            case actions.LanguageRequested():
                session = self.begin()
                session.step = session.step_before = VisitorStep.LANGUAGE
            case _:
                pass
        return []

    def _step_back(self, session: VisitorSession) -> _Commands:
        if session.step is VisitorStep.DONE:  # another try
            session.outcome, session.visitor, session.name = None, None, ""
            while session.back():
                if session.step in (VisitorStep.IDENTIFY, VisitorStep.CODE, VisitorStep.SEARCH):
                    return []
            session.step = VisitorStep.IDENTIFY
            return []
        if session.step in (VisitorStep.WORKING, VisitorStep.NUMBER):
            return []
        if session.step is VisitorStep.LANGUAGE and session.step_before is not VisitorStep.LANGUAGE:
            session.step = session.step_before
        elif not session.back():
            return self.end(SessionEnd.ABANDONED)
        return []

    def _change_language(
        self, session: VisitorSession, action: actions.LanguageRequested | actions.LanguageChosen
    ) -> None:
        if isinstance(action, actions.LanguageRequested):
            if session.step not in (VisitorStep.LANGUAGE, VisitorStep.WORKING):
                session.step_before = session.step
                session.step = VisitorStep.LANGUAGE
            return
        session.language, session.other_keys = action.language, False
        if session.step is VisitorStep.LANGUAGE:
            is_first = session.step_before is VisitorStep.LANGUAGE
            session.step = VisitorStep.IDENTIFY if is_first else session.step_before
            session.step_before = session.step

    def _answer(self, session: VisitorSession, action: actions.KioskAction) -> _Commands:
        """Handle the answer to the page's question."""
        match session.step, action:
            case VisitorStep.CONFIRM, actions.VisitorConfirmed() if session.visitor is not None:
                return self._check_in(session, session.visitor)
            case VisitorStep.CONFIRM, actions.VisitorDenied():
                self._deny(session)
            case VisitorStep.QUEUES, actions.QueueChosen(queue_id):
                return self._take_number(session, queue_id)
            case VisitorStep.QUEUES, actions.NumberSkipped():
                session.go(VisitorStep.DONE)
                return self._print(session)
            case ((VisitorStep.DONE | VisitorStep.NUMBER), actions.PrintRepeated()):
                return self._print(session, repeated=True)
            case _:
                return self._answer_who(session, action)
        return []

    def _answer_who(self, session: VisitorSession, action: actions.KioskAction) -> _Commands:
        """Handle the answer to a page that asks who the visitor is."""
        options = self._model.options
        match session.step, action:
            case VisitorStep.IDENTIFY, actions.CodeChosen() if options.typing:
                session.go(VisitorStep.CODE)
            case VisitorStep.IDENTIFY, actions.SearchChosen() if options.search:
                session.go(VisitorStep.SEARCH)
            case VisitorStep.IDENTIFY, actions.NumberChosen() if options.walk_in_numbers:
                return self._offer_numbers(session)
            case VisitorStep.CODE, actions.EntryFinished(text):
                return self._identify(session, VisitorClaim(ScanType.MANUAL, text.strip()))
            case VisitorStep.SEARCH, actions.EntryFinished(text):
                return self._search(session, text)
            case VisitorStep.HITS, actions.HitChosen(participant_id):
                return self._choose_hit(session, participant_id)
            case _:
                pass
        return []

    def _search(self, session: VisitorSession, text: str) -> _Commands:
        if sum(letter.isalpha() for letter in text) >= LETTERS_BEFORE_SEARCH:
            return [SearchVisitors(text)]
        session.problem = "kiosk.problem.letters"
        return []

    def _choose_hit(self, session: VisitorSession, participant_id: str) -> _Commands:
        hits = session.hits.hits if session.hits else ()
        for hit in hits:
            if hit.participant_id == participant_id:
                claim = VisitorClaim(ScanType.SEARCH, participant_id=hit.participant_id)
                return self._confirm(session, claim, hit.name)
        return []

    @staticmethod
    def _deny(session: VisitorSession) -> None:
        session.visitor, session.name, session.hits = None, "", None
        session.go(VisitorStep.IDENTIFY)
        session.history.clear()

    # --- answers

    def take_known(self, known: VisitorKnown) -> _Commands:
        """Take who holds a code up, or typed one. On the outcome of a visitor, it is the next one."""
        if self._model.staff is not None or self._model.shows_trouble:
            return []
        session, commands = self._model.session, []
        if session is not None and session.step in OUTCOME_STEPS and known.visitor.scan_type is ScanType.QR:
            commands = self.end(SessionEnd.COMPLETED)
            session = None
        if session is None:
            if known.visitor.scan_type is not ScanType.QR:
                return commands  # typed by somebody who has gone
            session = self.begin()
        elif session.step not in SCANNING_STEPS:
            return commands
        session.note_input(self._clock.now(), self._clock.monotonic_ms())
        if session.step is VisitorStep.LANGUAGE:
            session.step = session.step_before = VisitorStep.IDENTIFY
        asks = known.visitor.scan_type is not ScanType.QR or self._model.options.confirm_scans
        if known.name and asks:
            return [*commands, *self._confirm(session, known.visitor, known.name)]
        session.visitor, session.name = known.visitor, known.name
        return [*commands, *self._check_in(session, known.visitor)]

    def take_hits(self, hits: VisitorHits) -> _Commands:
        """Take the answer to a search."""
        session = self._model.session
        if session is None or session.step is not VisitorStep.SEARCH:
            return []
        if hits.hits:
            session.hits = hits
            session.go(VisitorStep.HITS)
            return []
        session.misses += not hits.more
        session.problem = (
            "kiosk.problem.search_failed"
            if hits.failed
            else "kiosk.problem.too_many"
            if hits.more
            else "kiosk.problem.nobody"
        )
        return []

    def take_outcome(self, outcome: GateOutcome | Notice) -> _Commands:
        """Take the gate's decision on the visitor who waits for it."""
        session = self._model.session
        if session is None or not _waits_for(outcome, session):
            return []
        session.outcome = outcome
        session.note_input(self._clock.now(), self._clock.monotonic_ms())
        kind = kind_of(session)
        if kind is Kind.RETRY:
            session.misses += 1
            kind = kind_of(session)
        if kind in (Kind.WELCOME, Kind.ALREADY):
            session.history.clear()
            return self._offer_numbers(session)
        session.go(VisitorStep.DONE)
        return []

    def stop_waiting(self) -> _Commands:
        """Send a visitor to staff for whom no answer comes: the gate's thread hangs."""
        session = self._model.session
        if session is not None and isinstance(session.outcome, GateOutcome):
            return self.take_number(QueueNumber(refusal=NumberRefusal.FAILED))
        return self.take_outcome(Notice.NOT_READY)

    def take_number(self, number: QueueNumber) -> _Commands:
        """Take the number that was drawn, or why there is none."""
        session = self._model.session
        if session is None or session.step is not VisitorStep.WORKING:
            return []
        session.note_input(self._clock.now(), self._clock.monotonic_ms())
        session.number = number
        if number.refusal is None:
            session.go(VisitorStep.NUMBER)
            return self._print(session)
        if isinstance(session.outcome, GateOutcome):
            session.go(VisitorStep.DONE)
            return self._print(session)
        session.number, session.problem = None, ""
        session.outcome = Notice.NOT_READY if number.refusal is NumberRefusal.FAILED else None
        session.go(VisitorStep.DONE)
        return []

    # --- steps

    def _identify(self, session: VisitorSession, visitor: VisitorClaim) -> _Commands:
        if not visitor.text:
            session.problem = "kiosk.problem.empty"
            return []
        return [IdentifyVisitor(visitor)]

    def _confirm(self, session: VisitorSession, visitor: VisitorClaim, name: str) -> _Commands:
        session.visitor, session.name = visitor, name
        session.go(VisitorStep.CONFIRM)
        return []

    def _check_in(self, session: VisitorSession, visitor: VisitorClaim) -> _Commands:
        session.visitor = visitor
        session.waits_since_ms = self._clock.monotonic_ms()
        session.go(VisitorStep.WORKING)
        return [CheckInVisitor(visitor)]

    def _offer_numbers(self, session: VisitorSession) -> _Commands:
        """Draw the number where there is one queue; ask where there are several."""
        queues = open_queues(self._model)
        is_in = isinstance(session.outcome, GateOutcome)
        if not queues:
            session.go(VisitorStep.DONE)
            return self._print(session) if is_in else []
        if len(queues) == 1 and is_in:
            return self._take_number(session, queues[0].id)
        session.go(VisitorStep.QUEUES)
        return []

    def _take_number(self, session: VisitorSession, queue_id: str) -> _Commands:
        session.waits_since_ms = self._clock.monotonic_ms()
        session.go(VisitorStep.WORKING)
        return [TakeNumber(queue_id, _participant_id(session), session.language)]

    def _print(self, session: VisitorSession, *, repeated: bool = False) -> _Commands:
        """Print what this kiosk prints: a badge for somebody who was just checked in, a slip for a number."""
        paper = self._model.facts.kiosk.paper if self._model.facts.kiosk else None
        if paper is None or not paper.prints:
            return []
        number, kind = session.number, kind_of(session)
        ticket_id = number.ticket_id if number is not None and number.refusal is None and paper.slips else ""
        has_badge = paper.badges and (kind is Kind.WELCOME or (repeated and kind is Kind.ALREADY))
        participant_id = _participant_id(session) if has_badge else ""
        if not ticket_id and not participant_id:
            return []
        ids = [
            *([slip_id(ticket_id)] if ticket_id else []),
            *([badge_id(participant_id)] if participant_id else []),
        ]
        session.papers |= {job_id: PaperUpdate(job_id, PrintStage.PRINTING) for job_id in ids}
        return [PrintPapers(participant_id, ticket_id, session.language)]


def _participant_id(session: VisitorSession) -> str:
    outcome = session.outcome
    return outcome.decision.participant_id or "" if isinstance(outcome, GateOutcome) else ""


def _waits_for(outcome: GateOutcome | Notice, session: VisitorSession) -> bool:
    """Return True if a session waits for this decision; one that comes late replaces the page that sends to staff."""
    is_waiting = session.step is VisitorStep.WORKING and not isinstance(session.outcome, GateOutcome)
    if isinstance(outcome, Notice):
        return is_waiting and outcome is Notice.NOT_READY
    is_late = session.step is VisitorStep.DONE and isinstance(session.outcome, Notice)
    return (is_waiting or is_late) and _is_of(outcome, session)


def _is_of(outcome: GateOutcome, session: VisitorSession) -> bool:
    """Return True if a decision is the one that this visitor waits for, and not one that came late for the one before."""
    visitor = session.visitor
    if visitor is None:
        return False
    subject = outcome.subject
    return subject.text == visitor.text if visitor.text else subject.participant_id == visitor.participant_id
