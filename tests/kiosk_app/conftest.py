"""Qt without a display, for every test of the station's screens."""

import os

import kiosk_app  # noqa: F401 - before the first Qt call: it keeps None alive

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
