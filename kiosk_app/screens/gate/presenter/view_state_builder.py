"""Build the view state of the gate screen from the presenter's memory."""

from collections.abc import Callable
from dataclasses import replace

from hub_sync.contract.enums import DeviceStatus, Direction
from kiosk_app.messages import GateOutcome, GroupOutcome, Notice, PinAnswer, PinResult, ReadinessState
from kiosk_app.screens.gate.presenter import status_formatting
from kiosk_app.screens.gate.presenter.alert_formatting import build_alerts
from kiosk_app.screens.gate.presenter.group_formatting import (
    build_group_panel,
    build_group_verdict,
    group_button,
    group_note,
)
from kiosk_app.screens.gate.presenter.model import GateModel, OpenPanel
from kiosk_app.screens.gate.presenter.person_formatting import build_person_panel
from kiosk_app.screens.gate.presenter.shift_formatting import build_hand_over_panel
from kiosk_app.screens.gate.presenter.verdict_formatting import (
    FormatContext,
    build_notice_verdict,
    build_readiness_verdict,
    build_verdict,
    reason_text,
    verdict_signal,
)
from kiosk_app.screens.gate.presenter.view_state import (
    Banner,
    CheckpointPanel,
    EventPanel,
    GateViewState,
    MenuPanel,
    OverridePanel,
    Panel,
    PinPanel,
    QuitPanel,
    SearchPanel,
    UndoPanel,
    Verdict,
)
from kiosk_app.screens.gate.presenter.waitlist_formatting import build_waitlist_panel, waitlist_button
from kiosk_app.ui.items import ListItem
from resources.themes import Signal
from resources.translations.catalogue import Texts

_MINUTE_S = 60
STANDING = -1
"""The serial of what the screen shows for as long as the gate is not ready."""
PRESETS = ("override.preset.1", "override.preset.2", "override.preset.3", "override.preset.4")
"""The keys of the preset reasons for an override."""


def build_view_state(model: GateModel, context: FormatContext, now_ms: int) -> GateViewState:
    """Build the state of the whole screen; `now_ms` is monotonic."""
    texts = context.texts
    zones, zones_more = status_formatting.occupancy_bars(model.occupancy, texts)
    return GateViewState(
        texts=texts,
        theme=model.theme,
        heading=status_formatting.build_heading(model.checkpoints, texts, model.events),
        status=status_formatting.build_status_bar(
            model.connection,
            model.devices,
            context,
            operators=model.operators if model.alarms.station is DeviceStatus.ACTIVE else None,
            is_store_open=model.readiness.state is not ReadinessState.STORE_CLOSED,
            has_clock=model.is_zone_known,
        ),
        banner=_banner(model, context),
        camera=model.devices.camera,
        alerts=build_alerts(model.alarms, model.double_admissions, context, model.turn, model.unreleased),
        zones=zones,
        zones_more=zones_more,
        neighbours=status_formatting.neighbours_text(model.neighbours, texts),
        scans=model.recent.items,
        no_scans=texts(_no_scans_key(model)),
        verdict=_verdict(model, context, now_ms),
        panel=_panel(model, context),
        above_panel=_above_panel(model, context, now_ms),
        can_undo=model.last_admission.current(now_ms) is not None,
        can_sync=model.readiness.state in (ReadinessState.NO_ROSTER, ReadinessState.HUB_REFUSES),
        can_override=model.last_refusal.current(now_ms) is not None,
        group=group_button(model.last_group.current(now_ms), texts),
        waitlist=waitlist_button(model.door, texts),
        silent=not model.devices.sound,
        input_generation=model.input_generation,
    )


def _banner(model: GateModel, context: FormatContext) -> Banner:
    outcome = model.verdict_display.current
    if isinstance(outcome, GateOutcome) and model.verdict_display.as_banner:
        text = context.texts("registration_code.text") if outcome.is_registration_code else ""
        return Banner(
            reason_text(outcome, context), text, verdict_signal(outcome), flash=not model.devices.sound
        )
    return status_formatting.build_banner(model.devices, model.alarms, context.texts)


def _no_scans_key(model: GateModel) -> str:
    """Return why the list of the last scans is empty, if it is. A store that is closed hides them."""
    if model.readiness.state is ReadinessState.STORE_CLOSED:
        return "side.scans_unread"
    is_named = model.alarms.station is DeviceStatus.ACTIVE
    return "side.no_scans" if is_named else "side.scans_hidden"


