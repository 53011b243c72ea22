"""QR code decoding: from a frame to texts.

    reader = CodeReader()
    result = reader.read(frame, guide=Rect(0.3, 0.15, 0.4, 0.7))   # fractions of the frame
    result.texts        # empty, one text, or the texts of several codes

`engines_available()` reports the installed engines. `read` never raises for the content of an image; creating a
`CodeReader` raises `hardware.errors.DeviceMissing` if no engine is installed.
"""

from hardware.codes.engines import EngineStatus, engines_available
from hardware.codes.reader import CodeReader, DecodeResult, Rect

__all__ = ["CodeReader", "DecodeResult", "EngineStatus", "Rect", "engines_available"]
