"""The printer's address as the set-up chose it, saved in the station's store."""

from hardware.printer import PrinterAddress, PrinterAddressError
from hub_sync.client.store import Store

_KEY = "printer"
NO_PRINTER = "none"
"""Saved where somebody chose to have no printer, whatever the settings name."""


def load_printer(store: Store, default: str, *, printer: str | None = None) -> str:
    """Return the address of this run: `printer` of the command line, then the saved one, then `default`; empty: no printer.

    Raises:
        StoreError: the store could not be read.
    """
    if printer is not None:
        return printer
    saved = str(store.settings.get(_KEY, ""))
    if saved == NO_PRINTER:
        return ""
    try:
        PrinterAddress.parse(saved)
    except PrinterAddressError:  # none, or of another version
        return default
    return saved


def save_printer(store: Store, address: PrinterAddress | None) -> None:
    """Save the printer for the next start; None: no printer.

    Raises:
        StoreError: the store could not be written.
    """
    store.settings.put(_KEY, NO_PRINTER if address is None else address.text)
