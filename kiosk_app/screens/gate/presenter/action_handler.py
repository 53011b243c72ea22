"""Handle the actions of a person: change the presenter's memory, return the commands for the station."""

from dataclasses import replace
from typing import assert_never

from hub_sync.contract.enums import Direction
from hub_sync.contract.sync import Override
from kiosk_app import messages
from kiosk_app.core.scanned_code import is_scanned
from kiosk_app.screens.gate.presenter import actions, sign_on
from kiosk_app.screens.gate.presenter.alert_formatting import UNRELEASED
from kiosk_app.screens.gate.presenter.model import GateModel, OpenPanel
from kiosk_app.screens.gate.presenter.person_formatting import is_known
from kiosk_app.screens.gate.presenter.status_formatting import build_heading
from kiosk_app.screens.gate.presenter.view_state_builder import PRESETS
from kiosk_app.screens.gate.presenter.waitlist_formatting import waitlist_button
from resources.themes import THEMES
from resources.translations import LANGUAGES
from resources.translations.catalogue import texts

SEARCH_LETTERS = 3
_LONGEST_NAME = 64
_LONGEST_REASON, _LONGEST_OPERATOR = 500, 200

_WaitlistAction = (
    actions.WaitlistRequested | actions.PlaceConfirmed | actions.PlaceAbsent | actions.PlaceSelected
)
_Commands = tuple[messages.ScreenCommand, ...]


def handle_action(model: GateModel, action: actions.UserAction, now_ms: int) -> _Commands:
    """Change the model by one action; return the commands for the station and the window.

    Where there are operators, what only a supervisor may do asks for a supervisor's PIN first.
    """
    if isinstance(action, sign_on.SUPERVISED) and not sign_on.may_supervise(model):
        return sign_on.ask_supervisor(model, action, now_ms)
    match action:
        case (
            actions.HandOverRequested()
            | actions.OperatorSelected()
            | actions.PinEntered()
            | actions.SignOffRequested()
            | actions.LockRequested()
        ):
            commands = sign_on.handle_sign_on(model, action)
        case (
            actions.TextChanged()
            | actions.TextSubmitted()
            | actions.SearchRequested()
            | actions.PersonSelected()
        ):
            commands = _handle_input(model, action)
        case actions.OverrideRequested() | actions.OverrideConfirmed():
            commands = _handle_override(model, action, now_ms)
        case actions.PersonConfirmed():
            commands = _admit_person(model)
        case actions.NameDisplaySelected() | actions.VolumeSelected() | actions.VoiceSwitched():
            commands = _save_options(model, action)
        case actions.UndoRequested() | actions.UndoConfirmed():
            commands = _handle_undo(model, action, now_ms)
        case (
            actions.GroupRequested()
            | actions.GroupConfirmed()
            | actions.WaitlistRequested()
            | actions.PlaceConfirmed()
            | actions.PlaceAbsent()
            | actions.PlaceSelected()
        ):
            commands = _handle_offers(model, action, now_ms)
        case (
            actions.EventsRequested()
            | actions.EventSelected()
            | actions.CheckpointsRequested()
            | actions.CheckpointSelected()
            | actions.DirectionToggled()
        ):
            commands = _handle_place(model, action)
        case _:
            commands = _handle_window(model, action)
    return commands


def take_pin_answer(model: GateModel, answer: messages.PinAnswer, now_ms: int) -> _Commands:
    """Take the answer about a PIN into account; return the commands of what it was typed for."""
    then = sign_on.take_answer(model, answer)
    target = model.pin.target
    if isinstance(then, actions.OverrideRequested) and target is not None:
        model.last_refusal.remember(target, now_ms)
    last = model.last_admission.outcome
    if isinstance(then, actions.UndoRequested) and target and last and last.row_id != target.row_id:
        model.verdict_display.show(messages.Notice.UNDO_NOT_LAST, now_ms, as_banner=False)
        return ()
    return () if then is None else handle_action(model, then, now_ms)


