"""The lists beside the card: who waits, who is parked, who did not come."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kiosk_app.screens.desk.presenter.view_state import DeskViewState, SideList
from kiosk_app.ui.item_list import ItemList
from kiosk_app.ui.plain_label import PlainLabel
from kiosk_app.ui.style import Style


class _List(QWidget):
    selected = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.title, self.empty, self.list = PlainLabel(), PlainLabel(), ItemList()
        self.empty.setProperty("quiet", True)
        self.empty.setWordWrap(True)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.addWidget(self.title)
        self.column.addWidget(self.empty)
        self.column.addWidget(self.list, 1)
        self.list.selected.connect(self.selected)

    def apply_style(self, style: Style) -> None:
        self.column.setSpacing(style.px(8))
        self.title.setFont(style.font("body", bold=True))
        self.empty.setFont(style.font("caption"))
        self.list.apply_style(style)

    def show_list(self, shown: SideList) -> None:
        self.title.setText(shown.title)
        self.empty.setText(shown.empty)
        self.empty.setVisible(not shown.rows)
        self.list.setVisible(bool(shown.rows))
        self.list.setAccessibleName(shown.title)
        self.list.set_items(shown.rows)


class SidePanel(QWidget):
    """Three lists. A ticket that is selected opens what can be done with it."""

    selected = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.waiting, self.parked, self.no_shows = _List(), _List(), _List()
        self._column = QVBoxLayout(self)
        for part, stretch in ((self.waiting, 5), (self.parked, 2), (self.no_shows, 2)):
            part.selected.connect(self.selected)
            self._column.addWidget(part, stretch)
        self._column.addStretch(0)

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        self.setFixedWidth(style.px(340))
        pad = style.px(16)
        self._column.setContentsMargins(pad, pad, pad, pad)
        self._column.setSpacing(style.px(16))
        for part in (self.waiting, self.parked, self.no_shows):
            part.apply_style(style)

    def show_state(self, state: DeskViewState) -> None:
        """Show the lists; empty ones give their room to the others."""
        for number, (part, shown) in enumerate(
            ((self.waiting, state.waiting), (self.parked, state.parked), (self.no_shows, state.no_shows))
        ):
            part.show_list(shown)
            self._column.setStretch(number, (5 if part is self.waiting else 3) if shown.rows else 0)
        has_rows = bool(state.waiting.rows or state.parked.rows or state.no_shows.rows)
        self._column.setStretch(self._column.count() - 1, 0 if has_rows else 1)
