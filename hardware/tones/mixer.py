"""What fills the sound card's buffer: the tone that plays, and for 5 ms the one it cut off.

`fill` runs in PortAudio's real-time callback: it takes no lock and makes no array, for either could be late and a late
buffer is heard. `start` may be called from any thread; handing over is one assignment, which Python does at once or not
at all.
"""

from __future__ import annotations

import numpy as np

from hardware.tones.synth import RATE, Samples

FADE_S = 0.005


class Mixer:
    """One voice at a time, mono."""

    def __init__(self) -> None:
        nothing: Samples = np.zeros(0, dtype=np.float32)
        self._asked: Samples | None = None
        self._voice, self._at = nothing, 0
        self._cut, self._cut_at = nothing, 0
        self._ramp: Samples = np.linspace(1, 0, round(FADE_S * RATE), dtype=np.float32)
        self._faded = self._ramp.size
        self._scratch: Samples = np.zeros_like(self._ramp)

    def start(self, samples: Samples) -> None:
        """Play `samples` (float32, mono, at `RATE`) from the next buffer on; what plays now is cut."""
        self._asked = samples

    @property
    def idle(self) -> bool:
        """Whether nothing plays or is about to."""
        return self._asked is None and self._at >= self._voice.size

    def fill(self, out: Samples) -> None:
        """Overwrite `out`, shape (frames,), with what comes next: silence after a tone's end."""
        asked, self._asked = self._asked, None
        if asked is not None:
            self._cut, self._cut_at, self._faded = self._voice, self._at, 0
            self._voice, self._at = asked, 0
        out.fill(0)
        count = min(out.size, self._voice.size - self._at)
        out[:count] = self._voice[self._at : self._at + count]
        self._at += count
        self._add_fade(out)

    def _add_fade(self, out: Samples) -> None:
        count = min(out.size, self._cut.size - self._cut_at, self._ramp.size - self._faded)
        if count <= 0:
            return
        fading = self._scratch[:count]
        np.multiply(
            self._cut[self._cut_at : self._cut_at + count],
            self._ramp[self._faded : self._faded + count],
            out=fading,
        )
        np.add(out[:count], fading, out=out[:count])
        np.clip(out[:count], -1.0, 1.0, out=out[:count])
        self._cut_at += count
        self._faded += count
