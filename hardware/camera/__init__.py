"""Latest-frame capture from a USB camera, a video file, a folder of images or a program.

    with CameraCapture(lambda: open_source("usb:0")) as camera:
        frame = camera.latest(after_number=0, timeout=1.0)     # Frame, or None if none arrived in time
        camera.health()                                 # LIVE, STALE or MISSING, and a message for the operator

Stale and unplugged cameras are detected within two seconds and reopened.
"""

from hardware.camera.capture import CameraCapture, Frame
from hardware.camera.discovery import CameraChoice, list_cameras
from hardware.camera.health import CameraFault, CameraHealth, CameraState
from hardware.camera.image_files import InvalidImageError, read_image
from hardware.camera.sources import SOURCES, FrameSource, Image, SourceUrl, VirtualCamera, open_source

__all__ = [
    "SOURCES",
    "CameraCapture",
    "CameraChoice",
    "CameraFault",
    "CameraHealth",
    "CameraState",
    "Frame",
    "FrameSource",
    "Image",
    "InvalidImageError",
    "SourceUrl",
    "VirtualCamera",
    "list_cameras",
    "open_source",
    "read_image",
]
