"""Code overlay: draws a code on a phone or a sheet of paper into a scene, at an angle."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk_app.demo.scenes.backdrop import FRAME_SIZE, draw_backdrop
from kiosk_app.demo.scenes.optics import Optics, apply_optics

Image = NDArray[np.uint8]
Modules = NDArray[np.bool_]
"""A code as a square matrix, True is dark, without quiet zone."""

_FOCAL_LENGTH_PX = 1100.0  # pixels; about 60 degrees across 1280, a common webcam
_SUPERSAMPLING = 2  # the card is drawn this much finer than the frame, then averaged down as a sensor does


@dataclass(frozen=True, slots=True)
class CodeCard:
    """Print or display of a code. Quiet zone in modules; colours are BGR."""

    quiet_zone: float = 4.0
    dark: tuple[int, int, int] = (24, 22, 22)
    light: tuple[int, int, int] = (244, 246, 246)
    surround: tuple[int, int, int] = (244, 246, 246)  # what lies beyond the quiet zone
    inverted: bool = False  # light modules on a dark card, as a phone's night mode shows it
    mirrored: bool = False  # seen through glass or a front camera
    phone: bool = True  # else a sheet of paper


@dataclass(frozen=True, slots=True)
class CodePose:
    """Position of a code. Angles in degrees; `side` is the code's edge in pixels when held straight."""

    centre: tuple[float, float] = (640.0, 360.0)
    side: float = 340.0
    rotation: float = 0.0  # in the picture's plane
    yaw: float = 0.0  # turned about the upright axis
    pitch: float = 0.0  # tipped back or forward
    bend: float = 0.0  # degrees of arc that the code's width covers when wrapped round a cylinder


_STRAIGHT, _PLAIN, _GOOD = CodePose(), CodeCard(), Optics()


def gate_frame(
    modules: Modules | None,
    rng: np.random.Generator,
    *,
    pose: CodePose = _STRAIGHT,
    card: CodeCard = _PLAIN,
    optics: Optics = _GOOD,
    scene: str = "gate",
    size: tuple[int, int] = FRAME_SIZE,
) -> Image:
    """Draw a BGR frame of a gate with a code, or, with None, without one."""
    frame = draw_backdrop(rng, scene, size)
    if modules is not None:
        draw_code(frame, modules, pose, card)
    return apply_optics(optics, frame, rng)


def draw_code(frame: Image, modules: Modules, pose: CodePose = _STRAIGHT, card: CodeCard = _PLAIN) -> None:
    """Draw the code into `frame` in place; call it twice for two people. Parts outside the frame are cropped."""
    sheet = _render_sheet(modules, pose, card)
    if pose.bend:
        sheet.bend(pose.bend)
    _project(frame, sheet, pose)


@dataclass(slots=True)
class _Sheet:
    """The drawn phone or paper, straight on: picture, coverage, and where the code's middle and edge are in it."""

    image: Image
    mask: Image
    middle: tuple[float, float]
    side: float = field(default=1.0)

    def bend(self, degrees: float) -> None:
        """Wrap round an upright cylinder, the middle nearest to the camera, six code-widths away."""
        radius, distance = self.side / np.radians(degrees), 6 * self.side
        angle = np.linspace(-1.5, 1.5, 3001)
        depth = distance + radius * (1 - np.cos(angle))
        projected = radius * np.sin(angle) * distance / depth
        rising = np.diff(projected, prepend=-np.inf) > 0
        height, width = self.mask.shape
        x = np.arange(width, dtype=np.float64) - self.middle[0]
        at = np.interp(x, projected[rising], angle[rising])
        source_x = (radius * at + self.middle[0]).astype(np.float32)
        stretch = (distance + radius * (1 - np.cos(at))) / distance
        y = np.arange(height, dtype=np.float64)[:, None] - self.middle[1]
        source_y = (y * stretch[None, :] + self.middle[1]).astype(np.float32)
        grid_x = np.tile(source_x, (height, 1))
        self.image = cv2.remap(self.image, grid_x, source_y, cv2.INTER_LINEAR).astype(np.uint8)
        self.mask = cv2.remap(self.mask, grid_x, source_y, cv2.INTER_LINEAR).astype(np.uint8)


