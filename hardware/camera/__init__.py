"""Latest-frame capture from a USB camera, a video file, a folder of pictures or a program.

    with CameraCapture(lambda: open_source("usb:0")) as camera:
        frame = camera.latest(after=0, timeout=1.0)     # Frame, or None where none came in time
        camera.health()                                 # LIVE, STALE or MISSING, and a sentence for the operator

Stale and vanished cameras are noticed within two seconds and opened again. `kiosk_app.demo.scenes` draws frames where
there is no camera at all.
"""

from hardware.camera.capture import CameraCapture, Frame
from hardware.camera.health import CameraHealth, CameraState
from hardware.camera.image_files import InvalidImageError, read_image
from hardware.camera.sources import SOURCES, FrameSource, Image, SourceUrl, VirtualCamera, open_source

__all__ = [
    "SOURCES",
    "CameraCapture",
    "CameraHealth",
    "CameraState",
    "Frame",
    "FrameSource",
    "Image",
    "InvalidImageError",
    "SourceUrl",
    "VirtualCamera",
    "open_source",
    "read_image",
]
