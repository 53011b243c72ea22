"""Where frames come from. A URL's scheme picks the source, so that all behind it is tested without a camera.

    usb:0   usb:/dev/video2   usb:0?width=1920&height=1080     a camera (V4L2 on Linux)
    file:clip.mp4   file:clip.mp4?loop=1                       a video at its own speed
    images:folder   images:folder?fps=10&loop=1                the pictures of a folder, by name

A program that makes its own frames (the demo) makes a `VirtualCamera` and hands `feed.source` to `CameraCapture`, or calls
`open_source("memory:demo", {**SOURCES, "memory": lambda _: feed.source()})`. Adding a source is one module here and one line in `SOURCES`.
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
"""The one registry: scheme -> what makes the source."""


def open_source(url: str, sources: Mapping[str, Callable[[SourceUrl], FrameSource]] = SOURCES) -> FrameSource:
    """The source that `url` names. Its `open()` is left to whoever reads from it, and may be called again after `close()`.

    ValueError, with a sentence for whoever wrote the setting, for an unknown scheme or option.
    """
    scheme, colon, rest = url.partition(":")
    if not colon or scheme not in sources:
        known = ", ".join(f"{name}:" for name in sources)
        raise ValueError(f"'{url}' names no camera: it should begin with one of {known}.")
    return sources[scheme](SourceUrl.parse(url, rest))


__all__ = ["SOURCES", "FrameSource", "Image", "SourceUrl", "VirtualCamera", "open_source"]
