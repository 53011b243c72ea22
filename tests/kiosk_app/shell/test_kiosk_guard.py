"""The ways out of a kiosk that a program can close, each tried, and those that stay open for whoever uses it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QHelpEvent, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from kiosk_app.shell.application import qt_application
from kiosk_app.shell.kiosk_guard import KioskGuard, is_harmless

ROOT = Path(__file__).parents[3]
CTRL, ALT, META, SHIFT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.MetaModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
NONE = Qt.KeyboardModifier.NoModifier
WAYS_OUT = {
    "Alt+F4": (Qt.Key.Key_F4, ALT, ""),
    "Alt+Tab": (Qt.Key.Key_Tab, ALT, "\t"),
    "Ctrl+Alt+F2": (Qt.Key.Key_F2, CTRL | ALT, ""),
    "Ctrl+Esc": (Qt.Key.Key_Escape, CTRL, ""),
    "Super": (Qt.Key.Key_Super_L, NONE, ""),
    "Super+D": (Qt.Key.Key_D, META, "d"),
    "Ctrl+Alt+Delete": (Qt.Key.Key_Delete, CTRL | ALT, ""),
    "Ctrl+Q": (Qt.Key.Key_Q, CTRL, "\x11"),
    "Ctrl+P": (Qt.Key.Key_P, CTRL, "\x10"),
    "Ctrl+O": (Qt.Key.Key_O, CTRL, "\x0f"),
    "F1": (Qt.Key.Key_F1, NONE, ""),
    "Shift+F1": (Qt.Key.Key_F1, SHIFT, ""),
    "F11": (Qt.Key.Key_F11, NONE, ""),
    "Shift+F10": (Qt.Key.Key_F10, SHIFT, ""),
    "Menu": (Qt.Key.Key_Menu, NONE, ""),
    "Help": (Qt.Key.Key_Help, NONE, ""),
    "Print": (Qt.Key.Key_Print, NONE, ""),
    "Power": (Qt.Key.Key_PowerOff, NONE, ""),
    "Sleep": (Qt.Key.Key_Sleep, NONE, ""),
    "Homepage": (Qt.Key.Key_HomePage, NONE, ""),
    "Launch": (Qt.Key.Key_Launch0, NONE, ""),
    "AltGr alone with F4": (Qt.Key.Key_F4, CTRL | ALT, ""),
}
NEEDED = {
    "a letter": (Qt.Key.Key_A, NONE, "a"),
    "AltGr+Q": (Qt.Key.Key_Q, CTRL | ALT, "@"),
    "Tab": (Qt.Key.Key_Tab, NONE, "\t"),
    "Shift+Tab": (Qt.Key.Key_Backtab, SHIFT, ""),
    "Enter": (Qt.Key.Key_Return, NONE, "\r"),
    "Space": (Qt.Key.Key_Space, NONE, " "),
    "Esc": (Qt.Key.Key_Escape, NONE, "\x1b"),
    "Down": (Qt.Key.Key_Down, NONE, ""),
    "Backspace": (Qt.Key.Key_Backspace, NONE, "\b"),
}

TWO_SCREENS = """
import kiosk_app
from PySide6.QtCore import QTimer
from kiosk_app.shell.application import StationApplication, qt_application
from kiosk_app.workers.qt_bridge import QtBridge
from tests.kiosk_app.screens.kiosk.gallery import make_kiosk