def _verdict(model: GateModel, context: FormatContext, now_ms: int) -> Verdict | None:
    display, flash = model.verdict_display, not model.devices.sound
    is_ready = model.readiness.state is ReadinessState.READY
    if not is_ready and (display.current is None or display.current is Notice.NOT_READY):
        serial = display.serial if display.current else STANDING
        return build_readiness_verdict(
            model.readiness, context, serial=serial, flash=flash and display.current is not None
        )
    if display.current is None or display.as_banner:
        return None
    if isinstance(display.current, GroupOutcome):
        return build_group_verdict(display.current, context, serial=display.serial, flash=flash)
    if isinstance(display.current, Notice):
        return build_notice_verdict(display.current, context, serial=display.serial, flash=flash)
    verdict = build_verdict(
        display.current,
        context,
        serial=display.serial,
        flash=flash,
        seconds_left=(display.passage_until_ms - now_ms) / 1000,
    )
    note = group_note(display.current, context.texts)
    return replace(verdict, note=" ".join(part for part in (verdict.note, note) if part)) if note else verdict


def _above_panel(model: GateModel, context: FormatContext, now_ms: int) -> Banner | None:
    """Return the verdict, the notice or the banner that came while a panel was open which has stayed open."""
    display, is_open = model.verdict_display, model.open_panel is not OpenPanel.NOTHING
    if display.as_banner and display.above_panel and is_open:
        return _banner(model, context)
    verdict = _verdict(model, context, now_ms) if model.verdict_display.above_panel else None
    if verdict is None or model.open_panel is OpenPanel.NOTHING:
        return None
    title = " \u00b7 ".join(part for part in (verdict.word, verdict.name) if part)
    return Banner(title, verdict.reason, verdict.signal, flash=verdict.flash)


def _panel(model: GateModel, context: FormatContext) -> Panel | None:
    if model.open_panel is OpenPanel.OVERRIDE:
        target = model.override_target
        return None if target is None else _override_panel(model, target, context)
    if model.open_panel is OpenPanel.GROUP:
        group = model.group_target
        return None if group is None else build_group_panel(group, context)
    if model.open_panel is OpenPanel.WAITLIST:
        return build_waitlist_panel(model.door, model.absent_places, context.texts)
    build = _PANELS.get(model.open_panel)
    return None if build is None else build(model, context)


def _event_panel(model: GateModel, context: FormatContext) -> EventPanel:
    texts, problem = context.texts, model.event_problem
    text = texts("not_ready.event_removed" if model.readiness.needs_event else "event.text")
    return EventPanel(
        status_formatting.event_items(model.events, context),
        text,
        texts(f"event.problem.{problem.result.value}", event=problem.name) if problem is not None else "",
    )


def _checkpoint_panel(model: GateModel, context: FormatContext) -> CheckpointPanel:
    texts = context.texts
    readiness = model.readiness
    if not readiness.needs_choice:
        return CheckpointPanel(status_formatting.checkpoint_items(model.checkpoints, texts))
    text = texts(f"not_ready.{readiness.state.value}")
    rows = status_formatting.checkpoint_items(model.checkpoints, texts)
    return CheckpointPanel(rows, " \u00b7 ".join(part for part in (text, readiness.detail) if part))


def _search_panel(model: GateModel, context: FormatContext) -> SearchPanel:
    search, texts = model.search, context.texts
    title = texts("search.title", query=search.query) if search.query else texts("search.title_empty")
    if not search.query:
        return SearchPanel(title, texts("search.short"))
    if search.results is None:
        return SearchPanel(title, texts("search.busy"))
    if search.results.failed:
        return SearchPanel(title, texts("search.failed"))
    rows = tuple(
        ListItem(
            id=hit.participant_id,
            title=hit.name,
            subtitle=" \u00b7 ".join(part for part in (hit.registration_code, hit.category) if part),
            icon="person",
            badge=texts("search.inside") if hit.inside else "",
            signal=Signal.AMBER if hit.inside else None,
        )
        for hit in search.results.hits
    )
    if not rows:
        asks = search.results.asks_supervisor
        return SearchPanel(title, texts("search.supervisor" if asks else "search.none"))
    text = texts("search.more" if search.results.more else "search.found", n=len(rows))
    return SearchPanel(title, text, rows, search.focus)


def _override_panel(model: GateModel, outcome: GateOutcome, context: FormatContext) -> OverridePanel:
    texts, name = context.texts, outcome.name or outcome.registration_code
    return OverridePanel(
        title=texts("override.title", name=name) if name else texts("override.title_unnamed"),
        text=reason_text(outcome, context),
        presets=tuple(texts(key) for key in PRESETS),
        operator=model.operators.supervisor.name if model.operators.supervisor else model.operator,
        is_operator_fixed=model.operators.is_required,
        problem=model.problem and texts(model.problem),
    )


