"""Files of strangers become images of our own: decoded wholly, bounded, and written anew without metadata.

What goes into a mail is never the file that was sent: a place where a photo was taken, a preview, an appended archive or a script in it
does not come along.
"""

import io
import struct
import zlib
from dataclasses import dataclass
from threading import Lock
from typing import BinaryIO

from PIL import Image, ImageOps

from hub_sync.hub.domains.messages.images.errors import MessageImageTooLarge, MessageImageUnreadable

MAX_FILE = 8 * 1024 * 1024
MAX_PIXELS = 12_000_000
"""Decoded they take 36 MB, and as much again while they are converted."""
MAX_PHOTO_PIXELS = 50_000_000
"""Of a JPEG, which is decoded at an eighth to a half of its size if it is large."""
LONGEST_SIDE = 1200
"""Twice the width of a mail, for fine screens."""
MAX_STORED = 512 * 1024
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
_QUALITY = 85
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    EOFError,
    struct.error,
    zlib.error,
)
"""What Pillow raises for files that are damaged on purpose."""
_one_at_a_time = Lock()


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """An image as it is stored.

    Attributes:
        media_type: `image/png` or `image/jpeg`.
        content: the file that was written anew.
        width: in pixels.
        height: in pixels.
    """

    media_type: str
    content: bytes
    width: int
    height: int


def decode(file: BinaryIO) -> DecodedImage:
    """Decode a file and write it anew: JPEG stays it, the rest becomes PNG, of a film the first picture.

    One at a time in a process, for a large photo takes its memory.

    Raises:
        MessageImageUnreadable: it is no image of `FORMATS`, or damaged (422).
        MessageImageTooLarge: it has too many pixels, or is larger than `MAX_STORED` afterwards (422).
    """
    with _one_at_a_time:
        try:
            return _decode(file)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise MessageImageTooLarge from None
        except _BROKEN:
            raise MessageImageUnreadable from None


def _decode(file: BinaryIO) -> DecodedImage:
    with Image.open(file, formats=FORMATS) as source:
        is_photo = source.format == "JPEG"
        if source.width * source.height > (MAX_PHOTO_PIXELS if is_photo else MAX_PIXELS):
            raise MessageImageTooLarge
        source.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG is decoded smaller at once
        source.load()
        has_alpha = "A" in source.getbands() or "transparency" in source.info
        image = _upright(source).convert("RGBA" if has_alpha else "RGB")
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    content = _written(image, "JPEG" if is_photo else "PNG")
    if len(content) > MAX_STORED and not is_photo and not has_alpha:
        is_photo, content = True, _written(image, "JPEG")
    if len(content) > MAX_STORED:
        raise MessageImageTooLarge
    return DecodedImage("image/jpeg" if is_photo else "image/png", content, image.width, image.height)


def _upright(source: Image.Image) -> Image.Image:
    """Return an image as its camera was turned."""
    try:
        return ImageOps.exif_transpose(source)
    except _BROKEN:
        return source  # its metadata is damaged, not its pixels


def _written(image: Image.Image, file_format: str) -> bytes:
    """Return the pixels of an image as a file that has nothing else."""
    bare = Image.frombytes(image.mode, image.size, image.tobytes())
    file = io.BytesIO()
    if file_format == "JPEG":
        bare.save(file, "JPEG", quality=_QUALITY, optimize=True)
    else:
        bare.save(file, "PNG", optimize=True)
    return file.getvalue()
