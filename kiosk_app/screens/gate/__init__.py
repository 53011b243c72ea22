"""The gate screen. Importing this package imports no Qt.

`presenter` decides, without Qt; `view` renders its view state with `widgets`; `screen` connects the two.
"""

from kiosk_app.screens.gate.presenter.gate_presenter import GatePresenter
from kiosk_app.screens.gate.presenter.view_state import GateViewState

__all__ = ["GatePresenter", "GateViewState"]
