"""The desk screen under Qt: keys and buttons come to one command, and no text is cut."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import QueueStatus
from kiosk_app.core.appearance import Appearance
from kiosk_app.queue_messages import DeskAct, DeskCommand, DeskState
from kiosk_app.screens.base import ScreenContext
from kiosk_app.screens.desk.presenter.view_state import DeskButton
from kiosk_app.screens.desk.screen import DeskScreen
from tests.kiosk_app.screens.desk.presenter.test_desk_presenter import CALLED, FREE, ticket

SIZES = [(1280, 800), (1920, 1080), (800, 600)]


def build(
    qtbot: QtBot, language: str = "en", theme: str = "light", size: tuple[int, int] = (1280, 800)
) -> DeskScreen:
    clock = ManualClock(datetime(2026, 6, 11, 12, tzinfo=UTC))
    screen = DeskScreen(ScreenContext(clock, Appearance(theme, language)))
    qtbot.addWidget(screen)
    screen.resize(QSize(*size))
    screen.show()
    return screen


def test_a_key_and_a_click_are_one_command(qtbot: QtBot) -> None:
    screen = build(qtbot)
    issued: list[object] = []
    screen.command_issued.connect(issued.append)
    screen.receive(FREE)
    QTest.keyClick(screen.view, Qt.Key.Key_F1)
    screen.view.buttons[DeskButton.CALL_NEXT].click()
    (only,) = issued
    assert isinstance(only, DeskCommand)
    assert only.act is DeskAct.CALL_NEXT


def test_enter_presses_what_is_meant_now(qtbot: QtBot) -> None:
    screen = build(qtbot)
    issued: list[object] = []
    screen.command_issued.connect(issued.append)
    screen.receive(CALLED)
    QTest.keyClick(screen.view.buttons[DeskButton.SERVE], Qt.Key.Key_Return)
    (only,) = issued
    assert isinstance(only, DeskCommand)
    assert only.act is DeskAct.SERVE


def test_enter_waits_for_the_next_visitor_and_goes_to_no_ticket_of_the_list(qtbot: QtBot) -> None:
    screen = build(qtbot)
    screen.activateWindow()
    missed = replace(FREE, no_shows=(ticket("A000", QueueStatus.NO_SHOW),))
    screen.receive(CALLED)
    qtbot.waitUntil(screen.view.buttons[DeskButton.SERVE].hasFocus)
    for _ in range(2):  # the list is told again each second
        screen.receive(replace(missed, waiting=(), waiting_count=0))
        assert screen.focusWidget() is screen.view
    screen.receive(missed)
    assert screen.focusWidget() is screen.view.buttons[DeskButton.CALL_NEXT]
    screen.receive(replace(missed, waiting=(), waiting_count=0))
    assert screen.focusWidget() is screen.view


def test_a_reason_is_typed_from_wherever_the_cursor_is(qtbot: QtBot) -> None:
    screen = build(qtbot)
    issued: list[object] = []
    screen.command_issued.connect(issued.append)
    screen.receive(FREE)
    screen.view.buttons[DeskButton.BREAK].click()
    choice = screen.view.choice
    QTest.keyClick(choice.rows, Qt.Key.Key_Down)
    QTest.keyClicks(choice.rows, "Te")
    QTest.keyClicks(choice.cancel, "a")
    assert choice.input.text() == "Tea"
    assert choice.focusWidget() is choice.input
    QTest.keyClick(choice.input, Qt.Key.Key_Return)
    commands = [command for command in issued if isinstance(command, DeskCommand)]
    assert [(each.act, each.reason) for each in commands] == [
        (DeskAct.HOLD, ""),  # the next one is not called behind the panel
        (DeskAct.START_BREAK, "Tea"),
        (DeskAct.RESUME, ""),
    ]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_no_button_cuts_its_text(qtbot: QtBot, language: str, size: tuple[int, int]) -> None:
    screen = build(qtbot, language, size=size)
    for state in (FREE, CALLED, replace(FREE, break_reason="Meal")):
        screen.receive(state)
        for button in screen.view.buttons.values():
            if button.isVisible():
                text = QFontMetrics(button._font).horizontalAdvance(button.text())
                assert text + button._style.px(70) <= button.width(), button.text()


def test_a_bug_of_the_view_is_said_and_heals(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = build(qtbot)
    monkeypatch.setattr(screen.view.card, "show_card", lambda _: 1 / 0)
    screen.receive(FREE)
    assert screen._fallback.isVisible()
    monkeypatch.undo()
    screen.receive(DeskState())
    assert screen.view.isVisible()
