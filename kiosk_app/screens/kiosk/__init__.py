"""The kiosk's screen: visitors check themselves in and draw numbers. Importing this package imports no Qt."""

from kiosk_app.screens.kiosk.presenter.kiosk_presenter import KioskPresenter
from kiosk_app.screens.kiosk.presenter.view_state import KioskViewState

__all__ = ["KioskPresenter", "KioskViewState"]
