"""What a camera delivers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""Height x width (grey) or height x width x 3 (BGR)."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture. It crosses threads, so its pixels are read-only: copy before drawing on it."""

    image: Image
    number: int  # 1, 2, 3 ... over the capture's life, also across a re-opened camera
    captured_at: float  # monotonic seconds, when it came out of the source
