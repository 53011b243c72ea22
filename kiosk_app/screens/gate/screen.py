"""The gate screen as one widget: presenter and view, kept in step."""

from PySide6.QtCore import QRectF, QTimer, Signal, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kiosk_app.core.outcome import GateOutcome, Notice
from kiosk_app.messages import Fact
from kiosk_app.screens.gate.presenter import GatePresenter, Step
from kiosk_app.screens.gate.view import GateView

_TICK_MS = 200


class GateScreen(QWidget):
    """Takes what the station says, shows it, and hands on what people want: `intended` carries `acts.Intent`s."""

    intended = Signal(object)

    def __init__(self, presenter: GatePresenter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._presenter, self.view = presenter, GateView()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        self.view.acted.connect(self.act)
        self.view.render(presenter.state)
        self._ticking = QTimer(self)
        self._ticking.setInterval(_TICK_MS)
        self._ticking.timeout.connect(lambda: self._take(self._presenter.tick()))
        self._ticking.start()

    @Slot(object)
    def scanned(self, what: GateOutcome | Notice) -> None:
        """Show a scan's verdict, or why there is none."""
        self._take(self._presenter.scanned(what))

    @Slot(object)
    def learned(self, fact: Fact) -> None:
        """Show something new about the station or its event."""
        self._take(self._presenter.learned(fact))

    @Slot(object)
    def act(self, act: object) -> None:
        """A person did something: the view's own acts come here, and the window's."""
        self._take(self._presenter.act(act))  # type: ignore[arg-type]  # Qt's signals carry objects

    @Slot(QImage)
    def set_preview(self, image: QImage) -> None:
        """The camera's newest frame, of any size."""
        self.view.set_preview(image)

    def set_guide(self, x: float, y: float, width: float, height: float) -> None:
        """Where the decoder looks first, in fractions of the frame."""
        self.view.set_guide(QRectF(x, y, width, height))

    def _take(self, step: Step) -> None:
        self.view.render(step.state)
        for intent in step.intents:
            self.intended.emit(intent)
