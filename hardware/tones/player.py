"""Tone player on PortAudio. One output stream stays open, because opening takes longer than a tone may be delayed.

A gate works without sound: nothing here raises to the caller, and `health()` reports a fault, so that the screen can
flash instead. The player searches for a disconnected device in the background. Use one player per process: to find a new
device, PortAudio must be restarted, which ends all its streams. Before each start, a process of its own tries it, because
PortAudio may crash or hang where ALSA is not set up.
"""

# ruff: noqa: SLF001 -- sounddevice offers no public name for starting and ending PortAudio

from __future__ import annotations

import atexit
import importlib
import logging
import threading
import time
from collections.abc import Callable
from ctypes.util import find_library
from dataclasses import dataclass
from enum import Enum
from types import ModuleType, TracebackType
from typing import Any, Self

import numpy as np

from hardware.errors import DeviceError
from hardware.tones.mixer import Mixer
from hardware.tones.output import AudioCallback, open_output
from hardware.tones.synthesis import SAMPLE_RATE, Samples, Tone, synthesize
from hardware.tones.trial_start import try_portaudio

CHECK_INTERVAL_S = 0.5
REOPEN_INTERVAL_S = 3.0
MAX_REOPEN_INTERVAL_S = 30.0  # each attempt starts a process, for ever on a machine without sound
CALLBACK_TIMEOUT_S = 1.5  # without a callback for so long, the stream counts as dead

_log = logging.getLogger(__name__)


class SoundState(Enum):
    """State of the sound output."""

    AUDIBLE = "audible"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class SoundHealth:
    """State, and the message for the operator if it is SILENT."""

    state: SoundState
    message: str = ""


OPENING = SoundHealth(SoundState.SILENT, "The sound is being opened.")
"""Until the first attempt to open it has ended."""


