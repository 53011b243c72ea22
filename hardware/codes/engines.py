"""The two libraries that read QR codes, made alike, and what to say when one is missing.

Both read QR codes only: what else a camera sees (barcodes on a drink, a boarding pass) is not ours to report, and every
symbology switched on costs time and false reads. A QR code carries its own error correction, so what is read is right.
"""

import importlib
import importlib.util
import logging
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hardware.codes.grayscale import GrayImage

log = logging.getLogger(__name__)

Corners = NDArray[np.float32]
"""Corners of a code in pixels, 4 x 2: top left, top right, bottom right, bottom left, as the code itself is turned."""


@dataclass(frozen=True, slots=True)
class Detection:
    """A code that an engine saw. `text` is None where it was seen but could not be read."""

    text: str | None
    corners: Corners


class BarcodeEngine(Protocol):
    """Finds codes in a grey picture."""

    name: str

    def detect(self, image: GrayImage) -> list[Detection]:
        """Every QR code in the picture; never raises for anything that can be in a picture."""


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """Whether an engine can be used here, with a sentence that says what to do if not."""

    name: str
    available: bool
    message: str


class ZxingEngine:
    """zxing-cpp. Also tells where it saw a code that it could not read, which costs nothing where there is none."""

    name = "zxing-cpp"

    def __init__(self) -> None:
        self._zxing: Any = importlib.import_module("zxingcpp")
        # Not "QRCode": that takes in Micro QR, whose M1 has two check words and was "read" in a blurred ticket.
        formats = self._zxing.BarcodeFormat
        self._formats = (formats.QRCodeModel1, formats.QRCodeModel2)
        self._call_safely = _EngineErrorHandler(self.name)

    def detect(self, image: GrayImage) -> list[Detection]:
        """See `Engine`. Inverted and mirrored codes are found too."""
        return self._call_safely(self._detect, image)

    def _detect(self, image: GrayImage) -> list[Detection]:
        barcodes = self._zxing.read_barcodes(
            image,
            formats=self._formats,
            text_mode=self._zxing.TextMode.Plain,  # HRI, its default, rewrites control characters
            try_downscale=False,  # a third of its time; the pipeline's own half-size look stands in for it
            return_errors=True,
        )
        return [
            Detection(_decode_text(code) if code.valid else None, _corners_of_position(code.position))
            for code in barcodes
        ]


def _decode_text(code: Any) -> str:
    try:
        return str(code.text)
    except UnicodeDecodeError:
        return bytes(code.bytes).decode("utf-8", "replace")


def _corners_of_position(position: Any) -> Corners:
    points = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    return np.array([(point.x, point.y) for point in points], dtype=np.float32)


class ZbarEngine:
    """zbar through pyzbar. Reads no inverted codes; mirrored it does."""

    name = "zbar"

    def __init__(self) -> None:
        self._pyzbar: Any = importlib.import_module("pyzbar.pyzbar")
        self._symbols = [self._pyzbar.ZBarSymbol.QRCODE]
        self._call_safely = _EngineErrorHandler(self.name)

    def detect(self, image: GrayImage) -> list[Detection]:
        """See `Engine`. A part of a structured-append set, which pyzbar cannot name, is not reported."""
        return self._call_safely(self._detect, image)

    def _detect(self, image: GrayImage) -> list[Detection]:
        symbols = self._pyzbar.decode(image, symbols=self._symbols)
        return [
            Detection(_undo_charset_guess(code.data.decode("utf-8", "replace")), _corners_of_rect(code.rect))
            for code in symbols
        ]


def _undo_charset_guess(text: str) -> str:
    """zbar takes some UTF-8 for Shift JIS or Big5 and turns it into other letters; what turns back into UTF-8 was just that."""
    if text.isascii():
        return text
    for guess in ("cp932", "big5"):
        try:
            return text.encode(guess).decode("utf-8")
        except UnicodeError:
            continue
    return text


def _corners_of_rect(rect: Any) -> Corners:
    left, top, width, height = rect
    right, bottom = left + width, top + height
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], dtype=np.float32)


class _EngineErrorHandler:
    """Calls an engine; whatever it raises ends that one look and not the camera's loop.

    Known: pyzbar raises ValueError on structured-append codes and PyZbarError on sizes that it dislikes. The rest is a
    bug: logged with its traceback, once for each type, as the loop comes by thirty times a second.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._logged_types: set[type[Exception]] = set()

    def __call__(self, find: Callable[[GrayImage], list[Detection]], grey: GrayImage) -> list[Detection]:
        try:
            return find(grey)
        except ValueError:
            return []
        except Exception as fault:
            if type(fault) not in self._logged_types:
                self._logged_types.add(type(fault))
                log.warning("%s failed on a picture and goes on", self._name, exc_info=fault)
            return []


def load_zxing() -> BarcodeEngine | None:
    """zxing-cpp, or None where it is not installed."""
    try:
        return ZxingEngine()
    except ImportError:
        return None


def load_zbar() -> BarcodeEngine | None:
    """zbar, or None where pyzbar or the system's libzbar is not installed."""
    try:
        return ZbarEngine()
    except ImportError:
        return None


def engines_available() -> tuple[EngineStatus, ...]:
    """Each engine with a plain sentence: its version, or what is missing and what that means. For self-test and doctor."""
    return (_zxing_status(), _zbar_status())


def _zxing_status() -> EngineStatus:
    if load_zxing() is not None:
        return EngineStatus("zxing-cpp", True, f"zxing-cpp {metadata.version('zxing-cpp')} reads codes.")
    return EngineStatus(
        "zxing-cpp",
        False,
        "zxing-cpp is not installed: codes are read by zbar alone, slower and fewer of them.",
    )


def _zbar_status() -> EngineStatus:
    if load_zbar() is not None:
        return EngineStatus("zbar", True, f"zbar through pyzbar {metadata.version('pyzbar')} reads codes.")
    if importlib.util.find_spec("pyzbar") is None:
        missing = "pyzbar is not installed"
    else:
        missing = "libzbar0 is not installed"
    return EngineStatus(
        "zbar", False, f"{missing}: codes are read by zxing-cpp alone, a few hard ones fewer."
    )