def _undo_panel(model: GateModel, context: FormatContext) -> UndoPanel:
    texts, outcome = context.texts, model.undo_target
    name = (outcome.name or outcome.registration_code) if outcome else ""
    is_exit = outcome is not None and outcome.decision.direction is Direction.EXIT
    supervisor = model.operators.supervisor
    return UndoPanel(
        title=texts("undo.title", name=name) if name else texts("undo.title_unnamed"),
        text=texts("undo.text_exit" if is_exit else "undo.text"),
        operator=supervisor.name if supervisor else model.operator,
        problem=model.problem and texts(model.problem),
        is_operator_fixed=model.operators.is_required,
    )


def _menu_panel(model: GateModel, context: FormatContext) -> MenuPanel:
    texts, status, options = context.texts, model.operators, model.options
    is_on = status.signed_on is not None
    sentences = (
        _operator_sentence(model, context),
        texts("menu.may_sleep") if model.screen_may_sleep else "",
    )
    return MenuPanel(
        " ".join(filter(None, sentences)),
        can_hand_over=is_on,
        event=status_formatting.served_event(model.events),
        can_lock=is_on and status.supervisor is not None,
        names=options.names,
        volume=options.volume,
        speaks=options.speaks,
    )


def _operator_sentence(model: GateModel, context: FormatContext) -> str:
    texts, status = context.texts, model.operators
    if not status.is_required:
        return texts("operator.none_defined")
    if status.signed_on is None or status.since is None:
        return texts("operator.nobody")
    since = texts.clock(status.since.astimezone(context.time_zone))
    key = "operator.supervisor_since" if status.signed_on.is_supervisor else "operator.steward_since"
    return texts(key, name=status.signed_on.name, time=since)


def _pin_panel(model: GateModel, context: FormatContext) -> PinPanel:
    pin, choices, texts = model.pin, model.pin_choices, context.texts
    selected = next((each for each in choices if each.id == pin.operator_id), None)
    roles = {True: texts("operator.supervisor"), False: texts("operator.steward")}
    return PinPanel(
        title=texts("pin.title" if pin.then is None else "pin.title_supervisor"),
        text=texts(_pin_text(model)),
        operators=tuple(
            ListItem(
                each.id,
                each.name,
                roles[each.is_supervisor],
                icon="check" if each is selected else "person",
                current=each is selected,
            )
            for each in choices
        ),
        selected=selected.name if selected else "",
        problem=_pin_problem(pin.problem, texts),
        is_checked=pin.is_checked,
        can_cancel=not model.needs_sign_on or pin.then is not None,
        attempt=pin.attempt,
    )


def _pin_text(model: GateModel) -> str:
    if model.pin.then is not None:
        return "pin.text_supervisor" if model.pin_choices else "pin.no_supervisor_listed"
    if len(model.pin_choices) == 1:
        return "pin.text_only_first" if model.needs_sign_on else "pin.text_only"
    return "pin.text_first" if model.needs_sign_on else "pin.text"


def _pin_problem(answer: PinAnswer | None, texts: Texts) -> str:
    if answer is None:
        return ""
    if answer.result is PinResult.WAIT and answer.wait_s > _MINUTE_S:
        return texts("pin.wait_minutes", n=-(-answer.wait_s // _MINUTE_S))
    return texts(f"pin.{answer.result.value}", n=answer.wait_s)


def _quit_panel(model: GateModel, context: FormatContext) -> QuitPanel:
    pending, texts = model.connection.pending, context.texts
    waiting = texts("quit.waiting", n=pending) if pending else ""
    return QuitPanel(" ".join((texts("quit.text"), waiting)).strip())


_PANELS: dict[OpenPanel, Callable[[GateModel, FormatContext], Panel]] = {
    OpenPanel.SEARCH: _search_panel,
    OpenPanel.CHECKPOINTS: _checkpoint_panel,
    OpenPanel.EVENTS: _event_panel,
    OpenPanel.MENU: _menu_panel,
    OpenPanel.QUIT: _quit_panel,
    OpenPanel.PIN: _pin_panel,
    OpenPanel.UNDO: _undo_panel,
    OpenPanel.HAND_OVER: lambda model, context: build_hand_over_panel(model.summary, context),
    OpenPanel.PERSON: lambda model, context: build_person_panel(
        model.person, model.checkpoints.direction, context
    ),
}
