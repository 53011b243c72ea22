"""Theme and language as the operator chose them, saved in the station's store."""

from dataclasses import asdict, dataclass

from hub_sync.client.store import Store

_KEY = "appearance"


@dataclass(frozen=True, slots=True)
class Appearance:
    """The theme and the language of the screens, by their names."""

    theme: str
    language: str


def load_appearance(store: Store, default: Appearance) -> Appearance:
    """Return the saved appearance; `default` where nothing is saved.

    Raises:
        StoreError: the store could not be read.
    """
    saved = store.settings.get(_KEY, {})
    return Appearance(saved.get("theme", default.theme), saved.get("language", default.language))


def save_appearance(store: Store, appearance: Appearance) -> None:
    """Save the appearance for the next start.

    Raises:
        StoreError: the store could not be written.
    """
    store.settings.put(_KEY, asdict(appearance))
