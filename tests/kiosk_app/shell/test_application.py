"""The application around a screen, without a station."""

import sys
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from hub_sync.contract.clock import SystemClock
from kiosk_app.core.appearance import Appearance
from kiosk_app.messages import AppearanceChanged, IdentifyStation, Notice, RestartProgram, ScreenMessage
from kiosk_app.screens.base import Screen, ScreenContext
from kiosk_app.shell.application import StationApplication, qt_application
from kiosk_app.workers.qt_bridge import QtBridge


class Recorder(Screen):
    """A screen that records what it receives."""

    received: list[ScreenMessage]

    def receive(self, message: ScreenMessage) -> None:
        """Record a message."""
        self.received.append(message)


@pytest.fixture
def excepthook() -> Iterator[None]:
    before = sys.excepthook
    yield
    sys.excepthook = before


def test_an_exception_of_a_slot_or_a_handler_reaches_the_screen(qtbot: QtBot, excepthook: None) -> None:
    screen = Recorder(ScreenContext(SystemClock(), Appearance("dark", "en")))
    screen.received = []
    application = StationApplication(qt_application(), QtBridge(), screen, full_screen=False)
    qtbot.addWidget(application.window)

    def fail_and_end() -> None:
        sys.excepthook(KeyError, KeyError("a bug"), None)
        QTimer.singleShot(50, application.finish_soon)
        QTimer.singleShot(200, application.qt.quit)

    QTimer.singleShot(0, fail_and_end)
    application.run(lambda _: None)
    assert Notice.STATION_FAILED in screen.received


def test_the_hub_shows_the_name_over_every_screen_changes_its_look_and_a_screen_may_restart(
    qtbot: QtBot,
) -> None:
    screen, bridge = Recorder(ScreenContext(SystemClock(), Appearance("dark", "en"))), QtBridge()
    screen.received = []
    application = StationApplication(qt_application(), bridge, screen, full_screen=False)
    qtbot.addWidget(application.window)
    application.window.show()
    bridge.publish(AppearanceChanged("light", "ar"))
    bridge.publish(IdentifyStation("Gate north", 15))
    qtbot.waitUntil(application.identify.isVisible)
    assert screen.received == [AppearanceChanged("light", "ar")]
    screen.command_issued.emit(RestartProgram())
    assert application.restarts
    assert not application.window.isVisible()
