"""Sign-on by name and PIN, and what only a supervisor may do. A station without operators asks for no PIN."""

from kiosk_app import messages
from kiosk_app.messages import PinAnswer, PinResult
from kiosk_app.screens.gate.presenter import actions
from kiosk_app.screens.gate.presenter.model import GateModel, OpenPanel

SUPERVISED = (
    actions.SearchRequested,
    actions.PersonSelected,
    actions.PersonConfirmed,
    actions.NameDisplaySelected,
    actions.VolumeSelected,
    actions.VoiceSwitched,
    actions.OverrideRequested,
    actions.OverrideConfirmed,
    actions.UndoRequested,
    actions.UndoConfirmed,
    actions.EventsRequested,
    actions.EventSelected,
    actions.CheckpointsRequested,
    actions.CheckpointSelected,
    actions.DirectionToggled,
    actions.SetupRequested,
    actions.FullScreenToggled,
    actions.QuitRequested,
    actions.QuitConfirmed,
)
"""What needs a supervisor. Theme and language do not: whoever can't read the screen must be able to change it."""
_SignOnAction = (
    actions.HandOverRequested
    | actions.OperatorSelected
    | actions.PinEntered
    | actions.SignOffRequested
    | actions.LockRequested
)


_BEGINNINGS: dict[type[actions.UserAction], actions.UserAction] = {
    actions.OverrideConfirmed: actions.OverrideRequested(),
    actions.UndoConfirmed: actions.UndoRequested(),
    actions.PersonConfirmed: actions.SearchRequested(""),
    actions.QuitConfirmed: actions.QuitRequested(),
}


def may_supervise(model: GateModel) -> bool:
    """Return True if a supervisor's PIN is good now, or none is asked for."""
    return not model.operators.is_required or model.operators.supervisor is not None


def ask_supervisor(
    model: GateModel, action: actions.UserAction, now_ms: int
) -> tuple[messages.ScreenCommand, ...]:
    """Open the PIN pad for an action, which is done as soon as the PIN is right.

    An override is prepared for the person who was refused last: it must be the same person after the PIN, whoever is scanned meanwhile.
    """
    begin = _BEGINNINGS.get(type(action))
    if begin is not None:
        model.close_panel()  # the PIN ran out while the panel was open: begin again
        action = begin
    target = None
    if isinstance(action, actions.OverrideRequested):
        target = model.last_refusal.current(now_ms)
    elif isinstance(action, actions.UndoRequested):
        target = model.last_admission.current(now_ms)
    if target is not None or not isinstance(action, actions.OverrideRequested | actions.UndoRequested):
        model.ask_for_pin(action)
        model.pin.target = target
    return ()


def handle_sign_on(model: GateModel, action: _SignOnAction) -> tuple[messages.ScreenCommand, ...]:
    """Change the model by an action of signing on; return the commands for the station."""
    pin = model.pin
    match action:
        case actions.HandOverRequested():
            if model.operators.signed_on is not None:
                model.close_panel()
                model.open_panel, model.summary = OpenPanel.HAND_OVER, None
                return (messages.SummariseShift(),)
        case actions.OperatorSelected(id_):
            pin.operator_id, pin.problem, pin.attempt = id_, None, pin.attempt + 1
        case actions.PinEntered(digits):
            return _check(model, digits)
        case actions.SignOffRequested():
            model.close_panel()
            return (messages.SignOff(),) if model.operators.signed_on else ()
        case actions.LockRequested():
            model.close_panel()
            return (messages.EndAuthority(),)
    return ()


def take_answer(model: GateModel, answer: PinAnswer) -> actions.UserAction | None:
    """Take the answer about a PIN into account; return the action that waited for it, if it may be done now."""
    model.operators = answer.status
    pin, is_open = model.pin, model.open_panel is OpenPanel.PIN
    pin.is_checked = False
    if answer.result is not PinResult.ACCEPTED:
        pin.problem, pin.attempt = answer, pin.attempt + 1
        return None
    if is_open:
        model.close_panel()
    return pin.then if is_open else None


def _check(model: GateModel, digits: str) -> tuple[messages.ScreenCommand, ...]:
    pin = model.pin
    if model.open_panel is not OpenPanel.PIN or not pin.operator_id or not digits or pin.is_checked:
        return ()
    pin.is_checked, pin.problem = True, None
    if pin.then is None:
        return (messages.SignOn(pin.operator_id, digits),)
    return (messages.Authorise(pin.operator_id, digits),)
