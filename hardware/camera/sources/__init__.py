"""Frame sources. The scheme of a camera URL selects the driver.

    usb:0   usb:/dev/video2   usb:0?width=1920&height=1080     a camera (V4L2 on Linux)
    file:clip.mp4   file:clip.mp4?loop=1                       a video at its own speed
    images:folder   images:folder?fps=10&loop=1                the images of a folder, sorted by name

A program that produces its own frames (the demo) creates a `VirtualCamera` and passes `camera.source` to `CameraCapture`,
or calls `open_source("memory:demo", {**SOURCES, "memory": lambda _: camera.source()})`. To add a source: write one module
here and add one line to `SOURCES`.
"""

from collections.abc import Callable, Mapping

from hardware.camera.sources.base import FrameSource, Image, SourceUrl
from hardware.camera.sources.image_folder import ImageFolder
from hardware.camera.sources.usb_camera import UsbCamera
from hardware.camera.sources.video_file import VideoFile
from hardware.camera.sources.virtual_camera import VirtualCamera

SOURCES: dict[str, Callable[[SourceUrl], FrameSource]] = {
    "usb": UsbCamera,
    "file": VideoFile,
    "images": ImageFolder,
}
"""Registry of the drivers: URL scheme -> factory of the source."""


def open_source(url: str, sources: Mapping[str, Callable[[SourceUrl], FrameSource]] = SOURCES) -> FrameSource:
    """Create the source that `url` names, without opening it. It may be opened again after `close()`.

    Raises:
        ValueError: unknown scheme or option; the message is for the person who wrote the setting.
    """
    scheme, colon, rest = url.partition(":")
    if not colon or scheme not in sources:
        known = ", ".join(f"{name}:" for name in sources)
        raise ValueError(f"'{url}' is not a camera URL: it should start with one of {known}.")
    return sources[scheme](SourceUrl.parse(url, rest))


__all__ = ["SOURCES", "FrameSource", "Image", "SourceUrl", "VirtualCamera", "open_source"]
