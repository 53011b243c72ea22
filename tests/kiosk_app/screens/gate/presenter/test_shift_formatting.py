"""The hand-over of a shift, without Qt."""

from datetime import timedelta

from hub_sync.contract.enums import ReasonCode
from kiosk_app import messages
from kiosk_app.messages import ShiftSummary
from kiosk_app.screens.gate.presenter import actions
from kiosk_app.screens.gate.presenter.view_state import HandOverPanel, PinPanel
from tests.kiosk_app.screens.gate.gallery import NOW, OPERATORS, SIGNED_ON
from tests.kiosk_app.screens.gate.presenter.test_gate_presenter import presenter

SUMMARY = ShiftSummary(
    "Tom Okoye", NOW - timedelta(hours=3), NOW, 1204, 1190, ((ReasonCode.ALREADY_INSIDE, 14),), 3, 1
)


def test_a_hand_over_shows_the_figures_and_then_asks_the_next_operator() -> None:
    screen = presenter()
    screen.receive(SIGNED_ON)
    assert screen.handle(actions.HandOverRequested()).commands == (messages.SummariseShift(),)
    panel = screen.receive(SUMMARY).state.panel
    assert isinstance(panel, HandOverPanel)
    assert panel.text.startswith("Tom Okoye, 15:04 to 18:04.")
    assert [(row.title, row.trailing) for row in panel.rows] == [
        ("Scans", "1,204"),
        ("Let in or out", "1,190"),
        ("Refused", "14"),
        ("Already in", "14"),
        ("Overrides", "3"),
        ("Taken back at this station", "1"),
    ]
    assert screen.handle(actions.SignOffRequested()).commands == (messages.SignOff(),)
    assert isinstance(screen.receive(OPERATORS).state.panel, PinPanel)


def test_nobody_hands_over_where_nobody_is_signed_on_and_cancel_keeps_the_shift() -> None:
    screen = presenter()
    assert screen.handle(actions.HandOverRequested()).commands == ()
    screen.receive(SIGNED_ON)
    screen.handle(actions.HandOverRequested())
    update = screen.handle(actions.Dismissed())
    assert (update.state.panel, update.commands) == (None, ())
