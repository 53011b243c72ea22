"""Format the summary of a shift: period, admitted, refused by reason, overrides, taken back."""

from kiosk_app.messages import ShiftSummary
from kiosk_app.screens.gate.presenter.verdict_formatting import FormatContext
from kiosk_app.screens.gate.presenter.view_state import HandOverPanel
from kiosk_app.ui.items import ListItem
from resources.themes import Signal


def build_hand_over_panel(summary: ShiftSummary | None, context: FormatContext) -> HandOverPanel:
    """Build the panel; `summary` None: the answer has not come."""
    texts = context.texts
    if summary is None:
        return HandOverPanel(texts("shift.title"), "")
    since, until = (at.astimezone(context.time_zone) for at in (summary.since, summary.until))
    same_day = since.date() == until.date()
    period = texts(
        "shift.period",
        name=summary.name,
        since=f"{since:%H:%M}" if same_day else f"{since:%d.%m. %H:%M}",
        until=f"{until:%H:%M}",
    )
    refused = sum(number for _, number in summary.refused)
    rows = [
        ("scans", texts("shift.scans"), summary.scans, None, "scanner"),
        ("admitted", texts("shift.admitted"), summary.admitted, Signal.GREEN, ""),
        ("refused", texts("shift.refused"), refused, Signal.RED, ""),
        *(
            (reason.value, texts(f"short.{reason.value}"), number, Signal.AMBER, "")
            for reason, number in summary.refused
        ),
        ("overrides", texts("shift.overrides"), summary.overrides, None, "override"),
        ("taken_back", texts("shift.taken_back"), summary.taken_back, None, "undo"),
    ]
    return HandOverPanel(
        texts("shift.title"),
        period,
        tuple(
            ListItem(key, title, icon=icon, signal=signal, trailing=texts.number(number))
            for key, title, number, signal, icon in rows
        ),
    )
