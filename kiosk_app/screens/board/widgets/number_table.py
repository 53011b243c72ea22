"""Paints the lines of a board: a number, an arrow, a counter. Sizes follow the height, so that it is legible from far away."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF
from PySide6.QtWidgets import QWidget

from kiosk_app.screens.board.presenter.view_state import BoardCall
from kiosk_app.ui.painting import draw_rounded_rect, is_rtl, mirror
from kiosk_app.ui.style import Style
from kiosk_app.ui.text_fitting import FittedText, fit_text

_LEADING = Qt.AlignmentFlag.AlignLeft
_TEXT_SHARE, _SMALLEST_SHARE = 0.62, 0.2
_LONG_SHARE, _SHORT_NAME = 0.4, 12
"""The size of a counter's name that takes two lines, and the characters of one that takes one."""
_ONE_LINE_SHARE = 0.75
"""A text stays on one line if it is at least so large as on several: "Counter" over "1" reads badly."""
_LEAST_COMMON = 0.65
"""A list is never smaller than this part of its largest size: what does not fit then is cut."""
_NUMBER_SHARE, _ARROW_SHARE = 0.44, 0.12


def paint_line(
    painter: QPainter, widget: QWidget, rect: QRect, line: BoardCall, style: Style, *, is_hero: bool = False
) -> None:
    """Paint a line into a rectangle. A called one stands out, one that is announced now most of all."""
    theme = style.theme
    if is_hero:
        ground, ink, edge = theme.accent, theme.on_accent, None
    elif line.is_called:
        ground, ink, edge = theme.blue.tint, theme.blue.on_tint, theme.blue.mark
    else:
        ground, ink, edge = theme.surface, theme.text, theme.line
    if line.is_announced:
        edge = theme.focus if theme.focus != theme.accent else theme.text
    width = style.px(6 if line.is_announced else 2)
    radius = min(style.px(24), rect.height() // 5)
    draw_rounded_rect(painter, rect, radius, QColor(ground), QColor(edge) if edge else None, width)
    pad = max(style.px(12), rect.height() // 7)
    inner = rect.adjusted(pad, 0, -pad, 0)
    number_width, arrow_width = round(inner.width() * _NUMBER_SHARE), round(inner.width() * _ARROW_SHARE)
    number = mirror(widget, inner, QRect(inner.left(), inner.top(), number_width, inner.height()))
    arrow = mirror(
        widget, inner, QRect(inner.left() + number_width, inner.top(), arrow_width, inner.height())
    )
    x = inner.left() + number_width + arrow_width
    counter = mirror(widget, inner, QRect(x, inner.top(), inner.right() - x, inner.height()))
    paint_text(painter, number, line.number, rect.height(), QColor(ink), bold=True)
    # Without the counter's whole name nobody knows where to go.
    paint_text(
        painter,
        counter,
        line.counter,
        rect.height(),
        QColor(ink),
        bold=is_hero or line.is_called,
        max_lines=2,
        share=_TEXT_SHARE if len(line.counter) <= _SHORT_NAME else _LONG_SHARE,
    )
    if line.counter:
        _paint_arrow(painter, arrow, QColor(ink), rtl=is_rtl(widget))


@dataclass(frozen=True, slots=True)
class TextRoom:
    """The room of a text, `width` by `box_height`, which is up to `share` of `height` large there and takes up to `max_lines`."""

    width: int
    box_height: int
    height: int
    share: float = _TEXT_SHARE
    max_lines: int = 1
    bold: bool = False

    @classmethod
    def of(
        cls,
        box: QRect,
        height: int,
        *,
        share: float = _TEXT_SHARE,
        max_lines: int = 1,
        bold: bool = False,
    ) -> "TextRoom":
        """Return the room in a box."""
        return cls(box.width(), box.height(), height, share, max_lines, bold)

    def fit(self, text: str) -> FittedText:
        """Fit a text that stands alone, on one line if that is not much smaller than on several."""
        return self._fit(text, self._sizes)

    def fit_at(self, text: str, size: int) -> FittedText:
        """Fit a text in the one size of its list; what is longer is cut."""
        fitted = self._fit(text, (size,))
        return (
            fitted
            if fitted.height <= self.box_height
            else fit_text(text, self.width, (size,), bold=self.bold)
        )

    def common_size(self, texts: Iterable[str]) -> int:
        """Return the one size of a list: that of its longest text, unless all others would be too small because of it."""
        sizes = self._sizes
        least = next(size for size in reversed(sizes) if size >= _LEAST_COMMON * sizes[0])
        return max(least, min((self.fit(text).font.pixelSize() for text in texts if text), default=sizes[0]))

    @property
    def _sizes(self) -> tuple[int, ...]:
        largest, smallest = (max(10, round(self.height * share)) for share in (self.share, _SMALLEST_SHARE))
        steps = {largest, *(round(largest * part) for part in (0.85, 0.7, 0.58, 0.48, 0.4)), smallest}
        return tuple(sorted(steps, reverse=True))

    def _fit(self, text: str, sizes: Sequence[int]) -> FittedText:
        fitted = fit_text(text, self.width, sizes, bold=self.bold)
        if self.max_lines == 1:
            return fitted
        wrapped = fit_text(
            text, self.width, sizes, max_lines=self.max_lines, max_height=self.box_height, bold=self.bold
        )
        is_small = fitted.font.pixelSize() < _ONE_LINE_SHARE * wrapped.font.pixelSize()
        return wrapped if fitted.cut or is_small else fitted


def paint_text(
    painter: QPainter,
    box: QRect,
    text: str,
    height: int,
    colour: QColor,
    *,
    bold: bool = False,
    align: Qt.AlignmentFlag = _LEADING,
    max_lines: int = 1,
    share: float = _TEXT_SHARE,
) -> None:
    """Paint a text in the middle of a box, as large as it fits: up to `share` of `height`, several lines within the box."""
    room = TextRoom.of(box, height, share=share, max_lines=max_lines, bold=bold)
    paint_fitted(painter, box, room.fit(text), colour, align=align)


def paint_fitted(
    painter: QPainter,
    box: QRect,
    fitted: FittedText,
    colour: QColor,
    *,
    align: Qt.AlignmentFlag = _LEADING,
) -> None:
    """Paint a text in the middle of a box."""
    top = box.top() + (box.height() - fitted.height) // 2
    fitted.draw(painter, QRect(box.left(), top, box.width(), fitted.height), colour, align=align)


def _paint_arrow(painter: QPainter, box: QRect, colour: QColor, *, rtl: bool) -> None:
    """Paint an arrow from the number to the counter."""
    side = min(box.width() * 0.7, box.height() * 0.34)
    x, y, way = box.center().x(), box.center().y(), -1 if rtl else 1
    half, shaft = side / 2, side * 0.11
    points = (
        (-half, -shaft),
        (half * 0.1, -shaft),
        (half * 0.1, -half * 0.75),
        (half, 0),
        (half * 0.1, half * 0.75),
        (half * 0.1, shaft),
        (-half, shaft),
    )
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([QPointF(x + way * dx, y + dy) for dx, dy in points]))
