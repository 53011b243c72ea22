"""The parts of a printout, from top to bottom: texts that fit, lines, and codes. Black on white; sizes are dots."""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from hardware.codes.writer import qr_modules
from kiosk_app.ui.text_fitting import FittedText, fit_text

BLACK, WHITE = QColor("black"), QColor("white")
_QUIET_MODULES = 4
_MODULE_DOTS, _LEAST_MODULE_DOTS = 3, 2
"""At 203 dpi three dots are 0.375 mm, as phones read it from a hand's distance; with two they need a steady hand."""
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_INVISIBLE = frozenset({"Cc", "Cs", "Co", "Zl", "Zp"})


def plain(text: str) -> str:
    r"""Return a text without control characters, line breaks and marks that turn the direction of what follows.

    >>> plain("Ada\x1b@\nLovelace")
    'Ada @ Lovelace'
    """
    letters = (
        " " if unicodedata.category(letter) in _INVISIBLE else letter
        for letter in text
        if letter not in _DIRECTIONS
    )
    return " ".join("".join(letters).split())


def fit(text: str, width: int, sizes: Sequence[int], *, max_lines: int = 1, bold: bool = False) -> FittedText:
    """Fit a text: it shrinks, then wraps, then is cut with an ellipsis."""
    for lines in range(1, max_lines):
        fitted = fit_text(text, width, sizes, max_lines=lines, bold=bold)
        if not fitted.cut and len(fitted.lines) <= lines:
            return fitted
    return fit_text(text, width, sizes, max_lines=max_lines, bold=bold)


def steps(largest: float, smallest: float) -> tuple[int, ...]:
    """Return sizes that fall from the largest to the smallest by a tenth each."""
    sizes, size = [], largest
    while size > smallest:
        sizes.append(round(size))
        size *= 0.9
    return (*sizes, round(smallest))


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a column: its height, and what draws it into a rectangle of that height."""

    height: int
    draw: Callable[[QPainter, QRect], None]


def text_block(fitted: FittedText, align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignHCenter) -> Block:
    """Return a block of lines."""
    return Block(fitted.height, lambda painter, rect: fitted.draw(painter, rect, BLACK, align=align))


def space(height: int) -> Block:
    """Return an empty block."""
    return Block(height, lambda _painter, _rect: None)


def rule(thickness: int) -> Block:
    """Return a line across the column."""
    return Block(thickness, lambda painter, rect: painter.fillRect(rect, BLACK))


def band(fitted: FittedText, padding: int) -> Block:
    """Return white letters on a black band."""

    def draw(painter: QPainter, rect: QRect) -> None:
        painter.fillRect(rect, BLACK)
        inner = rect.adjusted(0, padding, 0, -padding)
        fitted.draw(painter, inner, WHITE, align=Qt.AlignmentFlag.AlignHCenter)

    return Block(fitted.height + 2 * padding, draw)


def code_block(text: str, side: int, width: int) -> Block | None:
    """Return a QR code in the middle, `side` dots wide or as wide as a reader needs it; None if it does not fit the column."""
    code = fit_code(text, side, width)
    return None if code is None else Block(code.side, lambda painter, rect: draw_code(painter, rect, code))


@dataclass(frozen=True, slots=True, eq=False)
class FittedCode:
    """A QR code with the side of its square in dots, its quiet zone among them."""

    modules: NDArray[np.bool_]
    side: int


def fit_code(text: str, side: int, most: int) -> FittedCode | None:
    """Fit a QR code into `side` dots; a code of many modules gets up to `most`. None: its modules would be too small to be read."""
    try:
        modules = qr_modules(text)
    except ValueError:  # more than the largest code holds
        return None
    count = len(modules) + 2 * _QUIET_MODULES
    side = max(side, min(most, count * _MODULE_DOTS))
    return FittedCode(modules, side) if side >= count * _LEAST_MODULE_DOTS else None


def draw_code(painter: QPainter, rect: QRect, code: FittedCode) -> None:
    """Draw a QR code with its quiet zone as large as it fits, in the middle of a rectangle; whole dots for each module."""
    modules = code.modules
    count = len(modules) + 2 * _QUIET_MODULES
    module = max(1, min(rect.width(), rect.height()) // count)
    left = rect.left() + (rect.width() - module * count) // 2 + _QUIET_MODULES * module
    top = rect.top() + (rect.height() - module * count) // 2 + _QUIET_MODULES * module
    for row, cells in enumerate(modules):
        for column, is_dark in enumerate(cells):
            if is_dark:
                painter.fillRect(QRectF(left + column * module, top + row * module, module, module), BLACK)


@dataclass(frozen=True, slots=True)
class Column:
    """Blocks below each other."""

    blocks: tuple[Block, ...]

    @property
    def height(self) -> int:
        """The height of all blocks."""
        return sum(block.height for block in self.blocks)

    def draw(self, painter: QPainter, left: int, top: int, width: int) -> None:
        """Draw the blocks from the top."""
        for block in self.blocks:
            block.draw(painter, QRect(left, top, width, block.height))
            top += block.height


def column(blocks: Iterable[Block | None]) -> Column:
    """Return the blocks that are there as a column."""
    return Column(tuple(block for block in blocks if block is not None))
