"""What an act of a person changes, and what the station should do about it."""

from typing import assert_never

from hub_sync.contract.enums import Direction
from hub_sync.contract.sync import Override
from kiosk_app.screens.gate import acts
from kiosk_app.screens.gate.compose import PRESETS
from kiosk_app.screens.gate.model import Model, Open
from kiosk_app.screens.gate.status import way_of
from resources.themes import THEMES
from resources.translations import LANGUAGES, texts

SEARCH_LETTERS = 3
_LONGEST_NAME = 64
_LONGEST_REASON, _LONGEST_OPERATOR = 500, 200

_Intents = tuple[acts.Intent, ...]


def perform(model: Model, act: acts.Act, now_ms: int) -> _Intents:
    """Change the model by one act; what must happen outside is returned."""
    match act:
        case acts.Typed() | acts.Submitted() | acts.SearchAsked() | acts.PersonPicked():
            return _find(model, act)
        case acts.OverrideAsked() | acts.OverrideConfirmed():
            return _override(model, act, now_ms)
        case acts.CheckpointsAsked() | acts.CheckpointPicked() | acts.DirectionToggled():
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


def _find(model: Model, act: acts.Typed | acts.Submitted | acts.SearchAsked | acts.PersonPicked) -> _Intents:
    match act:
        case acts.PersonPicked(participant_id):
            _done_typing(model)
            return (acts.AdmitPerson(participant_id),)
        case acts.Typed(text):
            if is_name(text.strip()):
                return _search(model, text.strip())
            if model.open is Open.SEARCH:
                model.close_panel()
            return ()
        case acts.SearchAsked(text):
            query = text.strip()
            if sum(c.isalnum() for c in query) >= SEARCH_LETTERS:
                return _search(model, query)
            model.search.ask("")
            model.open = Open.SEARCH
            return ()
        case acts.Submitted(text):
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
    return (acts.SubmitCode(text),)


def _search(model: Model, query: str) -> _Intents:
    asked_already = model.open is Open.SEARCH and model.search.query == query
    model.open = Open.SEARCH
    if asked_already:
        return ()
    model.search.ask(query)
    return (acts.SearchPeople(query),)


def _done_typing(model: Model) -> None:
    model.close_panel()
    model.search.ask("")
    model.clears_input += 1


def _override(model: Model, act: acts.OverrideAsked | acts.OverrideConfirmed, now_ms: int) -> _Intents:
    if isinstance(act, acts.OverrideAsked):
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
        acts.RepeatWithOverride(refused.subject, Override(reason=reason, operator=operator), refused.row_id),
    )


def _move(
    model: Model, act: acts.CheckpointsAsked | acts.CheckpointPicked | acts.DirectionToggled
) -> _Intents:
    way = way_of(model.points, model.texts)
    match act:
        case acts.CheckpointsAsked():
            if way.can_pick:
                model.open = Open.NOTHING if model.open is Open.CHECKPOINTS else Open.CHECKPOINTS
            return ()
        case acts.CheckpointPicked(checkpoint_id):
            model.close_panel()
            return (acts.ServeCheckpoint(checkpoint_id),) if checkpoint_id != model.points.current_id else ()
        case acts.DirectionToggled():
            other = Direction.EXIT if model.points.direction is Direction.ENTRY else Direction.ENTRY
            return (acts.SetDirection(other),) if way.can_toggle else ()


def _around(
    model: Model,
    act: acts.MenuAsked
    | acts.ThemePicked
    | acts.LanguagePicked
    | acts.FullScreenToggled
    | acts.QuitAsked
    | acts.QuitConfirmed
    | acts.Dismissed,
) -> _Intents:
    intents: _Intents = ()
    match act:
        case acts.MenuAsked():
            model.open = Open.NOTHING if model.open is Open.MENU else Open.MENU
        case acts.ThemePicked(name):
            model.theme = name or _next(THEMES, model.theme)
            intents = (acts.KeepAppearance(model.theme, model.texts.code),)
        case acts.LanguagePicked(code):
            model.texts = texts(code or _next(LANGUAGES, model.texts.code))
            intents = (acts.KeepAppearance(model.theme, model.texts.code),)
        case acts.FullScreenToggled():
            intents = (acts.ToggleFullScreen(),)
        case acts.QuitAsked():
            model.open = Open.QUIT
        case acts.QuitConfirmed():
            intents = (acts.Quit(),) if model.open is Open.QUIT else ()
        case acts.Dismissed():
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
