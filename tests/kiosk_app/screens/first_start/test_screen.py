"""The first start under Qt: by keyboard alone, by finger alone, and without a keyboard."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from hardware.scanner import Transmission
from hub_sync.contract.clock import SystemClock
from kiosk_app.core.appearance import Appearance
from kiosk_app.messages import (
    ChooseMode,
    EnrolmentProblem,
    EnrolmentUpdate,
    EnrolStation,
    RestartProgram,
    ScanCaptured,
    ScreenCommand,
)
from kiosk_app.screens.base import ScreenContext
from kiosk_app.screens.first_start.screen import FirstStartScreen
from kiosk_app.shell.screen_stack import ScreenStack
from kiosk_app.shell.window import StationWindow

HUB = "https://hub.example.org"


@pytest.fixture
def screen(qtbot: QtBot) -> FirstStartScreen:
    built = FirstStartScreen(ScreenContext(SystemClock(), Appearance("dark", "en"), hub=HUB))
    qtbot.addWidget(built)
    built.resize(1280, 800)
    built.show()
    qtbot.waitExposed(built)
    return built


def test_the_language_in_use_has_the_cursor_in_the_stations_window(qtbot: QtBot) -> None:
    built = FirstStartScreen(ScreenContext(SystemClock(), Appearance("dark", "ar"), hub=HUB))
    window = StationWindow(ScreenStack(built))
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    assert window.focusWidget() is built.language.buttons["ar"]
    window.finish()


def recorded(screen: FirstStartScreen) -> list[ScreenCommand]:
    commands: list[ScreenCommand] = []
    screen.command_issued.connect(commands.append)
    return commands


def test_the_whole_first_start_by_keyboard_alone(qtbot: QtBot, screen: FirstStartScreen) -> None:
    commands = recorded(screen)
    QTest.keyClick(screen.language.first(), Qt.Key.Key_Return)
    QTest.keyClicks(screen.code.code, "ABCD-EFGH-JKMN-PQRS")
    QTest.keyClick(screen.code.code, Qt.Key.Key_Return)
    assert commands[-1] == EnrolStation("ABCD-EFGH-JKMN-PQRS", HUB)
    screen.receive(EnrolmentUpdate(None, HUB, "Gate north", "gate"))
    QTest.keyClick(screen.mode.first(), Qt.Key.Key_Return)
    QTest.keyClick(screen.devices.first(), Qt.Key.Key_Return)
    assert commands[-2:] == [ChooseMode("gate"), RestartProgram()]


def test_a_station_without_a_keyboard_types_on_its_screen(qtbot: QtBot, screen: FirstStartScreen) -> None:
    commands = recorded(screen)
    QTest.mouseClick(screen.language.buttons["de"], Qt.MouseButton.LeftButton)
    QTest.mouseClick(screen.code.keys_button, Qt.MouseButton.LeftButton)
    for key in screen.code.key_pad.keys[:3]:
        QTest.mouseClick(key, Qt.MouseButton.LeftButton)
    QTest.mouseClick(screen.code.key_pad.backspace, Qt.MouseButton.LeftButton)
    QTest.mouseClick(screen.code.connect_button, Qt.MouseButton.LeftButton)
    assert commands[-1] == EnrolStation("12", HUB)


def test_what_was_typed_stays_after_a_failure(qtbot: QtBot, screen: FirstStartScreen) -> None:
    QTest.mouseClick(screen.language.buttons["ar"], Qt.MouseButton.LeftButton)
    QTest.keyClicks(screen.code.code, "ABCD")
    QTest.keyClick(screen.code.code, Qt.Key.Key_Return)
    screen.receive(EnrolmentUpdate(EnrolmentProblem.REFUSED, HUB))
    assert screen.code.code.text() == "ABCD"
    assert screen.code.problem.isVisible()


def test_a_code_that_was_typed_as_fast_as_a_scanner_stays_in_its_field_and_goes_with_the_typed_address(
    qtbot: QtBot,
) -> None:
    screen = FirstStartScreen(ScreenContext(SystemClock(), Appearance("dark", "en")))
    qtbot.addWidget(screen)
    commands = recorded(screen)
    QTest.mouseClick(screen.language.buttons["en"], Qt.MouseButton.LeftButton)
    screen.receive(ScanCaptured(Transmission(data=b"ABCDE-FGHJK-MNPQR-STUVW"), ""))
    screen.receive(EnrolmentUpdate(EnrolmentProblem.NO_HUB, ""))
    assert screen.code.code.text() == "ABCDE-FGHJK-MNPQR-STUVW"
    QTest.keyClicks(screen.code.hub, HUB)
    screen.receive(ScanCaptured(Transmission(data=b"ABCDE-FGHJK-MNPQR-STUVW"), ""))
    assert commands[-1] == EnrolStation("ABCDE-FGHJK-MNPQR-STUVW", HUB)


def test_another_mode_shows_the_devices_that_it_uses(screen: FirstStartScreen) -> None:
    page, presenter = screen.devices, screen.presenter
    screen.receive(EnrolmentUpdate(None, HUB, "Hall", "board"))
    for mode, words, visible in (
        ("board", "Test the sound now, or do it later.", {"sound"}),
        ("gate", presenter.texts("first.devices_text"), {"camera", "scanner", "printer", "wiring", "sound"}),
        ("desk", "This station needs no devices: it can start at once.", set[str]()),
    ):
        screen.mode.chosen.emit(mode)
        assert page.text.text() == words
        assert {name for name, button in page.buttons.items() if button.isVisible()} == visible
        assert page.preview.isVisible() is ("camera" in visible)
        presenter.back()
