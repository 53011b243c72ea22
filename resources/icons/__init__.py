"""Icons: one SVG a name, 24 x 24, drawn in `currentColor`."""

from functools import cache
from importlib.resources import files

MIRRORED: frozenset[str] = frozenset({"back", "entry", "exit", "roster", "sound-off"})
"""The icons that point in the reading direction; they are mirrored where it runs from right to left."""


@cache
def svg(name: str) -> str:
    """Return the source of an icon.

    Raises:
        KeyError: no such icon.
    """
    file = files(__name__).joinpath(f"{name}.svg")
    if not file.is_file():
        raise KeyError(name)
    return file.read_text(encoding="utf-8")
