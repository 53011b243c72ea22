"""The waitlist's panel under a finger: a press is about the entry that was on the button when it went down."""

from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from hub_sync.contract.clock import ManualClock
from kiosk_app import messages
from kiosk_app.core.appearance import Appearance
from kiosk_app.messages import DoorPlace, DoorWaitlist
from kiosk_app.screens.base import ScreenContext
from kiosk_app.screens.gate.presenter import actions
from kiosk_app.screens.gate.presenter.model import CALL_MS
from kiosk_app.screens.gate.screen import GateScreen
from tests.kiosk_app.screens.gate.gallery import NOW

ADA, BO = DoorPlace("e-ada", "ada", "Ada King", "REG-ada"), DoorPlace("e-bo", "bo", "Bo Moss", "REG-bo")
LEFT = Qt.MouseButton.LeftButton


@pytest.mark.parametrize("name", ["confirm", "absent"])
def test_a_pull_while_a_button_is_down_changes_nobody_else(qtbot: QtBot, name: str) -> None:
    clock = ManualClock(NOW)
    screen = GateScreen(ScreenContext(clock, Appearance("dark", "en")))
    qtbot.addWidget(screen)
    screen.resize(1280, 800)
    screen.show()
    issued: list[object] = []
    screen.command_issued.connect(issued.append)
    screen.receive(messages.GateReadiness())
    screen.receive(DoorWaitlist(2, (ADA, BO)))
    screen.handle(actions.WaitlistRequested())
    page = screen.view.pages.waitlist
    button = getattr(page, name)
    QTest.mousePress(button, LEFT)
    screen.receive(DoorWaitlist(2, (BO,)))
    clock.advance(timedelta(milliseconds=CALL_MS))
    QTest.mouseRelease(button, LEFT)
    assert page.confirm.text() == "Let in Bo Moss"
    assert not any(isinstance(each, messages.AdmitAtDoor) for each in issued)
    QTest.mouseClick(page.confirm, LEFT)
    assert [each for each in issued if isinstance(each, messages.AdmitAtDoor)] == [
        messages.AdmitAtDoor("e-bo")
    ]
