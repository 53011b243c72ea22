"""A chip about the station's condition: an icon, a text, a colour where it needs attention."""

from enum import Enum, auto

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from kiosk_app.ui.icons import icon
from kiosk_app.ui.items import Chip
from kiosk_app.ui.painting import create_painter, draw_rounded_rect, is_rtl, mirror
from kiosk_app.ui.style import DEFAULT_STYLE, Style
from kiosk_app.ui.text_fitting import elide
from resources.themes import Signal


class ChipForm(Enum):
    """The room that a chip takes."""

    FULL = auto()
    SHORT = auto()
    ICON = auto()
    """The icon alone, which the colour and the tool tip explain."""


class StatusChip(QWidget):
    """A chip is painted, not laid out: a changed text costs a small repaint, and a layout only where its width changed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text, self._icon, self._style = "", "", DEFAULT_STYLE
        self._font = DEFAULT_STYLE.font("caption", bold=True)
        self._signal: Signal | None = None
        self._short, self._form = "", ChipForm.FULL
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        self._style = style
        self._font = style.font("caption", bold=True)
        self.updateGeometry()
        self.update()

    def show_chip(self, chip: Chip) -> None:
        """Show another text, icon and colour."""
        self._text, self._signal, self._icon = chip.text, chip.signal, chip.icon
        self._short = chip.short or chip.text
        self.setAccessibleName(chip.text)
        self.setToolTip(chip.text)
        self.updateGeometry()
        self.update()

    def set_form(self, form: ChipForm) -> None:
        """Show the full text, the short one, or the icon alone."""
        if form is not self._form:
            self._form = form
            self.updateGeometry()
            self.update()

    def width_of(self, form: ChipForm) -> int:
        """Return the width in pixels in one of the forms."""
        if form is ChipForm.ICON and self._icon:
            return self._style.px(44)
        text = QFontMetrics(self._font).horizontalAdvance(self._label(form))
        return text + 2 * self._style.px(12) + (self._style.px(26) if self._icon else 0) + 4

    def sizeHint(self) -> QSize:
        """Return the width of the text."""
        return QSize(self.width_of(self._form), self._style.px(36))

    def minimumSizeHint(self) -> QSize:
        """Return the size of the current form: a chip is never cut."""
        return self.sizeHint()

    def _label(self, form: ChipForm) -> str:
        if form is ChipForm.ICON and self._icon:
            return ""
        return self._text if form is ChipForm.FULL else self._short

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint ground, icon and text."""
        painter, style, theme = create_painter(self), self._style, self._style.theme
        rect = self.rect()
        colours = theme.signal(self._signal) if self._signal else None
        loud = colours is not None and self._signal in (Signal.AMBER, Signal.RED)
        ground = colours.tint if loud and colours else theme.raised
        ink = colours.on_tint if loud and colours else theme.text
        mark = colours.mark if colours else theme.quiet
        flat = theme.raised == theme.ground
        edge = QColor(mark) if loud or flat else None
        draw_rounded_rect(painter, rect, rect.height() / 2, QColor(ground), edge, 2 if flat else 1)
        x = rect.left() + style.px(12)
        if self._icon:
            side = style.px(18)
            if self._form is ChipForm.ICON:
                x = rect.left() + (rect.width() - side) // 2
            box = mirror(self, rect, QRect(x, rect.center().y() - side // 2 + 1, side, side))
            shape = icon(self._icon, side, mark, ratio=self.devicePixelRatioF(), rtl=is_rtl(self))
            painter.drawPixmap(box.topLeft(), shape)
            x += style.px(26)
        room = rect.right() - style.px(12) - x + 2
        text = elide(self._label(self._form), self._font, room)
        painter.setFont(self._font)
        painter.setPen(QColor(ink))
        box = mirror(self, rect, QRect(x, rect.top(), room, rect.height()))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), text)
