"""The trial of PortAudio in a process of its own: what crashes or hangs there does so nowhere else."""

from __future__ import annotations

import threading

import pytest

from hardware.tones.trial_start import try_portaudio


@pytest.mark.parametrize("program", ["import os; os.abort()", "import sys; sys.exit(3)"])
def test_a_crash_of_the_trial_is_a_sentence(program: str) -> None:
    assert "crashes at its start" in try_portaudio(threading.Event(), program=program)


def test_a_trial_that_succeeds_allows_the_start() -> None:
    assert try_portaudio(threading.Event(), program="") == ""


def test_a_trial_that_hangs_is_ended() -> None:
    assert "doesn't answer" in try_portaudio(
        threading.Event(), program="import time; time.sleep(60)", timeout=0.1
    )


def test_a_player_that_is_closed_ends_its_trial() -> None:
    stop = threading.Event()
    stop.set()
    assert try_portaudio(stop, program="import time; time.sleep(60)") != ""
