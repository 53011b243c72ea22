"""Beside the stage: who is inside, and the last scans."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from kiosk_app.screens.gate.view_state import ScanLine, ZoneBar
from kiosk_app.screens.gate.widgets.scans import ScanList
from kiosk_app.ui.occupancy_bars import Bar, Bars
from kiosk_app.ui.style import Look
from resources.translations import Texts


class Side(QWidget):
    """Headings over bars and list; an empty one says so."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._inside, self._scans = QLabel(), QLabel()
        self._no_zones, self._no_scans, self._more = QLabel(), QLabel(), QLabel()
        self._bars, self.list = Bars(), ScanList()
        for label in (self._no_zones, self._no_scans, self._more):
            label.setProperty("quiet", True)
            label.setWordWrap(True)
        self._column = QVBoxLayout(self)
        for widget in (self._inside, self._bars, self._no_zones, self._more):
            self._column.addWidget(widget)
        for widget in (self._scans, self._no_scans):
            self._column.addWidget(widget)
        self._column.addWidget(self.list, 1)
        self._column.addStretch(0)

    def set_look(self, look: Look) -> None:
        """Wear another theme or size."""
        self._column.setContentsMargins(look.px(20), look.px(16), look.px(20), look.px(8))
        self._column.setSpacing(look.px(8))
        self._bars.set_look(look)
        self.list.set_look(look)
        for label in (self._inside, self._scans):
            label.setFont(look.font("body", bold=True))
        for label in (self._no_zones, self._no_scans, self._more):
            label.setFont(look.font("caption"))
        self.setFixedWidth(look.px(352))

    def show_labels(self, texts: Texts) -> None:
        """Speak another language."""
        self._inside.setText(texts("side.inside"))
        self._scans.setText(texts("side.scans"))
        self._no_zones.setText(texts("side.no_zones"))
        self._no_scans.setText(texts("side.no_scans"))
        self.list.setAccessibleName(texts("side.scans"))

    def show_zones(self, zones: tuple[ZoneBar, ...], more: str) -> None:
        """How full the zones are."""
        self._bars.show_bars(tuple(Bar(z.name, z.figures, z.level, z.fraction, z.signal) for z in zones))
        self._bars.setVisible(bool(zones))
        self._no_zones.setVisible(not zones)
        self._more.setText(more)
        self._more.setVisible(bool(more))

    def show_scans(self, lines: tuple[ScanLine, ...]) -> None:
        """The last scans, newest first."""
        self.list.show_lines(lines)
        self.list.setVisible(bool(lines))
        self._no_scans.setVisible(not lines)
