"""The samples themselves."""

from __future__ import annotations

import itertools
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from hardware.tones import PEAK_AMPLITUDE, SAMPLE_RATE, Tone, synthesize
from hardware.tones.mixer import CROSSFADE_S, Mixer


@pytest.mark.parametrize("tone", Tone)
def test_a_tone_is_float32_mono_limited_and_begins_and_ends_at_nothing(tone: Tone) -> None:
    samples = synthesize(tone)
    assert samples.dtype == np.float32
    assert samples.ndim == 1
    assert np.abs(samples).max() == pytest.approx(PEAK_AMPLITUDE, abs=1e-3)
    assert abs(samples[0]) < 1e-6
    assert abs(samples[-1]) < 1e-6
    first_ms = np.abs(samples[: SAMPLE_RATE // 1000])
    assert first_ms.max() < 0.15 * PEAK_AMPLITUDE  # the ramp: no attack within the first millisecond
    assert 0.2 < samples.size / SAMPLE_RATE < 1.0


def test_tones_are_made_once_and_cannot_be_written_to() -> None:
    assert synthesize(Tone.ERROR) is synthesize(Tone.ERROR)
    with pytest.raises(ValueError, match="read-only"):
        synthesize(Tone.ERROR)[0] = 1


def envelope(tone: Tone) -> NDArray[Any]:
    """Return the loudness per 10 ms, 0 to 1, of a fixed length: the rhythm without the pitch."""
    blocks = np.zeros(100)
    samples = synthesize(tone)
    count = samples.size // (SAMPLE_RATE // 100)
    parts = samples[: count * (SAMPLE_RATE // 100)].reshape(count, -1)
    blocks[:count] = np.sqrt((parts**2).mean(axis=1))
    return np.asarray(blocks / blocks.max())


def brightness(tone: Tone) -> float:
    """Return the share of power above 1.6 times the loudest frequency: the timbre without the pitch."""
    samples = synthesize(tone)
    power = np.abs(np.fft.rfft(samples)) ** 2
    loudest = int(np.argmax(power))
    return float(power[round(1.6 * loudest) :].sum() / power.sum())


@pytest.mark.parametrize(("first", "second"), list(itertools.combinations(Tone, 2)))
def test_any_two_tones_differ_without_their_pitch(first: Tone, second: Tone) -> None:
    assert np.abs(envelope(first) - envelope(second)).mean() > 0.1
    brighter, softer = sorted((brightness(first), brightness(second)), reverse=True)
    assert brighter > 1.5 * softer


@given(st.lists(st.integers(1, 4000), min_size=1, max_size=60))
def test_the_buffers_size_makes_no_difference(sizes: list[int]) -> None:
    mixer = Mixer()
    mixer.start(synthesize(Tone.WARNING))
    out = np.concatenate([filled(mixer, size) for size in sizes])
    count = min(out.size, synthesize(Tone.WARNING).size)
    assert np.array_equal(out[:count], synthesize(Tone.WARNING)[:count])
    assert not out[count:].any()


@given(st.integers(1, 700), st.integers(1, 30_000))
def test_a_cut_fades_within_five_milliseconds_and_stays_in_bounds(size: int, played: int) -> None:
    mixer = Mixer()
    mixer.start(synthesize(Tone.ERROR))
    filled(mixer, played)
    silence = np.zeros(10, dtype=np.float32)
    mixer.start(silence)
    after = np.concatenate([filled(mixer, size) for _ in range(SAMPLE_RATE // 100 // size + 1)])
    fade = round(CROSSFADE_S * SAMPLE_RATE)
    expected = synthesize(Tone.ERROR)[played : played + fade] * np.linspace(1, 0, fade, dtype=np.float32)
    count = min(expected.size, after.size)
    assert np.allclose(after[:count], expected[:count], atol=1e-6)
    assert not after[fade:].any()
    assert mixer.idle


def test_two_loud_tones_at_once_never_exceed_full_scale() -> None:
    mixer = Mixer()
    loud = np.ones(2000, dtype=np.float32)
    mixer.start(loud)
    filled(mixer, 100)
    mixer.start(loud)
    assert filled(mixer, 1000).max() <= 1.0


def test_filling_a_buffer_makes_no_arrays() -> None:
    mixer = Mixer()
    out = np.empty(4800, dtype=np.float32)
    mixer.start(synthesize(Tone.ERROR))
    mixer.fill(out[:480])
    tracemalloc.start()
    try:
        mixer.start(synthesize(Tone.SUCCESS))
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        mixer.fill(out)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak - before < 4096  # views are small objects; an array of samples would be 19 kB


def filled(mixer: Mixer, size: int) -> NDArray[Any]:
    out = np.full(size, 9.0, dtype=np.float32)
    mixer.fill(out)
    return out
