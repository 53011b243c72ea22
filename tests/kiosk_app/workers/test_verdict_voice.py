"""The voice of the verdicts: words of the screen's language, and its switch."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.voice import SpeechEngine, Voice
from kiosk_app.core.station_options import load_options
from kiosk_app.messages import GateOutcome, Notice, SaveAppearance, SaveOptions, StationOptions
from kiosk_app.screens.gate.presenter.verdict_formatting import verdict_word
from kiosk_app.workers.command_executor import CommandExecutor
from kiosk_app.workers.verdict_voice import VerdictVoice
from resources.translations.catalogue import texts
from tests.kiosk_app.workers.test_command_executor import NoReporter
from tests.support.builders.people import participant_row
from tests.support.builders.station import BuiltGate, build_gate


class RecordingVoice(Voice):
    """A voice that records its words."""

    def __init__(self, *, has_engine: bool = True) -> None:
        super().__init__(SpeechEngine("speak"))
        self.spoken: list[tuple[str, str]] = []
        self.has_engine = has_engine

    @property
    def is_available(self) -> bool:
        return self.has_engine

    def say(self, text: str, language: str, *, slow: bool = False) -> None:
        self.spoken.append((text, language))


@pytest.fixture
def here(tmp_path: Path) -> Iterator[BuiltGate]:
    built = build_gate(tmp_path, [participant_row("ada", "Ada Lovelace", code="REG-0012")])
    yield built
    built.store.close()


def executor_of(voice: VerdictVoice) -> CommandExecutor:
    return CommandExecutor(NoReporter(), voice=voice)  # type: ignore[arg-type]


def test_it_speaks_the_word_of_the_screen_and_no_name_once_it_is_on(here: BuiltGate) -> None:
    sound = RecordingVoice()
    voice = VerdictVoice(sound, verdict_word)
    admitted, refused = here.gate.decide_typed("REG-0012"), here.gate.decide_typed("REG-9999")
    assert isinstance(admitted, GateOutcome)
    assert isinstance(refused, GateOutcome)
    voice.announce(admitted)
    assert sound.spoken == []
    executor = executor_of(voice)
    assert executor.execute(here.gate, SaveOptions(StationOptions(speaks=True))) is None
    assert sound.spoken == [("welcome", "en")], "a sample"
    assert load_options(here.store).speaks
    voice.announce(refused)
    executor.execute(here.gate, SaveAppearance(None, "de"))
    voice.announce(admitted)
    assert sound.spoken[1:] == [("stop", "en"), ("willkommen", "de")]
    executor.execute(here.gate, SaveOptions(StationOptions()))
    voice.announce(admitted)
    assert len(sound.spoken) == 3


def test_without_an_engine_it_stays_off_and_says_what_to_install(here: BuiltGate) -> None:
    voice = VerdictVoice(RecordingVoice(has_engine=False), verdict_word)
    answer = executor_of(voice).execute(here.gate, SaveOptions(StationOptions(volume=50, speaks=True)))
    assert answer is Notice.NO_SPEECH_ENGINE
    assert load_options(here.store) == StationOptions(volume=50)
    assert not voice.is_on


def test_it_says_that_nobody_passed_in_the_language_of_the_screen() -> None:
    sound = RecordingVoice()
    voice = VerdictVoice(sound, verdict_word, language="de")
    voice.announce_missed_passage()
    assert sound.spoken == []
    voice.is_on = True
    voice.announce_missed_passage()
    assert sound.spoken == [(texts("de")("word.not_passed").lower(), "de")]
