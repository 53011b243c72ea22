"""The screens; each has a Qt-free presenter and a view. `SCREENS` is the only registry.

It names the widgets instead of importing them, so that a presenter can be imported where there is no Qt.
"""

SCREENS: dict[str, str] = {
    "gate": "kiosk_app.screens.gate.screen:GateScreen",
}
"""What a station can serve as -> "module:class" of its screen."""