def is_name(text: str) -> bool:
    """Return True if a text is searched as a name while it is typed: three letters, no digit, not a whole ticket.

    >>> is_name("Ada"), is_name("REG-1"), is_name("Li")
    (True, False, False)
    """
    letters = sum(c.isalpha() for c in text)
    return letters >= SEARCH_LETTERS and len(text) <= _LONGEST_NAME and not any(c.isdigit() for c in text)


def _begins_name(text: str) -> bool:
    """Return True for the first letters of a name."""
    letters = sum(c.isalpha() for c in text)
    return 0 < letters < SEARCH_LETTERS and not any(c.isdigit() for c in text)


def _handle_input(
    model: GateModel,
    action: actions.TextChanged | actions.TextSubmitted | actions.SearchRequested | actions.PersonSelected,
) -> _Commands:
    match action:
        case actions.PersonSelected(participant_id):  # a tap on a name admits nobody
            model.close_panel()
            model.open_panel, model.person_id, model.person = OpenPanel.PERSON, participant_id, None
            return (messages.ShowPerson(participant_id),)
        case actions.TextChanged(text):
            if is_name(text.strip()) and sign_on.may_supervise(model):
                return _search(model, text.strip())
            if model.open_panel is OpenPanel.SEARCH and _begins_name(text) and sign_on.may_supervise(model):
                model.search.start("")
            elif model.open_panel is OpenPanel.SEARCH:
                model.close_panel()
            return ()
        case actions.SearchRequested(text):
            query = text.strip()
            if sum(c.isalnum() for c in query) >= SEARCH_LETTERS:
                return _search(model, query)
            model.search.start("")
            model.open_panel = OpenPanel.SEARCH
            return ()
        case actions.TextSubmitted(text):
            return _submit(model, text.strip())


def _admit_person(model: GateModel) -> _Commands:
    card = model.person
    if model.open_panel is not OpenPanel.PERSON or card is None or not is_known(card):
        return ()
    clear_input(model)
    return (messages.AdmitPerson(card.participant_id),)


def _submit(model: GateModel, text: str) -> _Commands:
    results = model.search.results if model.search.query == text else None
    if not text:
        return ()
    if is_scanned(text):  # by a scanner too slow for `shell.scanner_filter`
        clear_input(model)
        return (messages.SubmitCode(text),)
    if results is not None and results.hits and model.open_panel is OpenPanel.SEARCH:
        model.search.focus += 1
        return ()
    if (
        is_name(text) and results is None and sign_on.may_supervise(model)
    ):  # a code of letters alone is no name: the roster knows
        _search(model, text)
        return (messages.SubmitOrSearch(text),)
    clear_input(model)
    return (messages.SubmitCode(text),)


def _search(model: GateModel, query: str) -> _Commands:
    already_open = model.open_panel is OpenPanel.SEARCH and model.search.query == query
    model.open_panel = OpenPanel.SEARCH
    if already_open:
        return ()
    model.search.start(query)
    return (messages.SearchPeople(query),)


def clear_input(model: GateModel) -> None:
    """Empty the input line and close the panel."""
    model.close_panel()
    model.search.start("")
    model.input_generation += 1


def _handle_override(
    model: GateModel, action: actions.OverrideRequested | actions.OverrideConfirmed, now_ms: int
) -> _Commands:
    if isinstance(action, actions.OverrideRequested):
        refusal = model.last_refusal.current(now_ms)
        if refusal is not None:
            model.close_panel()
            model.open_panel, model.override_target = OpenPanel.OVERRIDE, refusal
        return ()
    refused = model.override_target
    if refused is None:
        return ()
    preset = "" if action.preset is None else model.texts(PRESETS[action.preset])
    reason = ": ".join(part for part in (preset, action.reason.strip()) if part)[:_LONGEST_REASON]
    supervisor = model.operators.supervisor
    operator = supervisor.name if supervisor else action.operator.strip()[:_LONGEST_OPERATOR]
    model.operator = operator or model.operator
    if not reason or not operator:
        model.problem = "override.needs_operator" if reason else "override.needs_reason"
        return ()
    model.close_panel()
    model.verdict_display.clear()
    last = model.last_refusal.outcome
    if last is not None and last.row_id == refused.row_id:
        model.last_refusal.outcome = None  # one override a refusal: a second press must not admit twice
    return (
        messages.RepeatWithOverride(
            refused.subject, Override(reason=reason, operator=operator), refused.row_id
        ),
    )


