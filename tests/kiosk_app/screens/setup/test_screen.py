"""The set-up screen: every page can be reached, and the gate again."""

from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from hub_sync.contract.clock import SystemClock
from hub_sync.contract.ready_check import ReadyReport
from kiosk_app.core.appearance import Appearance
from kiosk_app.messages import AppearanceChanged, EventInfo, LeaveScreen, ReadyCheckState, ScreenCommand
from kiosk_app.screens.base import ScreenContext
from kiosk_app.screens.setup import PAGES, load_page
from kiosk_app.screens.setup.screen import SetupScreen
from kiosk_app.screens.setup.widgets.ready_page import ReadyPage
from resources.themes import theme
from resources.translations import LANGUAGES
from resources.translations.catalogue import texts
from tests.kiosk_app.screens.setup.gallery import PAGE_STATES, STATES
from tests.kiosk_app.screens.whole_texts import find_cut_texts, settle


def make_setup(language: str = "en") -> SetupScreen:
    return SetupScreen(ScreenContext(SystemClock(), Appearance("dark", language)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_reached_by_its_tab(qtbot: QtBot, language: str) -> None:
    screen = make_setup(language)
    qtbot.addWidget(screen)
    screen.show()
    for name in PAGES:
        QTest.mouseClick(screen.tabs[name], Qt.MouseButton.LeftButton)
        assert screen.stack.currentWidget() is screen.pages[name]
        assert [tab for tab, button in screen.tabs.items() if button.isChecked()] == [name]
        assert screen.tabs[name].text()


def test_a_page_that_another_one_covers_asks_for_nothing_more(qtbot: QtBot) -> None:
    screen = make_setup()
    qtbot.addWidget(screen)
    screen.show()
    for name in (*PAGES, next(iter(PAGES))):
        screen.open_page(name)
        active = {
            page
            for page, each in screen.pages.items()
            for timer in each.findChildren(QTimer)
            if timer.isActive()
        }
        assert active <= {name}


def test_a_setup_that_is_open_follows_the_theme_and_the_language_that_the_hub_changes(qtbot: QtBot) -> None:
    screen = make_setup()
    qtbot.addWidget(screen)
    screen.resize(1280, 800)
    screen.show()
    screen.receive(EventInfo("Fair", ZoneInfo("Asia/Tokyo")))
    screen.open_page("ready")
    before, sheet = screen.pages["ready"], screen.styleSheet()
    screen.receive(AppearanceChanged("light", "en"))
    assert screen.styleSheet() != sheet
    assert screen.pages["ready"] is before, "what is typed into a page stays"
    assert before.style_.theme == theme("light")
    screen.receive(AppearanceChanged("light", "ar"))
    page = screen.pages["ready"]
    assert screen.stack.currentWidget() is page
    assert page.texts is texts("ar")
    assert page.style_.theme == theme("light")
    assert screen.layoutDirection() is Qt.LayoutDirection.RightToLeft
    assert screen.tabs["ready"].text() == texts("ar")("setup.ready")
    assert screen.tabs["ready"].isChecked()
    assert isinstance(page, ReadyPage)
    page.receive(ReadyCheckState(last=ReadyReport(at_ms=0, points=())))
    assert "09:00" in page.last.text(), "the event's zone is still known"
    assert screen.stack.count() == len(PAGES)


def test_an_unknown_page_is_refused() -> None:
    with pytest.raises(KeyError):
        load_page("no-such-page")


def test_escape_the_button_and_the_windows_close_button_lead_back(qtbot: QtBot) -> None:
    screen = make_setup()
    qtbot.addWidget(screen)
    commands: list[ScreenCommand] = []
    screen.command_issued.connect(commands.append)
    with qtbot.waitExposed(screen):
        screen.show()
    screen.activateWindow()
    screen.done.setFocus()
    QTest.keyClick(screen.done, Qt.Key.Key_Escape)
    QTest.mouseClick(screen.done, Qt.MouseButton.LeftButton)
    screen.request_close()
    assert [each for each in commands if each == LeaveScreen()] == [LeaveScreen()] * 3


@pytest.mark.parametrize("size", [(800, 480), (1280, 800)])
@pytest.mark.parametrize("language", ["de", "ar"])
def test_no_word_of_a_page_or_a_tab_is_cut(qtbot: QtBot, language: str, size: tuple[int, int]) -> None:
    screen = make_setup(language)
    qtbot.addWidget(screen)
    screen.resize(*size)
    screen.show()
    cut: dict[str, list[str]] = {}
    for state, prepare in STATES.items():
        screen.open_page("scanner")
        prepare(screen)
        settle()
        cut[state] = find_cut_texts(screen)
    for state, (page, message) in PAGE_STATES.items():
        screen.open_page(page)
        screen.receive(message)
        settle()
        cut[state] = find_cut_texts(screen)
    for each in screen.pages.values():
        each.leave()
    assert not any(cut.values()), cut
