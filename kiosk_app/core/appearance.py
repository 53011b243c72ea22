"""Theme and language as the operator chose them, saved in the station's store."""

from dataclasses import dataclass

from hub_sync.client.store import Store
from resources.themes import THEMES
from resources.translations import LANGUAGES

_KEY = "appearance"


@dataclass(frozen=True, slots=True)
class Appearance:
    """The theme and the language of the screens, by their names."""

    theme: str
    language: str


def load_appearance(
    store: Store, default: Appearance, *, theme: str | None = None, language: str | None = None
) -> Appearance:
    """Return the appearance of this run: `theme` and `language` of the command line, then the saved ones, then `default`.

    Raises:
        StoreError: the store could not be read.
    """
    saved = store.settings.get(_KEY, {})
    return Appearance(
        theme or _known(saved.get("theme"), THEMES) or default.theme,
        language or _known(saved.get("language"), LANGUAGES) or default.language,
    )


def save_appearance(store: Store, *, theme: str | None = None, language: str | None = None) -> None:
    """Save what the operator chose, for the next start; None leaves the saved one.

    Raises:
        StoreError: the store could not be written.
    """
    chosen = {"theme": theme, "language": language}
    saved = store.settings.get(_KEY, {})
    store.settings.put(_KEY, saved | {name: value for name, value in chosen.items() if value is not None})


def _known(name: object, names: tuple[str, ...]) -> str | None:
    """Return a saved name if this version still has it."""
    return next((known for known in names if known == name), None)
