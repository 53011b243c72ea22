"""Frame -> text: the decode pipeline and its engines.

    reader = CodeReader()
    reading = reader.read(frame, guide=Rect(0.3, 0.15, 0.4, 0.7))   # fractions of the frame
    reading.texts        # () nothing, one, or several different codes in view

`engines_available()` says in plain sentences what is installed. Reading never raises for what is in a picture;
constructing a `CodeReader` raises `hardware.errors.DeviceMissing` where no engine is installed at all.
"""

from hardware.codes.engines import EngineStatus, engines_available
from hardware.codes.reader import CodeReader, DecodeResult, Rect

__all__ = ["CodeReader", "DecodeResult", "EngineStatus", "Rect", "engines_available"]
