"""The real PortAudio path, recorded by a sound card that is a file, and looked at as a spectrum."""

from __future__ import annotations

import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hardware.tones import PEAK_AMPLITUDE, SAMPLE_RATE
from tests.hardware.tones.sound_card import RunProgram, SoundCard, Spectrum

PLAY_ALL = """
import json, time
from hardware.tones import TonePlayer, SoundState, Tone
with TonePlayer() as player:
    while player.health().state is not SoundState.AUDIBLE:
        time.sleep(0.005)
    time.sleep(0.2)
    calls = {}
    for tone in Tone:
        before = time.monotonic()
        player.play(tone)
        calls[tone.value] = (before, time.monotonic() - before)
        while not player.idle:
            time.sleep(0.01)
        time.sleep(0.3)
print(json.dumps(calls))
"""


@pytest.fixture
def played(card: SoundCard, run_program: RunProgram) -> tuple[SoundCard, dict[str, Any]]:
    """Play all tones; return the card and the time of each call."""
    return card, run_program(PLAY_ALL, card.config)


def test_each_tone_by_its_rhythm_and_its_spectrum_and_soon(
    played: tuple[SoundCard, dict[str, Any]], spectrum: type[Spectrum]
) -> None:
    card, calls = played
    bursts = card.bursts()
    assert len(bursts) == 8  # success, error, the warning's two beeps, three pips (nobody passed), a gong
    success, error, first_beep, second_beep, *pips, gong = bursts
    samples = card.samples

    # Success: 370 ms, A5 and then C#6, a pure and bell-like sound.
    assert success.seconds == pytest.approx(0.37, abs=0.03)
    middle = success.start + round(0.11 * SAMPLE_RATE)
    low, high = spectrum(samples[success.start : middle]), spectrum(samples[middle : success.end])
    assert low.loudest_hz == pytest.approx(880, abs=5)
    assert high.loudest_hz == pytest.approx(1108.7, abs=5)
    assert low.at(3 * 880, within=10) < 0.12 * low.at(880)

    # Error: 650 ms of one low buzz; odd harmonics as 1/n, even ones missing.
    assert error.seconds == pytest.approx(0.65, abs=0.02)
    buzz = spectrum(samples[error.start : error.end])
    assert buzz.loudest_hz == pytest.approx(165, abs=2)
    for harmonic in (3, 5, 7, 9):
        assert buzz.at(165 * harmonic) == pytest.approx(buzz.at(165) / harmonic, rel=0.05)
        assert buzz.at(165 * (harmonic - 1)) < 0.01 * buzz.at(165)

    # Warning: two even beeps of 140 ms, 110 ms apart; a triangle's harmonics fall as 1/n².
    for beep in (first_beep, second_beep):
        assert beep.seconds == pytest.approx(0.14, abs=0.01)
        triangle = spectrum(samples[beep.start : beep.end])
        assert triangle.loudest_hz == pytest.approx(660, abs=5)
        assert triangle.at(3 * 660) == pytest.approx(triangle.at(660) / 9, rel=0.1)
    assert (second_beep.start - first_beep.end) / SAMPLE_RATE == pytest.approx(0.11, abs=0.01)

    # Nobody passed: three pure pips of 70 ms that fall, 130 ms apart.
    for pip, pitch in zip(pips, (1108.7, 880, 660), strict=True):
        assert pip.seconds == pytest.approx(0.07, abs=0.01)
        assert spectrum(samples[pip.start : pip.end]).loudest_hz == pytest.approx(pitch, abs=8)
    for before, after in pairwise(pips):
        assert (after.start - before.end) / SAMPLE_RATE == pytest.approx(0.13, abs=0.01)

    # Call: a gong of 920 ms, E5 and then C5.
    assert gong.seconds == pytest.approx(0.92, abs=0.1)
    half = gong.start + round(0.3 * SAMPLE_RATE)
    assert spectrum(samples[gong.start : half]).loudest_hz == pytest.approx(659.3, abs=5)
    assert spectrum(samples[half : gong.end]).loudest_hz == pytest.approx(523.3, abs=5)

    # All: at the loudness meant, heard soon, the caller not kept.
    for burst, tone in (
        (success, "success"),
        (error, "error"),
        (first_beep, "warning"),
        (pips[0], "no_passage"),
    ):
        called, took = calls[tone]
        assert np.abs(samples[burst.start : burst.end]).max() == pytest.approx(PEAK_AMPLITUDE, abs=0.01)
        assert 0 < card.heard_at(burst.start) - called < 0.5
        assert took < 0.02


