"""A few words about the station's condition, in a pill: an icon, a colour where something matters, text."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from kiosk_app.ui.icons import icon
from kiosk_app.ui.painting import is_rtl, mirrored, painter_of, rounded
from kiosk_app.ui.style import FIRST_LOOK, Look
from kiosk_app.ui.text_fitting import elided
from resources.themes import Signal


class Pill(QWidget):
    """Painted, not laid out: a second's tick costs one small repaint, and a new width only where the text grew."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text, self._icon, self._look = "", "", FIRST_LOOK
        self._font = FIRST_LOOK.font("caption", bold=True)
        self._signal: Signal | None = None
        self._short, self._shortened = "", False
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def set_look(self, look: Look) -> None:
        """Wear another theme or size."""
        self._look = look
        self._font = look.font("caption", bold=True)
        self.updateGeometry()
        self.update()

    def say(self, text: str, signal: Signal | None, icon_name: str, short: str = "") -> None:
        """Show other words; `short` ones where there is no room."""
        self._text, self._signal, self._icon = text, signal, icon_name
        self._short = short or text
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def shorten(self, on: bool) -> None:
        """Make do with the short words."""
        if on is not self._shortened:
            self._shortened = on
            self.updateGeometry()
            self.update()

    def width_of(self, *, short: bool) -> int:
        """How wide the pill is with its short or its full words."""
        text = QFontMetrics(self._font).horizontalAdvance(self._short if short else self._text)
        return text + 2 * self._look.px(12) + (self._look.px(26) if self._icon else 0) + 4

    def sizeHint(self) -> QSize:
        """As wide as what it says."""
        return QSize(self.width_of(short=self._shortened), self._look.px(36))

    def minimumSizeHint(self) -> QSize:
        """The icon and a few letters."""
        return QSize(min(self.sizeHint().width(), self._look.px(72)), self._look.px(36))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Ground, icon, text."""
        painter, look, theme = painter_of(self), self._look, self._look.theme
        rect = self.rect()
        colours = theme.signal(self._signal) if self._signal else None
        loud = colours is not None and self._signal in (Signal.AMBER, Signal.RED)
        ground = colours.tint if loud and colours else theme.raised
        ink = colours.on_tint if loud and colours else theme.text
        mark = colours.mark if colours else theme.quiet
        flat = theme.raised == theme.ground
        edge = QColor(mark) if loud or flat else None
        rounded(painter, rect, rect.height() / 2, QColor(ground), edge, 2 if flat else 1)
        x = rect.left() + look.px(12)
        if self._icon:
            side = look.px(18)
            box = mirrored(self, rect, QRect(x, rect.center().y() - side // 2 + 1, side, side))
            shape = icon(self._icon, side, mark, ratio=self.devicePixelRatioF(), rtl=is_rtl(self))
            painter.drawPixmap(box.topLeft(), shape)
            x += look.px(26)
        room = rect.right() - look.px(12) - x + 2
        text = elided(self._short if self._shortened else self._text, self._font, room)
        painter.setFont(self._font)
        painter.setPen(QColor(ink))
        box = mirrored(self, rect, QRect(x, rect.top(), room, rect.height()))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), text)
