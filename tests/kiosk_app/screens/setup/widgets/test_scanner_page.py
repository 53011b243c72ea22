"""The scanner's page as people see and press it."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from hardware.codes import CodeReader
from hardware.scanner import SETUP_CODE
from kiosk_app.messages import ListScanners, ScanCaptured, ScannerChoices, ScreenCommand, UseScanner
from kiosk_app.screens.setup.screen import SetupScreen
from kiosk_app.screens.setup.widgets.code_sheet import save_code_sheet
from kiosk_app.screens.setup.widgets.scanner_page import ScannerPage
from resources.translations.catalogue import texts
from tests.kiosk_app.screens.setup.gallery import CHOICES, STATES, in_window
from tests.kiosk_app.screens.setup.test_screen import make_setup


@pytest.fixture
def screen(qtbot: QtBot) -> SetupScreen:
    screen = make_setup()
    screen.resize(1280, 800)
    qtbot.addWidget(screen)
    screen.show()
    screen.receive(ScannerChoices(CHOICES, "keys:"))
    return screen


@pytest.fixture
def page(screen: SetupScreen) -> ScannerPage:
    page = screen.pages["scanner"]
    assert isinstance(page, ScannerPage)
    return page


@pytest.fixture
def commands(screen: SetupScreen) -> list[ScreenCommand]:
    commands: list[ScreenCommand] = []
    screen.command_issued.connect(commands.append)
    return commands


def test_the_button_keeps_what_was_learned(
    screen: SetupScreen, page: ScannerPage, commands: list[ScreenCommand]
) -> None:
    assert page.save.isHidden()
    screen.receive(ScanCaptured(in_window(SETUP_CODE + "\n")))
    QTest.mouseClick(page.save, Qt.MouseButton.LeftButton)
    assert commands[-1] == UseScanner("keys:?suffix=cr", save=True)


def test_a_device_that_was_chosen_is_given_back_when_the_screen_is_left(
    screen: SetupScreen, page: ScannerPage, commands: list[ScreenCommand]
) -> None:
    page.choices.selected.emit(CHOICES[1].address)
    screen.receive(ScannerChoices(CHOICES, CHOICES[1].address))
    QTest.mouseClick(screen.done, Qt.MouseButton.LeftButton)
    assert commands[0] == UseScanner(CHOICES[1].address)
    assert commands[-2] == UseScanner("keys:"), "before the screen is left"


def test_the_scanners_are_listed_as_soon_as_the_page_is_shown(qtbot: QtBot) -> None:
    screen = make_setup()
    qtbot.addWidget(screen)
    commands: list[ScreenCommand] = []
    screen.command_issued.connect(commands.append)
    screen.open_page("scanner")
    screen.show()
    assert commands == [ListScanners()]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_nothing_is_cut_in_any_state(qtbot: QtBot, state: str, language: str) -> None:
    screen = make_setup(language)
    screen.resize(1280, 800)
    qtbot.addWidget(screen)
    screen.show()
    STATES[state](screen)
    page = screen.pages["scanner"]
    assert isinstance(page, ScannerPage)
    page._columns.activate()
    for label in (page.title, page.text, page.raw, page.caption, *page.advice):
        if label.isVisible() and label.text():
            assert label.height() >= label.heightForWidth(label.width()), label.text()


def test_the_code_is_saved_to_print_and_a_full_disk_is_told(page: ScannerPage, tmp_path: Path) -> None:
    path = save_code_sheet(page.code, texts("en"), tmp_path / "new")
    assert path is not None
    assert Path(path).read_bytes().startswith(b"%PDF")
    assert (tmp_path / "new" / "doorward-scanner-test.png").stat().st_size > 0
    (tmp_path / "file").touch()
    assert save_code_sheet(page.code, texts("en"), tmp_path / "file") is None


def test_the_code_on_the_screen_is_the_test_code(page: ScannerPage) -> None:
    image = page.code.image()
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    assert CodeReader().read(pixels[:, :, 0].copy()).texts == (SETUP_CODE,)
