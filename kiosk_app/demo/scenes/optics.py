"""Camera optics: effects of light, lens, shutter and sensor on a scene, applied in this order."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk_app.demo.scenes.backdrop import gaussian_noise

Image = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Optics:
    """Optical effects. Lengths are pixels of the frame, angles degrees; the defaults are a good camera in good light."""

    moire: float = 0.0  # amplitude, in grey levels, of the screen's grid beating with the sensor's
    moire_period: float = 7.0
    glare: float = 0.0  # radius of a lamp's reflection
    glare_at: tuple[float, float] = (640.0, 360.0)
    glare_strength: float = 230.0  # grey levels that the reflection adds at its centre
    blur: float = 0.0  # sigma of a lens out of focus
    motion: float = 0.0  # length of the smear
    motion_angle: float = 0.0
    contrast: float = 1.0  # 0.2: a washed-out screen
    gain: float = 1.0  # 0.1: a dark hall
    noise: float = 2.0  # sigma of the sensor's noise, grey levels


def apply_optics(optics: Optics, scene: Image, rng: np.random.Generator) -> Image:
    """Return the frame that the camera delivers of `scene` (BGR)."""
    frame = scene.astype(np.float32)
    if optics.moire:
        frame += _moire(optics, frame.shape[:2], rng)[:, :, None]
    if optics.glare:
        frame += _glare(optics, frame.shape[:2])[:, :, None]
        np.clip(frame, 0, 255, out=frame)
    if optics.blur:
        frame = cv2.GaussianBlur(frame, (0, 0), optics.blur).astype(np.float32)
    if optics.motion:
        frame = cv2.filter2D(frame, -1, _motion_kernel(optics.motion, optics.motion_angle)).astype(np.float32)
    if optics.contrast != 1:
        frame = 128 + (frame - 128) * optics.contrast
    frame *= optics.gain
    frame += gaussian_noise(rng, frame.shape, optics.noise)
    return np.asarray(np.clip(frame, 0, 255), dtype=np.uint8)


def _moire(optics: Optics, shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return a moiré pattern: two slightly rotated gratings of similar pitch, as a camera records a screen."""
    y, x = np.indices(shape, dtype=np.float32)
    total = np.zeros(shape, dtype=np.float32)
    for angle in rng.uniform(0, np.pi, 2):
        pitch = optics.moire_period * rng.uniform(0.9, 1.1)
        phase = 2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / pitch
        beat = 2 * np.pi * (x * np.cos(angle + 0.06) + y * np.sin(angle + 0.06)) / (pitch * 1.05)
        total += 0.5 * (np.sin(phase) + np.sin(phase - beat)).astype(np.float32)
    return np.asarray(0.5 * optics.moire * total, dtype=np.float32)


def _glare(optics: Optics, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Return the reflection of a lamp: saturated in the middle, with a soft halo."""
    y, x = np.indices(shape, dtype=np.float32)
    distance = np.hypot(x - optics.glare_at[0], y - optics.glare_at[1]) / optics.glare
    lamp = optics.glare_strength * np.exp(-(distance**4)) + 40 * np.exp(-0.3 * distance**2)
    return np.asarray(lamp, dtype=np.float32)


def _motion_kernel(length: float, angle: float) -> NDArray[np.float32]:
    """Return a motion blur kernel: an anti-aliased line of `length` pixels at `angle`, with sum 1."""
    side = int(np.ceil(length)) | 1
    scale = 8
    fine = np.zeros((side * scale, side * scale), dtype=np.float32)
    middle = (side * scale - 1) / 2
    dx, dy = np.cos(np.radians(angle)) * length * scale / 2, np.sin(np.radians(angle)) * length * scale / 2
    ends = [(round(middle + s * dx), round(middle + s * dy)) for s in (-1, 1)]
    cv2.line(fine, ends[0], ends[1], 1.0, scale)
    kernel = cv2.resize(fine, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(kernel / kernel.sum(), dtype=np.float32)
