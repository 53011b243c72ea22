"""List the cameras of this machine, for the set-up. None is opened."""

import sys
from dataclasses import dataclass
from pathlib import Path

_VIDEO = Path("/sys/class/video4linux")
_NUMBERED = 4
"""The cameras that are offered where the system does not list them."""


@dataclass(frozen=True, slots=True)
class CameraChoice:
    """A camera: its address, and the device's own name."""

    address: str
    name: str = ""


def list_cameras(folder: Path = _VIDEO) -> tuple[CameraChoice, ...]:
    """Return the cameras, in the order of their numbers. `folder` is the kernel's list of video devices."""
    if not sys.platform.startswith("linux"):
        return tuple(CameraChoice(f"usb:{number}") for number in range(_NUMBERED))
    if not folder.is_dir():
        return ()
    devices = sorted(folder.iterdir(), key=lambda path: (len(path.name), path.name))
    # a camera has a second device for its metadata, whose index is 1
    return tuple(
        CameraChoice(f"usb:{path.name.removeprefix('video')}", _text(path / "name"))
        for path in devices
        if path.name.startswith("video") and _text(path / "index") in ("", "0")
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
