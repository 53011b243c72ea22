"""A screen is opened over the gate and left again."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from hub_sync.contract.clock import SystemClock
from kiosk_app.core.appearance import Appearance
from kiosk_app.messages import (
    CaptureScans,
    GateDeviceStatus,
    LeaveScreen,
    Notice,
    OpenScreen,
    SaveAppearance,
    ScreenCommand,
    ScreenMessage,
)
from kiosk_app.screens.base import Screen, ScreenContext
from kiosk_app.screens.setup.screen import SetupScreen
from kiosk_app.shell.application import StationApplication, qt_application
from kiosk_app.shell.screen_stack import ScreenStack
from kiosk_app.workers.qt_bridge import QtBridge


class Recorder(Screen):
    def __init__(self) -> None:
        super().__init__(ScreenContext(SystemClock(), Appearance("dark", "en")))
        self.received: list[ScreenMessage] = []

    def receive(self, message: ScreenMessage) -> None:
        self.received.append(message)


@pytest.fixture
def commands() -> list[ScreenCommand]:
    return []


@pytest.fixture
def application(qapp: QApplication, commands: list[ScreenCommand]) -> Iterator[StationApplication]:
    application = StationApplication(qt_application(), QtBridge(), Recorder(), full_screen=False)
    application._submit = commands.append
    yield application
    application.qt.removeEventFilter(application.scanner)
    application.window.finish()


def test_a_screen_over_another_knows_the_station_and_the_one_below_stays_up_to_date(qtbot: QtBot) -> None:
    first, second = Recorder(), Recorder()
    stack = ScreenStack(first)
    qtbot.addWidget(stack)
    stack.receive(GateDeviceStatus(relay=False))
    stack.receive(Notice.NOT_READY)
    stack.open(second)
    assert second.received == [GateDeviceStatus(relay=False)], "a notice that is over is not shown again"
    stack.receive(GateDeviceStatus())
    assert first.received[-1] == second.received[-1] == GateDeviceStatus()
    assert stack.currentWidget() is second
    stack.leave()
    stack.leave()
    assert stack.currentWidget() is first


def test_the_gate_decides_no_scan_while_set_up_is_open(
    application: StationApplication, commands: list[ScreenCommand]
) -> None:
    application.screen.command_issued.emit(OpenScreen("setup"))
    assert isinstance(application.screens.top, SetupScreen)
    assert commands == [CaptureScans(active=True)]
    application.screens.top.command_issued.emit(LeaveScreen())
    assert application.screens.top is application.screen
    assert commands[-1] == CaptureScans(active=False)


def test_a_screen_that_is_opened_later_looks_as_the_operator_chose_since(
    application: StationApplication,
) -> None:
    application.screen.command_issued.emit(SaveAppearance(theme="light"))
    application.screen.command_issued.emit(SaveAppearance(language="de"))
    application.screen.command_issued.emit(OpenScreen("setup"))
    assert application.screens.top.context.appearance == Appearance("light", "de")


def test_leaving_the_only_screen_closes_the_station(application: StationApplication) -> None:
    application.window.show()
    application.screen.command_issued.emit(LeaveScreen())
    assert not application.window.isVisible()
