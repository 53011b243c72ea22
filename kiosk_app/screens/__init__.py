"""The screens; each has a Qt-free presenter and a view. `SCREENS` is the only registry.

It names the widgets instead of importing them, so that a presenter can be imported where there is no Qt.
"""

from importlib import import_module

SCREENS: dict[str, str] = {
    "gate": "kiosk_app.screens.gate.screen:GateScreen",
}
"""What a station can serve as -> "module:class" of its screen."""


def screen_class(name: str) -> type:
    """The widget of a screen.

    Raises:
        KeyError: no such screen.
    """
    module, _, cls = SCREENS[name].partition(":")
    found: type = getattr(import_module(module), cls)
    return found
