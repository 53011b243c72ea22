"""The desk's presenter: it turns messages and actions into a view state and commands. One press is one command."""

from dataclasses import dataclass

from hub_sync.contract.clock import Clock
from hub_sync.contract.enums import QueueStatus
from hub_sync.contract.ids import NewId
from kiosk_app.messages import (
    AppearanceChanged,
    CloseWindow,
    Notice,
    OperatorStatus,
    PinAnswer,
    PinResult,
    SaveAppearance,
    ScreenCommand,
    ScreenMessage,
    SignOff,
    SignOn,
    ToggleFullScreen,
)
from kiosk_app.queue_messages import DeskAct, DeskCommand, DeskResult, DeskState
from kiosk_app.screens.desk.presenter import actions
from kiosk_app.screens.desk.presenter.model import NOTICE_MS, PENDING_MS, DeskModel, DeskPanel
from kiosk_app.screens.desk.presenter.view_state import DeskButton, DeskNotice, DeskViewState
from kiosk_app.screens.desk.presenter.view_state_builder import build_view_state
from resources.themes import THEMES, Signal
from resources.translations import LANGUAGES
from resources.translations.catalogue import texts

_ACTS = {
    DeskButton.SERVE: DeskAct.SERVE,
    DeskButton.COMPLETE: DeskAct.COMPLETE,
    DeskButton.RECALL: DeskAct.RECALL,
    DeskButton.NO_SHOW: DeskAct.NO_SHOW,
    DeskButton.PARK: DeskAct.PARK,
    DeskButton.RETURN: DeskAct.RETURN,
}
"""Buttons that do something to who is at the counter."""
_PANELS = {
    DeskButton.BREAK: DeskPanel.BREAK,
    DeskButton.MENU: DeskPanel.MENU,
    DeskButton.TRANSFER: DeskPanel.TRANSFER,
}


@dataclass(frozen=True, slots=True)
class DeskUpdate:
    """A state to show, and commands to issue."""

    state: DeskViewState
    commands: tuple[ScreenCommand, ...] = ()


