"""What the page of settings shows: each with its value, where it comes from, and what the hub wants instead. Qt-free."""

from collections.abc import Sequence
from dataclasses import dataclass

from kiosk_app.messages import (
    HubWish,
    ScreenCommand,
    ScreenMessage,
    SettingEntry,
    SettingSource,
    SettingsOverview,
    SettingValue,
    ShowSettings,
)
from kiosk_app.ui.items import ListItem
from resources.themes import Signal
from resources.translations.catalogue import Texts, texts

_WORDS = ("theme", "names", "group_release")
"""Settings whose values are words with a translation."""
_ICONS = {
    SettingSource.HUB: "roster",
    SettingSource.STATION: "person",
    SettingSource.MACHINE: "tools",
    SettingSource.DEFAULT: "circle",
}


@dataclass(frozen=True, slots=True)
class SettingsPageState:
    """Everything that the page shows."""

    title: str
    text: str
    rows: tuple[ListItem, ...]


class SettingsPresenter:
    """Keeps what the station said of its settings."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._entries: tuple[SettingEntry, ...] = ()

    @property
    def state(self) -> SettingsPageState:
        """The present state: what the hub wants otherwise comes first."""
        words = self._texts
        entries = sorted(self._entries, key=lambda entry: entry.wish is None)
        return SettingsPageState(
            words("setup.settings.heading"),
            words("setup.settings.text"),
            tuple(self._row(entry) for entry in entries),
        )

    def receive(self, message: ScreenMessage) -> None:
        """Take a message into account."""
        if isinstance(message, SettingsOverview):
            self._entries = message.entries

    def tick(self) -> Sequence[ScreenCommand]:
        """Ask for the settings: the hub may change them."""
        return (ShowSettings(),)

    def _row(self, entry: SettingEntry) -> ListItem:
        words = self._texts
        name, value = words(f"setting.{entry.name}"), self._value(entry, entry.value)
        source = words(f"setup.settings.from_{entry.source.value}")
        if entry.wish is None or entry.wanted is None:
            return ListItem(entry.name, f"{name}: {value}", source, _ICONS[entry.source], signal=Signal.GREEN)
        wanted = words(f"setup.settings.wish_{entry.wish.value}", value=self._value(entry, entry.wanted))
        signal = Signal.BLUE if entry.wish is HubWish.AT_RESTART else Signal.AMBER
        badge = words(
            "setup.settings.waits" if entry.wish is HubWish.AT_RESTART else "setup.settings.otherwise"
        )
        return ListItem(
            entry.name, f"{name}: {value}", f"{source} · {wanted}", _ICONS[entry.source], badge, signal
        )

    def _value(self, entry: SettingEntry, value: SettingValue) -> str:
        words = self._texts
        if isinstance(value, bool):
            return words("setting.yes" if value else "setting.no")
        if isinstance(value, tuple):
            return ", ".join(value) or words("setting.all_queues")
        if entry.name == "mode":
            return words(f"first.mode.{value}")
        if entry.name == "language":
            return texts(str(value)).name
        if entry.name in _WORDS:
            return words(f"setting.{entry.name}.{value}") if value else words("setting.none")
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        text = str(value)
        return f"{text} {entry.unit}".strip() if text else words("setting.none")
