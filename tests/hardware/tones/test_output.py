"""Devices that don't take the player's own format: stereo only, 44,100 samples a second only, busy.

`FakePortAudio` answers with the error codes of PortAudio, as a device that is opened directly gives them. The last test
plays through the real one.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hardware.errors import DeviceBusy, DeviceMissing
from hardware.tones import SAMPLE_RATE, SoundState, Tone, TonePlayer, synthesize
from hardware.tones.output import DEVICE_UNAVAILABLE, formats, is_playing, open_output
from tests.hardware.tones.sound_card import RunProgram, SoundCard, Spectrum

INVALID_CHANNEL_COUNT, INVALID_SAMPLE_RATE = -9998, -9997


class PortAudioError(Exception):
    """As sounddevice raises it: a text and PortAudio's code."""


class FakeStream:
    """A stream that a test pulls samples from."""

    def __init__(self, rate: int, channels: int, callback: Callable[..., None]) -> None:
        self.rate, self.channels, self.callback = rate, channels, callback
        self.active = False
        self.closed = False

    def start(self) -> None:
        self.active = True

    def abort(self, *, ignore_errors: bool) -> None:
        self.active = False

    def close(self, *, ignore_errors: bool) -> None:
        self.closed = True

    def pull(self, frames: int) -> np.ndarray[Any, np.dtype[np.float32]]:
        out = np.full((frames, self.channels), 9.0, dtype=np.float32)
        self.callback(out, frames, None, None)
        return out


class FakePortAudio:
    """The module sounddevice over one device that takes `rates` and `channels`; `busy`: another program has it."""

    PortAudioError = PortAudioError

    def __init__(self, rates: set[int], channels: set[int], *, busy: bool = False) -> None:
        self.rates, self.channels, self.busy = rates, channels, busy
        self._initialized = 1
        self.streams: list[FakeStream] = []
        self.calls: list[tuple[int, int]] = []

    def _exit_handler(self) -> None: ...

    def _initialize(self) -> None:
        self._initialized = 1

    def _terminate(self) -> None:
        self._initialized = 0

    def query_devices(self, device: object, kind: str) -> dict[str, Any]:
        assert kind == "output"
        if device == "unknown":
            raise ValueError("No output device matching 'unknown'")
        if device == "USB":
            raise ValueError("Multiple output devices found for 'USB':\n[0] USB A\n[1] USB B")
        return {"max_output_channels": max(self.channels), "default_samplerate": float(min(self.rates))}

    def OutputStream(self, *, samplerate: int, channels: int, **settings: Any) -> FakeStream:  # noqa: N802
        self.calls.append((samplerate, channels))
        if self.busy:
            raise PortAudioError("Error opening OutputStream: Device unavailable", DEVICE_UNAVAILABLE)
        if channels not in self.channels:
            raise PortAudioError("Invalid number of channels", INVALID_CHANNEL_COUNT)
        if samplerate not in self.rates:
            raise PortAudioError("Invalid sample rate", INVALID_SAMPLE_RATE)
        self.streams.append(FakeStream(samplerate, channels, settings["callback"]))
        return self.streams[-1]


def player(portaudio: FakePortAudio, device: str | None = None) -> TonePlayer:
    now = iter(range(1_000_000))
    return TonePlayer(
        device=device,
        clock=lambda: float(next(now)),
        import_sounddevice=lambda: portaudio,  # type: ignore[arg-type, return-value]
        trial_start=lambda _: "",
    )


@pytest.mark.parametrize("channels", [{1}, {2}, {1, 2}, {6}, {8}])
@pytest.mark.parametrize("rates", [{48_000}, {44_100}, {96_000}, {16_000}, {44_100, 48_000}])
def test_whatever_a_device_takes_it_plays_the_tone_at_its_pitch_on_every_channel(
    rates: set[int], channels: set[int], spectrum: type[Spectrum]
) -> None:
    portaudio = FakePortAudio(rates, channels)
    sound = player(portaudio)
    sound.run_once()
    assert sound.health().state is SoundState.AUDIBLE
    (stream,) = portaudio.streams
    sound.play(Tone.ERROR)
    heard = stream.pull(round(0.65 * stream.rate))
    for channel in range(stream.channels):
        assert np.array_equal(heard[:, channel], heard[:, 0])
    pitch = spectrum(heard[:, 0]).loudest_hz * stream.rate / SAMPLE_RATE
    assert pitch == pytest.approx(165, abs=2)
    assert np.abs(heard[-1]).max() < 0.01, "the tone has its length, whatever the rate"
    assert np.abs(stream.pull(64)).max() == 0


