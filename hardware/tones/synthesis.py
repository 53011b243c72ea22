"""Synthesis of the tones: pure functions without a device.

A gate is loud and people's hearing differs, so the tones differ in rhythm and timbre as well as in pitch: success is two
short rising bell notes, error one long buzz, warning two even beeps, and three soft falling pips say that an admitted person did not
pass. A slow gong of two notes goes before the call of a queue number. Samples are float32 mono, at `SAMPLE_RATE` Hz where
the sound device takes that, within ±`PEAK_AMPLITUDE`. Every note fades in and out, because a step is audible as a click.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import cache

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 48_000
PEAK_AMPLITUDE = 0.8
FADE_S = 0.005

C5_HZ = 523.25
E5_HZ = 659.26
A5_HZ = 880.0
C_SHARP_6_HZ = 1108.73
BUZZ_HZ = 165.0
BEEP_HZ = 660.0
_MAX_HARMONIC_HZ = 6000.0  # higher harmonics of the buzz only hiss

Samples = NDArray[np.float32]
_Wave = Callable[[NDArray[np.float64], float], NDArray[np.float64]]


class Tone(Enum):
    """Tones that the station plays."""

    SUCCESS = "success"
    ERROR = "error"
    WARNING = "warning"
    NO_PASSAGE = "no_passage"
    """Nobody passed in time: an admission was given back."""
    CALL = "call"
    """Somebody is called to a counter: a gong before the words."""


@cache
def synthesize(tone: Tone, rate: int = SAMPLE_RATE) -> Samples:
    """Return the samples of a tone, shape (samples,), at `rate` samples a second.

    They are cached and read-only, so that players can share them.
    """
    match tone:
        case Tone.SUCCESS:
            parts = [_note(bell_wave, A5_HZ, 0.11, rate), _note(bell_wave, C_SHARP_6_HZ, 0.26, rate)]
        case Tone.ERROR:
            parts = [_note(square_wave, BUZZ_HZ, 0.65, rate)]
        case Tone.WARNING:
            beep = _note(triangle_wave, BEEP_HZ, 0.14, rate)
            parts = [beep, silence(0.11, rate), beep]
        case Tone.CALL:
            parts = [_note(bell_wave, E5_HZ, 0.3, rate), _note(bell_wave, C5_HZ, 0.62, rate)]
        case Tone.NO_PASSAGE:
            pips = [_note(sine_wave, pitch, 0.07, rate) for pitch in (C_SHARP_6_HZ, A5_HZ, BEEP_HZ)]
            parts = [part for pip in pips for part in (silence(0.13, rate), pip)]
    samples = normalize(np.concatenate(parts))
    samples.flags.writeable = False
    return samples


def bell_wave(times: NDArray[np.float64], frequency: float) -> NDArray[np.float64]:
    """Return a soft bell: the note with two weaker partials that decay sooner.

    `times` in seconds, shape (samples,), `frequency` in Hz; the result has the shape of `times`.
    """
    partials = ((1.0, 1.0, 6.0), (2.0, 0.25, 12.0), (3.0, 0.1, 20.0))
    samples: NDArray[np.float64] = np.sum(
        [
            strength * np.exp(-decay * times) * np.sin(2 * np.pi * frequency * multiple * times)
            for multiple, strength, decay in partials
        ],
        axis=0,
    )
    return samples


def sine_wave(times: NDArray[np.float64], frequency: float) -> NDArray[np.float64]:
    """Return a pure note. Arguments as for `bell_wave`."""
    samples: NDArray[np.float64] = np.sin(2 * np.pi * frequency * times)
    return samples


def square_wave(times: NDArray[np.float64], frequency: float) -> NDArray[np.float64]:
    """Return a square wave of its odd harmonics up to 6 kHz, so that nothing aliases. Arguments as for `bell_wave`."""
    return _odd_harmonics(times, frequency, lambda harmonic: 1 / harmonic)


def triangle_wave(times: NDArray[np.float64], frequency: float) -> NDArray[np.float64]:
    """Return a triangle wave of odd harmonics that fall with the square. Arguments as for `bell_wave`."""
    return _odd_harmonics(times, frequency, lambda harmonic: (-1) ** (harmonic // 2) / harmonic**2)


def silence(duration: float, rate: int = SAMPLE_RATE) -> Samples:
    """Return `duration` seconds of silence."""
    return np.zeros(round(duration * rate), dtype=np.float32)


def normalize(samples: Samples) -> Samples:
    """Scale `samples` to a peak of `PEAK_AMPLITUDE`; silence stays silence."""
    peak = float(np.max(np.abs(samples), initial=0.0))
    return (samples * (PEAK_AMPLITUDE / peak)).astype(np.float32) if peak else samples


def _note(wave: _Wave, frequency: float, duration: float, rate: int) -> Samples:
    times = np.arange(round(duration * rate)) / rate
    samples = wave(times, frequency)
    ramp = np.sin(np.linspace(0, np.pi / 2, round(FADE_S * rate))) ** 2
    samples[: ramp.size] *= ramp
    samples[-ramp.size :] *= ramp[::-1]
    return normalize(samples.astype(np.float32))


def _odd_harmonics(
    times: NDArray[np.float64], frequency: float, amplitude_of: Callable[[int], float]
) -> NDArray[np.float64]:
    harmonics = range(1, int(_MAX_HARMONIC_HZ / frequency) + 1, 2)
    samples: NDArray[np.float64] = np.sum(
        [amplitude_of(k) * np.sin(2 * np.pi * frequency * k * times) for k in harmonics], axis=0
    )
    return samples
