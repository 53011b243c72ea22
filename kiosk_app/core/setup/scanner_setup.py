"""The hand-held scanner's address as the set-up learned it, saved in the station's store."""

from hardware.scanner import ScannerAddress, ScannerAddressError
from hub_sync.client.store import Store

_KEY = "scanner"


def load_scanner(store: Store, default: str, *, scanner: str | None = None) -> str:
    """Return the address of this run: `scanner` of the command line, then the saved one, then `default`.

    Raises:
        StoreError: the store could not be read.
    """
    if scanner is not None:
        return scanner
    saved = str(store.settings.get(_KEY, ""))
    try:
        ScannerAddress.parse(saved)
    except ScannerAddressError:  # of another version
        return default
    return saved or default


def save_scanner(store: Store, address: ScannerAddress) -> None:
    """Save what the set-up learned, for the next start.

    Raises:
        StoreError: the store could not be written.
    """
    store.settings.put(_KEY, str(address))
