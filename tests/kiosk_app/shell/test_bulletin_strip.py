"""The hub's messages over the screen: beside what it shows, in the station's language, and no obstacle for a scan."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot

from hub_sync.contract.bulletins import MAX_BULLETIN_CHARACTERS, BulletinPriority
from kiosk_app.bulletin_messages import VisibleBulletin
from kiosk_app.shell.bulletin_strip import MOST_HEIGHT, BulletinStrip, look_of
from kiosk_app.shell.window import StationWindow
from kiosk_app.ui.style import Style, scale_for
from resources.themes import THEMES, contrast, theme

TEXTS = (("ar", "القاعة ب ممتلئة."), ("en", "Hall B is full."))
HALL = VisibleBulletin("hall", BulletinPriority.WARNING, TEXTS, "en", wants_answer=True)
LONG = VisibleBulletin("long", BulletinPriority.EMERGENCY, (("de", "Donaudampfschiff " * 29),), "de")


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[StationWindow]:
    field = QPlainTextEdit()
    window = StationWindow(field)
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    field.setFocus()
    yield window
    window.finish()


def strip_of(window: StationWindow, language: str = "en", theme_name: str = "dark") -> BulletinStrip:
    window.bulletins.set_look(theme_name, language)
    return window.bulletins


def test_it_stands_beside_the_screen_takes_no_focus_and_goes(window: StationWindow, qtbot: QtBot) -> None:
    strip, field = strip_of(window), window.screen_widget
    with qtbot.waitSignal(strip.shown) as signal:
        strip.show_bulletins((HALL,))
    assert signal.args == [("hall",)]
    qtbot.waitUntil(lambda: field.geometry().top() == strip.height())
    assert strip.geometry().top() == 0
    assert isinstance(field, QPlainTextEdit)
    QTest.keyClicks(field, "REG-1")
    assert field.toPlainText() == "REG-1"
    strip.show_bulletins(())
    assert not strip.isVisible()
    qtbot.waitUntil(lambda: field.geometry().top() == 0)


def test_staff_confirm_it_and_visitors_are_not_asked(window: StationWindow, qtbot: QtBot) -> None:
    strip = strip_of(window)
    strip.show_bulletins((HALL,))
    button = strip._button
    with qtbot.waitSignal(strip.answered) as signal:
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert signal.args == ["hall"]
    assert not button.hasFocus()
    strip.allow_answers(False)
    assert not button.isVisible()


def test_who_presses_confirms_what_stood_there_then(window: StationWindow, qtbot: QtBot) -> None:
    """An emergency that came between press and release was confirmed, and nobody had read it."""
    strip = strip_of(window)
    strip.show_bulletins((HALL,))
    with qtbot.waitSignal(strip.answered) as signal:
        QTest.mousePress(strip._button, Qt.MouseButton.LeftButton)
        fire = replace(HALL, id="fire", priority=BulletinPriority.EMERGENCY)
        strip.show_bulletins((fire,))
        QTest.mouseRelease(strip._button, Qt.MouseButton.LeftButton)
    assert signal.args == ["hall"]


def test_arabic_reads_from_the_right(window: StationWindow) -> None:
    strip = strip_of(window, "ar")
    strip.show_bulletins((HALL,))
    assert strip.layoutDirection() is Qt.LayoutDirection.RightToLeft
    assert TEXTS[0][1] in strip.accessibleName()
    assert strip._button.geometry().center().x() < strip.width() // 2


@pytest.mark.parametrize("size", [(1280, 800), (800, 480), (1080, 1920)])
def test_the_longest_text_is_shown_whole_in_turns_and_leaves_room_for_the_screen(
    window: StationWindow, size: tuple[int, int]
) -> None:
    assert len(LONG.texts[0][1]) <= MAX_BULLETIN_CHARACTERS
    window.resize(*size)
    strip = strip_of(window)
    strip.show_bulletins((LONG,))
    words: list[str] = []
    for _ in range(strip.page_count):
        words += " ".join(strip._pages[strip._turn].text.lines).split()
        strip.turn()
    assert words == LONG.texts[0][1].split()
    assert strip.height() <= window.height() * MOST_HEIGHT + 1
    assert not strip.grab().isNull()


@pytest.mark.parametrize("name", THEMES)
def test_its_letters_are_read_from_afar_and_its_ground_is_that_of_no_verdict(name: str) -> None:
    colours = theme(name)
    for priority in BulletinPriority:
        look = look_of(priority, colours)
        assert contrast(look.ground, look.ink) >= 7
        verdicts = {colours.green.body, colours.green.stub, colours.red.body, colours.red.stub}
        assert look.ground not in verdicts - {colours.ground}, "high contrast: everything stands on black"


def test_a_window_that_changes_its_size_has_strip_and_screen_in_place_at_once(window: StationWindow) -> None:
    strip = strip_of(window)
    strip.show_bulletins((LONG,))
    for size in ((1920, 1080), (800, 600)):
        window.resize(*size)
        assert strip.geometry().bottom() + 1 == window.screen_widget.geometry().top()
        assert strip.height() + window.screen_widget.height() == window.height()


def test_the_screen_below_the_highest_strip_still_shows_its_keys(window: StationWindow) -> None:
    below = window.size() - QSize(0, round(window.height() * MOST_HEIGHT))
    assert Style(theme("dark"), scale_for(below)).shows_keys
    assert not Style(theme("dark"), scale_for(QSize(640, 400))).shows_keys, "there is no room for them"
