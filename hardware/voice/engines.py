"""Speech engines: programs of the machine that speak a text which they get as an argument."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SpeechEngine:
    """A program that speaks. `before` are its arguments before the language's name, `after` those between it and the text."""

    program: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ("--",)
    takes_language: bool = True

    def command(self, text: str, language: str) -> tuple[str, ...]:
        """Return the command that speaks a text in a language (ISO 639-1)."""
        chosen = (*self.before, language) if self.takes_language else ()
        return (self.program, *chosen, *self.after, text)


ENGINES = (
    SpeechEngine("espeak-ng", ("-v",)),
    SpeechEngine("spd-say", ("--wait", "--language")),
    SpeechEngine("espeak", ("-v",)),
    SpeechEngine("say", takes_language=False),
)
"""The engines that are looked for, in this order: Linux has the first three, macOS the last, in its own language."""


def find_engine(find_program: Callable[[str], str | None] = shutil.which) -> SpeechEngine | None:
    """Return the first engine that this machine has, or None."""
    return next((engine for engine in ENGINES if find_program(engine.program)), None)
