"""The gate screen. Importing this package imports no Qt.

`presenter` decides, `view` renders, `screen` connects the two; `view_state` is what passes between them. `actions` are
what a person does. `widgets` holds the screen's own widgets.
"""

from kiosk_app.screens.gate.presenter import GatePresenter
from kiosk_app.screens.gate.view_state import GateViewState

__all__ = ["GatePresenter", "GateViewState"]
