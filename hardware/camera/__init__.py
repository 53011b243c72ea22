"""Latest-frame capture from a USB camera, a video file, a folder of pictures or a program.

    with LatestFrame(lambda: open_source("usb:0")) as camera:
        frame = camera.latest(after=0, timeout=1.0)     # Frame, or None where none came in time
        camera.health()                                 # LIVE, STALE or MISSING, and a sentence for the operator

Stale and vanished cameras are noticed within two seconds and opened again. `hardware.camera.scenes` draws frames where
there is no camera at all.
"""

from hardware.camera.capture import LatestFrame
from hardware.camera.frame import Frame, Image
from hardware.camera.health import CameraHealth, CameraState
from hardware.camera.pictures import NotAPictureError, read_picture
from hardware.camera.sources import SOURCES, Feed, FrameSource, SourceUrl, open_source

__all__ = [
    "SOURCES",
    "CameraHealth",
    "CameraState",
    "Feed",
    "Frame",
    "FrameSource",
    "Image",
    "LatestFrame",
    "NotAPictureError",
    "SourceUrl",
    "open_source",
    "read_picture",
]