class DeskPresenter:
    """Decides what the desk shows and does."""

    def __init__(self, clock: Clock, new_id: NewId, *, language: str, theme: str) -> None:
        self._clock, self._new_id = clock, new_id
        self._model = DeskModel(language, theme)

    @property
    def state(self) -> DeskViewState:
        """The state to show now."""
        return build_view_state(self._model, self._clock)

    def tick(self) -> DeskUpdate:
        """Let what has its time end."""
        model, now_ms = self._model, self._clock.monotonic_ms()
        if model.pending is not None and now_ms - model.pending_since_ms >= PENDING_MS:
            model.pending = None
        if model.notice is not None and now_ms >= model.notice_until_ms:
            model.notice = None
        return DeskUpdate(self.state)

    def receive(self, message: ScreenMessage) -> DeskUpdate:
        """Take a message of the workers into account."""
        model = self._model
        match message:
            case DeskState():
                self._take_state(message)
            case DeskResult():
                self._take_result(message)
            case OperatorStatus():
                model.operators = message
            case PinAnswer():
                self._take_pin(message)
            case AppearanceChanged(theme, language):
                model.theme, model.language = theme or model.theme, language or model.language
            case Notice.STATION_FAILED:
                self._note(texts(model.language)("reason.station_failed"), Signal.RED)
        self._open_what_is_missing()
        return DeskUpdate(self.state)

    def handle(self, action: actions.DeskAction) -> DeskUpdate:
        """Take an action of the clerk into account."""
        commands = self._handle(action)
        self._open_what_is_missing()
        return DeskUpdate(self.state, commands)

    # --- messages ------------------------------------------------------------------------------------

    def _take_state(self, state: DeskState) -> None:
        model = self._model
        model.state, model.has_state = state, True
        if not state.is_available and model.panel not in (
            None,
            DeskPanel.PIN,
            DeskPanel.MENU,
            DeskPanel.QUIT,
        ):
            model.open(None)
        if model.panel in (DeskPanel.TICKET, DeskPanel.REASON) and model.find(model.ticket_id) is None:
            model.open(None)
            self._note(texts(model.language)("desk.refusal.taken"))
        if model.panel is DeskPanel.TRANSFER and model.find(model.ticket_id) is None:
            model.open(None)

    def _take_result(self, result: DeskResult) -> None:
        model, words = self._model, texts(self._model.language)
        if model.pending is not None and model.pending.press_id == result.press_id:
            model.pending = None
        if result.failed:
            self._note(words("desk.not_written"), Signal.RED)
        elif result.refusal is not None:
            self._note(words(f"desk.refusal.{result.refusal.value}"))

    def _take_pin(self, answer: PinAnswer) -> None:
        model = self._model
        model.operators, model.is_pin_checked = answer.status, False
        model.pin_attempt += 1
        if answer.result is PinResult.ACCEPTED:
            model.pin_problem = None
            if model.panel is DeskPanel.PIN:
                model.open(None)
        else:
            model.pin_problem = answer

    def _open_what_is_missing(self) -> None:
        """Ask for the PIN first, then for the counter: without either nobody is called."""
        model = self._model
        if model.panel is DeskPanel.QUIT:
            return
        if model.needs_sign_on:
            if model.panel is not DeskPanel.PIN:
                model.open(DeskPanel.PIN)
            if len(model.operators.choices) == 1:
                model.operator_id = model.operators.choices[0].id
        elif model.panel is DeskPanel.PIN:
            model.open(None)  # it has no operators any more, or the hub has closed it
        elif model.has_state and model.state.is_available:
            if model.state.counter is None and model.panel is None:
                model.open(DeskPanel.COUNTER)
            elif model.state.counter is not None and model.panel is DeskPanel.COUNTER:
                model.open(None)

    # --- actions -------------------------------------------------------------------------------------

    def _handle(self, action: actions.DeskAction) -> tuple[ScreenCommand, ...]:
        commands: tuple[ScreenCommand, ...] = ()
        match action:
            case actions.ButtonPressed(button):
                commands = self._press(button)
            case actions.TicketSelected(ticket_id):
                if self._model.find(ticket_id) is not None and self._model.panel is None:
                    self._model.open(DeskPanel.TICKET, ticket_id)
            case actions.RowChosen(row_id):
                commands = self._choose(row_id)
            case actions.PanelTextEntered(text):
                commands = self._enter(text)
            case actions.NoticeDismissed():
                commands = self._dismiss_notice()
            case actions.CloseRequested():
                self._model.open(DeskPanel.QUIT)
            case actions.Dismissed():
                self._model.open(None)
            case _:
                commands = self._change_who_or_how(action)
        return commands

    def _change_who_or_how(self, action: actions.DeskAction) -> tuple[ScreenCommand, ...]:
        """Sign on, or change how the screen looks."""
        model = self._model
        match action:
            case actions.ThemeSwitched():
                model.theme = THEMES[(THEMES.index(model.theme) + 1) % len(THEMES)]
                return (SaveAppearance(theme=model.theme),)
            case actions.LanguageSwitched():
                model.language = LANGUAGES[(LANGUAGES.index(model.language) + 1) % len(LANGUAGES)]
                return (SaveAppearance(language=model.language),)
            case actions.OperatorSelected(operator_id):
                model.operator_id, model.pin_problem = operator_id, None
                model.pin_attempt += 1
            case actions.PinEntered(digits) if model.operator_id and not model.is_pin_checked:
                model.is_pin_checked = True
                return (SignOn(model.operator_id, digits),)
        return ()

    def _press(self, button: DeskButton) -> tuple[ScreenCommand, ...]:
        model = self._model
        view = self.state
        if button not in view.enabled or model.panel is not None:
            return ()
        current = model.state.current
        if button is DeskButton.CALL_NEXT:
            return self._issue(DeskAct.CALL_NEXT)
        if button is DeskButton.END_BREAK:
            return self._issue(DeskAct.END_BREAK)
        if button in _PANELS:
            model.open(_PANELS[button], "" if current is None else current.id)
            return ()
        return () if current is None else self._issue(_ACTS[button], current.id)

    def _issue(self, act: DeskAct, ticket_id: str = "", **members: str) -> tuple[ScreenCommand, ...]:
        """Return a command, unless the answer to the last one is awaited: a second press does nothing."""
        model = self._model
        if model.pending is not None:
            return ()
        command = DeskCommand(self._new_id(), act, ticket_id, operator=model.operator, **members)
        model.pending, model.pending_since_ms = command, self._clock.monotonic_ms()
        model.notice = None
        return (command,)

    def _choose(self, row_id: str) -> tuple[ScreenCommand, ...]:
        model, ticket_id = self._model, self._model.ticket_id
        commands: tuple[ScreenCommand, ...] = ()
        match model.panel:
            case DeskPanel.COUNTER if row_id == "menu":
                model.open(DeskPanel.MENU)
            case DeskPanel.COUNTER:
                commands = self._issue(DeskAct.CHOOSE_COUNTER, counter_id=row_id)
            case DeskPanel.BREAK | DeskPanel.REASON:
                commands = self._enter(texts(model.language)(row_id))
            case DeskPanel.TICKET:
                commands = self._choose_for_ticket(row_id)
            case DeskPanel.TRANSFER:
                queue_id, _, counter_id = row_id.partition("/")
                commands = self._close_and(
                    DeskAct.TRANSFER, ticket_id, queue_id=queue_id, counter_id=counter_id
                )
            case DeskPanel.MENU | DeskPanel.QUIT:
                commands = self._choose_in_menu(row_id)
        return commands

    def _choose_for_ticket(self, row_id: str) -> tuple[ScreenCommand, ...]:
        model, ticket = self._model, self._model.find(self._model.ticket_id)
        if ticket is None:
            return ()
        if row_id == "transfer":
            model.open(DeskPanel.TRANSFER, ticket.id)
            return ()
        if row_id == "return":
            return self._close_and(DeskAct.RETURN, ticket.id)
        is_first = model.state.waiting[:1] == (ticket,)
        if ticket.status is QueueStatus.WAITING and not is_first:
            model.open(DeskPanel.REASON, ticket.id)
            return ()
        return self._close_and(DeskAct.CALL_TICKET, ticket.id)

    def _choose_in_menu(self, row_id: str) -> tuple[ScreenCommand, ...]:
        commands: tuple[ScreenCommand, ...] = ()
        match row_id:
            case "theme":
                commands = self._handle(actions.ThemeSwitched())
            case "language":
                commands = self._handle(actions.LanguageSwitched())
            case "full_screen":
                commands = (ToggleFullScreen(),)
            case "leave_counter":
                commands = self._close_and(DeskAct.LEAVE_COUNTER)
            case "sign_off":
                commands = self._sign_off()
            case "quit":
                self._model.open(DeskPanel.QUIT)
            case "confirm_quit":
                commands = (CloseWindow(),)
        return commands

    def _sign_off(self) -> tuple[ScreenCommand, ...]:
        """Sign off and close the counter: estimates count those that are open. Who is at the counter comes first."""
        if self._model.state.current is not None:
            self._model.open(None)
            self._note(texts(self._model.language)("desk.refusal.busy"))
            return ()
        left = () if self._model.state.counter is None else self._issue(DeskAct.LEAVE_COUNTER)
        self._model.open(None)
        return (*left, SignOff())

    def _close_and(self, act: DeskAct, ticket_id: str = "", **members: str) -> tuple[ScreenCommand, ...]:
        commands = self._issue(act, ticket_id, **members)
        if commands:
            self._model.open(None)
        return commands

    def _enter(self, text: str) -> tuple[ScreenCommand, ...]:
        model, reason = self._model, text.strip()
        if not reason:
            self._note(texts(model.language)("desk.refusal.needs_reason"))
            return ()
        if model.panel is DeskPanel.BREAK:
            return self._close_and(DeskAct.START_BREAK, reason=reason)
        if model.panel is DeskPanel.REASON:
            return self._close_and(DeskAct.CALL_TICKET, model.ticket_id, reason=reason)
        return ()

    def _dismiss_notice(self) -> tuple[ScreenCommand, ...]:
        shown = self.state.notice
        self._model.notice = None
        if shown is None or not shown.conflict_id:
            return ()
        return (DeskCommand(self._new_id(), DeskAct.DISMISS_CONFLICT, shown.conflict_id),)

    def _note(self, text: str, signal: Signal = Signal.AMBER) -> None:
        self._model.notice = DeskNotice(text, signal)
        self._model.notice_until_ms = self._clock.monotonic_ms() + NOTICE_MS
