"""How full each zone is: a name, figures, a word, and a bar with marks at 75 and 90 percent."""

from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from kiosk_app.ui.icons import icon
from kiosk_app.ui.painting import is_rtl, mirrored, painter_of
from kiosk_app.ui.style import FIRST_LOOK, Look
from kiosk_app.ui.text_fitting import elided
from resources.themes import Signal

MARKS = (0.75, 0.9)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar. `fraction` None: no limit, so no bar, only the figure."""

    name: str
    figures: str
    level: str
    fraction: float | None
    signal: Signal


class Bars(QWidget):
    """A few bars under one another."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = FIRST_LOOK
        self._bars: tuple[Bar, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_look(self, look: Look) -> None:
        """Wear another theme or size."""
        self._look = look
        self.updateGeometry()
        self.update()

    def show_bars(self, bars: tuple[Bar, ...]) -> None:
        """Other figures; laid out anew only where their number changed."""
        count = len(self._bars)
        self._bars = bars
        self.setAccessibleName("; ".join(f"{bar.name}: {bar.figures}, {bar.level}" for bar in bars))
        if len(bars) != count:
            self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """A row a bar."""
        return QSize(self._look.px(240), len(self._bars) * self._row())

    def minimumSizeHint(self) -> QSize:
        """All rows, however narrow."""
        return QSize(self._look.px(120), len(self._bars) * self._row())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Every bar in its row."""
        painter = painter_of(self)
        for number, bar in enumerate(self._bars):
            self._paint_bar(painter, bar, number * self._row())

    def _row(self) -> int:
        return self._look.px(56)

    def _paint_bar(self, painter: QPainter, bar: Bar, top: int) -> None:
        look, theme, width = self._look, self._look.theme, self.width()
        mark = theme.signal(bar.signal).mark
        line = QRect(0, top, width, look.px(28))
        figures, caption = look.font("body", bold=True), look.font("caption")
        figures.setPixelSize(look.text("caption") + look.px(1))
        lead = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        figures_width = QFontMetrics(figures).horizontalAdvance(bar.figures)
        level_width = QFontMetrics(caption).horizontalAdvance(bar.level) + 2
        side, gap = look.px(16), look.px(6)
        right = width - figures_width
        self._write(
            painter, QRect(right, line.top(), figures_width, line.height()), bar.figures, figures, theme.text
        )
        right -= gap * 2 + level_width
        level_box = QRect(right, line.top(), level_width, line.height())
        self._write(painter, level_box, bar.level, caption, theme.quiet)
        right -= gap + side
        shape = icon(f"verdict-{bar.signal}", side, mark, ratio=self.devicePixelRatioF(), rtl=is_rtl(self))
        box = mirrored(self, self.rect(), QRect(right, line.center().y() - side // 2 + 1, side, side))
        painter.drawPixmap(box.topLeft(), shape)
        name_font = look.font("caption", bold=True)
        name_font.setPixelSize(look.text("caption") + look.px(1))
        name = elided(bar.name, name_font, right - gap)
        painter.setFont(name_font)
        painter.setPen(QColor(theme.text))
        painter.drawText(
            mirrored(self, self.rect(), QRect(0, line.top(), right - gap, line.height())), lead, name
        )
        if bar.fraction is not None:
            self._paint_gauge(
                painter, QRect(0, line.bottom() + look.px(4), width, look.px(12)), bar.fraction, mark
            )

    def _write(self, painter: QPainter, box: QRect, text: str, font: QFont, colour: str) -> None:
        painter.setFont(font)
        painter.setPen(QColor(colour))
        flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft) | int(
            Qt.TextFlag.TextDontClip
        )
        painter.drawText(mirrored(self, self.rect(), box), flags, text)

    def _paint_gauge(self, painter: QPainter, track: QRect, fraction: float, mark: str) -> None:
        theme, radius = self._look.theme, track.height() / 2
        flat = theme.raised == theme.ground
        painter.setPen(QColor(theme.edge) if flat else Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.raised if theme.dark else theme.line))
        painter.drawRoundedRect(QRectF(track), radius, radius)
        full = QRect(track.left(), track.top(), round(track.width() * min(1.0, fraction)), track.height())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(mark))
        if full.width() > track.height():
            painter.drawRoundedRect(QRectF(mirrored(self, track, full)), radius, radius)
        for at in MARKS:
            tick = QRect(track.left() + round(track.width() * at), track.top(), 2, track.height())
            painter.fillRect(
                mirrored(self, track, tick), QColor(theme.ground if fraction >= at else theme.edge)
            )
