"""Scanners that type like a keyboard, read as a Linux input device.

The device is grabbed: its keys come to this program alone, whatever has the focus and whatever layout or caps lock the desktop
has. Only the device that the address names is opened, so that the operator's keyboard is never taken.
"""

import contextlib
import errno
import time
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from hardware.errors import DeviceAccessDenied, DeviceBusy, DeviceError, DeviceLost, DeviceMissing
from hardware.ready_files import wait_ready
from hardware.scanner.address import ScannerAddress
from hardware.scanner.framing import Framer
from hardware.scanner.key_decoder import KeyDecoder
from hardware.scanner.keystroke import Keystroke
from hardware.scanner.source import WAIT_S
from hardware.scanner.transmission import Transmission

UDEV_RULE = "70-doorward-scanner.rules"
"""The rule in `packaging/udev` that lets the station's user read scanners."""
_EV_SYN, _EV_KEY, _SYN_DROPPED = 0, 1, 3
_LETTERS = frozenset({*range(16, 26), *range(30, 39), *range(44, 51)})
_FLOOD_KEYS = 4_096


class InputDevice(Protocol):
    """The part of `evdev.InputDevice` that is used here."""

    fd: int
    name: str

    def grab(self) -> None:
        """Take the device for this program alone."""

    def read(self) -> Iterable[Any]:
        """Return the events that wait: each has `type`, `code`, `value`, `sec` and `usec`."""

    def close(self) -> None:
        """Release the device."""


def open_device(path: str) -> InputDevice:
    """Open an input device by its path.

    Raises:
        DeviceMissing: this system has no input devices, or the library for them is not installed.
    """
    try:
        import evdev  # noqa: PLC0415 -- Linux only
    except ImportError as error:
        raise DeviceMissing("Input devices can be read on Linux only, with the package evdev.") from error
    device: InputDevice = evdev.InputDevice(path)
    return device


def list_keyboards() -> list[tuple[str, str]]:
    """Return (path, name) of the input devices with letter keys that this user may open."""
    try:
        import evdev  # noqa: PLC0415 -- Linux only
    except ImportError:
        return []
    keyboards = []
    for path in evdev.list_devices():
        with contextlib.suppress(OSError):
            device = evdev.InputDevice(path)
            try:
                if set(device.capabilities().get(_EV_KEY, [])) >= _LETTERS:
                    keyboards.append((path, device.name))
            finally:
                device.close()
    return keyboards


class EvdevScanner:
    """Reads one input device. `open_` and `list_` stand for the library in tests."""

    def __init__(
        self,
        address: ScannerAddress,
        *,
        open_: Callable[[str], InputDevice] = open_device,
        list_: Callable[[], list[tuple[str, str]]] = list_keyboards,
        grab: bool = True,
    ) -> None:
        self._address, self._open, self._list, self._grab = address, open_, list_, grab
        self._device: InputDevice | None = None
        self._decoder, self._framer = KeyDecoder(), Framer[Keystroke](address.profile.suffix)
        self._since_code = 0

    def open(self) -> None:
        """Open and grab the device."""
        self.close()
        path = self._address.path or self._find()
        try:
            device = self._open(path)
        except OSError as error:
            raise _open_error(error, path) from error
        if self._grab:
            try:
                device.grab()
            except OSError as error:
                device.close()
                raise _open_error(error, path) from error
        self._device, self._since_code = device, 0
        self._decoder, self._framer = KeyDecoder(), Framer[Keystroke](self._address.profile.suffix)

    def read(self) -> tuple[Transmission, ...]:
        """Return the codes that arrived."""
        if self._device is None:
            raise DeviceLost("The scanner is not open.")
        try:
            events = list(self._device.read()) if wait_ready(self._device.fd, WAIT_S) else []
        except (OSError, ValueError) as error:  # ValueError: the descriptor is closed
            raise DeviceLost(
                f"The scanner {self._address.path or self._address.name} was unplugged."
            ) from error
        codes = [self._take(event) for event in events]
        if not events:
            codes.append(self._framer.expire(round(time.time() * 1000)))  # the kernel's clock of the events
        transmissions = tuple(Transmission(keys=code) for code in codes if code)
        self._since_code = 0 if transmissions or not events else self._since_code + len(events)
        return transmissions

    def close(self) -> None:
        """Release the device."""
        device, self._device = self._device, None
        if device is not None:
            with contextlib.suppress(OSError):
                device.close()

    @property
    def is_flooding(self) -> bool:
        """True after more keys without a code than any code has: a key that is held down, or no scanner."""
        return self._since_code > _FLOOD_KEYS

    def _take(self, event: Any) -> tuple[Keystroke, ...] | None:
        if event.type == _EV_SYN and event.code == _SYN_DROPPED:
            self._framer.discard()  # the kernel lost keys: half a code must not be decided
            self._decoder = KeyDecoder()
            return None
        if event.type != _EV_KEY:
            return None
        now_ms = event.sec * 1000 + event.usec // 1000
        key = self._decoder.feed(event.code, event.value, now_ms)
        if key is None:
            return None
        return self._framer.feed(key, "\r" if key.text == "\n" else key.text, now_ms)

    def _find(self) -> str:
        name = self._address.name
        paths = [path for path, each in self._list() if each == name]
        if not paths:
            raise DeviceMissing(f"The scanner {name} is not connected.")
        if len(paths) > 1:
            raise DeviceBusy(f"Two devices are called {name}; take one by its link in /dev/input/by-path.")
        return paths[0]


def _open_error(error: OSError, path: str) -> DeviceError:
    if error.errno in (errno.EACCES, errno.EPERM):
        return DeviceAccessDenied(
            f"No permission to read the scanner {path}; install the udev rule {UDEV_RULE} and plug the scanner in again."
        )
    if error.errno == errno.EBUSY:
        return DeviceBusy(f"The scanner {path} is in use by another program.")
    return DeviceMissing(f"There is no scanner at {path}; is it plugged in?")
