"""The seeded generator of gate frames that the decode benchmark and the tests read.

Fourteen families, four grades each from easy to hard. The hardest grade is meant to be hard and still readable in
principle: every module stays wider than what a good reader can resolve, and no more of the code is hidden than its
error correction (level M, about 15 %) can give back. Codes look like tickets: 200 or more base64url characters.
"""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import segno

from kiosk_app.demo.scenes import BACKDROPS, CodeCard, CodePose, Modules, Optics, gate_frame

Image = np.typing.NDArray[np.uint8]
Random = np.random.Generator
GRADES = (1, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class GateFrame:
    """A drawn frame and what it holds; `text` is None where there is no code in it."""

    image: Image
    family: str
    grade: int
    text: str | None


def ticket_text(rng: Random) -> str:
    """Return a text shaped like a v1 ticket: base64url without padding, 200 to 230 characters."""
    return base64.urlsafe_b64encode(rng.bytes(int(rng.integers(150, 172)))).decode().rstrip("=")


def modules_of(text: str, error: str = "m") -> Modules:
    """Return the code's module matrix, without quiet zone."""
    code = segno.make(text, error=error, micro=False, boost_error=False)
    return np.array([[bool(cell) for cell in row] for row in code.matrix], dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Setting:
    """Settings of one frame."""

    pose: CodePose
    card: CodeCard
    optics: Optics


def _easy(rng: Random, low: float = 300, high: float = 420) -> Setting:
    pose = CodePose(
        centre=(rng.uniform(520, 760), rng.uniform(320, 400)),
        side=rng.uniform(low, high),
        rotation=rng.normal(0, 4),
        yaw=rng.normal(0, 5),
        pitch=rng.normal(0, 5),
    )
    return Setting(pose, CodeCard(phone=bool(rng.random() < 0.7)), Optics())


def _clean(rng: Random, grade: int, count: int) -> Setting:
    return _easy(rng)


def _tilt(rng: Random, grade: int, count: int) -> Setting:
    setting = _easy(rng)
    angle, direction = (25.0, 38.0, 48.0, 56.0)[grade - 1], rng.uniform(0, 2 * np.pi)
    pose = replace(setting.pose, yaw=angle * np.cos(direction), pitch=angle * np.sin(direction))
    return replace(setting, pose=pose)


def _rotation(rng: Random, grade: int, count: int) -> Setting:
    setting = _easy(rng)
    turn = rng.uniform(*((10, 25), (25, 65), (65, 180), (180, 360))[grade - 1])
    return replace(setting, pose=replace(setting.pose, rotation=turn))


def _blur(rng: Random, grade: int, count: int) -> Setting:
    setting = _easy(rng)
    module = setting.pose.side / count
    return replace(setting, optics=Optics(blur=module * (0.35, 0.5, 0.62, 0.74)[grade - 1]))


def _motion(rng: Random, grade: int, count: int) -> Setting:
    setting = _easy(rng)
    module = setting.pose.side / count
    length = module * (0.8, 1.2, 1.6, 1.9)[grade - 1]
    return replace(setting, optics=Optics(motion=length, motion_angle=rng.uniform(0, 180)))


def _glare(rng: Random, grade: int, count: int) -> Setting:
    """Draw a lamp on the code but off its three finder patterns' centres: those no reader can do without."""
    setting = _easy(rng)
    pose = setting.pose
    radius = pose.side * (0.09, 0.13, 0.16, 0.19)[grade - 1]
    x = pose.centre[0] + pose.side * rng.uniform(-0.1, 0.35)
    y = pose.centre[1] + pose.side * rng.uniform(-0.05, 0.35)
    return replace(setting, optics=Optics(glare=radius, glare_at=(x, y)))


def _moire(rng: Random, grade: int, count: int) -> Setting:
    setting = _easy(rng)
    amplitude = (30.0, 55.0, 80.0, 105.0)[grade - 1]
    return replace(setting, optics=Optics(moire=amplitude, moire_period=rng.uniform(3, 9)))


def _low_contrast(rng: Random, grade: int, count: int) -> Setting:
    return replace(_easy(rng), optics=Optics(contrast=(0.5, 0.35, 0.22, 0.15)[grade - 1]))


def _dark(rng: Random, grade: int, count: int) -> Setting:
    gain = (0.35, 0.2, 0.12, 0.08)[grade - 1]
    return replace(_easy(rng), optics=Optics(gain=gain, noise=3.0))


def _inverted(rng: Random, grade: int, count: int) -> Setting:
    setting = _easy(rng, (380, 340, 300, 260)[grade - 1], 420)
    return replace(setting, card=replace(setting.card, inverted=True))


def _mirrored(rng: Random, grade: int, count: int) -> Setting:
    setting = _easy(rng, (380, 340, 300, 260)[grade - 1], 420)
    return replace(setting, card=replace(setting.card, mirrored=True))


def _small(rng: Random, grade: int, count: int) -> Setting:
    """Shrink the code, to 2.8 pixels a module in the hardest grade: a phone at arm's length and more."""
    setting = _easy(rng)
    module = (4.0, 3.5, 3.1, 2.8)[grade - 1]
    centre = (rng.uniform(300, 980), rng.uniform(220, 500))
    return replace(setting, pose=replace(setting.pose, side=module * count, centre=centre))


def _narrow(rng: Random, grade: int, count: int) -> Setting:
    """Draw 2, 1.5, 1 or 0.5 modules of quiet zone, with something dark beyond. The standard asks for four."""
    setting = _easy(rng)
    quiet = (2.0, 1.5, 1.0, 0.5)[grade - 1]
    dark = int(rng.integers(20, 110))
    return replace(setting, card=replace(setting.card, quiet_zone=quiet, surround=(dark, dark, dark)))


def _bent(rng: Random, grade: int, count: int) -> Setting:
    setting = _easy(rng)
    bend = (30.0, 50.0, 70.0, 90.0)[grade - 1]
    return replace(setting, pose=replace(setting.pose, bend=bend), card=replace(setting.card, phone=False))


FAMILIES: dict[str, Callable[[Random, int, int], Setting]] = {
    "clean": _clean,
    "tilt": _tilt,
    "rotation": _rotation,
    "blur": _blur,
    "motion": _motion,
    "glare": _glare,
    "moire": _moire,
    "low contrast": _low_contrast,
    "dark": _dark,
    "inverted": _inverted,
    "mirrored": _mirrored,
    "small": _small,
    "narrow quiet zone": _narrow,
    "bent": _bent,
}
"""Family -> how a frame of a grade (1 to 4) is taken of a code `count` modules wide."""


def code_frames(seed: int, total: int) -> Iterator[GateFrame]:
    """Yield `total` frames with a code, spread evenly over families and grades; the same for the same seed."""
    kinds = [(family, grade) for grade in GRADES for family in FAMILIES]
    for number in range(total):
        family, grade = kinds[number % len(kinds)]
        yield code_frame(family, grade, np.random.default_rng((seed, number)))


def code_frame(family: str, grade: int, rng: Random) -> GateFrame:
    """Return a frame of a family and grade with a fresh ticket text."""
    text = ticket_text(rng)
    modules = modules_of(text)
    taken = FAMILIES[family](rng, grade, modules.shape[0])
    image = gate_frame(modules, rng, pose=taken.pose, card=taken.card, optics=taken.optics)
    return GateFrame(image, family, grade, text)


def empty_frames(seed: int, total: int) -> Iterator[GateFrame]:
    """Yield frames without a code: two of three show the gate, the others busy textures."""
    busy = [name for name in BACKDROPS if name != "gate"]
    for number in range(total):
        rng = np.random.default_rng((seed, number, 1))
        scene = busy[number // 3 % len(busy)] if number % 3 == 2 else "gate"
        yield GateFrame(gate_frame(None, rng, scene=scene), scene, 0, None)
