"""The roles of a board's inputs.

passage=1                      input 1 is the passage sensor, active while its contact is closed
passage=1,fire=4:open          input 4 is active while its contact is open (a fire alarm's is closed at rest)
passage=1,jam=3:closed:50      input 3 must be active for 50 ms
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

DEFAULT_DEBOUNCE_MS = 20
MAX_DEBOUNCE_MS = 1000
MAX_INPUTS = 64
_PART = re.compile(r"([a-z]+)=([0-9]{1,3})(?::(open|closed))?(?::([0-9]{1,4}))?")


class InputRole(StrEnum):
    """The purpose of an input."""

    PASSAGE = "passage"
    """The arm turned, in the direction of the gate."""
    REVERSE = "reverse"
    """The arm turned the other way."""
    JAM = "jam"
    FIRE = "fire"
    """Observed and logged only: the fire alarm opens the turnstile by its own wire."""
    TAMPER = "tamper"
    """Observed and logged only."""


class InputSettingsError(ValueError):
    """The inputs are not named rightly; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class InputAssignment:
    """The role of one input. `number` counts from 1; the input is active while its contact is open, or else while it is closed."""

    role: InputRole
    number: int
    active_open: bool = False
    debounce_ms: int = DEFAULT_DEBOUNCE_MS

    @property
    def text(self) -> str:
        """The assignment as `parse_inputs` reads it."""
        return f"{self.role}={self.number}:{'open' if self.active_open else 'closed'}:{self.debounce_ms}"


@dataclass(frozen=True, slots=True)
class InputSettings:
    """The inputs of a door. `board` is the address of a second board that has them; empty: the relay board has them."""

    assignments: tuple[InputAssignment, ...] = ()
    board: str = ""

    @property
    def count(self) -> int:
        """The number of inputs that the board must have."""
        return max((each.number for each in self.assignments), default=0)

    @property
    def text(self) -> str:
        """The assignments as `parse_inputs` reads them."""
        return ",".join(each.text for each in self.assignments)

    def has(self, role: InputRole) -> bool:
        """Return True if an input has this role."""
        return any(each.role is role for each in self.assignments)


def parse_inputs(text: str, board: str = "") -> InputSettings:
    """Return the inputs that `text` names; an empty text names none.

    Raises:
        InputSettingsError: the message names the part that is wrong.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    assignments = tuple(_parse_part(part) for part in parts)
    for name, values in (
        ("role", [each.role for each in assignments]),
        ("input", [each.number for each in assignments]),
    ):
        if twice := _first_twice(values):
            raise InputSettingsError(f"{text!r} names the {name} {twice} twice")
    return InputSettings(assignments, board)


def _parse_part(part: str) -> InputAssignment:
    match = _PART.fullmatch(part)
    if match is None or match[1] not in set(InputRole):
        raise InputSettingsError(
            f"{part!r} is no input; write for example passage=1 or fire=4:open:50, with one of {', '.join(InputRole)}"
        )
    number, debounce_ms = int(match[2]), int(match[4] or DEFAULT_DEBOUNCE_MS)
    if not 1 <= number <= MAX_INPUTS:
        raise InputSettingsError(f"{part!r}: an input has a number from 1 to {MAX_INPUTS}")
    if debounce_ms > MAX_DEBOUNCE_MS:
        raise InputSettingsError(f"{part!r}: at most {MAX_DEBOUNCE_MS} milliseconds")
    return InputAssignment(InputRole(match[1]), number, match[3] == "open", debounce_ms)


def _first_twice(values: Iterable[object]) -> object | None:
    known: set[object] = set()
    for value in values:
        if value in known:
            return value
        known.add(value)
    return None
