"""The printer's page as people see and press it."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from kiosk_app.messages import AnswerPrint, PrintTest, ScreenCommand, ShowPrinter, UsePrinter
from kiosk_app.screens.setup.screen import SetupScreen
from kiosk_app.screens.setup.widgets.printer_page import PrinterPage
from tests.kiosk_app.screens.setup.gallery import PAGE_STATES, PRINTER
from tests.kiosk_app.screens.setup.test_screen import make_setup


@pytest.fixture
def screen(qtbot: QtBot) -> SetupScreen:
    screen = make_setup()
    screen.resize(1280, 800)
    qtbot.addWidget(screen)
    screen.show()
    screen.open_page("printer")
    screen.receive(PRINTER)
    return screen


def test_a_test_is_printed_and_answered_and_an_address_is_typed(screen: SetupScreen) -> None:
    page = screen.pages["printer"]
    assert isinstance(page, PrinterPage)
    commands: list[ScreenCommand] = []
    screen.command_issued.connect(commands.append)
    QTest.mouseClick(page.print_button, Qt.MouseButton.LeftButton)
    screen.receive(PAGE_STATES["printer-question"][1])
    assert page.print_button.isHidden()
    QTest.mouseClick(page.good, Qt.MouseButton.LeftButton)
    page.address.setText("192.0.2.9")
    QTest.keyClick(page.address, Qt.Key.Key_Return)
    page.printers.selected.emit("none")
    assert [command for command in commands if command != ShowPrinter()] == [
        PrintTest("en"),
        AnswerPrint(is_good=True),
        UsePrinter("escpos+tcp://192.0.2.9"),
        UsePrinter(""),
    ]
    assert page.address.text() == "192.0.2.9", "what was typed stays"
    page.leave()


def test_the_keyboard_stays_with_the_test_print_and_its_question(screen: SetupScreen, qtbot: QtBot) -> None:
    page = screen.pages["printer"]
    assert isinstance(page, PrinterPage)
    screen.activateWindow()
    page.print_button.setFocus()
    qtbot.waitUntil(page.print_button.hasFocus)
    for state, place in (
        (replace(PRINTER, is_printing=True), page),
        (PAGE_STATES["printer-question"][1], page.good),
        (PRINTER, page.print_button),
    ):
        screen.receive(state)
        assert screen.focusWidget() is place
    page.address.setFocus()
    screen.receive(PAGE_STATES["printer-question"][1])
    assert screen.focusWidget() is page.address
    page.leave()
