"""Camera frames that are drawn: a gate's view with a code held into it.

For whoever needs frames where there is no camera: the demo, the self-test and the decode benchmark. Everything is drawn
from a `numpy.random.Generator` that the caller seeds, so a frame can be drawn again. A code comes as its module matrix
(True is dark, without quiet zone), so this package needs no QR encoder.

    frame = gate_frame(modules, rng)                                        # a ticket on a phone, as at a good gate
    frame = gate_frame(modules, rng, pose=Pose(yaw=40), card=Card(inverted=True), optics=Optics(blur=1.5))
    frame = gate_frame(None, rng)                                           # nobody there
"""

from hardware.camera.scenes.backdrop import BACKDROPS, FRAME_SIZE, backdrop
from hardware.camera.scenes.optics import Optics, seen_through
from hardware.camera.scenes.placing import Card, Modules, Pose, gate_frame, hold_code

__all__ = [
    "BACKDROPS",
    "FRAME_SIZE",
    "Card",
    "Modules",
    "Optics",
    "Pose",
    "backdrop",
    "gate_frame",
    "hold_code",
    "seen_through",
]
