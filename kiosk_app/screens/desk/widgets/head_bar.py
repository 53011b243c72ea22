"""The bar above: the counter and its queues, who hears this station, who is signed on, the time."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from kiosk_app.screens.desk.presenter.view_state import DeskViewState
from kiosk_app.ui.plain_label import PlainLabel
from kiosk_app.ui.status_chip import StatusChip
from kiosk_app.ui.style import Style


class HeadBar(QWidget):
    """Counter at the leading edge, chips and clock at the other."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("topBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.counter, self.queues, self.clock = PlainLabel(), PlainLabel(), PlainLabel()
        self.queues.setProperty("quiet", True)
        for label in (self.counter, self.queues):
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.connection, self.operator = StatusChip(), StatusChip()
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(self.counter)
        names.addWidget(self.queues)
        self._row = QHBoxLayout(self)
        self._row.addLayout(names, 1)
        for part in (self.connection, self.operator, self.clock):
            self._row.addWidget(part)

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        self._row.setContentsMargins(style.px(24), style.px(10), style.px(24), style.px(10))
        self._row.setSpacing(style.px(12))
        self.counter.setFont(style.font("title", bold=True))
        self.queues.setFont(style.font("caption"))
        self.clock.setFont(style.font("title", bold=True))
        for chip in (self.connection, self.operator):
            chip.apply_style(style)

    def show_state(self, state: DeskViewState) -> None:
        """Show the counter and the chips."""
        is_rtl = state.texts.rtl  # a Latin name begins at the leading edge, too
        side = Qt.AlignmentFlag.AlignRight if is_rtl else Qt.AlignmentFlag.AlignLeft
        for label in (self.counter, self.queues):
            label.setAlignment(side | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter)
        self.counter.setText(state.counter or state.texts("desk.no_counter"))
        self.queues.setText(state.queues)
        self.queues.setVisible(bool(state.queues))
        self.clock.setText(state.clock)
        self.connection.show_chip(state.connection)
        self.operator.setVisible(state.operator is not None)
        if state.operator is not None:
            self.operator.show_chip(state.operator)
