"""Design tokens: colours by what they mean, one JSON file a theme.

`on_x` is the colour of text on `x`. A verdict is a ticket in two tones: its `stub` carries the shape, its
`body` the words, so that the words keep 7:1 while the stub keeps the signal's own colour.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files


class Signal(StrEnum):
    """The meaning of a colour. Each has its own shape and word, so that nobody depends on the colour."""

    GREEN = "green"
    """Admits: a tick in a circle."""
    RED = "red"
    """Refuses: a cross in an octagon."""
    AMBER = "amber"
    """Asks: a bar in a triangle."""
    BLUE = "blue"
    """Information only: an i in a square."""


@dataclass(frozen=True, slots=True)
class SignalColours:
    """One signal in one theme, as `#rrggbb`."""

    stub: str
    on_stub: str
    body: str
    on_body: str
    mark: str
    """A dot, a bar or a small icon on the theme's surfaces."""
    tint: str
    on_tint: str
    """A quiet banner."""


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of the whole station, as `#rrggbb`."""

    name: str
    dark: bool
    ground: str
    surface: str
    raised: str
    field: str
    line: str
    edge: str
    """The border of a control: 3:1 to its background."""
    text: str
    quiet: str
    accent: str
    on_accent: str
    focus: str
    green: SignalColours
    red: SignalColours
    amber: SignalColours
    blue: SignalColours

    def signal(self, signal: Signal) -> SignalColours:
        """Return the colours of a signal."""
        colours: SignalColours = getattr(self, signal.value)
        return colours


THEMES: tuple[str, ...] = ("light", "dark", "high-contrast")


@cache
def theme(name: str) -> Theme:
    """Return the theme of a name.

    Raises:
        KeyError: no such theme.
    """
    if name not in THEMES:
        raise KeyError(name)
    tokens = json.loads(files(__name__).joinpath(f"{name}.json").read_text(encoding="utf-8"))
    tokens |= {signal.value: SignalColours(**tokens[signal.value]) for signal in Signal}
    return Theme(name=name, **tokens)


def luminance(colour: str) -> float:
    """Return the relative luminance of `#rrggbb`, 0 to 1 (WCAG 2.2).

    >>> round(luminance("#ffffff"), 3)
    1.0
    """
    linear = [_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2).

    >>> round(contrast("#000000", "#ffffff"))
    21
    """
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - WCAG's