CUT = """
import json, time
from hardware.tones import TonePlayer, SoundState, Tone
with TonePlayer(volume=0.5) as player:
    while player.health().state is not SoundState.AUDIBLE:
        time.sleep(0.005)
    player.play(Tone.ERROR)
    time.sleep(0.25)
    player.play(Tone.SUCCESS)
    while not player.idle:
        time.sleep(0.01)
    time.sleep(0.3)
print(json.dumps({}))
"""


def test_a_new_tone_cuts_the_old_one_without_a_click_and_the_volume_holds(
    card: SoundCard, run_program: RunProgram, spectrum: type[Spectrum]
) -> None:
    run_program(CUT, card.config)
    (burst,) = card.bursts()
    samples = card.samples[burst.start : burst.end]
    assert 0.37 < burst.seconds < 0.37 + 0.35
    success = samples[-round(0.36 * SAMPLE_RATE) :]
    assert spectrum(success[: round(0.1 * SAMPLE_RATE)]).loudest_hz == pytest.approx(880, abs=8)
    assert spectrum(success).at(165, within=10) < 0.02 * spectrum(success).at(1108.7)
    assert spectrum(samples[: round(0.2 * SAMPLE_RATE)]).loudest_hz == pytest.approx(165, abs=8)
    assert np.abs(samples).max() <= PEAK_AMPLITUDE * 0.5 * 1.3
    steps = np.abs(np.diff(samples))
    buzz_steps = steps[: round(0.2 * SAMPLE_RATE)].max()
    assert steps.max() <= 1.2 * buzz_steps  # a cut-off without a fade would be a step of its own


VANISH = """
import json, sys, time, os
from hardware.tones import TonePlayer, SoundState, Tone, player as module
module.REOPEN_INTERVAL_S = 0.3
def wait(state):
    until = time.monotonic() + 20
    while player.health().state is not state:
        assert time.monotonic() < until, player.health()
        player.play(Tone.ERROR)
        time.sleep(0.01)
    return player.health().message
folder = os.path.dirname(os.environ["ALSA_CONFIG_PATH"])
def tell(word):
    open(os.path.join(folder, word), "w").close()
with TonePlayer() as player:
    wait(SoundState.AUDIBLE)
    tell("first")
    silent = wait(SoundState.SILENT)
    tell("second")
    wait(SoundState.AUDIBLE)
    time.sleep(0.3)
    player.play(Tone.SUCCESS)
    time.sleep(0.8)
print(json.dumps({"silent": silent}))
"""


def test_a_device_that_vanishes_is_told_and_used_again_when_it_is_back(
    card: SoundCard, run_program: RunProgram
) -> None:
    def pull_and_return() -> None:
        wait_for(card.config.with_name("first"))
        time.sleep(0.2)
        card.unplug()
        wait_for(card.config.with_name("second"))
        card._heard.clear()
        card.plug()

    hand = threading.Thread(target=pull_and_return)
    hand.start()
    output = run_program(VANISH, card.config)
    hand.join()
    assert "disconnected" in output["silent"]
    assert card.bursts()[-1].seconds == pytest.approx(0.37, abs=0.03)


HANG = """
import json, os, time
from hardware.tones import TonePlayer, SoundState, Tone, player as module
module.CALLBACK_TIMEOUT_S = 0.5
longest = 0.0
player = TonePlayer().start()
def wait(state):
    global longest
    until = time.monotonic() + 20
    while player.health().state is not state:
        assert time.monotonic() < until, player.health()
        before = time.monotonic()
        player.play(Tone.ERROR)
        longest = max(longest, time.monotonic() - before)
        time.sleep(0.01)
wait(SoundState.AUDIBLE)
open(os.path.join(os.path.dirname(os.environ["ALSA_CONFIG_PATH"]), "audible"), "w").close()
if NOTICES:
    wait(SoundState.SILENT)
else:
    time.sleep(0.2)
print(json.dumps({"sentence": player.health().message, "longest": longest}))
"""


@pytest.mark.parametrize("notices", [True, False])
def test_a_device_that_hangs_keeps_neither_the_caller_nor_the_end_of_the_program(
    card: SoundCard, run_program: RunProgram, notices: bool
) -> None:
    def freeze() -> None:
        wait_for(card.config.with_name("audible"))
        card.frozen = True

    hand = threading.Thread(target=freeze)
    hand.start()
    started = time.monotonic()
    output = run_program(f"NOTICES = {notices}\n" + HANG, card.config)
    hand.join()
    assert time.monotonic() - started < 15
    assert ("disconnected" in output["sentence"]) is notices
    assert output["longest"] < 0.25


def wait_for(file: Path) -> None:
    until = time.monotonic() + 30
    while not file.exists() and time.monotonic() < until:
        time.sleep(0.01)
