"""Camera frames that are drawn: a gate's view with a code held into it.

For the places that need frames where there is no camera: the demo, the self-test and the decode benchmark. Everything is drawn
from a `numpy.random.Generator` that the caller seeds, so a frame can be drawn again. A code comes as its module matrix
(True is dark, without quiet zone), so this package needs no QR encoder.

    frame = gate_frame(modules, rng)                                        # a ticket on a phone, as at a good gate
    frame = gate_frame(modules, rng, pose=Pose(yaw=40), card=Card(inverted=True), optics=Optics(blur=1.5))
    frame = gate_frame(None, rng)                                           # nobody there
"""

from kiosk_app.demo.scenes.backdrop import BACKDROPS, FRAME_SIZE, draw_backdrop
from kiosk_app.demo.scenes.code_overlay import CodeCard, CodePose, Modules, draw_code, gate_frame
from kiosk_app.demo.scenes.optics import Optics, apply_optics

__all__ = [
    "BACKDROPS",
    "FRAME_SIZE",
    "CodeCard",
    "CodePose",
    "Modules",
    "Optics",
    "apply_optics",
    "draw_backdrop",
    "draw_code",
    "gate_frame",
]
