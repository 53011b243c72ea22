"""Pictures for Chromium's fake camera: real QR codes in a video file, which the page decodes as from a lens."""

from pathlib import Path

import numpy as np
import segno
from numpy.typing import NDArray

WIDTH, HEIGHT, FRAMES_A_SECOND = 640, 480, 10
_WALL, _PAPER, _NEUTRAL = 90, 235, 128
Picture = NDArray[np.uint8]


def camera_arguments(video: Path) -> list[str]:
    """Return the arguments with which Chromium takes this file as its only camera, and allows it to every page."""
    return [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={video}",
    ]


def picture_of(*codes: str) -> Picture:
    """Return a grey picture with these QR codes beside each other; without one, an empty wall. Shape (height, width)."""
    picture = np.full((HEIGHT, WIDTH), _WALL, dtype=np.uint8)
    room = WIDTH // max(len(codes), 1)
    for at, code in enumerate(codes):
        modules = np.array(
            [list(row) for row in segno.make(code, micro=False, error="m").matrix_iter(border=4)]
        )
        scale = min(room, HEIGHT) // len(modules)
        paper = np.where(np.kron(modules, np.ones((scale, scale))) > 0, 20, _PAPER)
        top, left = (HEIGHT - len(paper)) // 2, at * room + (room - len(paper)) // 2
        picture[top : top + len(paper), left : left + len(paper)] = paper
    return picture


def write_video(file: Path, *pictures: Picture, frames_each: int = 10) -> None:
    """Write a video (YUV4MPEG2) that shows each picture for some frames, from the beginning again at its end."""
    head = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FRAMES_A_SECOND}:1 Ip A1:1 C420jpeg\n"
    colour = np.full((HEIGHT // 2) * (WIDTH // 2) * 2, _NEUTRAL, dtype=np.uint8).tobytes()
    frames = [b"FRAME\n" + picture.tobytes() + colour for picture in pictures]
    file.write_bytes(head.encode() + b"".join(frame * frames_each for frame in frames))
