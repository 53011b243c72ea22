"""No library, no device: the player says so, raises nothing, and plays nothing."""

from __future__ import annotations

import itertools
from pathlib import Path
from types import ModuleType

import pytest

from hardware.tones import SoundHealth, SoundState, Tone, TonePlayer
from hardware.tones.player import MAX_REOPEN_INTERVAL_S
from tests.hardware.tones.sound_card import RunProgram
from tests.hardware.tones.test_output import FakePortAudio

SAY = """
import json, time
{before}
from hardware.tones import TonePlayer, SoundState, Tone
with TonePlayer({arguments}) as player:
    for _ in range(400):
        if "being opened" not in player.health().message:
            break
        time.sleep(0.01)
    for tone in Tone:
        player.play(tone)
    state = player.health()
print(json.dumps({{"state": state.state.value, "sentence": state.message, "closed": player.health().message}}))
"""

DAMAGED = """
import ctypes.util, tempfile
broken = tempfile.NamedTemporaryFile(suffix=".so")
broken.write(b"no library"); broken.flush()
find = ctypes.util.find_library
ctypes.util.find_library = lambda name: broken.name if name == "portaudio" else find(name)
"""


@pytest.mark.parametrize(
    ("before", "arguments", "says"),
    [
        (
            "import ctypes.util; ctypes.util.find_library = lambda name: None",
            "",
            "install the package libportaudio2",
        ),
        ("import sys; sys.modules['sounddevice'] = None", "", "sounddevice is not installed"),
        ("", "", "No sound device was found"),
        ("", "device='Gate speaker'", "There is no sound device 'Gate speaker'"),
        (DAMAGED, "", "PortAudio is damaged; install the packages libportaudio2"),
    ],
    ids=["no PortAudio", "no sounddevice", "no device", "no such device", "damaged PortAudio"],
)
def test_what_is_missing_is_told(
    tmp_path: Path, run_program: RunProgram, before: str, arguments: str, says: str
) -> None:
    cards = Path("/proc/asound/cards")
    if "No sound device was found" in says and cards.exists() and "no soundcards" not in cards.read_text():
        pytest.skip("this machine has a sound card")
    config = tmp_path / "asoundrc"
    config.write_text("</usr/share/alsa/alsa.conf>\n")
    output = run_program(SAY.format(before=before, arguments=arguments), config)
    assert output["state"] == "silent"
    assert says in output["sentence"]
    assert output["closed"] == "The sound is closed."


@pytest.mark.parametrize("content", [None, ""], ids=["no file", "empty"])
def test_a_sound_configuration_that_crashes_portaudio_leaves_the_program_running(
    tmp_path: Path, run_program: RunProgram, content: str | None
) -> None:
    config = tmp_path / "alsa.conf"
    if content is not None:
        config.write_text(content)
    output = run_program(SAY.format(before="", arguments=""), config)
    assert output["state"] == "silent"
    assert "crashes at its start" in output["sentence"]
    assert "ALSA_CONFIG_PATH" in output["sentence"]


def test_a_trial_that_fails_is_repeated_and_the_device_used_once_it_succeeds() -> None:
    faults = iter(["No sound: it crashes.", "No sound: it crashes.", ""])
    starts: list[str] = []

    def import_sounddevice() -> ModuleType:
        starts.append("started")
        raise ModuleNotFoundError

    now = iter(range(0, 1000, 10))
    player = TonePlayer(
        clock=lambda: float(next(now)),
        import_sounddevice=import_sounddevice,
        trial_start=lambda _: next(faults),
    )
    for _ in range(2):
        player.run_once()
        assert player.health() == SoundHealth(SoundState.SILENT, "No sound: it crashes.")
        assert starts == []
    player.run_once()
    assert starts == ["started"]


def test_a_player_that_was_never_started_is_silent_and_can_be_closed() -> None:
    player = TonePlayer()
    player.play(Tone.SUCCESS)
    assert player.health().state is SoundState.SILENT
    player.close()
    player.close()


@pytest.mark.parametrize("volume", [-0.1, 1.1, float("nan")])
def test_a_volume_out_of_bounds_is_refused(volume: float) -> None:
    with pytest.raises(ValueError, match="not from 0 to 1"):
        TonePlayer(volume=volume)


def test_a_machine_without_sound_is_searched_more_and_more_seldom_and_a_lost_device_at_once() -> None:
    tried: list[float] = []
    now, is_there = [0.0], [False]

    def trial(_stop: object) -> str:
        tried.append(now[0])
        return "" if is_there[0] else "No sound: a trial that fails."

    portaudio = FakePortAudio({48_000}, {2})
    player = TonePlayer(
        clock=lambda: now[0],
        import_sounddevice=lambda: portaudio,  # type: ignore[arg-type, return-value]
        trial_start=trial,
    )
    for second in range(120):
        now[0] = float(second)
        player.run_once()
    waits = [after - before for before, after in itertools.pairwise(tried)]
    assert waits == [3, 6, 12, 24, 30, 30]
    is_there[0] = True
    now[0] += MAX_REOPEN_INTERVAL_S
    player.run_once()
    assert player.health().state is SoundState.AUDIBLE
    portaudio.streams[-1].active = False  # unplugged
    player.run_once()
    lost_at = now[0]
    player.run_once()
    assert tried[-1] == lost_at
    assert player.health().state is SoundState.AUDIBLE


def test_a_volume_is_from_0_to_1_and_scales_the_tones() -> None:
    player = TonePlayer()
    loud = float(abs(player._tones[Tone.SUCCESS]).max())
    player.set_volume(0.5)
    assert float(abs(player._tones[Tone.SUCCESS]).max()) == pytest.approx(loud / 2)
    for wrong in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="not from 0 to 1"):
            player.set_volume(wrong)
