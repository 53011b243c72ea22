from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from hub_sync.contract.clock import SystemClock
from hub_sync.contract.ready_check import ReadyPart, ReadyState
from kiosk_app.core.appearance import Appearance
from kiosk_app.messages import (
    FinishReadyCheck,
    ReadyCheckState,
    ReadyItem,
    ScreenCommand,
    ShowReadyCheck,
    SyncNow,
)
from kiosk_app.screens.base import ScreenContext
from kiosk_app.screens.setup.presenter.ready import ReadyFix
from kiosk_app.screens.setup.screen import SetupScreen
from kiosk_app.screens.setup.widgets.ready_page import ReadyPage


@pytest.fixture
def screen(qtbot: QtBot) -> Iterator[SetupScreen]:
    screen = SetupScreen(ScreenContext(SystemClock(), Appearance("dark", "en"), "Grace"))
    qtbot.addWidget(screen)
    with qtbot.waitExposed(screen):
        screen.show()
    yield screen
    page_of(screen).leave()


def page_of(screen: SetupScreen) -> ReadyPage:
    page = screen.pages["ready"]
    assert isinstance(page, ReadyPage)
    return page


def test_it_is_the_first_page_and_asks_for_the_state_at_once(qtbot: QtBot) -> None:
    screen = SetupScreen(ScreenContext(SystemClock(), Appearance("dark", "en")))
    qtbot.addWidget(screen)
    commands: list[ScreenCommand] = []
    screen.command_issued.connect(commands.append)
    with qtbot.waitExposed(screen):
        screen.show()
    assert screen.stack.currentWidget() is page_of(screen)
    assert ShowReadyCheck() in commands
    page_of(screen).leave()


def test_lines_have_their_buttons_and_a_tap_is_a_command_or_another_page(screen: SetupScreen) -> None:
    page, commands = page_of(screen), list[ScreenCommand]()
    screen.command_issued.connect(commands.append)
    assert not page.finish.isEnabled()
    items = (
        ReadyItem(ReadyPart.ROSTER, ReadyState.NOT_READY, "missing"),
        ReadyItem(ReadyPart.RELAY, ReadyState.WARN, "untested"),
    )
    screen.receive(ReadyCheckState(items))
    assert page.title.text() == "1 thing to do"
    assert [part for part, line in page.lines.items() if not line.isHidden()] == [
        ReadyPart.ROSTER,
        ReadyPart.RELAY,
    ]
    QTest.mouseClick(page.lines[ReadyPart.ROSTER].buttons[ReadyFix.SYNC], Qt.MouseButton.LeftButton)
    QTest.mouseClick(page.finish, Qt.MouseButton.LeftButton)
    assert [each for each in commands if not isinstance(each, ShowReadyCheck)] == [
        SyncNow(),
        FinishReadyCheck("Grace"),
    ]
    QTest.mouseClick(page.lines[ReadyPart.RELAY].buttons[ReadyFix.WIRING], Qt.MouseButton.LeftButton)
    assert screen.stack.currentWidget() is screen.pages["wiring"]
    screen.pages["wiring"].leave()
