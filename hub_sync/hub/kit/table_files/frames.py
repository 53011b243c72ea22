"""The frames that the child process writes to its standard output: each has a kind, a length and content.

The child imports this module, so it imports nothing of the hub.
"""

import struct
from collections.abc import Iterator

ROWS, DONE, REFUSED, QUESTION = b"R", b"D", b"E", b"Q"
HEAD = struct.Struct(">cI")
ROWS_HEAD = struct.Struct(">II")
"""The line of the first row, and the number of rows; compressed JSON `[[line, [cell, …]], …]` follows."""
LONGEST_FRAME = 64 * 1024 * 1024
KINDS = (ROWS, DONE, REFUSED, QUESTION)


class FrameInvalid(Exception):
    """The child wrote something that is no frame."""


def pack(kind: bytes, content: bytes) -> bytes:
    """Return a frame."""
    return HEAD.pack(kind, len(content)) + content


class FrameParser:
    """Cuts a stream of bytes into frames."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._pending = bytearray()

    @property
    def is_empty(self) -> bool:
        """True if no part of a frame waits for its rest."""
        return not self._pending

    def feed(self, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield (kind, content) of each frame that `data` completes.

        Raises:
            FrameInvalid: the kind is unknown, or the frame is too long.
        """
        self._pending += data
        while len(self._pending) >= HEAD.size:
            kind, length = HEAD.unpack_from(self._pending)
            if kind not in KINDS or length > LONGEST_FRAME:
                raise FrameInvalid
            end = HEAD.size + length
            if len(self._pending) < end:
                return
            content = bytes(self._pending[HEAD.size : end])
            del self._pending[:end]
            yield kind, content
