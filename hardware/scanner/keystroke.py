"""One key of a keyboard or of a scanner that types like one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Keystroke:
    """A key press. `text` is what the keyboard layout of this machine makes of it.

    `position` is the place of the key on the keyboard (a Linux input event code, which is also the PC's scan code), 0:
    not known. `shift`: the shift key was down.
    """

    text: str
    position: int = 0
    shift: bool = False
