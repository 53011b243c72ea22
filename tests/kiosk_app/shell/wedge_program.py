r"""A gate in a window on a real X server; a scanner and a person type. Prints commands and texts as JSON.

    python tests/kiosk_app/shell/wedge_program.py '[["override", "TEXT\n", 5], ...]'

Each trial is a situation, the text and the milliseconds between its keys. `caps` before a situation switches caps lock on.
"""

import json
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from PySide6.QtWidgets import QApplication, QWidget

import kiosk_app  # noqa: F401 - before the first Qt call
from kiosk_app import messages
from kiosk_app.screens.gate.presenter import actions
from kiosk_app.screens.gate.screen import GateScreen
from kiosk_app.shell.application import StationApplication, qt_application
from kiosk_app.workers.qt_bridge import QtBridge
from tests.kiosk_app.screens.gate.gallery import STATES, inside, make_screen
from tests.kiosk_app.shell.x_keyboard import XKeyboard


def _override(screen: GateScreen) -> QWidget:
    screen.receive(inside("Ada"))
    screen.handle(actions.OverrideRequested())
    page = screen.view.pages.override
    page.presets[0].setChecked(True)
    page.operator.setText("Kim")
    return page.confirm


def _reason(screen: GateScreen) -> QWidget:
    _override(screen)
    return screen.view.pages.override.reason


def _preset(screen: GateScreen) -> QWidget:
    _override(screen)
    return screen.view.pages.override.presets[1]


def _hits(screen: GateScreen) -> QWidget:
    STATES["search"](screen, None)  # type: ignore[arg-type]
    return screen.view.pages.search.hits


def _checkpoints(screen: GateScreen) -> QWidget:
    screen.handle(actions.CheckpointsRequested())
    return screen.view.pages.checkpoints.checkpoints


def _menu(screen: GateScreen) -> QWidget:
    screen.handle(actions.MenuRequested())
    return screen.view.pages.menu.themes["light"]


def _quit(screen: GateScreen) -> QWidget:
    screen.handle(actions.QuitRequested())
    return screen.view.pages.quit.confirm


SITUATIONS: dict[str, Callable[[GateScreen], QWidget]] = {
    "line": lambda screen: screen.view.bottom.input,
    "button": lambda screen: screen.view.bottom.menu,
    "override": _override,
    "reason": _reason,
    "preset": _preset,
    "hits": _hits,
    "checkpoints": _checkpoints,
    "menu": _menu,
    "quit": _quit,
}


def run(trials: list[tuple[str, str, int]]) -> list[dict[str, Any]]:
    """Carry out the trials one after the other, each on a fresh screen."""
    qt, keyboard = qt_application(), XKeyboard()
    results = []
    for situation, text, gap_ms in trials:
        name = situation.removeprefix("caps ")
        screen, _clock = make_screen("en", "dark")
        application = StationApplication(qt, QtBridge(), screen, full_screen=False)
        commands: list[messages.ScreenCommand] = []
        application._submit = commands.append
        application.window.show()
        application.window.activateWindow()
        _wait_until(qt, screen.view.bottom.input.hasFocus)
        focused = SITUATIONS[name](screen)
        focused.setFocus()
        _wait_until(qt, focused.hasFocus)
        _spin(qt, 0.3)  # the X server has painted the window: it types no more slowly than it is told
        commands.clear()
        _type(qt, keyboard, text, gap_ms, caps=situation != name)
        page, line = screen.view.pages.override, screen.view.bottom.input
        results.append(
            {
                "commands": [_as_json(each) for each in commands],
                "line": line.text(),
                "reason": page.reason.text(),
                "presets": [preset.isChecked() for preset in page.presets],
                "open": type(screen.presenter.state.panel).__name__,
                "visible": application.window.isVisible(),
            }
        )
        application.window.finish()
        application.scanner.deleteLater()
        qt.processEvents()
    return results


def _as_json(command: messages.ScreenCommand) -> dict[str, Any]:
    reading = asdict(command.scan.read()) if isinstance(command, messages.SubmitScan) else asdict(command)
    return {"type": type(command).__name__, **reading}


def _type(qt: QApplication, keyboard: XKeyboard, text: str, gap_ms: int, *, caps: bool) -> None:
    def type_it() -> None:
        if caps:
            keyboard.press_caps_lock()
        if text.startswith("HOLD "):
            keyboard.hold(text[-1], gap_ms)
        else:
            keyboard.type_text(text, gap_ms)
        if caps:
            keyboard.press_caps_lock()

    thread = threading.Thread(target=type_it)
    thread.start()
    _wait_until(qt, lambda: not thread.is_alive(), seconds=60)
    _spin(qt, 0.4)


def _wait_until(qt: QApplication, condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(str(condition))
        _spin(qt, 0.01)


def _spin(qt: QApplication, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        qt.processEvents()
        time.sleep(0.002)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(json.loads(sys.argv[1])), default=str))