def _handle_offers(
    model: GateModel,
    action: actions.GroupRequested | actions.GroupConfirmed | _WaitlistAction,
    now_ms: int,
) -> _Commands:
    if isinstance(action, actions.GroupRequested | actions.GroupConfirmed):
        return _handle_group(model, action, now_ms)
    return _handle_waitlist(model, action, now_ms)


def _handle_group(
    model: GateModel, action: actions.GroupRequested | actions.GroupConfirmed, now_ms: int
) -> _Commands:
    if isinstance(action, actions.GroupRequested):
        leader = model.last_group.current(now_ms)
        if leader is not None:
            model.close_panel()
            model.open_panel, model.group_target = OpenPanel.GROUP, leader
        return ()
    target = model.group_target
    if target is None or target.group is None:
        return ()
    model.close_panel()
    model.verdict_display.clear()
    model.last_group.outcome = None  # once: a second press must not send the same people again
    ids = tuple(member.participant_id for member in target.group.may_enter)
    return (messages.AdmitGroup(target.subject, ids),)


def _handle_waitlist(model: GateModel, action: _WaitlistAction, now_ms: int) -> _Commands:
    if isinstance(action, actions.WaitlistRequested):
        if waitlist_button(model.door, model.texts):
            _toggle_panel(model, OpenPanel.WAITLIST)
        return ()
    called = model.called_place
    match action:
        case actions.PlaceSelected(entry_id):
            model.absent_places.discard(entry_id)
        case actions.PlaceAbsent(entry_id) if called.takes_press(entry_id, now_ms):
            model.absent_places.add(entry_id)
        case actions.PlaceConfirmed(entry_id) if called.takes_press(entry_id, now_ms):
            model.close_panel()
            model.verdict_display.clear()
            places = tuple(each for each in model.door.places if each.entry_id != entry_id)
            model.door = replace(model.door, places=places)
            return (messages.AdmitAtDoor(entry_id),)
    return ()


def _save_options(
    model: GateModel, action: actions.NameDisplaySelected | actions.VolumeSelected | actions.VoiceSwitched
) -> _Commands:
    match action:
        case actions.NameDisplaySelected(mode):
            options = replace(model.options, names=mode)
        case actions.VolumeSelected(volume):
            options = replace(model.options, volume=volume)
        case actions.VoiceSwitched(on):
            options = replace(model.options, speaks=on)
    return (messages.SaveOptions(options),)


def _handle_undo(
    model: GateModel, action: actions.UndoRequested | actions.UndoConfirmed, now_ms: int
) -> _Commands:
    if isinstance(action, actions.UndoRequested):
        last = model.last_admission.current(now_ms)
        model.close_panel()
        if last is not None:
            model.open_panel, model.undo_target = OpenPanel.UNDO, last
            model.undo_until_ms = model.last_admission.until_ms
        return ()
    admission = model.undo_target if now_ms < model.undo_until_ms else None
    if admission is None:
        if model.open_panel is OpenPanel.UNDO:
            model.close_panel()
            model.verdict_display.show(messages.Notice.UNDO_TOO_LATE, now_ms, as_banner=False)
        return ()
    supervisor = model.operators.supervisor
    operator = supervisor.name if supervisor else action.operator.strip()[:_LONGEST_OPERATOR]
    if model.open_panel is not OpenPanel.UNDO or not operator:
        model.problem = "override.needs_operator"
        return ()
    model.operator = operator
    model.close_panel()
    return (messages.TakeBack(admission, operator),)


def _handle_place(
    model: GateModel,
    action: actions.EventsRequested
    | actions.EventSelected
    | actions.CheckpointsRequested
    | actions.CheckpointSelected
    | actions.DirectionToggled,
) -> _Commands:
    if isinstance(action, actions.EventsRequested | actions.EventSelected):
        return _handle_event(model, action)
    return _handle_checkpoint(model, action)


