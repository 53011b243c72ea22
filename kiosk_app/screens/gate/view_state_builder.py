"""From what the presenter remembers to what is shown."""

from kiosk_app.core.outcome import GateOutcome, Notice
from kiosk_app.screens.gate import status_formatting
from kiosk_app.screens.gate.model import Model, Open
from kiosk_app.screens.gate.verdict_formatting import (
    Voice,
    reason_of,
    signal_of,
    verdict_of,
    verdict_of_notice,
)
from kiosk_app.screens.gate.view_state import (
    Banner,
    CheckpointPanel,
    Chip,
    GateViewState,
    MenuPanel,
    OverridePanel,
    Panel,
    PersonRow,
    QuitPanel,
    SearchPanel,
    Verdict,
)
from resources.themes import Signal
from resources.translations import Texts

PRESETS = ("override.preset.1", "override.preset.2", "override.preset.3", "override.preset.4")


def compose(model: Model, voice: Voice, now_ms: int) -> GateViewState:
    """The whole screen, from what is known."""
    texts = voice.texts
    zones, zones_more = status_formatting.bars_of(model.occupancy, texts)
    return GateViewState(
        texts=texts,
        theme=model.theme,
        way=status_formatting.way_of(model.points, texts),
        status=status_formatting.status_of(model.link, model.devices, voice),
        banner=_banner(model, voice),
        camera=model.devices.camera,
        zones=zones,
        zones_more=zones_more,
        scans=model.recent.lines,
        verdict=_verdict(model, voice),
        panel=_panel(model, voice),
        can_override=model.refused.standing(now_ms) is not None,
        silent=not model.devices.sound,
        clears_input=model.clears_input,
    )


def _banner(model: Model, voice: Voice) -> Banner:
    shown = model.stage.shown
    if isinstance(shown, GateOutcome) and model.stage.quiet:
        return Banner(reason_of(shown, voice), "", signal_of(shown), flash=not model.devices.sound)
    return status_formatting.ready_banner(model.devices, model.alarms, voice.texts)


def _verdict(model: Model, voice: Voice) -> Verdict | None:
    stage, flash = model.stage, not model.devices.sound
    if stage.shown is None or stage.quiet:
        return None
    if isinstance(stage.shown, Notice):
        return verdict_of_notice(stage.shown, voice, serial=stage.serial, flash=flash)
    return verdict_of(stage.shown, voice, serial=stage.serial, flash=flash)


def _panel(model: Model, voice: Voice) -> Panel | None:
    match model.open:
        case Open.SEARCH:
            return _search_panel(model, voice.texts)
        case Open.OVERRIDE if model.overriding is not None:
            return _override_panel(model, model.overriding, voice)
        case Open.CHECKPOINTS:
            return CheckpointPanel(status_formatting.choices_of(model.points, voice.texts))
        case Open.MENU:
            return MenuPanel()
        case Open.QUIT:
            return QuitPanel(_quit_text(model, voice.texts))
    return None


def _search_panel(model: Model, texts: Texts) -> SearchPanel:
    search = model.search
    title = texts("search.title", query=search.query) if search.query else texts("search.title_empty")
    if not search.query:
        return SearchPanel(title, texts("search.short"))
    if search.found is None:
        return SearchPanel(title, texts("search.busy"))
    people = search.found.people
    rows = tuple(
        PersonRow(
            participant_id=person.participant_id,
            name=person.name,
            line=" \u00b7 ".join(part for part in (person.registration_code, person.category) if part),
            chip=Chip(texts("search.inside"), Signal.AMBER) if person.inside else None,
        )
        for person in people
    )
    if not rows:
        return SearchPanel(title, texts("search.none"))
    text = texts("search.more" if search.found.more else "search.found", n=len(rows))
    return SearchPanel(title, text, rows, search.focus)


def _override_panel(model: Model, outcome: GateOutcome, voice: Voice) -> OverridePanel:
    texts, name = voice.texts, outcome.name or outcome.registration_code
    return OverridePanel(
        title=texts("override.title", name=name) if name else texts("override.title_unnamed"),
        text=reason_of(outcome, voice),
        presets=tuple(texts(key) for key in PRESETS),
        operator=model.operator,
        problem=model.problem and texts(model.problem),
    )


def _quit_text(model: Model, texts: Texts) -> str:
    waiting = model.link.waiting
    return " ".join((texts("quit.text"), texts("quit.waiting", n=waiting) if waiting else "")).strip()
