"""The board screen as one widget: it keeps presenter and view in step."""

import structlog
from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kiosk_app.messages import CloseWindow, ScreenMessage, ToggleFullScreen
from kiosk_app.screens.base import Screen, ScreenContext
from kiosk_app.screens.board.presenter.board_presenter import BoardPresenter
from kiosk_app.screens.board.presenter.view_state import BoardViewState
from kiosk_app.screens.board.view import BoardView

_TICK_MS = 500
_log = structlog.get_logger()


class BoardScreen(Screen):
    """Passes messages and time to the presenter, its state to the view."""

    decides_scans = False
    has_staff = False

    def __init__(self, context: ScreenContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        appearance = context.appearance
        self.presenter = BoardPresenter(context.clock, language=appearance.language, theme=appearance.theme)
        self.view = BoardView()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        self._is_failing = False
        self._show(self.presenter.state())
        for keys, command in (("F11", ToggleFullScreen()), ("Ctrl+Q", CloseWindow())):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.activated.connect(lambda command=command: self.command_issued.emit(command))
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(lambda: self._show(self.presenter.state()))
        self._timer.start()

    @Slot(object)
    def receive(self, message: ScreenMessage) -> None:
        """Show news of the queues."""
        self._show(self.presenter.receive(message))

    def _show(self, state: BoardViewState) -> None:
        try:
            self.view.render(state)
        except Exception as failure:  # noqa: BLE001 -- a bug of the view; the next state is tried again
            if not self._is_failing:
                _log.error("screen_failed", exc_info=failure)
            self._is_failing = True
        else:
            self._is_failing = False
