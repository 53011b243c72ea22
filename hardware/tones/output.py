"""Opening of a sound output: in the player's format if the device takes it, else in one that it does take.

Many devices play stereo only, or only at 44,100 samples a second, and PortAudio converts neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from hardware.errors import DeviceBusy, DeviceMissing
from hardware.tones.synthesis import SAMPLE_RATE

OUTPUT_LATENCY_S = (
    0.04  # requested from PortAudio; with less, Python's other threads sometimes delay the callback
)
COMMON_RATES = (SAMPLE_RATE, 44_100)
MAX_CHANNELS = 8  # devices with more are studio interfaces, or ALSA's name for "any number"
DEVICE_UNAVAILABLE = -9985  # PortAudio's paDeviceUnavailable: another program plays on it
_ALSA = Path("/proc/asound")

AudioCallback = Callable[[Any, int, object, object], None]


def open_output(
    portaudio: Any,
    device: str | int | None,
    callback: Callable[[int], AudioCallback],
    alsa: Path = _ALSA,
) -> Any:
    """Return a started output stream of `device` (None: the default) in the first format that it takes.

    Args:
        portaudio: The module sounddevice.
        device: A name or an index of PortAudio.
        callback: Called with a sample rate before each attempt; returns the stream's callback.
        alsa: The kernel's list of sound devices, where there is one.

    Raises:
        DeviceMissing: No such device, or one that takes none of the formats.
        DeviceBusy: Another program uses it.
    """
    try:
        info = portaudio.query_devices(device, "output")
    except (portaudio.PortAudioError, ValueError) as error:
        if is_playing(alsa):  # PortAudio does not even list a device that another program holds
            raise DeviceBusy(_busy(device)) from error
        raise DeviceMissing(_absent(device, error)) from error
    for rate, channels in formats(info):
        try:
            return _start(portaudio, device, rate, channels, callback(rate))
        except (portaudio.PortAudioError, ValueError) as error:
            if len(error.args) > 1 and error.args[1] == DEVICE_UNAVAILABLE:
                raise DeviceBusy(_busy(device)) from error
    if is_playing(alsa):
        raise DeviceBusy(_busy(device))
    raise DeviceMissing(f"No sound: {_name(device)} takes none of the formats that this station can play.")


def formats(info: Any) -> Iterator[tuple[int, int]]:
    """Yield (samples a second, channels) to try for a device as PortAudio describes it, the best first.

    Two channels come first: of a stereo device that is opened with one, only the left loudspeaker would sound.
    """
    most = min(MAX_CHANNELS, int(info["max_output_channels"]))
    for rate in dict.fromkeys((*COMMON_RATES, round(info["default_samplerate"]))):
        for channels in dict.fromkeys((max(1, min(2, most)), 1, most)):
            yield rate, channels


def is_playing(alsa: Path = _ALSA) -> bool:
    """Return True if the Linux kernel has a sound output that a program has opened."""
    for status in alsa.glob("card*/pcm*p/sub*/status"):
        try:
            if status.read_text("ascii", "replace").strip() != "closed":
                return True
        except OSError:
            continue
    return False


def _start(
    portaudio: Any, device: str | int | None, rate: int, channels: int, callback: AudioCallback
) -> Any:
    stream = portaudio.OutputStream(
        samplerate=rate,
        channels=channels,
        dtype="float32",
        latency=OUTPUT_LATENCY_S,
        device=device,
        callback=callback,
    )
    try:
        stream.start()
    except BaseException:
        stream.close(ignore_errors=True)
        raise
    return stream


def _name(device: str | int | None) -> str:
    return "the sound device" if device is None else f"the sound device {device!r}"


def _busy(device: str | int | None) -> str:
    return (
        f"No sound: {_name(device)} is used by another program. Close it; the station tries again by itself."
    )


def _absent(device: str | int | None, error: Exception) -> str:
    if device is None:
        return "No sound device was found; plug one in, and it will be used."
    if "Multiple" in str(error):
        return (
            f"Several sound devices match {device!r}; write more of the name into the setting sound_device."
        )
    return f"There is no sound device {device!r}; plug it in, and it will be used."
