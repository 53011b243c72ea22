"""The station's name over every screen: large, gone at a touch or in time, and no obstacle for a scan."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from kiosk_app.shell.identify_overlay import IdentifyOverlay


def window_with_field(qtbot: QtBot) -> tuple[QWidget, QLineEdit]:
    window = QWidget()
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    field = QLineEdit()
    column.addWidget(field)
    window.resize(800, 480)
    window.show()
    field.setFocus()
    return window, field


def test_it_covers_the_window_whatever_its_size_and_leaves_the_focus_where_it_is(qtbot: QtBot) -> None:
    window, field = window_with_field(qtbot)
    overlay = IdentifyOverlay(window)
    overlay.show_name("Gate north", 20, theme_name="dark", language="ar")
    window.resize(1280, 800)
    assert (overlay.isVisible(), overlay.geometry()) == (True, window.rect())
    assert not overlay.hasFocus()
    QTest.keyClicks(field, "REG-1")
    assert field.text() == "REG-1"
    assert not overlay.grab().isNull()


def test_it_goes_at_a_touch_and_by_itself(qtbot: QtBot) -> None:
    window, _ = window_with_field(qtbot)
    overlay = IdentifyOverlay(window)
    overlay.show_name("Gate north", 20, theme_name="light", language="en")
    QTest.mouseClick(overlay, Qt.MouseButton.LeftButton)
    assert not overlay.isVisible()
    overlay.show_name("Gate north", 0, theme_name="light", language="en")
    qtbot.waitUntil(lambda: not overlay.isVisible(), timeout=2000)


def test_an_arabic_sentence_begins_at_the_right_and_ends_with_its_full_stop(qtbot: QtBot) -> None:
    window, _ = window_with_field(qtbot)
    overlay = IdentifyOverlay(window)
    for language, direction in (
        ("ar", Qt.LayoutDirection.RightToLeft),
        ("en", Qt.LayoutDirection.LeftToRight),
    ):
        overlay.show_name("Gate north", 20, theme_name="dark", language=language)
        assert overlay.layoutDirection() is direction