class TonePlayer:
    """Plays tones on `device` (a PortAudio name or index; None: the system default) at `volume` 0 to 1."""

    def __init__(
        self,
        *,
        device: str | int | None = None,
        volume: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        import_sounddevice: Callable[[], ModuleType] = lambda: importlib.import_module("sounddevice"),
        trial_start: Callable[[threading.Event], str] = try_portaudio,
    ) -> None:
        if not 0.0 <= volume <= 1.0:
            raise ValueError(f"volume {volume} is not from 0 to 1")
        self._device = device
        self._clock = clock
        self._import_sounddevice, self._trial_start = import_sounddevice, trial_start
        self._volume = np.float32(volume)
        self._rate = SAMPLE_RATE
        self._mixer = Mixer()
        self._tones = self._synthesize_tones()
        self._portaudio: Any = None
        self._stream: Any = None
        self._health = OPENING
        self._callback_count = self._checked_count = 0
        self._last_callback_at = self._retry_at = clock()
        self._failures = 0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> Self:
        """Open and supervise the device on a thread of its own."""
        if self._thread is None:
            self._stop.clear()
            self._thread = threading.Thread(target=self._supervise, name="tones", daemon=True)
            self._thread.start()
            atexit.register(self.close)
        return self

    def close(self) -> None:
        """Stop the sound and close the device. May be called twice."""
        atexit.unregister(self.close)
        self._stop.set()
        thread, self._thread = self._thread, None
        if thread is None:
            self._close_stream()
            self._terminate_portaudio()
        else:
            thread.join(
                timeout=2
            )  # the thread closes the device and may hang with it; then only the end of the process helps
        self._health = SoundHealth(SoundState.SILENT, "The sound is closed.")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def health(self) -> SoundHealth:
        """Return True if a tone would be heard, and if not, the reason."""
        return self._health

    @property
    def idle(self) -> bool:
        """True if no tone plays or is about to."""
        return self._mixer.idle

    def play(self, tone: Tone) -> None:
        """Start `tone` now and interrupt the current one. Does not block. Does nothing while silent."""
        if self._health.state is SoundState.AUDIBLE:
            self._mixer.start(self._tones[tone])

    def set_volume(self, volume: float) -> None:
        """Play at another volume from the next tone on, 0 to 1. May be called from any thread.

        Raises:
            ValueError: it is not from 0 to 1.
        """
        if not 0.0 <= volume <= 1.0:
            raise ValueError(f"volume {volume} is not from 0 to 1")
        self._volume = np.float32(volume)
        self._tones = self._synthesize_tones()

    def run_once(self) -> None:
        """Open the stream if it is due, or check that it is alive."""
        now = self._clock()
        if self._stream is None:
            if now >= self._retry_at:
                self._retry_at = now + min(REOPEN_INTERVAL_S * 2**self._failures, MAX_REOPEN_INTERVAL_S)
                self._set_health(self._open())
                self._failures = 0 if self._stream is not None else self._failures + 1
            return
        if self._callback_count != self._checked_count:
            self._checked_count, self._last_callback_at = self._callback_count, now
        if not self._stream.active or now - self._last_callback_at > CALLBACK_TIMEOUT_S:
            self._set_health(
                SoundHealth(
                    SoundState.SILENT, "The sound device was disconnected; the station is searching for it."
                )
            )
            self._close_stream()
            self._retry_at = now

    def _supervise(self) -> None:
        while not self._stop.is_set():
            try:
                self.run_once()
            except Exception:  # noqa: BLE001 -- a bug here may stop the sound, never the gate
                _log.exception("tones: the supervisor failed")
            self._stop.wait(CHECK_INTERVAL_S)
        self._close_stream()
        self._terminate_portaudio()

    def _open(self) -> SoundHealth:
        if fault := self._trial_start(self._stop):
            return SoundHealth(SoundState.SILENT, fault)
        try:
            self._restart_portaudio()
        except Exception as error:  # noqa: BLE001 -- a package or a library may be missing, damaged, or not start
            return SoundHealth(SoundState.SILENT, f"No sound: {_library_fault(error)}")
        try:
            self._stream = open_output(self._portaudio, self._device, self._prepare)
        except DeviceError as error:
            return SoundHealth(SoundState.SILENT, str(error))
        self._last_callback_at = self._clock()
        return SoundHealth(SoundState.AUDIBLE)

    def _prepare(self, rate: int) -> AudioCallback:
        """Prepare the tones for a stream at `rate` samples a second."""
        if rate != self._rate:
            self._rate = rate
            self._tones = self._synthesize_tones()
        self._mixer = Mixer(rate)
        return self._on_audio_callback

    def _synthesize_tones(self) -> dict[Tone, Samples]:
        return {tone: (synthesize(tone, self._rate) * self._volume).astype(np.float32) for tone in Tone}

    def _restart_portaudio(self) -> None:
        """Start PortAudio, or restart it, because it lists its devices only when it starts."""
        loaded = self._portaudio is not None
        if not loaded:
            self._portaudio = self._import_sounddevice()
            # Its exit handler would wait for ever for a hung device and delay the exit handlers of the doors.
            atexit.unregister(self._portaudio._exit_handler)
        if loaded or not self._portaudio._initialized:
            self._terminate_portaudio()
            self._portaudio._initialize()

    def _terminate_portaudio(self) -> None:
        while self._portaudio is not None and self._portaudio._initialized:
            self._portaudio._terminate()

    def _close_stream(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.abort(ignore_errors=True)
            stream.close(ignore_errors=True)

    def _on_audio_callback(self, out: Samples, _frames: int, _time: object, _status: object) -> None:
        self._callback_count += 1
        self._mixer.fill(out[:, 0])
        out[:, 1:] = out[:, :1]

    def _set_health(self, health: SoundHealth) -> None:
        if health != self._health:
            log = _log.info if health.state is SoundState.AUDIBLE else _log.warning
            log("tones: %s %s", health.state.value, health.message)
        self._health = health


def _library_fault(error: Exception) -> str:
    """Return what is wrong with the libraries of the sound, and what to do."""
    if isinstance(error, ModuleNotFoundError):
        return "the Python package sounddevice is not installed."
    if isinstance(error, OSError) and find_library("portaudio") is None:
        return "PortAudio is missing; install the package libportaudio2."
    if isinstance(error, OSError | ImportError | AttributeError):
        return f"PortAudio is damaged; install the packages libportaudio2 and sounddevice again ({error})."
    return f"PortAudio doesn't start ({error})."
