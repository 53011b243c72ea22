"""Devices; knows nothing of tickets, Qt or the hub."""

import os

MAX_IMAGE_PIXELS = 50_000_000
"""More than a camera delivers. Decoding a picture of 400 megapixels takes gigabytes and holds its thread for a long time."""

# OpenCV compares it with the size in a picture's header before it decodes, and reads it once, when it is imported.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(MAX_IMAGE_PIXELS))
