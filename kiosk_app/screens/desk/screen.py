"""The desk screen as one widget: it keeps presenter and view in step."""

from collections.abc import Callable

import structlog
from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from hub_sync.contract.ids import new_id
from kiosk_app.messages import ScreenMessage
from kiosk_app.queue_messages import DeskAct, DeskCommand
from kiosk_app.screens.base import Screen, ScreenContext
from kiosk_app.screens.desk.presenter.actions import CloseRequested, DeskAction
from kiosk_app.screens.desk.presenter.desk_presenter import DeskPresenter, DeskUpdate
from kiosk_app.screens.desk.view import DeskView
from kiosk_app.ui.failure_label import FailureLabel
from resources.translations.catalogue import texts

_TICK_MS = 250
_log = structlog.get_logger()


class DeskScreen(Screen):
    """Passes messages, actions and time to the presenter, its state to the view, and its commands on."""

    decides_scans = False

    def __init__(self, context: ScreenContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        appearance = context.appearance
        self.presenter = DeskPresenter(
            context.clock, new_id, language=appearance.language, theme=appearance.theme
        )
        self.view = DeskView()
        self._fallback = FailureLabel(texts(appearance.language), self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        column.addWidget(self._fallback)
        self._is_failing = self._is_choosing = False
        self.view.action.connect(self.handle)
        self.view.render(self.presenter.state)
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(lambda: self._update(self.presenter.tick))
        self._timer.start()

    @Slot(object)
    def receive(self, message: ScreenMessage) -> None:
        """Show news of the queues or the operators."""
        self._update(lambda: self.presenter.receive(message))

    @Slot(object)
    def handle(self, action: DeskAction) -> None:
        """Handle an action of the clerk."""
        self._update(lambda: self.presenter.handle(action))

    @Slot()
    def request_close(self) -> None:
        """Ask the clerk first."""
        self.handle(CloseRequested())

    def _update(self, decide: Callable[[], DeskUpdate]) -> None:
        try:
            update = decide()
            self.view.render(update.state)
            for command in update.commands:
                self.command_issued.emit(command)
            self._note_choosing(is_choosing=update.state.panel is not None)
        except Exception as failure:  # noqa: BLE001 -- a bug of presenter or view; the screen says so
            if not self._is_failing:
                _log.error("screen_failed", exc_info=failure)
            self._is_failing = True
        else:
            self._is_failing = False
        self.view.setVisible(not self._is_failing)
        self._fallback.setVisible(self._is_failing)

    def _note_choosing(self, *, is_choosing: bool) -> None:
        """Let nobody be called by itself behind a panel."""
        if is_choosing != self._is_choosing:
            self._is_choosing = is_choosing
            act = DeskAct.HOLD if is_choosing else DeskAct.RESUME
            self.command_issued.emit(DeskCommand(new_id(), act))
