"""The page of the turnstile, whose state comes four times a second."""

from dataclasses import replace

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from hardware.inputs import InputRole
from kiosk_app.messages import WiringState
from kiosk_app.screens.setup.widgets.wiring_page import WiringPage
from tests.kiosk_app.screens.setup.test_screen import make_setup

READY = WiringState(address="lcus:/dev/ttyUSB0", channels=8, has_sensor=True, inputs_ready=True)


def test_the_facts_are_seen_all_the_time_and_built_anew_only_where_they_change(qtbot: QtBot) -> None:
    screen = make_setup()
    qtbot.addWidget(screen)
    screen.open_page("wiring")
    screen.show()
    page = screen.pages["wiring"]
    assert isinstance(page, WiringPage)

    def facts() -> list[QLabel]:
        return [label for label in page._facts.findChildren(QLabel) if not label.isHidden()]

    screen.receive(READY)
    before = facts()
    assert "At rest" in [label.text() for label in before]
    screen.receive(READY)
    assert facts() == before
    screen.receive(replace(READY, active=(InputRole.PASSAGE,)))
    assert "Active now" in [label.text() for label in facts() if label.isVisible()], "at once"


def test_the_keyboard_goes_from_the_test_pulse_to_its_question_and_back(qtbot: QtBot) -> None:
    screen = make_setup()
    qtbot.addWidget(screen)
    screen.open_page("wiring")
    screen.show()
    screen.receive(READY)
    page = screen.pages["wiring"]
    assert isinstance(page, WiringPage)
    screen.activateWindow()
    page.pulse.setFocus()
    qtbot.waitUntil(page.pulse.hasFocus)
    screen.receive(replace(READY, is_waiting=True))
    assert screen.focusWidget() is next(iter(page.answers.values()))
    screen.receive(READY)
    assert screen.focusWidget() is page.pulse
