"""The newest part of the station's log in its folder, for the hub's command `upload-log`. What is too old is dropped.

It holds what stderr gets, after `hide_secrets`. A disk that is full or gone costs lines of the log, and nothing else.
"""

import contextlib
import gzip
import re
import threading
from io import FileIO
from pathlib import Path
from typing import TextIO

from hub_sync.contract.fleet import MAX_UPLOAD_LOG

LOG_FILE, OLD_LOG_FILE = "station.log", "station.log.1"
MAX_BYTES = 1 << 20
"""The size at which the file becomes the old one, which replaces the one before."""
_PERSONAL = (
    re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{1,190}"),  # e-mail addresses
    re.compile(r"(?<![\w.:-])\+?\d[\d ()/-]{8,20}\d(?![\w.:-])"),  # telephone numbers
)
_HIDDEN = "[hidden]"


class LogFile:
    """A stream that writes to another one and to the file. Safe from any thread."""

    def __init__(self, folder: Path, stream: TextIO) -> None:
        self._path, self._old, self._stream = folder / LOG_FILE, folder / OLD_LOG_FILE, stream
        self._lock = threading.Lock()
        self._file: FileIO | None = None
        self._size = 0
        self._is_closed = False

    def write(self, text: str) -> int:
        """Write to both; return the number of characters."""
        with contextlib.suppress(OSError, ValueError):  # a terminal that was closed must not end a station
            self._stream.write(text)
        with self._lock, contextlib.suppress(OSError, ValueError):
            self._append(text.encode("utf-8", "replace"))
        return len(text)

    def flush(self) -> None:
        """Flush the other stream. The file is written without a buffer."""
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()

    def isatty(self) -> bool:
        """Return False: no colours in the file."""
        return False

    def close(self) -> None:
        """Close the file. What comes later goes to the other stream only."""
        with self._lock:
            self._is_closed = True
            self._close()

    def read(self) -> bytes:
        """Return the newest part, compressed with gzip, without what looks like personal data; at most MAX_UPLOAD_LOG bytes."""
        with self._lock:
            content = b"".join(path.read_bytes() for path in (self._old, self._path) if path.exists())
        text = content.decode("utf-8", "replace")
        for pattern in _PERSONAL:
            text = pattern.sub(_HIDDEN, text)
        while text:
            packed = gzip.compress(text.encode())
            if len(packed) <= MAX_UPLOAD_LOG:
                return packed
            text = text[len(text) // 4 :].partition("\n")[2]
        return b""

    def _append(self, content: bytes) -> None:
        if self._is_closed:
            return
        if self._size + len(content) > MAX_BYTES:
            self._close()
            self._path.replace(self._old)
        if self._file is None:
            self._file = FileIO(self._path, "ab")
            self._path.chmod(0o600)
            self._size = self._file.tell()
        self._file.write(content)
        self._size += len(content)

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file, self._size = None, 0
