"""The style of a kiosk: the station's themes in calmer colours for visitors, larger text, and a scale for tall screens."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from PySide6.QtCore import QSize
from PySide6.QtGui import QFont

from kiosk_app.ui.style import Style, build_font
from resources.themes import Theme, theme

TOUCH = 72
"""The least height of a control at the design's size, in pixels."""
LEAST_TOUCH = 56
"""However small the window is."""
_LANDSCAPE, _PORTRAIT = (1280, 800), (800, 1280)
_SMALLEST, _LARGEST = 0.62, 3.0
_TEXT_FACTORS = (1.0, 1.25, 1.5)
_COLOURS: dict[str, dict[str, Any]] = {
    "dark": {
        "ground": "#0B2A4A",
        "surface": "#0F3358",
        "raised": "#1A426D",
        "field": "#0B2A4A",
        "line": "#28527F",
        "edge": "#8FB1D4",
        "text": "#FFFFFF",
        "quiet": "#D3E2F2",
        "accent": "#FFFFFF",
        "on_accent": "#0B2A4A",
        "focus": "#FFC24B",
    },
    "light": {
        "ground": "#F2F6FB",
        "surface": "#FFFFFF",
        "raised": "#DDE7F2",
        "field": "#FFFFFF",
        "line": "#C3D1E0",
        "edge": "#566D86",
        "text": "#0B2440",
        "quiet": "#38495C",
        "accent": "#0B4A8F",
        "on_accent": "#FFFFFF",
        "focus": "#B34700",
    },
}


@cache
def kiosk_theme(name: str) -> Theme:
    """Return the theme of a name in a kiosk's colours; high contrast is the station's own."""
    return replace(theme(name), **_COLOURS.get(name, {}))


def is_portrait(size: QSize) -> bool:
    """Return True for a window that is taller than wide."""
    return size.height() > size.width()


def kiosk_scale(size: QSize) -> float:
    """Return the factor between the design's size, upright or lying, and a window of this size."""
    wide, high = _PORTRAIT if is_portrait(size) else _LANDSCAPE
    return round(min(_LARGEST, max(_SMALLEST, min(size.width() / wide, size.height() / high))), 3)


@dataclass(frozen=True, slots=True)
class KioskStyle:
    """Theme, scale and text size of the kiosk's widgets. `base` is for widgets that other screens share."""

    base: Style
    text_size: int = 0

    @property
    def theme(self) -> Theme:
        """The colours."""
        return self.base.theme

    @property
    def is_flat(self) -> bool:
        """True where borders tell what grounds can't, as in high contrast."""
        return self.theme.raised == self.theme.ground

    @property
    def touch(self) -> int:
        """The height of a control."""
        return max(LEAST_TOUCH, self.px(TOUCH))

    def px(self, at_design_size: float) -> int:
        """Return a length in pixels of this window."""
        return self.base.px(at_design_size)

    def text(self, at_design_size: float) -> int:
        """Return a text's size in pixels, as large as the visitor wants it."""
        return max(14, round(self.base.px(at_design_size) * _TEXT_FACTORS[self.text_size]))

    def font(self, at_design_size: float, *, bold: bool = False) -> QFont:
        """Return the type family at a size."""
        return build_font(self.text(at_design_size), bold=bold)


DEFAULT_KIOSK_STYLE = KioskStyle(Style(kiosk_theme("dark")))
