"""A kiosk in a window on a real X server with a window manager; somebody tries to get out. Prints what is left as JSON.

    python tests/kiosk_app/shell/kiosk_program.py '[["Alt+F4", [56, 62]], ...]'

Each trial is a chord by the places of its keys. It is pressed while the kiosk is locked. The last line tells what the same chords
do to a window that no guard watches.
"""

import json
import sys
import threading
import time
from typing import Any

from PySide6.QtWidgets import QApplication

import kiosk_app  # noqa: F401 - before the first Qt call
from kiosk_app.shell.application import StationApplication, qt_application
from kiosk_app.workers.qt_bridge import QtBridge
from tests.kiosk_app.screens.kiosk.gallery import BuiltKiosk, make_kiosk
from tests.kiosk_app.shell.x_keyboard import XKeyboard


def run(trials: list[tuple[str, list[int]]]) -> dict[str, Any]:
    """Press each chord, and note if the kiosk is still what is seen and what gets the keys."""
    qt, keyboard, built = qt_application(), XKeyboard(), make_kiosk()
    built.ready()
    application = StationApplication(qt, QtBridge(), built.screen, full_screen=True)
    application.window.setGeometry(application.window.screen().geometry())
    application.window.showFullScreen()
    application.guard.start()
    _spin(qt, 1.5)
    locked = {name: _try(qt, keyboard, application, built, places) for name, places in trials}
    type(built.screen).locks_window = False
    application.guard.watch()
    _spin(qt, 0.5)
    unlocked = {name: _try(qt, keyboard, application, built, places) for name, places in trials}
    return {"locked": locked, "unlocked": unlocked}


def _try(
    qt: QApplication,
    keyboard: XKeyboard,
    application: StationApplication,
    built: BuiltKiosk,
    places: list[int],
) -> bool:
    thread = threading.Thread(target=keyboard.press, args=(places,))
    thread.start()
    _spin(qt, 0.9)
    thread.join()
    window = application.window
    page = built.screen.presenter.state.page.key
    return window.isVisible() and window.isFullScreen() and window.isActiveWindow() and page == "attract"


def _spin(qt: QApplication, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        qt.processEvents()
        time.sleep(0.005)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(json.loads(sys.argv[1]))))
