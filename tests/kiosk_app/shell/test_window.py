"""The window around the screens."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from kiosk_app.shell.window import StationWindow, system_theme
from resources.themes import THEMES


def test_the_close_button_asks_and_finish_closes(qtbot: QtBot) -> None:
    window = StationWindow(QLabel("screen"))
    qtbot.addWidget(window)
    window.show()
    with qtbot.waitSignal(window.close_requested):
        assert window.close() is False
    assert window.isVisible()
    window.finish()
    assert not window.isVisible()


def test_a_window_leaves_room_for_its_frame_on_a_small_screen(qtbot: QtBot) -> None:
    window = StationWindow(QLabel("screen"))
    qtbot.addWidget(window)
    room = window.screen().availableSize() - window.size()
    assert room.width() >= 4
    assert room.height() >= 40


def test_full_screen_goes_on_and_off(qtbot: QtBot) -> None:
    window = StationWindow(QLabel("screen"))
    qtbot.addWidget(window)
    window.show()
    window.toggle_full_screen()
    assert window.windowState() & Qt.WindowState.WindowFullScreen
    window.toggle_full_screen()
    assert not window.windowState() & Qt.WindowState.WindowFullScreen


def test_the_systems_wish_names_a_theme(qapp: object) -> None:
    assert system_theme() in THEMES
