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
    slower: tuple[str, ...] = ()
    """Its arguments for about half the usual speed."""

    def command(self, text: str, language: str, *, slow: bool = False) -> tuple[str, ...]:
        """Return the command that speaks a text in a language (ISO 639-1)."""
        chosen = (*self.before, language) if self.takes_language else ()
        return (self.program, *(self.slower if slow else ()), *chosen, *self.after, text)


ENGINES = (
    SpeechEngine("espeak-ng", ("-v",), slower=("-s", "95")),
    SpeechEngine("spd-say", ("--wait", "--language"), slower=("--rate", "-50")),
    SpeechEngine("espeak", ("-v",), slower=("-s", "95")),
    SpeechEngine("say", takes_language=False, slower=("-r", "95")),
)
"""The engines that are looked for, in this order: Linux has the first three, macOS the last, in its own language."""


def find_engine(find_program: Callable[[str], str | None] = shutil.which) -> SpeechEngine | None:
    """Return the first engine that this machine has, or None."""
    return next((engine for engine in ENGINES if find_program(engine.program)), None)
