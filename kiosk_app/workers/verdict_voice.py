"""Speaks the word of each verdict in the language of the screen, if a supervisor has switched it on."""

from collections.abc import Callable

from hardware.voice import Voice
from kiosk_app.messages import GateOutcome
from resources.translations.catalogue import Texts, texts


class VerdictVoice:
    """Speaks verdicts. It says no names: the word is what the screen shows in large letters."""

    def __init__(
        self,
        voice: Voice,
        word: Callable[[GateOutcome, Texts], str],
        *,
        language: str = "en",
        is_on: bool = False,
    ) -> None:
        self._voice, self._word = voice, word
        self.language, self.is_on = language, is_on

    @property
    def is_available(self) -> bool:
        """True if this machine has a speech engine."""
        return self._voice.is_available

    def switch(self, is_on: bool) -> None:
        """Speak verdicts from now on, or none. A machine without a speech engine speaks none."""
        self.is_on = is_on and self.is_available

    def speak_in(self, language: str) -> None:
        """Speak another language."""
        self.language = language

    def announce(self, outcome: GateOutcome) -> None:
        """Speak the word of a verdict; return at once."""
        if self.is_on:
            self._say(self._word(outcome, texts(self.language)))

    def announce_missed_passage(self) -> None:
        """Say that an admitted person did not pass; return at once."""
        if self.is_on:
            self._say(texts(self.language)("word.not_passed"))

    def speak_sample(self) -> None:
        """Speak the word of an admission, to hear the voice."""
        self._say(texts(self.language)("word.welcome"))

    def _say(self, word: str) -> None:
        self._voice.say(word.lower(), self.language)  # engines may spell capitals

    def stop(self) -> None:
        """Say nothing any more."""
        self._voice.stop()
