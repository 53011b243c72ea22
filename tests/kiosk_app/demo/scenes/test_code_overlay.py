"""Drawn gate frames: repeatable, of the asked size, and with the code where it was put."""

import cv2
import numpy as np
import pytest

from hardware.codes import CodeReader
from kiosk_app.demo.scenes import BACKDROPS, CodeCard, CodePose, Optics, draw_backdrop, draw_code, gate_frame
from tests.bench.frames import modules_of

MODULES = modules_of("a ticket that is held before the camera")


def test_the_same_seed_draws_the_same_frame_and_another_seed_another() -> None:
    def drawn(seed: int) -> np.ndarray:
        return gate_frame(MODULES, np.random.default_rng(seed), optics=Optics(moire=40, motion=5))

    assert (drawn(1) == drawn(1)).all()
    assert (drawn(1) != drawn(2)).any()


@pytest.mark.parametrize("kind", BACKDROPS)
def test_every_backdrop_fills_a_frame_of_any_size(kind: str) -> None:
    for size in ((1280, 720), (641, 359)):
        scene = draw_backdrop(np.random.default_rng(1), kind, size)
        assert scene.shape == (size[1], size[0], 3)
        assert scene.dtype == np.uint8
        assert scene.std() > 1


def test_noise_is_in_all_three_colours() -> None:
    still, noisy = (
        gate_frame(None, np.random.default_rng(1), optics=Optics(noise=noise)) for noise in (0.0, 8.0)
    )
    spread = (noisy.astype(int) - still).std(axis=(0, 1))

    assert spread == pytest.approx([8, 8, 8], rel=0.15)


def test_the_code_is_held_where_it_was_asked() -> None:
    frame = np.full((720, 1280, 3), 90, np.uint8)
    draw_code(frame, MODULES, CodePose(centre=(400, 300), side=200))

    texts, corners = cv2.QRCodeDetector().detect(frame)

    assert texts
    assert corners.reshape(4, 2).mean(axis=0) == pytest.approx([400, 300], abs=4)
    assert np.ptp(corners.reshape(4, 2), axis=0) == pytest.approx([200, 200], abs=8)


@pytest.mark.parametrize(
    "pose",
    [
        CodePose(centre=(-900, -900)),
        CodePose(centre=(5000, 300)),
        CodePose(side=1),
        CodePose(side=3000),
        CodePose(yaw=89, pitch=89),
        CodePose(yaw=180),
        CodePose(bend=170, rotation=200),
    ],
)
def test_impossible_poses_are_drawn_without_error(pose: CodePose) -> None:
    assert gate_frame(MODULES, np.random.default_rng(1), pose=pose, card=CodeCard(quiet_zone=0)).shape == (
        720,
        1280,
        3,
    )


def test_a_mirrored_card_is_the_mirror_image_of_a_plain_one() -> None:
    reader = CodeReader()
    frame = gate_frame(MODULES, np.random.default_rng(1), card=CodeCard(mirrored=True))

    assert reader.read(frame).texts == reader.read(np.ascontiguousarray(frame[:, ::-1])).texts != ()
