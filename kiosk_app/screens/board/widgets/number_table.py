"""Paints the lines of a board: a number, an arrow, a counter. Sizes follow the height, so that it is legible from far away."""

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF
from PySide6.QtWidgets import QWidget

from kiosk_app.screens.board.presenter.view_state import BoardCall
from kiosk_app.ui.painting import draw_rounded_rect, is_rtl, mirror
from kiosk_app.ui.style import Style
from kiosk_app.ui.text_fitting import fit_text

_LEADING = Qt.AlignmentFlag.AlignLeft
_TEXT_SHARE, _SMALLEST_SHARE = 0.62, 0.2
_LONG_SHARE, _SHORT_NAME = 0.4, 12
"""The size of a counter's name that takes two lines, and the characters of one that takes one."""
_ONE_LINE_SHARE = 0.75
"""A text stays on one line if it is at least so large as on several: "Counter" over "1" reads badly."""
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
    largest, smallest = max(10, round(height * share)), max(10, round(height * _SMALLEST_SHARE))
    sizes = sorted({largest, *(round(largest * part) for part in (0.85, 0.7, 0.58, 0.48, 0.4)), smallest})
    fitted = fit_text(text, box.width(), sizes[::-1], bold=bold)
    if max_lines > 1:
        wrapped = fit_text(
            text, box.width(), sizes[::-1], max_lines=max_lines, max_height=box.height(), bold=bold
        )
        if fitted.cut or fitted.font.pixelSize() < _ONE_LINE_SHARE * wrapped.font.pixelSize():
            fitted = wrapped
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
