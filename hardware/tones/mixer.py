"""Mixer: fills the buffer of the sound card with the current tone, and for 5 ms with the interrupted one.

`fill` runs in the real-time callback of PortAudio. It takes no lock and allocates no array, because both can be slow
and a late buffer is audible. `start` may be called from any thread: the hand-over is one assignment, which is atomic in
Python.
"""

from __future__ import annotations

import numpy as np

from hardware.tones.synthesis import SAMPLE_RATE, Samples

CROSSFADE_S = 0.005


class Mixer:
    """Mono mixer for one tone at a time, at `rate` samples a second."""

    def __init__(self, rate: int = SAMPLE_RATE) -> None:
        empty: Samples = np.zeros(0, dtype=np.float32)
        self._requested: Samples | None = None
        self._current, self._position = empty, 0
        self._fading, self._fading_position = empty, 0
        self._ramp: Samples = np.linspace(1, 0, round(CROSSFADE_S * rate), dtype=np.float32)
        self._fade_position = self._ramp.size
        self._scratch: Samples = np.zeros_like(self._ramp)

    def start(self, samples: Samples) -> None:
        """Play `samples` (float32, mono, at the mixer's rate) from the next buffer on. Interrupts the current tone."""
        self._requested = samples

    @property
    def idle(self) -> bool:
        """True if no tone plays or is about to."""
        return self._requested is None and self._position >= self._current.size

    def fill(self, out: Samples) -> None:
        """Overwrite `out`, shape (frames,), with the next samples; silence after the end of a tone."""
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