qt = qt_application()
built = make_kiosk()
application = StationApplication(qt, QtBridge(), built.ready().screen)
QTimer.singleShot(300, lambda: print(len(application.guard.covers)))
QTimer.singleShot(400, application.window.finish)
QTimer.singleShot(8000, lambda: __import__("os")._exit(3))
application.run(lambda command: None)
print("ended")
"""
"""A kiosk that is ended in front of two screens."""


class Room:
    """A window with a line, and its guard."""

    def __init__(self, qtbot: QtBot) -> None:
        self.window, self.line, self.locked = QWidget(), QLineEdit(), True
        QVBoxLayout(self.window).addWidget(self.line)
        qtbot.addWidget(self.window)
        self.window.show()
        self.guard = KioskGuard(qt_application(), self.window, lambda: self.locked, full_screen=False)


@pytest.mark.parametrize("way", WAYS_OUT)
def test_no_chord_and_no_special_key_passes(way: str) -> None:
    for kind in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride, QEvent.Type.KeyRelease):
        key, modifiers, text = WAYS_OUT[way]
        assert not is_harmless(QKeyEvent(kind, key, modifiers, text))


@pytest.mark.parametrize("need", NEEDED)
def test_what_writes_and_moves_the_focus_passes(need: str) -> None:
    key, modifiers, text = NEEDED[need]
    assert is_harmless(QKeyEvent(QEvent.Type.KeyPress, key, modifiers, text))


def test_menus_help_and_drags_reach_no_widget_while_the_kiosk_is_locked(qtbot: QtBot) -> None:
    room = Room(qtbot)
    events: tuple[Callable[[], QEvent], ...] = (
        lambda: QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(5, 5), QPoint(5, 5)),
        lambda: QHelpEvent(QEvent.Type.WhatsThis, QPoint(5, 5), QPoint(5, 5)),
        lambda: QHelpEvent(QEvent.Type.ToolTip, QPoint(5, 5), QPoint(5, 5)),
        lambda: QEvent(QEvent.Type.DragEnter),
        lambda: QEvent(QEvent.Type.Drop),
    )
    for make in events:
        assert room.guard.eventFilter(room.line, make())
    QTest.keyClick(room.line, Qt.Key.Key_A, CTRL)
    QTest.keyClick(room.line, Qt.Key.Key_F1)
    assert QApplication.activePopupWidget() is None
    room.locked = False  # staff have opened the set-up
    for make in events:
        assert not room.guard.eventFilter(room.line, make())


def test_a_window_that_is_minimised_or_covered_comes_back(qtbot: QtBot) -> None:
    room = Room(qtbot)
    full = KioskGuard(qt_application(), room.window, lambda: room.locked, full_screen=True)
    room.window.showMinimized()
    full.return_to_front()
    assert room.window.isFullScreen()
    room.locked = False
    room.window.showMinimized()
    full.return_to_front()
    assert room.window.isMinimized()


def test_no_chord_leaves_the_kiosk_under_a_real_window_manager() -> None:
    alt, ctrl, shift, superkey = 56, 29, 42, 125
    chords = {
        "Alt+F4": [alt, 62],
        "Alt+Tab": [alt, 15],
        "Super+D": [superkey, 32],
        "Ctrl+Alt+Right": [ctrl, alt, 106],
        "Alt+Esc": [alt, 1],
        "Alt+Space": [alt, 57],
        "Shift+F10": [shift, 68],
    }
    start = ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"]
    with subprocess.Popen(start, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        environment = {
            **os.environ,
            "DISPLAY": f":{server.stdout.readline().strip()}",
            "QT_QPA_PLATFORM": "xcb",
            "XDG_CURRENT_DESKTOP": "GNOME",
            "PYTHONPATH": str(ROOT),
        }
        manager = subprocess.Popen(
            ["openbox"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            program = [
                sys.executable,
                str(ROOT / "tests/kiosk_app/shell/kiosk_program.py"),
                json.dumps(list(chords.items())),
            ]
            result = subprocess.run(
                program, env=environment, capture_output=True, text=True, timeout=100, check=True
            )
        finally:
            for child in (manager, server):
                child.terminate()
                child.wait()
    left = json.loads(result.stdout)
    assert left["locked"] == dict.fromkeys(chords, True)
    assert not all(left["unlocked"].values()), "the chords do nothing here, so the trial shows nothing"


def test_with_one_screen_nothing_is_covered_and_a_release_is_no_fault(qtbot: QtBot) -> None:
    room = Room(qtbot)
    room.guard.cover_screens()
    assert room.guard.covers == ()
    room.guard.release()


def test_a_kiosk_with_a_second_monitor_covers_it_and_ends_when_it_is_told_to(tmp_path: Path) -> None:
    screen = {"width": 800, "height": 600, "logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1, "y": 0}
    screens = [screen | {"name": "first", "x": 0}, screen | {"name": "second", "x": 800}]
    (tmp_path / "screens.json").write_text(json.dumps({"screens": screens}))
    environment = os.environ | {"QT_QPA_PLATFORM": f"offscreen:configfile={tmp_path / 'screens.json'}"}
    result = subprocess.run(
        [sys.executable, "-c", TWO_SCREENS],
        env=environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=40,
        check=False,
    )
    assert (result.returncode, result.stdout.split()[-2:]) == (0, ["1", "ended"]), result.stderr
