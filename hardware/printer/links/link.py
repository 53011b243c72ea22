"""The interface of links."""

from typing import Protocol


class Link(Protocol):
    """A way to a printer. Times are seconds, deadlines `time.monotonic` seconds."""

    @property
    def can_read(self) -> bool:
        """True if the printer's answers arrive over this link."""
        ...

    def open(self, deadline: float) -> None:
        """Open the link.

        Raises:
            PrinterAccessError: the printer is not there, or may not be opened.
        """
        ...

    def write(self, data: bytes, deadline: float) -> int:
        """Write bytes; return the number of bytes that were taken before the deadline.

        Raises:
            DeviceLost: the printer is gone.
            PrinterAccessError: the system says that the printer has no paper.
        """
        ...

    def read(self, timeout: float) -> bytes:
        """Return what arrived within `timeout`, as soon as there is something; may be empty.

        Raises:
            DeviceLost: the printer is gone.
        """
        ...

    def close(self, deadline: float) -> None:
        """Close the link once the system has sent what was written, at the deadline at the latest. Never raises."""
        ...
