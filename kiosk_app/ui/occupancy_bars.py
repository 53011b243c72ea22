"""The occupancy of zones: a name, figures, a word, and a bar with marks at 75 and 90 percent."""

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from kiosk_app.ui.icons import icon
from kiosk_app.ui.items import OccupancyBar
from kiosk_app.ui.painting import create_painter, is_rtl, mirror
from kiosk_app.ui.style import DEFAULT_STYLE, Style
from kiosk_app.ui.text_fitting import elide

MARKS = (0.75, 0.9)


class OccupancyBars(QWidget):
    """Some bars below one another."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._style = DEFAULT_STYLE
        self._bars: tuple[OccupancyBar, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def apply_style(self, style: Style) -> None:
        """Apply another theme or scale."""
        self._style = style
        self.updateGeometry()
        self.update()

    def show_bars(self, bars: tuple[OccupancyBar, ...]) -> None:
        """Show other bars; the layout changes only with their number."""
        count = len(self._bars)
        self._bars = bars
        self.setAccessibleName("; ".join(f"{bar.name}: {bar.figures}, {bar.level}" for bar in bars))
        if len(bars) != count:
            self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of one row per bar."""
        return QSize(self._style.px(240), len(self._bars) * self._row())

    def minimumSizeHint(self) -> QSize:
        """Return the height of all rows at the smallest width."""
        return QSize(self._style.px(120), len(self._bars) * self._row())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint every bar in its row."""
        painter = create_painter(self)
        for number, bar in enumerate(self._bars):
            self._paint_bar(painter, bar, number * self._row())

    def _row(self) -> int:
        return self._style.px(56)

    def _paint_bar(self, painter: QPainter, bar: OccupancyBar, top: int) -> None:
        style, theme, width = self._style, self._style.theme, self.width()
        mark = theme.signal(bar.signal).mark
        line = QRect(0, top, width, style.px(28))
        figures, caption = style.font("body", bold=True), style.font("caption")
        figures.setPixelSize(style.text("caption") + style.px(1))
        lead = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        figures_width = QFontMetrics(figures).horizontalAdvance(bar.figures)
        side, gap = style.px(16), style.px(6)
        name_font = style.font("caption", bold=True)
        name_font.setPixelSize(style.text("caption") + style.px(1))
        level_width = QFontMetrics(caption).horizontalAdvance(bar.level) + 2
        room = width - figures_width - gap * 4 - side - level_width
        if QFontMetrics(name_font).horizontalAdvance(bar.name) > room:
            level_width = 0  # the zone's name matters more than the word that bar and icon say, too
        right = width - figures_width
        self._write(
            painter, QRect(right, line.top(), figures_width, line.height()), bar.figures, figures, theme.text
        )
        right -= gap * 2 + level_width
        level_box = QRect(right, line.top(), level_width, line.height())
        if level_width:
            self._write(painter, level_box, bar.level, caption, theme.quiet)
        right -= gap + side
        shape = icon(f"verdict-{bar.signal}", side, mark, ratio=self.devicePixelRatioF(), rtl=is_rtl(self))
        box = mirror(self, self.rect(), QRect(right, line.center().y() - side // 2 + 1, side, side))
        painter.drawPixmap(box.topLeft(), shape)
        name = elide(bar.name, name_font, right - gap)
        painter.setFont(name_font)
        painter.setPen(QColor(theme.text))
        painter.drawText(
            mirror(self, self.rect(), QRect(0, line.top(), right - gap, line.height())), lead, name
        )
        if bar.fraction is not None:
            self._paint_gauge(
                painter, QRect(0, line.bottom() + style.px(4), width, style.px(12)), bar.fraction, mark
            )

    def _write(self, painter: QPainter, box: QRect, text: str, font: QFont, colour: str) -> None:
        painter.setFont(font)
        painter.setPen(QColor(colour))
        flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft) | int(
            Qt.TextFlag.TextDontClip
        )
        painter.drawText(mirror(self, self.rect(), box), flags, text)

    def _paint_gauge(self, painter: QPainter, track: QRect, fraction: float, mark: str) -> None:
        theme, radius = self._style.theme, track.height() / 2
        flat = theme.raised == theme.ground
        painter.setPen(QColor(theme.edge) if flat else Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.raised if theme.dark else theme.line))
        painter.drawRoundedRect(QRectF(track), radius, radius)
        full = QRect(track.left(), track.top(), round(track.width() * min(1.0, fraction)), track.height())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(mark))
        if full.width() > track.height():
            painter.drawRoundedRect(QRectF(mirror(self, track, full)), radius, radius)
        for at in MARKS:
            tick = QRect(track.left() + round(track.width() * at), track.top(), 2, track.height())
            painter.fillRect(
                mirror(self, track, tick), QColor(theme.ground if fraction >= at else theme.edge)
            )
