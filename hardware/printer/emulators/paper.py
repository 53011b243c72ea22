"""What came out of an emulated printer."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(slots=True)
class PrintedSlip:
    """The paper from one cut to the next: rows of dots, and letters that were sent as text (there should be none)."""

    rows: list[bytes] = field(default_factory=list)
    text: bytes = b""
    is_cut: bool = False

    def picture(self) -> NDArray[np.uint8]:
        """Return the slip as a grey picture, black on white."""
        width = max((len(row) for row in self.rows), default=1)
        padded = b"".join(row.ljust(width, b"\0") for row in self.rows) or bytes(width)
        dots = np.unpackbits(np.frombuffer(padded, dtype=np.uint8)).reshape(-1, width * 8)
        return np.where(dots, 0, 255).astype(np.uint8)

    def packed(self, width: int) -> bytes:
        """Return the rows as a raster of `width` dots."""
        return b"".join(row.ljust(width // 8, b"\0") for row in self.rows)

    @property
    def is_blank(self) -> bool:
        """True if there is no black dot and no letter."""
        return not self.text and not any(any(row) for row in self.rows)
