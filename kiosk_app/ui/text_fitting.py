"""Text fitting: a text wraps, then shrinks, then is cut with an ellipsis; it never overflows."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QTextLayout, QTextOption

from kiosk_app.ui.style import build_font

_LEADING = 1.16
"""Line height to font size: close, for large type."""
_ARABIC_LEADING = 1.42
"""Arabic letters carry their marks above and below."""


@dataclass(frozen=True)
class FittedText:
    """Lines that fit a width, in one font."""

    font: QFont
    lines: tuple[str, ...]
    line_height: int
    cut: bool = False

    @property
    def height(self) -> int:
        """The height of the block in pixels."""
        return self.line_height * len(self.lines)

    def draw(self, painter: QPainter, rect: QRect, colour: QColor, *, align: Qt.AlignmentFlag) -> None:
        """Draw the lines from the top of `rect`; `align` is horizontal (AlignLeft leads, mirrored by the painter)."""
        painter.setFont(self.font)
        painter.setPen(colour)
        flags = int(align) | int(Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextSingleLine)
        for number, line in enumerate(self.lines):
            box = QRect(rect.left(), rect.top() + number * self.line_height, rect.width(), self.line_height)
            painter.drawText(box, flags | int(Qt.TextFlag.TextDontClip), line)


def fit_text(
    text: str,
    width: int,
    sizes: Sequence[int],
    *,
    max_lines: int = 1,
    max_height: int | None = None,
    bold: bool = False,
) -> FittedText:
    """Fit `text` into `width` pixels and `max_lines`: at the largest of `sizes` (pixels, falling), else cut at the smallest.

    `max_height`: lines that are higher together are tried at the next size.
    """
    if not text:
        return FittedText(build_font(sizes[-1], bold=bold), (), 0)
    arabic = any(unicodedata.bidirectional(letter) == "AL" for letter in text)
    leading = _ARABIC_LEADING if arabic else _LEADING
    for size in sizes:
        font = build_font(size, bold=bold)
        lines = _wrapped(text, font, width, QTextOption.WrapMode.WordWrap)
        height = round(size * leading)
        is_low = lines is not None and (max_height is None or len(lines) * height <= max_height)
        if lines is not None and len(lines) <= max_lines and (is_low or size == sizes[-1]):
            return FittedText(font, _balanced(text, font, width, lines), height)
    font = build_font(sizes[-1], bold=bold)
    lines = _wrapped(text, font, width, QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere) or (text,)
    if len(lines) > max_lines:
        rest = "".join(lines[max_lines - 1 :])
        last = elide(rest, font, width)
        return FittedText(font, (*lines[: max_lines - 1], last), round(sizes[-1] * leading), cut=True)
    return FittedText(font, lines, round(sizes[-1] * leading))


def elide(text: str, font: QFont, width: int) -> str:
    """Cut `text` to `width` pixels; the ellipsis is where the text itself ends, also in a line of the other direction."""
    short = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, width)
    return short if short == text else f"\u2068{short}\u2069"


def _balanced(text: str, font: QFont, width: int, lines: tuple[str, ...]) -> tuple[str, ...]:
    """Return as many lines of similar length, so that no single word is left for the last one."""
    if len(lines) == 1:
        return lines
    for share in (0.55, 0.65, 0.75, 0.85):
        even = _wrapped(text, font, round(width * share), QTextOption.WrapMode.WordWrap)
        if even is not None and len(even) == len(lines):
            return even
    return lines


def _wrapped(text: str, font: QFont, width: int, mode: QTextOption.WrapMode) -> tuple[str, ...] | None:
    """Return the text's lines, or None if a word is wider than the line."""
    layout = QTextLayout(text, font)
    option = QTextOption()
    option.setWrapMode(mode)
    layout.setTextOption(option)
    units = text.encode("utf-16-le")  # Qt counts in UTF-16 units, Python in characters
    lines: list[str] = []
    layout.beginLayout()
    try:
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            if line.naturalTextWidth() > width:
                return None
            start, end = line.textStart() * 2, (line.textStart() + line.textLength()) * 2
            lines.append(units[start:end].decode("utf-16-le"))
    finally:
        layout.endLayout()
    return tuple(lines)
