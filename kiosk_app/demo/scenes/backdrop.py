"""Backdrops of a gate camera without a code: people, doors, rails, posters, and textures that resemble codes."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Random = np.random.Generator

FRAME_SIZE = (1280, 720)
"""Width and height in pixels of the frames that a gate's camera is asked for."""


def draw_backdrop(rng: Random, kind: str = "gate", size: tuple[int, int] = FRAME_SIZE) -> Image:
    """Draw a BGR scene without any code. `kind` is one of `BACKDROPS`; KeyError for another."""
    width, height = size
    return np.ascontiguousarray(BACKDROPS[kind](rng, width, height))


def _colour(rng: Random, low: int = 30, high: int = 220) -> tuple[int, int, int]:
    grey = rng.uniform(low, high)
    tint = rng.normal(0, 18, 3)
    blue, green, red = np.clip(grey + tint, 0, 255).astype(int)
    return int(blue), int(green), int(red)


def _gradient(rng: Random, width: int, height: int) -> Image:
    ends = np.array([[_colour(rng), _colour(rng)], [_colour(rng), _colour(rng)]], dtype=np.uint8)
    return cv2.resize(ends, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.uint8)


def _gate(rng: Random, width: int, height: int) -> Image:
    """Draw a hall behind the gate: doors, a railing, a poster and visitors, slightly out of focus."""
    image = _gradient(rng, width, height)
    for _ in range(int(rng.integers(4, 9))):  # doors, walls, signs
        x, y = int(rng.uniform(-0.1, 0.9) * width), int(rng.uniform(-0.1, 0.7) * height)
        w, h = int(rng.uniform(0.05, 0.35) * width), int(rng.uniform(0.1, 0.6) * height)
        cv2.rectangle(image, (x, y), (x + w, y + h), _colour(rng), -1)
    gap = int(rng.uniform(14, 60))
    left, colour = int(rng.uniform(0, 0.7) * width), _colour(rng)
    for x in range(left, left + int(0.3 * width), gap):  # a railing
        cv2.line(image, (x, height // 2), (x, height), colour, int(rng.integers(2, 7)))
    _lines_of_text(
        image, rng, (int(rng.uniform(0, 0.6) * width), int(rng.uniform(0.05, 0.4) * height)), 4, 0.8
    )
    for _ in range(int(rng.integers(1, 5))):  # visitors
        x, y = int(rng.uniform(0, 1) * width), int(rng.uniform(0.25, 0.6) * height)
        head = int(rng.uniform(30, 80))
        cv2.ellipse(image, (x, y + 3 * head), (2 * head, int(2.6 * head)), 0, 0, 360, _colour(rng), -1)
        cv2.ellipse(image, (x, y), (int(0.75 * head), head), 0, 0, 360, _skin(rng), -1)
    soft = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.6, 2.5))
    return _add_noise(np.asarray(soft, dtype=np.uint8), rng, 2.5)


def _skin(rng: Random) -> tuple[int, int, int]:
    depth = rng.uniform(0.35, 1.0)
    return int(150 * depth), int(180 * depth), int(225 * depth)


def _lines_of_text(image: Image, rng: Random, origin: tuple[int, int], lines: int, scale: float) -> None:
    letters = np.array(list("ABCDEFGHIKLMNOPRSTUVW 0123456789abcdefghiklmnoprstuvw  "))
    colour = _colour(rng, 0, 255)
    for line in range(lines):
        text = "".join(rng.choice(letters, 24))
        at = (origin[0], origin[1] + int(34 * scale * (line + 1)))
        cv2.putText(
            image, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, max(1, round(2 * scale)), cv2.LINE_AA
        )


def _add_noise(image: Image, rng: Random, sigma: float) -> Image:
    noise = gaussian_noise(rng, image.shape, sigma)
    return np.asarray(cv2.add(image, noise, dtype=cv2.CV_8U), dtype=np.uint8)


def gaussian_noise(rng: Random, shape: tuple[int, ...], sigma: float) -> NDArray[np.int16]:
    """Return noise of `sigma` gray levels, by OpenCV's generator seeded from `rng`: five times as fast as numpy's."""
    noise = np.empty((shape[0], int(np.prod(shape[1:]))), dtype=np.int16)
    cv2.setRNGSeed(int(rng.integers(1, 2**31 - 1)))
    cv2.randn(noise, np.zeros((1, 1)), np.full((1, 1), sigma))
    return noise.reshape(shape)


def _text(rng: Random, width: int, height: int) -> Image:
    image = np.full((height, width, 3), 235, dtype=np.uint8)
    for column in range(3):
        _lines_of_text(image, rng, (20 + column * width // 3, 0), height // 18, 0.5)
    return _add_noise(image, rng, 3)


def _stripes(rng: Random, width: int, height: int) -> Image:
    """Draw stripes, as of a shirt, a barcode or a radiator."""
    edges = np.cumsum(rng.integers(2, 14, width // 2))
    row = (np.searchsorted(edges, np.arange(width)) % 2 * rng.uniform(90, 200) + 30).astype(np.uint8)
    image = cv2.cvtColor(np.tile(row, (height, 1)), cv2.COLOR_GRAY2BGR)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-60, 60), 1.5)
    return _add_noise(
        cv2.warpAffine(image, turn, (width, height), borderMode=cv2.BORDER_REFLECT).astype(np.uint8), rng, 3
    )


def _checks(rng: Random, width: int, height: int) -> Image:
    """Draw a checked tablecloth: rows of squares, the texture most similar to a code."""
    cell = int(rng.integers(5, 22))
    rows, columns = np.indices((height, width)) // cell
    image = np.where((rows + columns) % 2 == 0, 40, 215).astype(np.uint8)
    noisy = _add_noise(np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), dtype=np.uint8), rng, 4)
    return cv2.GaussianBlur(noisy, (0, 0), rng.uniform(0.5, 1.5)).astype(np.uint8)


def _foliage(rng: Random, width: int, height: int) -> Image:
    """Draw noise at every scale, as of leaves, gravel or a crowd."""
    total = np.zeros((height, width), dtype=np.float32)
    for step in (2, 6, 18, 60):
        coarse = rng.normal(0, 1, (height // step + 2, width // step + 2)).astype(np.float32)
        total += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    grey = np.clip(120 + 45 * total, 0, 255).astype(np.uint8)
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR).astype(np.uint8)


def _blocks(rng: Random, width: int, height: int) -> Image:
    """Draw random black and white squares: the inside of a code without finder patterns."""
    cell = int(rng.integers(4, 12))
    grid = rng.integers(0, 2, (height // cell + 1, width // cell + 1)).astype(np.uint8) * 190 + 30
    image = cv2.resize(grid, None, fx=cell, fy=cell, interpolation=cv2.INTER_NEAREST)[:height, :width]
    scene = _gate(rng, width, height)
    h, w = int(height * 0.6), int(width * 0.4)
    scene[height // 5 : height // 5 + h, width // 4 : width // 4 + w] = image[:h, :w, None]
    return _add_noise(cv2.GaussianBlur(scene, (0, 0), 0.8).astype(np.uint8), rng, 3)


def _night(rng: Random, width: int, height: int) -> Image:
    return _add_noise((_gate(rng, width, height) * 0.08).astype(np.uint8), rng, 4)


BACKDROPS: dict[str, Callable[[Random, int, int], Image]] = {
    "gate": _gate,
    "text": _text,
    "stripes": _stripes,
    "checks": _checks,
    "foliage": _foliage,
    "blocks": _blocks,
    "night": _night,
}
"""Registry of the backdrops: name -> drawing function."""
