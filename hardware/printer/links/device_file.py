"""Receipt printers that the kernel made a device file of, as Linux does on USB and parallel ports (`/dev/usb/lp0`).

The kernel's driver reports a printer without paper as a full disk (ENOSPC) and one that is off-line as a faulty one (EIO).
"""

import contextlib
import errno
import os
import stat
import time
from pathlib import Path

from hardware.errors import DeviceLost
from hardware.printer.printer import PrinterAccessError, PrinterState
from hardware.ready_files import wait_ready

_CHUNK = 1024


class DeviceFileLink:
    """One device file."""

    def __init__(self, path: str) -> None:
        self._path, self._fd = path, -1
        self.can_read = True

    def open(self, deadline: float) -> None:  # noqa: ARG002 -- opened without waiting
        """Open the file; one that may not be read is written only."""
        try:
            if not stat.S_ISCHR(Path(self._path).stat().st_mode):
                raise PrinterAccessError(PrinterState.MISSING, f"{self._path} is no device of a printer.")
            self._fd = self._open_file()
        except OSError as error:
            if error.errno in {errno.EACCES, errno.EPERM, errno.EBUSY}:
                raise PrinterAccessError(
                    PrinterState.NO_ACCESS,
                    f"{self._path} is in use, or this user may not open it; add this user to the group lp.",
                ) from error
            raise PrinterAccessError(
                PrinterState.MISSING, f"There is no printer at {self._path}; is it plugged in?"
            ) from error

    def _open_file(self) -> int:
        flags = os.O_NONBLOCK | getattr(os, "O_NOCTTY", 0)
        try:
            return os.open(self._path, os.O_RDWR | flags)
        except PermissionError:
            self.can_read = False
            return os.open(self._path, os.O_WRONLY | flags)

    def write(self, data: bytes, deadline: float) -> int:
        """Write as much as the printer takes."""
        fd, sent = self._open_fd(), 0
        while sent < len(data):
            if not wait_ready(fd, deadline - time.monotonic(), to_write=True):
                break
            try:
                sent += os.write(fd, data[sent : sent + _CHUNK])
            except BlockingIOError:
                continue
            except OSError as error:
                if error.errno == errno.ENOSPC:
                    raise PrinterAccessError(
                        PrinterState.PAPER_OUT, f"The printer at {self._path} has no paper."
                    ) from error
                raise self._lost() from error
        return sent

    def read(self, timeout: float) -> bytes:
        """Return what arrived."""
        fd = self._open_fd()
        if not self.can_read:
            time.sleep(timeout)
            return b""
        if not wait_ready(fd, timeout):
            return b""
        try:
            return os.read(fd, 256)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise self._lost() from error

    def close(self, deadline: float) -> None:  # noqa: ARG002 -- the kernel's driver goes on sending
        """Close the file."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            with contextlib.suppress(OSError):
                os.close(fd)

    def _open_fd(self) -> int:
        if self._fd < 0:
            raise DeviceLost("The printer is not open.")
        return self._fd

    def _lost(self) -> DeviceLost:
        return DeviceLost(f"The printer at {self._path} was unplugged.")
