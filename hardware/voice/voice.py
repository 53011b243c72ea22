"""The voice: speaks one word at a time on a thread of its own, the newest first.

A gate works without a voice. `say` returns at once and never raises; a new word ends the one that is spoken, and a program that
hangs is ended after `LONGEST_S`.
"""

import contextlib
import logging
import subprocess
import threading

from hardware.voice.engines import SpeechEngine, find_engine

LONGEST_S = 4.0
_ENDS_WITHIN_S = 1.0
_log = logging.getLogger(__name__)


class Voice:
    """Speaks by an engine; without one it is silent."""

    def __init__(self, engine: SpeechEngine | None = None, longest_s: float = LONGEST_S) -> None:
        """`engine` None: the first that this machine has, looked for at each use until there is one."""
        self._engine, self._longest_s = engine, longest_s
        self._changed = threading.Condition()
        self._next: tuple[str, str, bool] | None = None
        self._stopped = self._failed = False
        self._thread: threading.Thread | None = None

    @property
    def is_available(self) -> bool:
        """True if this machine has a speech engine."""
        if self._engine is None:
            self._engine = find_engine()
        return self._engine is not None

    def say(self, text: str, language: str, *, slow: bool = False) -> None:
        """Speak a text from now on instead of what is spoken; return at once. Silent without an engine.

        An empty text only ends what is spoken.
        """
        if not self.is_available:
            return
        with self._changed:
            if self._stopped:
                return
            self._next = (text, language, slow)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="voice", daemon=True)
                self._thread.start()
            self._changed.notify()

    def say_whole(self, text: str, language: str) -> None:
        """Speak a text to its end, for `longest_s` at most, and return then. For a thread that announces one thing after another."""
        engine = self._engine if self.is_available else None
        if engine is None:
            return
        silent = subprocess.DEVNULL
        try:
            with subprocess.Popen(  # noqa: S603 -- one of `ENGINES`, without a shell
                engine.command(text, language), stdin=silent, stdout=silent, stderr=silent
            ) as child:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(self._longest_s)
                _end(child)
        except OSError as error:
            if not self._failed:
                _log.warning("voice_failed: %s", error)
            self._failed = True

    def stop(self) -> None:
        """Say nothing any more, and end what is spoken."""
        with self._changed:
            self._stopped, self._next = True, None
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(_ENDS_WITHIN_S * 2)

    def _run(self) -> None:
        while (words := self._take()) is not None:
            try:
                self._speak(*words)
                self._failed = False
            except OSError as error:
                if not self._failed:  # once, and not for each scan
                    _log.warning("voice_failed: %s", error)
                self._failed = True

    def _take(self) -> tuple[str, str, bool] | None:
        """Return the next words, waiting for them; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._next is not None)
            words, self._next = self._next, None
            return words

    def _speak(self, text: str, language: str, slow: bool) -> None:
        engine = self._engine
        if engine is None or not text:
            return
        silent = subprocess.DEVNULL
        with subprocess.Popen(  # noqa: S603 -- one of `ENGINES`, without a shell
            engine.command(text, language, slow=slow), stdin=silent, stdout=silent, stderr=silent
        ) as child:
            watch = threading.Thread(target=self._note_end, args=(child,), name="voice-end", daemon=True)
            watch.start()
            with self._changed:
                self._changed.wait_for(
                    lambda: self._stopped or self._next is not None or child.poll() is not None,
                    self._longest_s,
                )
            _end(child)
            watch.join()

    def _note_end(self, child: "subprocess.Popen[bytes]") -> None:
        child.wait()
        with self._changed:
            self._changed.notify()


def _end(child: "subprocess.Popen[bytes]") -> None:
    if child.poll() is None:
        child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_ENDS_WITHIN_S)
    if child.poll() is None:
        child.kill()
