"""What a supervisor sets at a station, saved for the next start."""

from hub_sync.client.store import Store
from kiosk_app.messages import VOLUMES, NameDisplay, StationOptions

_KEY = "station_options"


def load_options(store: Store) -> StationOptions:
    """Return the saved options; the default in the place of what this program does not know.

    Raises:
        StoreError: the store could not be read.
    """
    saved = store.settings.get(_KEY) or {}
    names = next((mode for mode in NameDisplay if mode.value == saved.get("names")), NameDisplay.FULL)
    volume = next((step for step in VOLUMES if step == saved.get("volume")), VOLUMES[0])
    return StationOptions(names, volume, speaks=saved.get("speaks") is True)


def save_options(store: Store, options: StationOptions) -> None:
    """Save the options.

    Raises:
        StoreError: they could not be saved; the old ones stay.
    """
    saved = {"names": options.names.value, "volume": options.volume, "speaks": options.speaks}
    store.settings.put(_KEY, saved)
