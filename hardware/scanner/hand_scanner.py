"""The hand-held scanner of a station: reads its device on a thread of its own, and reopens it after a fault."""

import logging
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from hardware.errors import DeviceError
from hardware.scanner.address import ScannerAddress
from hardware.scanner.evdev_scanner import EvdevScanner
from hardware.scanner.health import ScannerFault, ScannerHealth, ScannerState, fault_of
from hardware.scanner.profile import ScannerProfile
from hardware.scanner.serial_scanner import SerialScanner
from hardware.scanner.source import ScannerSource
from hardware.scanner.transmission import Transmission

_log = logging.getLogger(__name__)

DRIVERS: dict[str, Callable[[ScannerAddress], ScannerSource]] = {
    "evdev": EvdevScanner,
    "serial": SerialScanner,
}
"""Scheme -> driver. `keys:` has none: the window reads the keys."""
CODES_A_SECOND = 10
"""More codes than a scanner reads: what comes beyond is dropped, or a flood would keep the gate busy."""
FLOODING_FOR_S = 3.0
RETRY_DELAYS_S = (0.2, 0.5, 1.0, 2.0)

OnCode = Callable[[Transmission], None]
_MESSAGES = {
    ScannerFault.OPENING: "The scanner is being opened.",
    ScannerFault.FLOODING: "The scanner sends without a pause; check its settings and its cable.",
    ScannerFault.FAILED: "The scanner's driver failed; the log has the details.",
}


class HandScanner:
    """Reads one scanner. `use` changes it while it runs. `on_code` is called on the scanner's thread."""

    def __init__(
        self,
        address: ScannerAddress | str = "keys:",
        *,
        drivers: dict[str, Callable[[ScannerAddress], ScannerSource]] | None = None,
        retry_delays: tuple[float, ...] = RETRY_DELAYS_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the address.

        Raises:
            ScannerAddressError: the address is invalid.
        """
        self._address = ScannerAddress.parse(address) if isinstance(address, str) else address
        self._drivers, self._retry_delays, self._clock = drivers or DRIVERS, retry_delays, clock
        self._on_code: OnCode = lambda _: None
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._health = self._first_health()
        self._started = False
        self._flooding_until = 0.0
        self._recent: list[float] = []

    @property
    def address(self) -> ScannerAddress:
        """The scanner that is read now."""
        return self._address

    def profile(self, place: str) -> ScannerProfile:
        """Return the settings by which codes of a place are read: keys in the window are no scanner's on a serial line."""
        address = self._address
        return address.profile if address.place == place else ScannerProfile()

    def start(self, on_code: OnCode) -> None:
        """Start to read. Does nothing but remember `on_code` for a scanner whose keys the window reads."""
        self._on_code, self._started = on_code, True
        self._start()

    def stop(self, timeout: float = 2.0) -> None:
        """Release the device, within `timeout` seconds."""
        self._stop.set()
        with self._changed:
            self._changed.notify_all()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout)
        self._thread = None

    def use(self, address: ScannerAddress) -> None:
        """Read another scanner, or this one by other settings."""
        self.stop()
        self._address = address
        self._health = self._first_health()
        if self._started:
            self._start()

    def health(self) -> ScannerHealth:
        """Return the current health."""
        with self._changed:
            if self._health.state is ScannerState.READY and self._clock() < self._flooding_until:
                return ScannerHealth(
                    ScannerState.READY, _MESSAGES[ScannerFault.FLOODING], ScannerFault.FLOODING
                )
            return self._health

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # --- inside

    def _first_health(self) -> ScannerHealth:
        if self._address.scheme not in self._drivers:
            return ScannerHealth(ScannerState.WINDOW)
        return ScannerHealth(ScannerState.MISSING, _MESSAGES[ScannerFault.OPENING], ScannerFault.OPENING)

    def _start(self) -> None:
        driver = self._drivers.get(self._address.scheme)
        if driver is None or self._thread is not None:
            return
        self._stop = threading.Event()
        arguments = (driver, self._address, self._stop)
        self._thread = threading.Thread(target=self._run, args=arguments, name="scanner", daemon=True)
        self._thread.start()

    def _run(
        self,
        driver: Callable[[ScannerAddress], ScannerSource],
        address: ScannerAddress,
        stop: threading.Event,
    ) -> None:
        failures = 0
        while not stop.is_set():
            source = driver(address)
            try:
                source.open()
                failures = 0
                self._set_health(ScannerHealth(ScannerState.READY), stop)
                self._read(source, stop)
            except DeviceError as error:
                self._set_health(ScannerHealth(ScannerState.MISSING, str(error), fault_of(error)), stop)
            except Exception:  # noqa: BLE001 -- a bug of the driver; a scanner that is given up never comes back
                _log.exception("scanner: the driver failed; the scanner is opened again")
                health = ScannerHealth(
                    ScannerState.MISSING, _MESSAGES[ScannerFault.FAILED], ScannerFault.FAILED
                )
                self._set_health(health, stop)
            finally:
                source.close()
            failures += 1
            stop.wait(self._retry_delays[min(failures, len(self._retry_delays)) - 1])

    def _read(self, source: ScannerSource, stop: threading.Event) -> None:
        while not stop.is_set():
            codes = source.read()
            if source.is_flooding:
                self._flooding_until = self._clock() + FLOODING_FOR_S
            for code in codes:
                if self._is_too_many():
                    self._flooding_until = self._clock() + FLOODING_FOR_S
                elif not stop.is_set():
                    self._on_code(code)

    def _is_too_many(self) -> bool:
        now = self._clock()
        self._recent = [at for at in self._recent if now - at < 1.0]
        if len(self._recent) >= CODES_A_SECOND:
            return True
        self._recent.append(now)
        return False

    def _set_health(self, health: ScannerHealth, stop: threading.Event) -> None:
        with self._changed:
            if not stop.is_set():
                self._health = health
