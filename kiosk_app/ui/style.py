"""How everything looks at this moment: theme, scale, motion. Handed down, never fetched."""

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QFont

from resources.fonts import FAMILIES, SCALE
from resources.themes import Theme, theme

Role = Literal["caption", "body", "title", "large", "huge", "verdict"]

_DESIGN_WIDTH, _DESIGN_HEIGHT = 1280, 800
_SMALLEST, _LARGEST = 0.8, 3.0
_TOUCH = 56
_SMALLEST_TEXT = 13


@dataclass(frozen=True, slots=True)
class Look:
    """Sizes are pixels at 1280x800 times `scale`; `moving` is off where the system asks for less motion."""

    theme: Theme
    scale: float = 1.0
    moving: bool = False

    def px(self, at_design_size: float) -> int:
        """A length on this window."""
        return round(at_design_size * self.scale)

    @property
    def touch(self) -> int:
        """Height of what a finger must hit: never under 56 px, however small the window."""
        return max(_TOUCH, self.px(_TOUCH))

    def text(self, role: Role) -> int:
        """A text's size in pixels."""
        return max(_SMALLEST_TEXT, self.px(SCALE[role]))

    def font(self, role: Role, *, bold: bool = False) -> QFont:
        """The type family at one step of the scale."""
        return font_of(self.text(role), bold=bold)


def font_of(pixels: int, *, bold: bool = False) -> QFont:
    """The type family at a size in pixels."""
    font = QFont()
    font.setFamilies(list(FAMILIES))
    font.setPixelSize(max(1, pixels))
    font.setWeight(QFont.Weight.Bold if bold else QFont.Weight.Normal)
    return font


def scale_for(size: QSize) -> float:
    """How much larger than designed a window of this size is drawn."""
    fit = min(size.width() / _DESIGN_WIDTH, size.height() / _DESIGN_HEIGHT)
    return round(min(_LARGEST, max(_SMALLEST, fit)), 3)


def mixed(one: str, other: str, share: float) -> QColor:
    """A colour between two, `share` of the second."""
    a, b = QColor(one), QColor(other)
    return QColor(
        round(a.red() + (b.red() - a.red()) * share),
        round(a.green() + (b.green() - a.green()) * share),
        round(a.blue() + (b.blue() - a.blue()) * share),
    )


FIRST_LOOK = Look(theme("dark"))
"""What a widget wears until it is told its look."""
