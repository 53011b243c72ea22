"""The current style: theme, scale, motion. It is passed down to every widget, never looked up."""

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QFont

from resources.fonts import FAMILIES, SCALE
from resources.themes import Theme, theme

Role = Literal["caption", "body", "title", "large", "huge", "verdict"]

_DESIGN_WIDTH, _DESIGN_HEIGHT = 1280, 800
_SMALLEST, _LARGEST = 0.7, 3.0
_WITH_KEYS = 0.72
"""On a smaller window there is no room for the keys' names, and mostly no keyboard."""
_TOUCH = 56
_SMALLEST_TEXT = 13


@dataclass(frozen=True, slots=True)
class Style:
    """Theme and scale. Sizes are pixels at 1280x800 times `scale`; `animated` is off where the system asks for less motion."""

    theme: Theme
    scale: float = 1.0
    animated: bool = False

    def px(self, at_design_size: float) -> int:
        """Return a length in pixels of this window."""
        return round(at_design_size * self.scale)

    @property
    def touch(self) -> int:
        """The height of touch targets: never under 56 px, however small the window."""
        return max(_TOUCH, self.px(_TOUCH))

    @property
    def shows_keys(self) -> bool:
        """True if buttons show their keyboard shortcut."""
        return self.scale >= _WITH_KEYS

    def text(self, role: Role) -> int:
        """Return a text's size in pixels."""
        return max(_SMALLEST_TEXT, self.px(SCALE[role]))

    def font(self, role: Role, *, bold: bool = False) -> QFont:
        """Return the type family at one step of the scale."""
        return build_font(self.text(role), bold=bold)


def build_font(pixels: int, *, bold: bool = False) -> QFont:
    """Return the type family at a size in pixels."""
    font = QFont()
    font.setFamilies(list(FAMILIES))
    font.setPixelSize(max(1, pixels))
    font.setWeight(QFont.Weight.Bold if bold else QFont.Weight.Normal)
    return font


def scale_for(size: QSize) -> float:
    """Return the factor between the design's size and a window of this size."""
    fit = min(size.width() / _DESIGN_WIDTH, size.height() / _DESIGN_HEIGHT)
    return round(min(_LARGEST, max(_SMALLEST, fit)), 3)


def mix(first: str, second: str, share: float) -> QColor:
    """Return a colour between two, with `share` (0 to 1) of the second."""
    a, b = QColor(first), QColor(second)
    return QColor(
        round(a.red() + (b.red() - a.red()) * share),
        round(a.green() + (b.green() - a.green()) * share),
        round(a.blue() + (b.blue() - a.blue()) * share),
    )


DEFAULT_STYLE = Style(theme("dark"))
"""The style of a widget until another one is applied."""
