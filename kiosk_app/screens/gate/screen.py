"""The gate screen as one widget: it keeps presenter and view in step."""

from PySide6.QtCore import QRectF, QTimer, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kiosk_app.messages import ScreenMessage
from kiosk_app.screens.base import Screen, ScreenContext
from kiosk_app.screens.gate.presenter.actions import QuitRequested, UserAction
from kiosk_app.screens.gate.presenter.gate_presenter import GatePresenter, Update
from kiosk_app.screens.gate.view import GateView

_TICK_MS = 200


class GateScreen(Screen):
    """Passes messages, actions and time to the presenter, its state to the view, and its commands on."""

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
        self.view.action.connect(self.handle)
        self.view.render(self.presenter.state)
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(lambda: self.apply(self.presenter.tick()))
        self._timer.start()

    @Slot(object)
    def receive(self, message: ScreenMessage) -> None:
        """Show a scan's verdict, or news about the station or its event."""
        self.apply(self.presenter.receive(message))

    @Slot(object)
    def handle(self, action: UserAction) -> None:
        """Handle an action of a person."""
        self.apply(self.presenter.handle(action))

    @Slot(QImage)
    def show_frame(self, image: QImage) -> None:
        """Show the camera's newest frame, of any size."""
        self.view.show_frame(image)

    @Slot()
    def request_close(self) -> None:
        """Ask the operator first."""
        self.handle(QuitRequested())

    def apply(self, update: Update) -> None:
        """Render the state of an update and issue its commands."""
        self.view.render(update.state)
        for command in update.commands:
            self.command_issued.emit(command)
