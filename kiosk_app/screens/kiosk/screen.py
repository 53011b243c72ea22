"""The kiosk's screen as one widget: it keeps presenter and view in step."""

from collections.abc import Callable
from typing import ClassVar

import structlog
from PySide6.QtCore import QRectF, QTimer, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kiosk_app.messages import LeaveScreen, ScreenMessage
from kiosk_app.screens.base import Screen, ScreenContext
from kiosk_app.screens.kiosk.presenter.actions import KioskAction, StaffRequested
from kiosk_app.screens.kiosk.presenter.kiosk_presenter import KioskPresenter, KioskUpdate
from kiosk_app.screens.kiosk.view import KioskView
from kiosk_app.ui.failure_label import FailureLabel
from resources.translations.catalogue import texts

_TICK_MS = 250
COVERED_MS = 10 * 60_000
"""Nobody needs longer for the set-up, and a visitor must not find it open."""
_log = structlog.get_logger()


class KioskScreen(Screen):
    """Passes messages, actions and time to the presenter, its state to the view, and its commands on.

    An exception on the way is a bug: it is logged, the visitor is forgotten, and the page says that the kiosk is out of order.
    """

    locks_window: ClassVar[bool] = True
    has_staff: ClassVar[bool] = False

    def __init__(self, context: ScreenContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        appearance = context.appearance
        self.presenter = KioskPresenter(context.clock, language=appearance.language, theme=appearance.theme)
        self.view = KioskView()
        if context.guide is not None:
            self.view.set_guide(QRectF(*context.guide))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        self._fallback = FailureLabel(texts(appearance.language), self)
        column.addWidget(self._fallback)
        self._failing = False
        self.view.action.connect(self.handle)
        self.view.render(self.presenter.state)
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self.tick)
        self._timer.start()
        self._covered_ms = 0

    @Slot()
    def tick(self) -> None:
        """Take the passage of time into account. A set-up that staff left open over the kiosk is closed after a while."""
        if self.isVisible() or not self.window().isVisible():
            self._covered_ms = 0
            self._update(self.presenter.tick)
            return
        self._covered_ms += _TICK_MS
        if self._covered_ms >= COVERED_MS:
            self._covered_ms = 0
            self.command_issued.emit(LeaveScreen())
            self._update(self.presenter.tick)

    @Slot(object)
    def receive(self, message: ScreenMessage) -> None:
        """Show a message of the workers."""
        self._update(lambda: self.presenter.receive(message))

    @Slot(object)
    def handle(self, action: KioskAction) -> None:
        """Handle an action of a visitor or of staff."""
        self._update(lambda: self.presenter.handle(action))

    @Slot(QImage)
    def show_frame(self, image: QImage) -> None:
        """Show the camera's newest frame, of any size."""
        self.view.show_frame(image)

    @Slot()
    def request_close(self) -> None:
        """Ask for the PIN: nobody closes a kiosk without it."""
        self.handle(StaffRequested())

    def _update(self, decide: Callable[[], KioskUpdate]) -> None:
        try:
            self._apply(decide())
        except Exception as failure:  # noqa: BLE001 -- a bug of presenter or view; the kiosk goes on for the next visitor
            if not self._failing:  # else it would be logged at every tick
                _log.error("screen_failed", exc_info=failure)
            self._failing = True
            self._show_failure()
        else:
            self._failing = False
            self._show_fallback(visible=False)

    def _show_failure(self) -> None:
        try:
            self._apply(self.presenter.show_failure())
        except Exception:  # noqa: BLE001 -- logged already; now the whole view goes, so that no visitor's name stays
            self._show_fallback(visible=True)

    def _show_fallback(self, *, visible: bool) -> None:
        if visible != self._fallback.isVisibleTo(self):
            self.view.setVisible(not visible)
            self._fallback.setVisible(visible)

    def _apply(self, update: KioskUpdate) -> None:
        try:
            self.view.render(update.state)
        finally:  # a PIN that ends, and a voice that stops, do not depend on a picture
            for command in update.commands:
                self.command_issued.emit(command)
