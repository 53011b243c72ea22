"""A text that always fits: it wraps, then shrinks, and is cut only where the room is less than one small line."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from kiosk_app.screens.kiosk.widgets.kiosk_style import DEFAULT_KIOSK_STYLE
from kiosk_app.ui.painting import create_painter
from kiosk_app.ui.text_fitting import FittedText, fit_text

_STEPS = (1.0, 0.9, 0.8, 0.72, 0.64, 0.56, 0.5)
_SMALLEST = 14


class TextBlock(QWidget):
    """A paragraph, drawn from its leading edge or in the middle. Screen readers get the whole text."""

    def __init__(self, size: int, *, bold: bool = False, quiet: bool = False, lines: int = 3) -> None:
        super().__init__()
        self._text, self._size, self._bold, self._quiet, self._lines = "", size, bold, quiet, lines
        self._style, self._centred = DEFAULT_KIOSK_STYLE, False
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def apply_style(self, style: object) -> None:
        """Apply another theme, scale or text size."""
        self._style = style if isinstance(style, type(self._style)) else self._style
        self.update()

    def set_text(self, text: str) -> None:
        """Show another text."""
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self.setVisible(bool(text))
            self.update()

    @property
    def text(self) -> str:
        """The text that is shown."""
        return self._text

    def set_centred(self, centred: bool) -> None:
        """Draw in the middle, or from the leading edge."""
        if centred is not self._centred:
            self._centred = centred
            self.update()

    def height_for(self, width: int, most: int = 10_000) -> int:
        """Return the height of the text at a width, at most `most` pixels."""
        if not self._text:
            return 0
        fitted = self._fit(width, most)
        return fitted.height + _descent(fitted)

    def is_cut(self) -> bool:
        """Return True if some of the text can't be seen."""
        return bool(self._text) and self._fit(self.width(), self.height()).cut

    def sizeHint(self) -> QSize:
        """Return the size of the text on one line."""
        return QSize(self._style.px(400), self._style.text(self._size) * 2)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the lines."""
        if not self._text:
            return
        painter, theme = create_painter(self), self._style.theme
        fitted = self._fit(self.width(), self.height())
        colour = QColor(theme.quiet if self._quiet else theme.text)
        align = Qt.AlignmentFlag.AlignHCenter if self._centred else Qt.AlignmentFlag.AlignLeft
        top = max(0, (self.height() - fitted.height) // 2)
        painter.setClipping(False)
        fitted.draw(painter, QRect(0, top, self.width(), fitted.height), colour, align=align)

    def _fit(self, width: int, most: int) -> FittedText:
        full = self._style.text(self._size)
        sizes = sorted({max(_SMALLEST, round(full * step)) for step in _STEPS}, reverse=True)
        fitted = fit_text(self._text, width, sizes, max_lines=self._lines, bold=self._bold)
        for number, _ in enumerate(sizes):
            if fitted.height + _descent(fitted) <= most and not fitted.cut:
                return fitted
            fitted = fit_text(
                self._text, width, sizes[number:], max_lines=self._lines + number, bold=self._bold
            )
        return fitted


def _descent(fitted: FittedText) -> int:
    """Return the room below the last line that its letters need: lines of large type are closer than their letters are high."""
    return max(2, round(fitted.line_height * 0.2))
