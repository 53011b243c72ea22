"""Executes the commands of the scanner's set-up on the gate's thread."""

import contextlib

from hardware.errors import DeviceError
from hardware.relay.address import RelayAddress, RelayAddressError, resolve_port
from hardware.scanner import HandScanner, ScannerAddress, list_scanners
from hub_sync.client.store import Store
from kiosk_app.core.setup.scanner_setup import load_scanner, save_scanner
from kiosk_app.messages import ScannerChoices, ScannerCommand, UseScanner


class ScannerCommands:
    """Lists scanners, and changes the one that is read. `relay` is the relay board's address, whose port is no scanner's."""

    def __init__(self, scanner: HandScanner | None = None, relay: str = "") -> None:
        self._scanner, self._relay = scanner or HandScanner(), relay

    def execute(self, store: Store, command: ScannerCommand) -> ScannerChoices:
        """Execute a command; return the scanners of this machine, and the one in use.

        Raises:
            StoreError: the address could not be saved; the scanner that is read stays.
        """
        if isinstance(command, UseScanner):
            address = ScannerAddress.parse(command.address)
            if command.save:
                save_scanner(store, address)
            if address != self._scanner.address:
                self._scanner.use(address)
        current = str(self._scanner.address)
        return ScannerChoices(
            list_scanners(self._relay_ports()),
            current,
            self._scanner.health().fault,
            saved=load_scanner(store, "") == current,
        )

    def _relay_ports(self) -> tuple[str, ...]:
        with contextlib.suppress(DeviceError, RelayAddressError):
            return (resolve_port(RelayAddress.parse(self._relay)),)
        return ()
