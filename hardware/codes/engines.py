"""QR code engines: zxing-cpp and zbar behind one interface, and the message if one is missing.

Both read QR codes only. Other symbologies (a barcode on a drink, a boarding pass) are not reported, because each of them
costs time and causes false reads. A QR code has error correction, so a decoded text is correct.
"""

import importlib
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
"""Corners of a code in pixels, shape 4 x 2: top left, top right, bottom right, bottom left in the orientation of the code."""


@dataclass(frozen=True, slots=True)
class Detection:
    """A code that an engine detected. `text` is None if it was detected but not decoded."""

    text: str | None
    corners: Corners


class BarcodeEngine(Protocol):
    """Interface of an engine that detects and decodes QR codes."""

    name: str

    def detect(self, image: GrayImage) -> list[Detection]:
        """Return every QR code in a grayscale image. Never raises for the content of an image."""


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """Availability of an engine, with a message that says what is missing."""

    name: str
    available: bool
    message: str


class ZxingEngine:
    """zxing-cpp. Also reports codes that it detected but could not decode, at no extra cost for images without codes."""

    name = "zxing-cpp"

    def __init__(self) -> None:
        self._zxing: Any = importlib.import_module("zxingcpp")
        # Not "QRCode": it includes Micro QR, and M1 with its two check words was "decoded" from a blurred ticket.
        formats = self._zxing.BarcodeFormat
        self._formats = (formats.QRCodeModel1, formats.QRCodeModel2)
        self._call_safely = _EngineErrorHandler(self.name)

    def detect(self, image: GrayImage) -> list[Detection]:
        """See `BarcodeEngine`. Also detects inverted and mirrored codes."""
        return self._call_safely(self._detect, image)

    def _detect(self, image: GrayImage) -> list[Detection]:
        barcodes = self._zxing.read_barcodes(
            image,
            formats=self._formats,
            text_mode=self._zxing.TextMode.Plain,  # HRI, the default, rewrites control characters
            try_downscale=False,  # saves a third of the time; the pipeline's half-size attempt replaces it
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
    """zbar through pyzbar. Reads mirrored codes, but no inverted ones."""

    name = "zbar"

    def __init__(self) -> None:
        self._pyzbar: Any = importlib.import_module("pyzbar.pyzbar")
        self._symbols = [self._pyzbar.ZBarSymbol.QRCODE]
        self._call_safely = _EngineErrorHandler(self.name)

    def detect(self, image: GrayImage) -> list[Detection]:
        """See `BarcodeEngine`. Does not report structured-append codes, because pyzbar cannot handle them."""
        return self._call_safely(self._detect, image)

    def _detect(self, image: GrayImage) -> list[Detection]:
        symbols = self._pyzbar.decode(image, symbols=self._symbols)
        return [
            Detection(_undo_charset_guess(code.data.decode("utf-8", "replace")), _corners_of_rect(code.rect))
            for code in symbols
        ]


def _undo_charset_guess(text: str) -> str:
    """Undo the wrong charset guess of zbar: it decodes some UTF-8 as Shift JIS or Big5. If the reverse is UTF-8, use that."""
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
    """Calls an engine; an exception ends that one attempt and not the camera loop.

    Known: pyzbar raises ValueError for structured-append codes and PyZbarError for unsupported sizes. Anything else is a
    bug: it is logged with its traceback once per exception type, because the loop runs thirty times a second.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._logged_types: set[type[Exception]] = set()

    def __call__(self, detect: Callable[[GrayImage], list[Detection]], image: GrayImage) -> list[Detection]:
        try:
            return detect(image)
        except ValueError:
            return []
        except Exception as error:
            if type(error) not in self._logged_types:
                self._logged_types.add(type(error))
                log.warning("codes: %s failed on an image and continues", self._name, exc_info=error)
            return []


def load_zxing() -> BarcodeEngine | None:
    """Return the zxing-cpp engine, or None if it is not installed or damaged."""
    engine = _load(ZxingEngine)
    return None if isinstance(engine, Exception) else engine


def load_zbar() -> BarcodeEngine | None:
    """Return the zbar engine, or None if pyzbar or the system library libzbar is not installed or damaged."""
    engine = _load(ZbarEngine)
    return None if isinstance(engine, Exception) else engine


def _load(engine: Callable[[], BarcodeEngine]) -> BarcodeEngine | Exception:
    """Create an engine, or return the reason why not: a damaged library raises OSError, AttributeError and others."""
    try:
        return engine()
    except Exception as error:  # noqa: BLE001 -- whatever it is, the other engine goes on alone
        return error


def engines_available() -> tuple[EngineStatus, ...]:
    """Return the status of each engine, with its version or the consequence of its absence. For the self-test."""
    return (_zxing_status(), _zbar_status())


def _zxing_status() -> EngineStatus:
    engine = _load(ZxingEngine)
    if not isinstance(engine, Exception):
        return EngineStatus("zxing-cpp", True, f"zxing-cpp {_version('zxing-cpp')} reads codes.")
    fault = "is not installed" if isinstance(engine, ModuleNotFoundError) else _damage("zxing-cpp", engine)
    return EngineStatus(
        "zxing-cpp", False, f"zxing-cpp {fault}: codes are read by zbar alone, slower and fewer of them."
    )


def _zbar_status() -> EngineStatus:
    engine = _load(ZbarEngine)
    if not isinstance(engine, Exception):
        return EngineStatus("zbar", True, f"zbar through pyzbar {_version('pyzbar')} reads codes.")
    if isinstance(engine, ModuleNotFoundError):
        fault = "pyzbar is not installed"
    elif isinstance(engine, ImportError):
        fault = "libzbar0 is not installed"
    else:
        fault = f"libzbar0 {_damage('libzbar0', engine)}"
    return EngineStatus("zbar", False, f"{fault}: codes are read by zxing-cpp alone, a few hard ones fewer.")


def _damage(package: str, error: Exception) -> str:
    return f"is damaged; install the package {package} again ({error})"


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "of an unknown version"