def _handle_event(model: GateModel, action: actions.EventsRequested | actions.EventSelected) -> _Commands:
    if isinstance(action, actions.EventsRequested):
        if model.events.options:
            model.event_problem = None
            _toggle_panel(model, OpenPanel.EVENTS)
        return ()
    model.event_problem = None
    if action.id == model.events.current_id and not model.readiness.needs_event:
        model.close_panel()
        return ()
    return (messages.ServeEvent(action.id),)


def _handle_checkpoint(
    model: GateModel,
    action: actions.CheckpointsRequested | actions.CheckpointSelected | actions.DirectionToggled,
) -> _Commands:
    heading = build_heading(model.checkpoints, model.texts)
    match action:
        case actions.CheckpointsRequested():
            if heading.can_select:
                _toggle_panel(model, OpenPanel.CHECKPOINTS)
            return ()
        case actions.CheckpointSelected(checkpoint_id):
            model.close_panel()
            is_other = checkpoint_id != model.checkpoints.current_id
            return (messages.ServeCheckpoint(checkpoint_id),) if is_other else ()
        case actions.DirectionToggled():
            other = Direction.EXIT if model.checkpoints.direction is Direction.ENTRY else Direction.ENTRY
            return (messages.SetDirection(other),) if heading.can_toggle else ()


def _handle_window(
    model: GateModel,
    action: actions.MenuRequested
    | actions.SetupRequested
    | actions.SyncRequested
    | actions.ThemeSelected
    | actions.LanguageSelected
    | actions.FullScreenToggled
    | actions.QuitRequested
    | actions.QuitConfirmed
    | actions.AlertDismissed
    | actions.Dismissed,
) -> _Commands:
    commands: _Commands = ()
    match action:
        case actions.MenuRequested():
            _toggle_panel(model, OpenPanel.MENU)
        case actions.SetupRequested():
            model.close_panel()
            commands = (messages.OpenScreen("setup"),)
        case actions.ThemeSelected(name):
            model.theme = name or _next(THEMES, model.theme)
            commands = (messages.SaveAppearance(theme=model.theme),)
        case actions.LanguageSelected(code):
            model.texts = texts(code or _next(LANGUAGES, model.texts.code))
            commands = (messages.SaveAppearance(language=model.texts.code),)
        case actions.FullScreenToggled() | actions.SyncRequested():
            is_sync = isinstance(action, actions.SyncRequested)
            commands = (messages.SyncNow() if is_sync else messages.ToggleFullScreen(),)
        case actions.QuitRequested():
            model.ask_to_quit()
        case actions.QuitConfirmed():
            commands = (messages.CloseWindow(),) if model.open_panel is OpenPanel.QUIT else ()
        case actions.AlertDismissed(id_):
            commands = _dismiss_alert(model, id_)
        case actions.Dismissed():
            _dismiss(model)
        case _:
            assert_never(action)
    return commands


def _dismiss_alert(model: GateModel, alert_id: str) -> _Commands:
    if alert_id == UNRELEASED:
        model.unreleased = ()
        return (messages.DismissUnreleased(),)
    model.double_admissions = tuple(each for each in model.double_admissions if each.id != alert_id)
    return (messages.DismissDoubleAdmission(alert_id),)


def _toggle_panel(model: GateModel, panel: OpenPanel) -> None:
    model.open_panel = OpenPanel.NOTHING if model.open_panel is panel else panel


def _next(choices: tuple[str, ...], current: str) -> str:
    return choices[(choices.index(current) + 1) % len(choices)]


def _dismiss(model: GateModel) -> None:
    if model.open_panel is OpenPanel.PERSON:  # back to the names, where a wrong one was tapped
        model.open_panel, model.person = OpenPanel.SEARCH, None
    elif model.open_panel is OpenPanel.QUIT:
        model.return_from_quit()
    elif model.open_panel is not OpenPanel.NOTHING:
        model.close_panel()
    elif model.verdict_display.current is not None:
        model.verdict_display.clear()
    else:
        model.input_generation += 1
