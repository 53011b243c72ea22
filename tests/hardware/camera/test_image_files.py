"""Picture files as people have them: transparent, 16 bits, empty, broken."""

import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from hardware.camera import InvalidImageError, read_image
from hardware.codes import CodeReader
from tests.hardware.codes.code_images import TICKET, Picture, qr


def saved(folder: Path, picture: NDArray[Any], ending: str = ".png") -> Path:
    path = folder / f"pícture{ending}"
    done, packed = cv2.imencode(ending, picture)
    assert done
    path.write_bytes(packed.tobytes())
    return path


def transparent(dark: Picture, drawn_in: int) -> NDArray[Any]:
    """Draw a code as design programs save it: modules in one gray, everything else transparent black."""
    drawing = np.zeros((*dark.shape, 4), dtype=np.uint8)
    drawing[dark == 0] = (drawn_in, drawn_in, drawn_in, 255)
    return drawing


@pytest.mark.parametrize("ending", [".png", ".jpg", ".webp", ".bmp", ".tiff"])
def test_common_kinds_are_read(tmp_path: Path, ending: str) -> None:
    assert CodeReader().read(read_image(saved(tmp_path, qr(TICKET), ending))).texts == (TICKET,)


@pytest.mark.parametrize("drawn_in", [0, 255], ids=["dark on nothing", "light on nothing"])
def test_a_code_without_background_is_still_a_code(tmp_path: Path, drawn_in: int) -> None:
    picture = read_image(saved(tmp_path, transparent(qr(TICKET), drawn_in)))

    assert picture.shape[2] == 3
    assert CodeReader().read(picture).texts == (TICKET,)


def test_an_opaque_picture_with_alpha_keeps_its_colours(tmp_path: Path) -> None:
    colour = np.random.default_rng(1).integers(0, 256, (30, 40, 3), np.uint8)
    with_alpha = np.dstack([colour, np.full((30, 40), 255, np.uint8)])

    assert (read_image(saved(tmp_path, with_alpha)) == colour).all()


def test_sixteen_bits_become_eight(tmp_path: Path) -> None:
    picture = read_image(saved(tmp_path, qr(TICKET).astype(np.uint16) * 257))

    assert picture.dtype == np.uint8
    assert (picture == qr(TICKET)).all()


def test_a_float_tiff_is_read(tmp_path: Path) -> None:
    picture = read_image(saved(tmp_path, (qr(TICKET) / 255).astype(np.float32), ".tiff"))

    assert CodeReader().read(picture).texts == (TICKET,)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the file is empty"),
        (b"GIF89a", "not a readable image"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "not a readable image"),
    ],
)
def test_what_is_no_picture_says_so(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(content)

    with pytest.raises(InvalidImageError, match=sentence):
        read_image(path)


def test_a_picture_that_claims_to_be_larger_than_any_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, qr(TICKET), ".bmp")
    content = bytearray(path.read_bytes())
    content[18:26] = (60_000).to_bytes(4, "little") + (60_000).to_bytes(4, "little")
    path.write_bytes(content)

    with pytest.raises(InvalidImageError):
        read_image(path)


def test_a_file_that_is_not_there_is_the_systems_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_image(tmp_path / "none.png")


def test_a_picture_of_400_megapixels_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 20_000, 20_000, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(2_501 * 20_000))
    path = tmp_path / "large.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )
    program = "import sys; from pathlib import Path; from hardware.camera import read_image; read_image(Path(sys.argv[1]))"
    # a Python of its own: a test that imports OpenCV first has imported it without the limit
    process = subprocess.run(
        [sys.executable, "-c", program, path], capture_output=True, text=True, timeout=60, check=False
    )
    assert "InvalidImageError: too large: pictures of at most 50 megapixels" in process.stderr