def _render_sheet(modules: Modules, pose: CodePose, card: CodeCard) -> _Sheet:
    dark, light, around = card.dark, card.light, card.surround
    if card.inverted:
        dark, light, around = light, dark, dark
    count = modules.shape[0]
    unit = max(2, round(_SUPERSAMPLING * pose.side / count))  # pixels a module in the fine drawing
    side = unit * count
    quiet = round(card.quiet_zone * unit)
    width, height = int(1.45 * side) + 2 * quiet, int((2.3 if card.phone else 1.9) * side) + 2 * quiet
    image = np.empty((height, width, 3), dtype=np.uint8)
    image[:] = around
    left, top = (width - side) // 2, (height - side) // 2
    cv2.rectangle(
        image, (left - quiet, top - quiet), (left + side + quiet - 1, top + side + quiet - 1), light, -1
    )
    colours = np.where(modules[:, :, None], np.array(dark, np.uint8), np.array(light, np.uint8))
    image[top : top + side, left : left + side] = np.repeat(np.repeat(colours, unit, axis=0), unit, axis=1)
    ink = light if card.inverted else dark
    for line, text in enumerate(("ADMIT ONE", "Main hall, gate 3")):
        at = (left, top - quiet - int(side * (0.22 - 0.12 * line)))
        cv2.putText(
            image, text, at, cv2.FONT_HERSHEY_SIMPLEX, side / 420, ink, max(1, side // 150), cv2.LINE_AA
        )
    mask = np.full((height, width), 255, dtype=np.uint8)
    if card.phone:
        bezel = max(2, int(0.05 * side))
        cv2.rectangle(image, (0, 0), (width - 1, height - 1), (18, 18, 20), 2 * bezel)
    if card.mirrored:
        image = np.ascontiguousarray(image[:, ::-1])
        left = width - left - side
    return _Sheet(image, mask, (left + side / 2, top + side / 2), float(side))


def _project(frame: Image, sheet: _Sheet, pose: CodePose) -> None:
    """Turn the sheet in space and lay it over the frame, averaged down from the finer drawing."""
    height, width = sheet.mask.shape
    scale = pose.side / sheet.side
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float64) - np.array(
        sheet.middle
    )
    points = np.column_stack([flat * scale, np.zeros(4)]) @ _rotation_matrix(pose).T
    nearer = _FOCAL_LENGTH_PX / np.maximum(_FOCAL_LENGTH_PX + points[:, 2], _FOCAL_LENGTH_PX / 10)
    corners = points[:, :2] * nearer[:, None] + np.array(pose.centre)

    frame_height, frame_width = frame.shape[:2]
    low = np.clip(np.floor(corners.min(axis=0)), 0, [frame_width, frame_height]).astype(int)
    high = np.clip(np.ceil(corners.max(axis=0)), 0, [frame_width, frame_height]).astype(int)
    w, h = (high - low).tolist()
    if w <= 0 or h <= 0:
        return
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(source, ((corners - low) * _SUPERSAMPLING).astype(np.float32))
    fine = (w * _SUPERSAMPLING, h * _SUPERSAMPLING)
    drawn = cv2.resize(cv2.warpPerspective(sheet.image, matrix, fine), (w, h), interpolation=cv2.INTER_AREA)
    cover = cv2.resize(cv2.warpPerspective(sheet.mask, matrix, fine), (w, h), interpolation=cv2.INTER_AREA)
    part = frame[low[1] : high[1], low[0] : high[0]]
    share = (cover.astype(np.float32) / 255)[:, :, None]
    # warped edges are already darkened by coverage (black outside), so only the scene is weighted
    part[:] = np.clip(part * (1 - share) + drawn.astype(np.float32), 0, 255).astype(np.uint8)


def _rotation_matrix(pose: CodePose) -> NDArray[np.float64]:
    yaw, pitch, roll = np.radians([pose.yaw, pose.pitch, pose.rotation])
    about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    about_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    return np.asarray(about_y @ about_x @ about_z)
