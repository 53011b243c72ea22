"""What fills the sound card's buffer: the tone that plays, and for 5 ms the one it cut off.

`fill` runs in PortAudio's real-time callback: it takes no lock and makes no array, for either could be late and a late
buffer is heard. `start` may be called from any thread; handing over is one assignment, which Python does at once or not
at all.
"""

from __future__ import annotations

import numpy as np

from hardware.tones.synthesis import SAMPLE_RATE, Samples

CROSSFADE_S = 0.005


class Mixer:
    """One voice at a time, mono."""

    def __init__(self) -> None:
        nothing: Samples = np.zeros(0, dtype=np.float32)
        self._requested: Samples | None = None
        self._current, self._position = nothing, 0
        self._fading, self._fading_position = nothing, 0
        self._ramp: Samples = np.linspace(1, 0, round(CROSSFADE_S * SAMPLE_RATE), dtype=np.float32)
        self._fade_position = self._ramp.size
        self._scratch: Samples = np.zeros_like(self._ramp)

    def start(self, samples: Samples) -> None:
        """Play `samples` (float32, mono, at `RATE`) from the next buffer on; what plays now is cut."""
        self._requested = samples

    @property
    def idle(self) -> bool:
        """Whether nothing plays or is about to."""
        return self._requested is None and self._position >= self._current.size

    def fill(self, out: Samples) -> None:
        """Overwrite `out`, shape (frames,), with what comes next: silence after a tone's end."""
        requested, self._requested = self._requested, None
        if requested is not None:
            self._fading, self._fading_position, self._fade_position = self._current, self._position, 0
            self._current, self._position = requested, 0
        out.fill(0)
        count = min(out.size, self._current.size - self._position)
        out[:count] = self._current[self._position : self._position + count]
        self._position += count
        self._mix_fade_out(out)

    def _mix_fade_out(self, out: Samples) -> None:
        count = min(
            out.size, self._fading.size - self._fading_position, self._ramp.size - self._fade_position
        )
        if count <= 0:
            return
        fading = self._scratch[:count]
        np.multiply(
            self._fading[self._fading_position : self._fading_position + count],
            self._ramp[self._fade_position : self._fade_position + count],
            out=fading,
        )
        np.add(out[:count], fading, out=out[:count])
        np.clip(out[:count], -1.0, 1.0, out=out[:count])
        self._fading_position += count
        self._fade_position += count
