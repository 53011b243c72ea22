"""The sidebar: occupancy, the last scans, and a quiet line about other stations."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kiosk_app.ui.item_list import ItemList, ListKind
from kiosk_app.ui.items import ListItem, OccupancyBar
from kiosk_app.ui.occupancy_bars import OccupancyBars
from kiosk_app.ui.plain_label import PlainLabel
from kiosk_app.ui.style import Style
from resources.translations.catalogue import Texts


class Sidebar(QWidget):
    """Headings, bars and list; a sentence replaces those that are empty."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._inside, self._scans = PlainLabel(), PlainLabel()
        self._no_zones, self._no_scans, self._more = PlainLabel(), PlainLabel(), PlainLabel()
        self._neighbours = PlainLabel()
        self._neighbours.hide()
        self._bars, self.list = OccupancyBars(), ItemList(ListKind.COMPACT)
        for label in (self._no_zones, self._no_scans, self._more, self._neighbours):
            label.setProperty("quiet", True)
            label.setWordWrap(True)
        self._column = QVBoxLayout(self)
        for widget in (self._inside, self._bars, self._no_zones, self._more):
            self._column.addWidget(widget)
        for widget in (self._scans, self._no_scans):
            self._column.addWidget(widget)
        self._column.addWidget(self.list, 1)
        self._column.addStretch(0)
        self._column.addWidget(self._neighbours)

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        self._column.setContentsMargins(style.px(20), style.px(16), style.px(20), style.px(8))
        self._column.setSpacing(style.px(8))
        self._bars.apply_style(style)
        self.list.apply_style(style)
        for label in (self._inside, self._scans):
            label.setFont(style.font("body", bold=True))
        for label in (self._no_zones, self._no_scans, self._more, self._neighbours):
            label.setFont(style.font("caption"))
        self.setFixedWidth(style.px(352))

    def set_texts(self, texts: Texts) -> None:
        """Show the labels in another language."""
        self._inside.setText(texts("side.inside"))
        self._scans.setText(texts("side.scans"))
        self._no_zones.setText(texts("side.no_zones"))
        self.list.setAccessibleName(texts("side.scans"))

    def show_zones(self, zones: tuple[OccupancyBar, ...], more: str) -> None:
        """Show the occupancy of the zones."""
        self._bars.show_bars(zones)
        self._bars.setVisible(bool(zones))
        self._no_zones.setVisible(not zones)
        self._more.setText(more)
        self._more.setVisible(bool(more))

    def show_neighbours(self, text: str) -> None:
        """Show the line about other stations on the local network."""
        self._neighbours.setText(text)
        self._neighbours.setVisible(bool(text))

    def show_scans(self, items: tuple[ListItem, ...], no_scans: str) -> None:
        """Show the last scans, newest first, or the sentence `no_scans`."""
        self._no_scans.setText(no_scans)
        self.list.set_items(items)
        self.list.setVisible(bool(items))
        self._no_scans.setVisible(not items)
