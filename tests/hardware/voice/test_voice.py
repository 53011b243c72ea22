"""The voice, over real child processes."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.voice import ENGINES, SpeechEngine, Voice, find_engine

WRITES = "import sys, pathlib; pathlib.Path(sys.argv[1]).open('a').write(' '.join(sys.argv[2:]) + '\\n')"
HANGS = "import time; time.sleep(60)"


def python(*code: str) -> SpeechEngine:
    return SpeechEngine(sys.executable, ("-c", *code), ())


@pytest.fixture
def voices() -> Iterator[list[Voice]]:
    """Yield a list of voices that are stopped afterwards."""
    voices: list[Voice] = []
    yield voices
    for voice in voices:
        voice.stop()


def ends(voice: Voice) -> None:
    """Wait until nothing is spoken any more."""
    thread = voice._thread
    assert thread is not None
    with voice._changed:
        voice._stopped = True
        voice._changed.notify()
    thread.join(10)
    assert not thread.is_alive()


def test_words_and_language_reach_the_engine(voices: list[Voice], tmp_path: Path) -> None:
    written = tmp_path / "spoken"
    spoken = threading.Event()
    voice = Voice(python(WRITES, str(written)))
    voices.append(voice)
    note_end = voice._note_end

    def note(child: object) -> None:
        note_end(child)  # type: ignore[arg-type]
        spoken.set()

    voice._note_end = note  # type: ignore[method-assign]
    voice.say("Willkommen; rm -rf /", "de")
    assert spoken.wait(10)
    assert written.read_text() == "de Willkommen; rm -rf /\n"


def test_a_new_word_ends_the_one_that_is_spoken_and_one_that_hangs_ends_by_itself(
    voices: list[Voice],
) -> None:
    voice = Voice(python(HANGS), longest_s=0.05)
    voices.append(voice)
    voice.say("one", "en")
    voice.say("two", "en")
    voice.say("three", "en")
    ends(voice)


def test_stopping_ends_a_program_that_hangs() -> None:
    voice = Voice(python(HANGS))
    voice.say("one", "en")
    voice.stop()
    assert voice._thread is not None
    assert not voice._thread.is_alive()
    voice.say("two", "en")


def test_an_engine_that_cannot_start_is_silent_and_said_once(
    voices: list[Voice], caplog: pytest.LogCaptureFixture
) -> None:
    voice = Voice(SpeechEngine("/nowhere/speak"))
    voices.append(voice)
    voice.say("one", "en")
    ends(voice)
    assert caplog.text.count("voice_failed") <= 1


def test_without_an_engine_nothing_is_spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hardware.voice.voice.find_engine", lambda: None)
    voice = Voice()
    assert not voice.is_available
    voice.say("one", "en")
    assert voice._thread is None


@pytest.mark.parametrize(
    ("programs", "expected"),
    [
        (("say",), ("say", "--", "Stop")),
        (("espeak", "spd-say"), ("spd-say", "--wait", "--language", "de", "--", "Stop")),
        (("espeak-ng", "say"), ("espeak-ng", "-v", "de", "--", "Stop")),
    ],
)
def test_the_first_engine_of_the_machine_is_used(
    programs: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    engine = find_engine(lambda name: f"/usr/bin/{name}" if name in programs else None)
    assert engine is not None
    assert engine.command("Stop", "de") == expected
    assert find_engine(lambda _: None) is None
    assert len(ENGINES) == 4


def test_every_engine_can_speak_slower_and_an_empty_text_only_ends_what_is_spoken(
    voices: list[Voice], tmp_path: Path
) -> None:
    for engine in ENGINES:
        slow, usual = engine.command("Hello", "en", slow=True), engine.command("Hello", "en")
        assert len(slow) > len(usual)
        assert slow[-1] == usual[-1] == "Hello"
    spoken = tmp_path / "spoken"
    voice = Voice(python(WRITES, str(spoken)))
    voices.append(voice)
    voice.say("", "en")
    ends(voice)
    assert not spoken.exists()
