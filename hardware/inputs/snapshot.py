"""The state of a door's inputs, for screens and decisions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from hardware.inputs.settings import InputRole


class InputState(Enum):
    """Whether the inputs can be read."""

    STARTING = "starting"
    READY = "ready"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class InputSnapshot:
    """The inputs as they were read last: the active ones, and why they can't be read, in English."""

    state: InputState = InputState.STARTING
    active: tuple[InputRole, ...] = ()
    problem: str = ""

    @property
    def is_ready(self) -> bool:
        """True if the inputs are read."""
        return self.state is InputState.READY