def test_two_channels_are_tried_first_and_one_where_there_is_no_second() -> None:
    def first(channels: int) -> tuple[int, int]:
        return next(iter(formats({"max_output_channels": channels, "default_samplerate": 44_100.0})))

    assert [first(channels) for channels in (128, 2, 1)] == [
        (SAMPLE_RATE, 2),
        (SAMPLE_RATE, 2),
        (SAMPLE_RATE, 1),
    ]


@pytest.mark.parametrize("device", [None, "Gate speaker"])
def test_a_busy_device_is_called_busy_and_used_once_it_is_free(device: str | None) -> None:
    portaudio = FakePortAudio({48_000}, {2}, busy=True)
    sound = player(portaudio, device)
    sound.run_once()
    assert sound.health().state is SoundState.SILENT
    assert "is used by another program" in sound.health().message
    assert len(portaudio.calls) == 1, "the formats are not the reason"
    portaudio.busy = False
    for _ in range(4):
        sound.run_once()
    assert sound.health().state is SoundState.AUDIBLE


@pytest.mark.parametrize(
    ("device", "says"),
    [
        ("unknown", "There is no sound device 'unknown'"),
        ("USB", "Several sound devices match 'USB'"),
    ],
)
def test_a_name_that_fits_none_or_several_is_told(tmp_path: Path, device: str, says: str) -> None:
    with pytest.raises(DeviceMissing, match=says):
        open_output(FakePortAudio({48_000}, {2}), device, lambda _: lambda *_: None, tmp_path)


def test_a_device_with_other_formats_only_is_told(tmp_path: Path) -> None:
    odd = FakePortAudio({48_000}, {2})
    odd.rates = {11_025}
    odd.query_devices = lambda *_: {"max_output_channels": 2, "default_samplerate": 48_000.0}  # type: ignore[method-assign]
    with pytest.raises(DeviceMissing, match="takes none of the formats"):
        open_output(odd, None, lambda _: lambda *_: None, tmp_path)


def test_the_common_rates_are_tried_whatever_a_device_calls_its_own() -> None:
    tried = formats({"max_output_channels": 2, "default_samplerate": 96_000.0})
    assert {rate for rate, _ in tried} == {48_000, 44_100, 96_000}


def test_a_device_that_takes_nothing_while_another_program_plays_is_busy(tmp_path: Path) -> None:
    status = tmp_path / "card0" / "pcm0p" / "sub0" / "status"
    status.parent.mkdir(parents=True)
    status.write_text("state: RUNNING\n")
    odd = FakePortAudio({48_000}, {2})
    odd.channels = {3}
    odd.query_devices = lambda *_: {"max_output_channels": 2, "default_samplerate": 48_000.0}  # type: ignore[method-assign]
    with pytest.raises(DeviceBusy, match="used by another program"):
        open_output(odd, None, lambda _: lambda *_: None, tmp_path)


def test_a_device_that_portaudio_does_not_list_is_busy_if_the_kernel_says_so(tmp_path: Path) -> None:
    status = tmp_path / "card0" / "pcm0p" / "sub0" / "status"
    status.parent.mkdir(parents=True)
    status.write_text("closed\n")
    assert not is_playing(tmp_path)
    with pytest.raises(DeviceMissing, match="There is no sound device"):
        open_output(FakePortAudio({48_000}, {2}), "unknown", lambda _: lambda *_: None, tmp_path)
    status.write_text("state: RUNNING\nowner_pid   : 4711\n")
    assert is_playing(tmp_path)
    with pytest.raises(DeviceBusy, match="used by another program"):
        open_output(FakePortAudio({48_000}, {2}), "unknown", lambda _: lambda *_: None, tmp_path)


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 96_000])
@pytest.mark.parametrize("tone", Tone)
def test_a_tone_lasts_as_long_at_every_rate(tone: Tone, rate: int) -> None:
    assert synthesize(tone, rate).size / rate == pytest.approx(synthesize(tone).size / SAMPLE_RATE, abs=0.001)


PLAY = """
import json, time
from hardware.tones import TonePlayer, SoundState, Tone
with TonePlayer() as player:
    until = time.monotonic() + 10
    while player.health().state is not SoundState.AUDIBLE and time.monotonic() < until:
        time.sleep(0.01)
    state = player.health()
    channels = player._stream.channels if player._stream else 0
    player.play(Tone.SUCCESS)
    time.sleep(0.6)
print(json.dumps({"state": state.state.value, "says": state.message, "channels": channels}))
"""


def test_through_the_real_portaudio_both_loudspeakers_sound(card: SoundCard, run_program: RunProgram) -> None:
    output = run_program(PLAY, card.config)
    assert output == {"state": "audible", "says": "", "channels": 2}
    left, right = card.channels
    assert np.abs(left).max() > 0.1
    assert np.array_equal(left, right), "both loudspeakers sound"
