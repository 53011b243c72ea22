"""Announces calls on a thread of its own, one after another: a gong, then the words in each language."""

import queue
import threading
import time
from collections.abc import Callable, Sequence

import structlog

from hardware.tones import Tone
from hardware.voice import Voice
from kiosk_app.core.queue.board_service import Announcement
from kiosk_app.ui.counter_text import counter_text
from resources.translations import LANGUAGES
from resources.translations.catalogue import texts

GONG_S = 1.2
SHORTEST_S = 4.0
"""The time for which a call stands out after its gong at least: there may be no voice, or one that ends at once without a sound device."""
_ENDS_WITHIN_S = 6.0
log = structlog.get_logger(__name__)


def spoken_text(announcement: Announcement, language: str) -> str:
    """Return the words of a call. Letters are spoken one by one, and a number without its zeros."""
    letters = announcement.number.rstrip("0123456789")
    digits = announcement.number[len(letters) :].lstrip("0") or "0"
    number = " ".join((*letters, digits))
    words = texts(language)
    if not announcement.counter:
        return words("board.speech_without_counter", number=number)
    return words("board.speech", number=number, counter=counter_text(announcement.counter, words))


class Announcer:
    """Takes one announcement at a time. `is_busy` until its words are over."""

    def __init__(
        self,
        voice: Voice,
        play: Callable[[Tone], None],
        *,
        languages: Sequence[str] = ("en",),
        pause: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Create it. `languages`: those in which each call is spoken, the visitor's own comes after them."""
        self._voice, self._play, self._languages = voice, play, tuple(languages)
        self._pause, self._monotonic = pause, monotonic
        self._waiting: queue.SimpleQueue[Announcement | None] = queue.SimpleQueue()
        self._current: Announcement | None = None
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def current(self) -> Announcement | None:
        """The call that is announced now."""
        return self._current

    def announce(self, announcement: Announcement) -> bool:
        """Begin to announce a call; return False if another one is not over yet."""
        with self._lock:
            if self._current is not None:
                return False
            self._current = announcement
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="announcer", daemon=True)
            self._thread.start()
        self._waiting.put(announcement)
        return True

    def stop(self) -> None:
        """End after the words that are spoken now."""
        self._waiting.put(None)
        if self._thread is not None:
            self._thread.join(_ENDS_WITHIN_S)

    def _run(self) -> None:
        while (announcement := self._waiting.get()) is not None:
            try:
                self._speak(announcement)
            except Exception:  # a bug; the next call must be heard all the same
                log.exception("announcement_failed")
            finally:
                with self._lock:
                    self._current = None

    def _speak(self, announcement: Announcement) -> None:
        self._play(Tone.CALL)
        self._pause(GONG_S)
        began = self._monotonic()
        languages = (
            *self._languages,
            *(code for code in (announcement.language,) if code in LANGUAGES),
        )
        for language in dict.fromkeys(languages):
            self._voice.say_whole(spoken_text(announcement, language), language)
        self._pause(max(0.0, SHORTEST_S - (self._monotonic() - began)))
