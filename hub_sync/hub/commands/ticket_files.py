"""A ticket as files: PNG for a message, SVG for print, text for whoever makes their own code of it."""

import re
from hashlib import sha256
from pathlib import Path

import segno

_SCALE = 8
_QUIET_ZONE = 4
"""Modules of white around the code that ISO/IEC 18004 asks for."""


class TicketTooLong(Exception):
    """The ids are so long that no QR code holds the ticket."""


def write_ticket(ticket: str, pid: str, folder: Path, level: str) -> dict[str, Path]:
    """Write `<pid>.png`, `.svg` and `.txt` into `folder` (made if missing); level is segno's M or Q.

    Raises:
        TicketTooLong: more than a QR code of that level holds.
        OSError: the folder can't be written.
    """
    try:
        # The level asked for is kept even where a higher one would fit: modules stay as large as they can be.
        drawn = segno.make_qr(ticket, error=level, boost_error=False)
    except segno.DataOverflowError:
        raise TicketTooLong(f"The ids are too long: no QR code of level {level} holds this ticket.") from None
    folder.mkdir(parents=True, exist_ok=True)
    stem = file_stem(pid)
    files = {"png": folder / f"{stem}.png", "svg": folder / f"{stem}.svg", "text": folder / f"{stem}.txt"}
    drawn.save(str(files["png"]), scale=_SCALE, border=_QUIET_ZONE)
    drawn.save(str(files["svg"]), scale=_SCALE, border=_QUIET_ZONE)
    files["text"].write_text(ticket + "\n", encoding="ascii")
    return files


def file_stem(pid: str) -> str:
    """A file name for an id: ids are foreign text and may hold slashes, dots or nothing printable.

    >>> file_stem("p-1"), file_stem("../../etc/passwd")
    ('p-1', 'etc-passwd-3754d6cb')
    """
    safe = re.sub(r"[^A-Za-z0-9_-]+", "-", pid).strip("-")[:64]
    if safe == pid:
        return safe
    return f"{safe or 'ticket'}-{sha256(pid.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
