"""One key of a keyboard or of a scanner that types like one."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Keystroke:
    """A key press. `text` is what the keyboard layout of this machine makes of it; empty: not known.

    `position` is the place of the key on the keyboard (a Linux input event code, which is also the PC's scan code), 0:
    not known. `shift` and `alt_gr`: that key was down. `at_ms` is the time of any clock that does not jump.
    """

    text: str
    position: int = 0
    shift: bool = False
    alt_gr: bool = False
    at_ms: int = field(default=0, compare=False)
