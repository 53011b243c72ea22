"""The relay board's address as the set-up chose it, saved in the station's store."""

from hardware.relay import RelayAddress, RelayAddressError, create_board
from hub_sync.client.store import Store

_KEY = "relay"


def load_board(store: Store, default: str, *, relay: str | None = None) -> str:
    """Return the address of this run: `relay` of the command line, then the saved one, then `default`; empty: no turnstile.

    Raises:
        StoreError: the store could not be read.
    """
    return relay if relay is not None else saved_board(store) or default


def saved_board(store: Store) -> str:
    """Return the saved address; empty: none is, or one that this version does not know.

    Raises:
        StoreError: the store could not be read.
    """
    saved = str(store.settings.get(_KEY, ""))
    try:
        create_board(saved)
    except RelayAddressError:
        return ""
    return saved


def forget_board(store: Store) -> None:
    """Forget the saved board.

    Raises:
        StoreError: the store could not be written.
    """
    store.settings.put(_KEY, "")


def save_board(store: Store, address: RelayAddress) -> None:
    """Save the board and its channel for the next start.

    Raises:
        StoreError: the store could not be written.
    """
    store.settings.put(_KEY, address.text)
