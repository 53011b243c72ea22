"""A link to an emulated printer without a socket: thousands of prints take seconds."""

from hardware.printer.emulators import ReceiptPrinter


class DirectLink:
    """Bytes go to the printer at once. Nothing is waited for, as its answers are there at once or never."""

    can_read = True

    def __init__(self, printer: ReceiptPrinter) -> None:
        self._printer, self._answers = printer, b""

    def open(self, deadline: float) -> None:
        self._answers = b""

    def write(self, data: bytes, deadline: float) -> int:
        taken = data[: self._printer.room]
        self._answers += self._printer.receive(taken)
        return len(taken)

    def read(self, timeout: float) -> bytes:
        answers, self._answers = self._answers, b""
        return answers

    def close(self, deadline: float) -> None:
        pass
