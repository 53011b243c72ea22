"""The values that shared widgets show, frozen and without Qt: screens put them into their view states."""

from dataclasses import dataclass

from resources.themes import Signal

TAKES_TYPING = "takesTyping"
"""The property of a widget that is typed into without being one of Qt's fields."""


@dataclass(frozen=True, slots=True)
class Chip:
    """A few words with an icon. `signal` None: neutral; `icon` is an icon's name; `short` replaces a `text` that is too wide."""

    text: str
    signal: Signal | None = None
    icon: str = ""
    short: str = ""


@dataclass(frozen=True, slots=True)
class ListItem:
    """A row of an `ItemList`. `id` is unique in its list.

    `signal` colours the badge, or the icon of a compact row. `trailing` is a short text at the row's end, in a card beside the title.
    """

    id: str
    title: str
    subtitle: str = ""
    icon: str = ""
    badge: str = ""
    signal: Signal | None = None
    trailing: str = ""
    current: bool = False

    @property
    def spoken(self) -> str:
        """The row for a screen reader."""
        return ", ".join(part for part in (self.title, self.subtitle, self.badge, self.trailing) if part)


@dataclass(frozen=True, slots=True)
class OccupancyBar:
    """The occupancy of a zone, shown by bar, figures and word. `fraction` None: no limit, so no bar."""

    name: str
    figures: str
    level: str
    fraction: float | None
    signal: Signal
