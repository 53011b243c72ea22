"""A sound card made of a FIFO: ALSA's own `type file` device writes it, a thread reads it as fast as sound is heard.

ALSA's null device takes samples as fast as they come; the FIFO's small buffer and the paced reader hold PortAudio to real
time, and note when each sample arrived.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hardware.tones import SAMPLE_RATE, Samples

RunProgram = Callable[[str, Path], dict[str, Any]]

CHANNELS = 2
FRAME_BYTES = 4 * CHANNELS
CHUNK = 120  # samples: 2.5 ms


class Burst(NamedTuple):
    """A stretch of sound between silences: samples from and to."""

    start: int
    end: int

    @property
    def seconds(self) -> float:
        return (self.end - self.start) / SAMPLE_RATE


class SoundCard:
    """Emulated sound card: records the samples and their arrival times."""

    def __init__(self, folder: Path) -> None:
        self.fifo = folder / "card"
        self.config = folder / "asoundrc"
        self.config.write_text(
            "</usr/share/alsa/alsa.conf>\n"
            f'pcm.!default {{ type file  slave.pcm null  format raw  file "{self.fifo}" }}\n'
        )
        os.mkfifo(self.fifo)
        self._heard: list[tuple[float, bytes]] = []
        self._pulled = threading.Event()
        self.frozen = False  # takes no samples and reports no error
        self._thread: threading.Thread | None = None

    def plug(self) -> None:
        self._pulled.clear()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        """Disconnect: the player gets an error at once (EPIPE)."""
        self._pulled.set()
        if self._thread is not None:
            self._thread.join()

    def _read(self) -> None:
        pipe = os.open(self.fifo, os.O_RDONLY | os.O_NONBLOCK)
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 4096)
        due = time.monotonic()
        while not self._pulled.is_set():
            try:
                data = b"" if self.frozen else os.read(pipe, CHUNK * FRAME_BYTES)
            except BlockingIOError:
                data = b""
            now = time.monotonic()
            if not data:
                due = now + 0.002
            else:
                self._heard.append((now, data))
                due += len(data) / FRAME_BYTES / SAMPLE_RATE
            time.sleep(max(0.0, due - time.monotonic()))
        os.close(pipe)

    @property
    def samples(self) -> Samples:
        """The samples of the left channel."""
        return self.channels[0]

    @property
    def channels(self) -> tuple[Samples, Samples]:
        """The samples of the left and the right channel."""
        heard = b"".join(data for _, data in list(self._heard))
        whole = len(heard) // FRAME_BYTES * FRAME_BYTES
        frames = np.frombuffer(heard[:whole], dtype=np.float32).reshape(-1, CHANNELS)
        return frames[:, 0], frames[:, 1]

    def heard_at(self, sample: int) -> float:
        """Return the monotonic time at which that sample reached the card."""
        for at, data in self._heard:
            sample -= len(data) // FRAME_BYTES
            if sample < 0:
                return at
        raise IndexError

    def bursts(self, gap_s: float = 0.03) -> list[Burst]:
        """Return the stretches of sound, split at silences of `gap_s` seconds."""
        loud = np.flatnonzero(np.abs(self.samples) > 0.002)
        if not loud.size:
            return []
        edges = np.flatnonzero(np.diff(loud) > gap_s * SAMPLE_RATE)
        starts = [loud[0], *loud[edges + 1]]
        ends = [*loud[edges], loud[-1]]
        return [Burst(int(start), int(end) + 1) for start, end in zip(starts, ends, strict=True)]


class Spectrum:
    """Strength of each frequency in some samples."""

    def __init__(self, samples: Samples) -> None:
        padded = max(samples.size, SAMPLE_RATE)  # 1 Hz bins or finer
        window: NDArray[np.float64] = np.hanning(samples.size)
        self._strengths = np.abs(np.fft.rfft(samples * window, padded))
        self._hertz = np.fft.rfftfreq(padded, 1 / SAMPLE_RATE)

    @property
    def loudest_hz(self) -> float:
        return float(self._hertz[np.argmax(self._strengths)])

    def at(self, hertz: float, within: float = 4.0) -> float:
        near = np.abs(self._hertz - hertz) <= within
        return float(self._strengths[near].max())
