"""Robustness: `read` returns for every image that a person or a camera can produce."""

import warnings
from typing import Any

import numpy as np
import pytest
import segno
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from hardware.codes import CodeReader, Rect
from hardware.codes.engines import load_zbar
from tests.hardware.codes.code_images import Picture, drawn, on_grey, qr

READER = CodeReader()
ZBAR_ALONE = CodeReader(zxing=lambda: None)
BOTH = pytest.mark.parametrize("reader", [READER, ZBAR_ALONE], ids=["both engines", "zbar alone"])


def parts() -> list[Picture]:
    """Draw a structured-append set: three codes that together contain one text."""
    return [drawn(code) for code in segno.make_sequence("A" * 300 + "B" * 200, symbol_count=3, error="m")]


def test_pyzbar_still_raises_on_a_structured_append_code_which_is_why_it_is_guarded() -> None:
    from pyzbar import pyzbar  # noqa: PLC0415

    with pytest.raises(ValueError, match="ZBarOrientation"):
        pyzbar.decode(parts()[0], symbols=[pyzbar.ZBarSymbol.QRCODE])


@BOTH
def test_a_part_of_a_structured_append_set_does_not_stop_it(reader: CodeReader) -> None:
    for part in parts():
        for text in reader.read(on_grey(part)).texts:
            assert set(text) <= {"A", "B"}


@BOTH
@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe\x00\x80\x81abc",
        b"\xc3\x28",
        bytes(range(256)),
        b"\x00" * 40,
        b"\xed\xa0\x80\xed\xb0\x80",
        b"\x1b[2J\x07",
    ],
)
def test_bytes_that_are_no_utf8_read_as_some_text_that_can_be_sent_on(
    reader: CodeReader, content: bytes
) -> None:
    for text in reader.read(on_grey(qr(content))).texts:
        text.encode("utf-8")


@pytest.mark.parametrize(
    "text", ["WIFI:T:WPA;S=café;P=☃;;", "日本語", "BEGIN:VCARD\r\nN:Ada\r\nEND:VCARD", "1234567890", "A-B/C"]
)
def test_other_peoples_codes_read_as_their_plain_text(text: str) -> None:
    assert READER.read(qr(text)).texts == (text,)


def test_control_characters_are_not_rewritten() -> None:
    assert READER.read(qr("a\x1db\x04")).texts == ("a\x1db\x04",)


@BOTH
@pytest.mark.parametrize("kind", ["EAN13", "Code128", "DataMatrix", "Aztec", "PDF417"])
def test_other_symbologies_are_not_reported(reader: CodeReader, kind: str) -> None:
    barcode = zxingcpp.create_barcode("4006381333931", getattr(zxingcpp.BarcodeFormat, kind))
    picture = np.array(zxingcpp.write_barcode_to_image(barcode, scale=4), dtype=np.uint8)

    assert reader.read(on_grey(picture)).texts == ()


def test_micro_qr_is_not_read_as_its_few_check_bits_let_noise_pass_for_a_code() -> None:
    assert READER.read(drawn(segno.make("839391", micro=True), scale=10)).texts == ()


@BOTH
@pytest.mark.parametrize(
    "image",
    [
        None,
        [],
        "a string",
        [[1, 2], [3]],
        7,
        np.zeros((0, 0), np.uint8),
        np.zeros((0, 720, 3), np.uint8),
        np.zeros((720, 1280, 0), np.uint8),
        np.zeros((1, 1), np.uint8),
        np.zeros((1, 5000), np.uint8),
        np.zeros((40, 40, 7), np.uint8),
        np.zeros((2, 40, 40, 3), np.uint8),
        np.full((90, 160), np.nan),
        np.full((90, 160, 3), np.inf, np.float32),
        np.full((90, 160), -np.inf),
        np.full((90, 160), 1e300),
        np.full((90, 160), -(2**62)),
        np.zeros((90, 160), np.complex128),
        np.zeros((90, 160), object),
        np.zeros((90, 160), "datetime64[s]"),
        np.zeros((22, 60_000), np.uint8),
        np.zeros((22, 70_000, 3), np.uint8),
        np.full((8000, 6000), 255, np.uint8),
        np.random.default_rng(1).integers(0, 256, (720, 1280, 3), np.uint8),
        np.random.default_rng(1).integers(0, 2, (720, 1280), np.uint8) * np.uint8(255),
    ],
    ids=repr,
)
def test_odd_pictures_read_as_nothing_and_without_a_warning(reader: CodeReader, image: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert reader.read(image).texts == ()


def test_read_only_and_strided_frames_are_read() -> None:
    picture = np.repeat(qr("seen"), 2, axis=1)[:, ::2]
    assert not picture.flags.c_contiguous
    picture.flags.writeable = False

    assert READER.read(picture).texts == ("seen",)
    still = qr("still")
    still.flags.writeable = False
    assert READER.read(still).texts == ("still",)


FINITE_OR_NOT = st.one_of(
    arrays.arrays(
        dtype=st.sampled_from([np.uint8, np.int16, np.uint16, np.float32, np.float64, np.bool_, np.int64]),
        shape=arrays.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=40),
    ),
    st.builds(
        lambda seed, height, width, levels: np.random.default_rng(seed).integers(
            0, levels, (height, width), np.uint8
        ),
        st.integers(0, 2**32),
        st.integers(1, 200),
        st.integers(1, 200),
        st.integers(1, 256),
    ),
)


@settings(max_examples=150, deadline=None)
@given(image=FINITE_OR_NOT, guide=st.none() | st.builds(Rect, *[st.floats(-2, 2)] * 4))
def test_no_array_ever_raises(image: Any, guide: Rect | None) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert READER.read(image, guide).elapsed_ms >= 0


@settings(max_examples=60, deadline=None)
@given(content=st.binary(min_size=1, max_size=120))
def test_no_content_of_a_code_ever_raises(content: bytes) -> None:
    for reader in (READER, ZBAR_ALONE):
        for text in reader.read(qr(content, scale=3)).texts:
            text.encode("utf-8")


def test_an_engine_that_breaks_is_logged_once_and_the_loop_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    zbar = load_zbar()
    assert zbar is not None

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("native code says no")

    zbar._pyzbar = type("Broken", (), {"decode": staticmethod(broken)})  # type: ignore[attr-defined]
    reader = CodeReader(zbar=lambda: zbar)
    for _ in range(5):
        assert reader.read(on_grey(np.full((60, 60), 30, np.uint8))).texts == ()

    assert [record.getMessage() for record in caplog.records] == [
        "codes: zbar failed on an image and continues"
    ]
