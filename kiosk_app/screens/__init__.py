"""The screens. Each is a folder with a Qt-free presenter and a view; `SCREENS` decides what `run --mode` offers.

The registry names the widgets instead of importing them, so that `--help` and presenters work where there is no Qt.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kiosk_app.screens.base import Screen

SCREENS: dict[str, str] = {
    "gate": "kiosk_app.screens.gate.screen:GateScreen",
    "first-start": "kiosk_app.screens.first_start.screen:FirstStartScreen",
    "setup": "kiosk_app.screens.setup.screen:SetupScreen",
    "desk": "kiosk_app.screens.desk.screen:DeskScreen",
    "board": "kiosk_app.screens.board.screen:BoardScreen",
    "kiosk": "kiosk_app.screens.kiosk.screen:KioskScreen",
}
"""Mode -> "module:class" of its screen, a subclass of `kiosk_app.screens.base.Screen`."""


def load_screen(mode: str) -> "type[Screen]":
    """Return the widget class of a mode's screen.

    Raises:
        KeyError: `SCREENS` has no such mode.
    """
    module, _, name = SCREENS[mode].partition(":")
    screen: type[Screen] = getattr(import_module(module), name)
    return screen
