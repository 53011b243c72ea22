"""What an act of a person changes, and what the station should do about it."""

from typing import assert_never

from hub_sync.contract.enums import Direction
from hub_sync.contract.sync import Override
from kiosk_app.screens.gate import actions
from kiosk_app.screens.gate.model import Model, Open
from kiosk_app.screens.gate.status_formatting import way_of
from kiosk_app.screens.gate.view_state_builder import PRESETS
from resources.themes import THEMES
from resources.translations import LANGUAGES, texts

SEARCH_LETTERS = 3
_LONGEST_NAME = 64
_LONGEST_REASON, _LONGEST_OPERATOR = 500, 200

_Intents = tuple[actions.Intent, ...]


def perform(model: Model, act: actions.Act, now_ms: int) -> _Intents:
    """Change the model by one act; what must happen outside is returned."""
    match act:
        case actions.Typed() | actions.Submitted() | actions.SearchAsked() | actions.PersonPicked():
            return _find(model, act)
        case actions.OverrideAsked() | actions.OverrideConfirmed():
            return _override(model, act, now_ms)
        case actions.CheckpointsAsked() | actions.CheckpointPicked() | actions.DirectionToggled():
            return _move(model, act)
        case _:
            return _around(model, act)


def is_name(text: str) -> bool:
    """Whether a text is looked up as a name while it is typed: three letters, no digit, not a whole ticket.

    >>> is_name("Ada"), is_name("REG-1"), is_name("Li")
    (True, False, False)
    """
    letters = sum(c.isalpha() for c in text)
    return letters >= SEARCH_LETTERS and len(text) <= _LONGEST_NAME and not any(c.isdigit() for c in text)


def _find(
    model: Model, act: actions.Typed | actions.Submitted | actions.SearchAsked | actions.PersonPicked
) -> _Intents:
    match act:
        case actions.PersonPicked(participant_id):
            _done_typing(model)
            return (actions.AdmitPerson(participant_id),)
        case actions.Typed(text):
            if is_name(text.strip()):
                return _search(model, text.strip())
            if model.open is Open.SEARCH:
                model.close_panel()
            return ()
        case actions.SearchAsked(text):
            query = text.strip()
            if sum(c.isalnum() for c in query) >= SEARCH_LETTERS:
                return _search(model, query)
            model.search.ask("")
            model.open = Open.SEARCH
            return ()
        case actions.Submitted(text):
            return _submit(model, text.strip())


def _submit(model: Model, text: str) -> _Intents:
    found = model.search.found if model.search.query == text else None
    if not text:
        return ()
    if found is not None and found.people and model.open is Open.SEARCH:
        model.search.focus += 1
        return ()
    if is_name(text) and found is None:
        return _search(model, text)
    _done_typing(model)
    return (actions.SubmitCode(text),)


def _search(model: Model, query: str) -> _Intents:
    asked_already = model.open is Open.SEARCH and model.search.query == query
    model.open = Open.SEARCH
    if asked_already:
        return ()
    model.search.ask(query)
    return (actions.SearchPeople(query),)


def _done_typing(model: Model) -> None:
    model.close_panel()
    model.search.ask("")
    model.clears_input += 1


def _override(model: Model, act: actions.OverrideAsked | actions.OverrideConfirmed, now_ms: int) -> _Intents:
    if isinstance(act, actions.OverrideAsked):
        standing = model.refused.standing(now_ms)
        if standing is not None:
            model.close_panel()
            model.open, model.overriding = Open.OVERRIDE, standing
        return ()
    refused = model.overriding
    if refused is None:
        return ()
    preset = "" if act.preset is None else model.texts(PRESETS[act.preset])
    reason = ": ".join(part for part in (preset, act.reason.strip()) if part)[:_LONGEST_REASON]
    operator = act.operator.strip()[:_LONGEST_OPERATOR]
    model.operator = operator or model.operator
    if not reason or not operator:
        model.problem = "override.needs_operator" if reason else "override.needs_reason"
        return ()
    model.close_panel()
    model.stage.clear()
    model.refused.outcome = None  # one override a refusal: a second press must not let in twice
    return (
        actions.RepeatWithOverride(
            refused.subject, Override(reason=reason, operator=operator), refused.row_id
        ),
    )


def _move(
    model: Model, act: actions.CheckpointsAsked | actions.CheckpointPicked | actions.DirectionToggled
) -> _Intents:
    way = way_of(model.points, model.texts)
    match act:
        case actions.CheckpointsAsked():
            if way.can_pick:
                model.open = Open.NOTHING if model.open is Open.CHECKPOINTS else Open.CHECKPOINTS
            return ()
        case actions.CheckpointPicked(checkpoint_id):
            model.close_panel()
            return (
                (actions.ServeCheckpoint(checkpoint_id),) if checkpoint_id != model.points.current_id else ()
            )
        case actions.DirectionToggled():
            other = Direction.EXIT if model.points.direction is Direction.ENTRY else Direction.ENTRY
            return (actions.SetDirection(other),) if way.can_toggle else ()


def _around(
    model: Model,
    act: actions.MenuAsked
    | actions.ThemePicked
    | actions.LanguagePicked
    | actions.FullScreenToggled
    | actions.QuitAsked
    | actions.QuitConfirmed
    | actions.Dismissed,
) -> _Intents:
    intents: _Intents = ()
    match act:
        case actions.MenuAsked():
            model.open = Open.NOTHING if model.open is Open.MENU else Open.MENU
        case actions.ThemePicked(name):
            model.theme = name or _next(THEMES, model.theme)
            intents = (actions.KeepAppearance(model.theme, model.texts.code),)
        case actions.LanguagePicked(code):
            model.texts = texts(code or _next(LANGUAGES, model.texts.code))
            intents = (actions.KeepAppearance(model.theme, model.texts.code),)
        case actions.FullScreenToggled():
            intents = (actions.ToggleFullScreen(),)
        case actions.QuitAsked():
            model.open = Open.QUIT
        case actions.QuitConfirmed():
            intents = (actions.Quit(),) if model.open is Open.QUIT else ()
        case actions.Dismissed():
            _dismiss(model)
        case _:
            assert_never(act)
    return intents


def _next(choices: tuple[str, ...], current: str) -> str:
    return choices[(choices.index(current) + 1) % len(choices)]


def _dismiss(model: Model) -> None:
    if model.open is not Open.NOTHING:
        model.close_panel()
    elif model.stage.shown is not None:
        model.stage.clear()
    else:
        model.clears_input += 1
