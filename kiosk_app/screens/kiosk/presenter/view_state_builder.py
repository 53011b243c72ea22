"""Build the state of the kiosk's view from its model."""

from datetime import datetime

from kiosk_app.core.kiosk.session import OUTCOME_STEPS, VisitorSession, VisitorStep
from kiosk_app.messages import HubConnectionState
from kiosk_app.screens.kiosk.presenter import actions
from kiosk_app.screens.kiosk.presenter.model import KioskModel
from kiosk_app.screens.kiosk.presenter.pages import (
    build_attract_page,
    build_visitor_page,
    isolate,
    staff_note,
)
from kiosk_app.screens.kiosk.presenter.session_timeout import OUTCOME_S, session_state
from kiosk_app.screens.kiosk.presenter.staff_pages import build_staff_page
from kiosk_app.screens.kiosk.presenter.troubles import KioskTrouble
from kiosk_app.screens.kiosk.presenter.view_state import (
    ActionButton,
    Emphasis,
    KioskPage,
    KioskViewState,
    SymbolBody,
    TimeWarning,
)
from resources.themes import Signal
from resources.translations.catalogue import Texts

HIGH_CONTRAST = "high-contrast"


def build_kiosk_state(model: KioskModel, now: datetime, now_ms: int) -> KioskViewState:
    """Return what the view shows now."""
    words, session = model.texts, model.session
    page = _page(model, now, now_ms)
    return KioskViewState(
        texts=words,
        theme=HIGH_CONTRAST if session is not None and session.high_contrast else model.theme,
        event=isolate(model.event, words),
        clock=words.clock(now.astimezone(model.time_zone)) if model.is_zone_known else "",
        page=page,
        text_size=session.text_size if session is not None and model.staff is None else 0,
        low_reach=session.low_reach if session is not None else model.options.low_reach,
        notice="" if model.staff else isolate(model.options.notice, words),
        banner=_banner(model, words),
        access=_access_buttons(model, words),
        warning=_warning(model, now_ms),
        generation=model.generation,
        switch_scan_s=model.options.switch_scan_s,
        wakes_by_touch=page.key == "attract",
        staff=model.staff is not None,
    )


def _page(model: KioskModel, now: datetime, now_ms: int) -> KioskPage:
    words = model.texts
    if model.failing:
        return KioskPage(
            "failed",
            words("kiosk.trouble.fault"),
            words("kiosk.trouble.fault_text"),
            SymbolBody("tools", Signal.AMBER),
        )
    if model.staff is not None:
        return build_staff_page(model, model.staff)
    if model.session is not None:
        page = build_visitor_page(model, model.session, now)
        return _with_countdown(page, model.session, words, now_ms)
    if model.trouble is not None:
        return _trouble_page(model, model.trouble, words, now)
    return build_attract_page(model)


def _trouble_page(model: KioskModel, trouble: KioskTrouble, words: Texts, now: datetime) -> KioskPage:
    status = model.facts.kiosk
    text = words(f"kiosk.trouble.{trouble.cause}_text")
    if trouble.cause == "not_open" and status is not None and status.opens_at is not None:
        zone = model.time_zone
        text = words(
            "kiosk.opens", when=words.when(status.opens_at.astimezone(zone), now.astimezone(zone), form="at")
        )
    note = ""
    if trouble.cause == "reader" and model.reader_faults:
        note = staff_note(model, words)
    elif trouble.staff and trouble.since is not None:
        since = words.clock(trouble.since.astimezone(model.time_zone))
        note = words("kiosk.for_staff", text=words(trouble.staff, since=since))
    is_calm = trouble.is_short or trouble.cause in ("not_open", "over")
    return KioskPage(
        f"trouble-{trouble.cause}",
        words(f"kiosk.trouble.{trouble.cause}"),
        text,
        SymbolBody("clock" if is_calm else "tools", Signal.BLUE if is_calm else Signal.AMBER),
        note=note,
    )


def _with_countdown(page: KioskPage, session: VisitorSession, words: Texts, now_ms: int) -> KioskPage:
    """Say when an outcome closes by itself; any touch keeps it. Who needs more time gets the warning instead."""
    if session.step not in OUTCOME_STEPS or needs_time(session):
        return page
    left_s = max(0, OUTCOME_S - session.idle_ms(now_ms) // 1000)
    return KioskPage(
        page.key,
        page.heading,
        page.text,
        page.body,
        page.actions,
        page.note,
        words("kiosk.closes_in", n=left_s),
    )


def needs_time(session: VisitorSession) -> bool:
    """Return True if a visitor uses an aid: their pages never close by themselves without the warning."""
    return session.reads_aloud or session.text_size > 0 or session.high_contrast or session.low_reach


def _banner(model: KioskModel, words: Texts) -> str:
    """Return what a visitor must know of the connection: only that a number's page can't be followed now."""
    session = model.session
    is_away = model.connection.state in (HubConnectionState.OFFLINE, HubConnectionState.REFUSED)
    number = session.number if session is not None else None
    return words("kiosk.offline") if is_away and number is not None and number.status_url else ""


def _warning(model: KioskModel, now_ms: int) -> TimeWarning | None:
    session = model.session
    if session is None or model.staff is not None:
        return None
    state = session_state(session, model.options, now_ms, needs_time(session))
    if state.left_s is None:
        return None
    words = model.texts
    return TimeWarning(
        words("kiosk.more_time"),
        words("kiosk.more_time_text", n=state.left_s),
        state.left_s,
        model.options.warning_s,
        ActionButton(words("kiosk.more_time_yes"), actions.TimeExtended(), Emphasis.PRIMARY, "clock"),
        ActionButton(words("kiosk.more_time_no"), actions.SessionFinished(), icon="close"),
    )


def _access_buttons(model: KioskModel, words: Texts) -> tuple[ActionButton, ...]:
    """Return the aids, in the same place on every page."""
    session = model.session
    if model.staff is not None or model.failing or model.shows_trouble:
        return ()
    can_speak = model.facts.kiosk is not None and model.facts.kiosk.can_speak
    reads = session is not None and session.reads_aloud
    buttons = []
    if session is not None and session.step is not VisitorStep.LANGUAGE:
        buttons.append(
            ActionButton(words("kiosk.access.language"), actions.LanguageRequested(), icon="language")
        )
    if can_speak:
        buttons.append(
            ActionButton(words("kiosk.access.read"), actions.ReadingSwitched(), icon="sound", pressed=reads)
        )
    if reads and session is not None:
        buttons.append(ActionButton(words("kiosk.access.repeat"), actions.ReadingRepeated(), icon="undo"))
        buttons.append(
            ActionButton(
                words("kiosk.access.slower"), actions.ReadingSlowed(), icon="clock", pressed=session.slow
            )
        )
    size = session.text_size if session is not None else 0
    buttons.append(
        ActionButton(
            words("kiosk.access.text"),
            actions.TextSizeChanged(),
            icon="text-size",
            detail=words("kiosk.access.text_step", n=size) if size else "",
            pressed=size > 0,
        )
    )
    contrast = session is not None and session.high_contrast
    if model.theme != HIGH_CONTRAST:
        buttons.append(
            ActionButton(
                words("kiosk.access.contrast"),
                actions.ContrastSwitched(),
                icon="high-contrast",
                pressed=contrast,
            )
        )
    low = session.low_reach if session is not None else model.options.low_reach
    buttons.append(
        ActionButton(words("kiosk.access.low"), actions.LowReachSwitched(), icon="low-reach", pressed=low)
    )
    return tuple(buttons)
