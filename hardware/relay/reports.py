"""What a door tells those who ask; frozen, so that it may cross threads."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class DoorState(Enum):
    """Whether a pulse would reach the relay now."""

    READY = "ready"
    MISSING = "missing"  # no such board or port (yet)
    BUSY = "busy"  # held by another program, forbidden, or two boards fit
    LOST = "lost"  # it was there and went away, fell silent, or talks nonsense


@dataclass(frozen=True, slots=True)
class DoorHealth:
    """`sentence` is for the operator; in state READY it is empty unless the contact disagrees with what it was told."""

    state: DoorState
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class PulseReport:
    """What became of one pulse. It is never sent again, whatever the report says.

    `at` is the door's clock (monotonic seconds) once the bytes were with the system, None where none were sent.
    `problem` is a sentence for the operator where the pulse was not sent. What the board itself finds later (no answer,
    contact didn't move) is told by `Door.health()`.
    """

    sent: bool
    at: float | None = None
    problem: str | None = None
