"""The PIN pad by finger, by keyboard, and not by a hand-held scanner."""

import pytest
from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from hub_sync.contract.clock import ManualClock
from kiosk_app import messages
from kiosk_app.core.appearance import Appearance
from kiosk_app.messages import PinAnswer, PinResult
from kiosk_app.screens.base import ScreenContext
from kiosk_app.screens.gate.presenter import actions
from kiosk_app.screens.gate.screen import GateScreen
from kiosk_app.screens.gate.widgets.pin_page import PinPage
from kiosk_app.ui.button import Button
from tests.kiosk_app.screens.gate.gallery import NOW, OPERATORS, STATES, TOM, make_screen


@pytest.fixture
def screen(qtbot: QtBot) -> GateScreen:
    built = GateScreen(ScreenContext(ManualClock(NOW), Appearance("dark", "en")))
    qtbot.addWidget(built)
    built.resize(1280, 800)
    built.show()
    built.receive(messages.GateReadiness())
    built.receive(OPERATORS)
    return built


@pytest.fixture
def page(screen: GateScreen) -> PinPage:
    return screen.view.pages.pin


@pytest.fixture
def issued(screen: GateScreen) -> list[object]:
    commands: list[object] = []
    screen.command_issued.connect(commands.append)
    return commands


def test_a_pin_is_typed_by_finger(screen: GateScreen, page: PinPage, issued: list[object]) -> None:
    assert not page.keys["8"].isEnabled(), "no name is chosen"
    screen.handle(actions.OperatorSelected(TOM.id))
    for digit in "81639":
        QTest.mouseClick(page.keys[digit], Qt.MouseButton.LeftButton)
    QTest.mouseClick(page.erase, Qt.MouseButton.LeftButton)
    QTest.mouseClick(page.confirm, Qt.MouseButton.LeftButton)
    assert issued == [messages.SignOn(TOM.id, "8163")]
    assert not page.confirm.isEnabled(), "until the answer is there"


def test_a_pin_is_typed_by_keyboard_in_digits_of_any_script(
    screen: GateScreen, page: PinPage, issued: list[object]
) -> None:
    screen.handle(actions.OperatorSelected(TOM.id))
    QTest.keyClicks(page.operators, "8")
    for text in ("\u0661", "\u0666"):  # of an Arabic keyboard
        page.field.keyPressEvent(QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, text))
    QTest.keyClicks(page.field, "3")
    QTest.keyClick(page.field, Qt.Key.Key_Return)
    assert issued == [messages.SignOn(TOM.id, "8163")]


def test_letters_are_no_pin_and_an_enter_right_after_them_is_a_slow_scanners(
    screen: GateScreen, page: PinPage, issued: list[object]
) -> None:
    screen.handle(actions.OperatorSelected(TOM.id))
    QTest.keyClicks(page.field, "x8163")
    assert page.field.digits == "8163"
    QTest.keyClick(page.field, Qt.Key.Key_Return)
    assert issued == []


def test_three_digits_are_no_pin_and_nine_are_cut(
    screen: GateScreen, page: PinPage, issued: list[object]
) -> None:
    screen.handle(actions.OperatorSelected(TOM.id))
    QTest.keyClicks(page.field, "816")
    QTest.keyClick(page.field, Qt.Key.Key_Enter)
    assert issued == []
    QTest.keyClicks(page.field, "304958")
    assert page.field.digits == "81630495"


def test_the_digits_are_cleared_after_a_wrong_pin_and_with_another_name(
    screen: GateScreen, page: PinPage
) -> None:
    screen.handle(actions.OperatorSelected(TOM.id))
    page.field.add("8")
    screen.handle(actions.OperatorSelected("op-1"))
    assert page.field.digits == ""
    page.field.add("8")
    screen.receive(PinAnswer(PinResult.WRONG, status=OPERATORS))
    assert page.field.digits == ""
    assert page.problem.text() == "This PIN is wrong."


@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080), (800, 480)])
def test_every_key_is_large_enough_for_a_finger_and_inside_the_window(
    screen: GateScreen, page: PinPage, size: tuple[int, int]
) -> None:
    screen.resize(*size)
    screen.handle(actions.OperatorSelected(TOM.id))
    screen.view.pages.pin.repaint()
    for button in page.findChildren(Button):
        if button.isVisible():
            assert min(button.width(), button.height()) >= 56
            corner = button.mapTo(screen, button.rect().bottomRight())
            assert screen.rect().contains(corner)


@pytest.mark.parametrize("state", ["pin-supervisor", "pin-wait"])
@pytest.mark.parametrize("size", [(800, 480), (1024, 600), (1280, 800), (1920, 1080)])
@pytest.mark.parametrize("language", ["de", "ar"])
def test_every_key_can_be_seen_whole_and_pressed(
    qtbot: QtBot, state: str, size: tuple[int, int], language: str
) -> None:
    screen, clock = make_screen(language, "dark")
    qtbot.addWidget(screen)
    screen.resize(*size)
    screen.show()
    STATES[state](screen, clock)
    for _ in range(2):
        QApplication.processEvents()
    page = screen.view.pages.pin
    visible = [each for each in page.findChildren(Button) if each.isVisible()]
    places = {each: QRect(each.mapTo(screen, QPoint(0, 0)), each.size()) for each in visible}
    panel = QRect(page.mapTo(screen, QPoint(0, 0)), page.size())
    for each, place in places.items():
        assert panel.contains(place), each.text() or each.accessibleName()
        assert each.visibleRegion().boundingRect().size() == each.size(), each.text()
        others = [other for other in visible if other is not each and places[other].intersects(place)]
        assert not others, (each.text(), [other.text() for other in others])
        assert min(place.width(), place.height()) >= 40, (each.text(), place)
