"""The operator's name, which the override panel begins with, saved in the station's store."""

from hub_sync.client.store import Store

_KEY = "operator"


def load_operator(store: Store, default: str) -> str:
    """Return the name of the operator who confirmed the last override; `default` if there was none yet.

    Raises:
        StoreError: the store could not be read.
    """
    return str(store.settings.get(_KEY, default))


def save_operator(store: Store, name: str) -> None:
    """Save the operator's name for the next start.

    Raises:
        StoreError: the store could not be written.
    """
    if store.settings.get(_KEY) != name:
        store.settings.put(_KEY, name)
