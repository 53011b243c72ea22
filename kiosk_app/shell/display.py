"""Detect a display to open a window on. Imports no Qt."""

import os
import sys


def has_display() -> bool:
    """Return True on Windows and macOS, on Linux if X11, Wayland or a Qt platform is named."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
