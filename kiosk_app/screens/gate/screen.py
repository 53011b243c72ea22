"""The gate screen as one widget: it keeps presenter and view in step."""

from collections.abc import Callable

import structlog
from PySide6.QtCore import QRectF, QTimer, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kiosk_app.messages import GateReadiness, ReadinessState, ScreenMessage
from kiosk_app.screens.base import Screen, ScreenContext
from kiosk_app.screens.gate.presenter.actions import QuitRequested, UserAction
from kiosk_app.screens.gate.presenter.gate_presenter import GatePresenter, Update
from kiosk_app.screens.gate.view import GateView
from kiosk_app.ui.failure_label import FailureLabel
from resources.translations.catalogue import texts

_TICK_MS = 200
_log = structlog.get_logger()


class GateScreen(Screen):
    """Passes messages, actions and time to the presenter, its state to the view, and its commands on.

    An exception on the way is a bug. It is logged and told on the screen, in place of the verdict of the person before.
    """

    def __init__(self, context: ScreenContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.presenter = GatePresenter(
            context.clock,
            language=context.appearance.language,
            theme=context.appearance.theme,
            operator=context.operator,
        )
        self.view = GateView()
        if context.guide is not None:
            self.view.set_guide(QRectF(*context.guide))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        self._failing = False
        self._fallback = FailureLabel(texts(context.appearance.language), self)
        column.addWidget(self._fallback)
        self.view.action.connect(self.handle)
        self.presenter.receive(GateReadiness(ReadinessState.STARTING))
        self.view.render(self.presenter.state)
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(lambda: self._update(self.presenter.tick))
        self._timer.start()

    @Slot(object)
    def receive(self, message: ScreenMessage) -> None:
        """Show a scan's verdict, or news about the station or its event."""
        self._update(lambda: self.presenter.receive(message))

    @Slot(object)
    def handle(self, action: UserAction) -> None:
        """Handle an action of a person."""
        self._update(lambda: self.presenter.handle(action))

    @Slot(QImage)
    def show_frame(self, image: QImage) -> None:
        """Show the camera's newest frame, of any size."""
        self.view.show_frame(image)

    @Slot()
    def request_close(self) -> None:
        """Ask the operator first."""
        self.handle(QuitRequested())

    def _update(self, decide: Callable[[], Update]) -> None:
        try:
            self.apply(decide())
        except Exception as failure:  # noqa: BLE001 -- a bug of presenter or view; no scan stays without an answer
            if not self._failing:  # else it would be logged at every tick
                _log.error("screen_failed", exc_info=failure)
            self._failing = True
            self._show_failure()
        else:
            self._failing = False
            self._show_fallback(visible=False)

    def _show_failure(self) -> None:
        try:
            self.apply(self.presenter.show_failure())
        except Exception:  # noqa: BLE001 -- logged already; now the whole view goes, so that no older verdict stays
            self._show_fallback(visible=True)
        else:
            self._show_fallback(visible=False)

    def _show_fallback(self, *, visible: bool) -> None:
        if visible != self._fallback.isVisibleTo(self):
            self.view.setVisible(not visible)
            self._fallback.setVisible(visible)

    def apply(self, update: Update) -> None:
        """Render the state of an update and issue its commands."""
        self.view.render(update.state)
        for command in update.commands:
            self.command_issued.emit(command)
