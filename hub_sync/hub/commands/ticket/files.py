"""A ticket as files: PNG for a message, SVG for print, text for whoever makes their own code of it."""

from pathlib import Path

from hub_sync.hub.kit import qr_codes
from hub_sync.hub.kit.http.file_names import file_stem


class TicketTooLong(Exception):
    """The ids are so long that no QR code holds the ticket."""


def write_ticket(ticket: str, pid: str, folder: Path, level: str) -> dict[str, Path]:
    """Write `<pid>.png`, `.svg` and `.txt` into `folder` (made if missing); level is M or Q.

    Raises:
        TicketTooLong: more than a QR code of that level holds.
        OSError: the folder can't be written.
    """
    try:
        code = qr_codes.ticket_code(ticket, level)
    except qr_codes.TextTooLong:
        raise TicketTooLong(f"The ids are too long: no QR code of level {level} holds this ticket.") from None
    folder.mkdir(parents=True, exist_ok=True)
    stem = file_stem(pid, "ticket")
    files = {"png": folder / f"{stem}.png", "svg": folder / f"{stem}.svg", "text": folder / f"{stem}.txt"}
    files["png"].write_bytes(qr_codes.png(code))
    files["svg"].write_bytes(qr_codes.svg(code))
    files["text"].write_text(ticket + "\n", encoding="ascii")
    return files
