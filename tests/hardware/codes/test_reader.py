"""The pipeline on codes as people hold them: turned, tipped, inverted, small, blurred, bent, two at once."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from hardware.camera import read_image
from hardware.codes import CodeReader, Rect
from kiosk_app.demo.scenes import CodeCard, CodePose, Optics, draw_code, gate_frame
from tests.bench.frames import FAMILIES, code_frame, empty_frames, modules_of
from tests.hardware.codes.code_images import OTHER, TICKET, Picture, on_grey, qr, turned

PHOTOS = Path(__file__).resolve().parents[4] / "shared" / "qr-photos"


@pytest.fixture(scope="module")
def reader() -> CodeReader:
    return CodeReader()


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(qr(TICKET), id="as printed"),
        pytest.param(qr(TICKET, scale=3), id="small"),
        pytest.param(qr(TICKET, scale=1), id="a pixel a module"),
        pytest.param(255 - qr(TICKET), id="inverted"),
        pytest.param(np.ascontiguousarray(qr(TICKET)[:, ::-1]), id="mirrored"),
        pytest.param(255 - qr(TICKET)[:, ::-1], id="mirrored and inverted"),
        pytest.param(qr(TICKET)[:, ::-1], id="mirrored by a negative stride"),
        pytest.param(np.rot90(qr(TICKET)), id="on its side"),
        pytest.param(turned(qr(TICKET), 37), id="turned by 37 degrees"),
        pytest.param((qr(TICKET) * 0.1 + 110).astype(np.uint8), id="low contrast"),
        pytest.param((qr(TICKET) * 0.12).astype(np.uint8), id="dark"),
        pytest.param(cv2.cvtColor(qr(TICKET), cv2.COLOR_GRAY2BGR), id="colour"),
        pytest.param(cv2.cvtColor(qr(TICKET), cv2.COLOR_GRAY2BGRA), id="with alpha"),
        pytest.param(qr(TICKET)[:, :, None], id="one channel"),
        pytest.param(qr(TICKET).astype(np.float64) / 255, id="floats up to 1"),
        pytest.param(qr(TICKET).astype(np.float32), id="floats up to 255"),
        pytest.param(qr(TICKET).astype(np.uint16) * 257, id="16 bits"),
        pytest.param(qr(TICKET) > 128, id="booleans"),
        pytest.param(on_grey(qr(TICKET, 4)), id="in a 720p frame"),
        pytest.param(
            np.pad(qr(TICKET, 8), ((900, 1200), (1800, 2000)), constant_values=90), id="small in a photograph"
        ),
    ],
)
def test_a_code_is_read_however_the_picture_comes(reader: CodeReader, picture: Picture) -> None:
    reading = reader.read(picture)

    assert reading.texts == (TICKET,)
    assert reading.engine == "zxing-cpp"
    assert reading.elapsed_ms > 0


def test_two_different_codes_are_both_reported(reader: CodeReader) -> None:
    assert set(reader.read(on_grey(qr(TICKET, 4), qr(OTHER, 5))).texts) == {TICKET, OTHER}


def test_the_same_code_twice_is_one_text(reader: CodeReader) -> None:
    assert reader.read(on_grey(qr(TICKET, 4), qr(TICKET, 4))).texts == (TICKET,)


def test_the_code_in_the_guide_comes_first_and_hides_no_second_one(reader: CodeReader) -> None:
    frame = on_grey(qr(TICKET, 4), qr(OTHER, 5))

    assert reader.read(frame, Rect(0.5, 0.0, 0.5, 1.0)).texts == (OTHER, TICKET)
    assert reader.read(frame, Rect(0.0, 0.0, 0.5, 1.0)).texts == (TICKET, OTHER)


def test_a_second_code_of_the_other_polarity_is_seen_beside_the_first(reader: CodeReader) -> None:
    assert set(reader.read(on_grey(qr(TICKET, 4), 255 - qr(OTHER, 5))).texts) == {TICKET, OTHER}


@pytest.mark.parametrize(
    "guide",
    [
        Rect(0.0, 0.0, 0.05, 0.05),
        Rect(0, 0, 0, 0),
        Rect(-5, -5, 1, 1),
        Rect(3, 3, 9, 9),
        Rect(0.9, 0.9, -1, -1),
    ],
)
def test_a_code_outside_the_guide_is_read_too_whatever_the_guide(reader: CodeReader, guide: Rect) -> None:
    assert reader.read(on_grey(qr(TICKET, 4)), guide).texts == (TICKET,)


def test_two_people_at_the_gate_are_two_texts(reader: CodeReader) -> None:
    rng = np.random.default_rng(8)
    frame = gate_frame(modules_of(TICKET), rng, pose=CodePose(centre=(330, 360), side=260, yaw=20))
    draw_code(
        frame, modules_of(OTHER), CodePose(centre=(950, 360), side=240, rotation=15), CodeCard(inverted=True)
    )

    assert set(reader.read(frame, Rect(0.3, 0.1, 0.4, 0.8)).texts) == {TICKET, OTHER}


@pytest.mark.parametrize(
    ("pose", "optics"),
    [
        pytest.param(CodePose(), Optics(blur=3.6), id="far out of focus"),
        pytest.param(CodePose(bend=90), Optics(), id="bent round a cylinder"),
        pytest.param(CodePose(bend=90, rotation=70), Optics(), id="bent and turned"),
    ],
)
def test_a_code_that_is_seen_but_not_read_gets_a_second_look(
    reader: CodeReader, pose: CodePose, optics: Optics
) -> None:
    text = TICKET * 2
    frame = gate_frame(
        modules_of(text), np.random.default_rng(3), pose=pose, card=CodeCard(phone=False), optics=optics
    )

    assert reader.read(frame).texts == (text,)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_is_read_at_its_easiest_and_never_misread(reader: CodeReader, family: str) -> None:
    for grade in (1, 2):
        frame = code_frame(family, grade, np.random.default_rng((1, grade)))
        assert reader.read(frame.image).texts == (frame.text,), f"{family} {grade}"


@pytest.mark.parametrize("family", ["clean", "small", "inverted", "mirrored", "low contrast"])
def test_the_families_that_must_all_be_read_are_all_read(reader: CodeReader, family: str) -> None:
    for grade in (3, 4):
        frame = code_frame(family, grade, np.random.default_rng((2, grade)))
        assert reader.read(frame.image).texts == (frame.text,), f"{family} {grade}"


def test_frames_without_a_code_read_as_nothing(reader: CodeReader) -> None:
    for frame in empty_frames(4, 18):
        assert reader.read(frame.image, Rect(0.25, 0.1, 0.5, 0.8)).texts == (), frame.family


@pytest.mark.skipif(not PHOTOS.is_dir(), reason="the photographs lie beside the repository, not in it")
def test_96_of_the_100_photographs_are_read_and_none_is_misread(reader: CodeReader) -> None:
    def visible(text: str) -> str:
        return "".join(letter for letter in text if "!" <= letter <= "~")

    read = 0
    for photo in json.loads((PHOTOS / "manifest.json").read_text(encoding="utf-8")):
        texts = reader.read(read_image(PHOTOS / photo["file"])).texts
        assert all(visible(text) == visible(photo["text"]) for text in texts), photo["file"]
        read += bool(texts)
    assert read >= 96
