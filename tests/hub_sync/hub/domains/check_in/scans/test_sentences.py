"""Verdicts in words: every reason has a sentence, and times are told in the event's zone."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hub_sync.contract.enums import Direction, Mark, ReasonCode, ScanResult
from hub_sync.contract.sync import Override
from hub_sync.hub.console.i18n.translation import Speech, read_catalogue, speaking
from hub_sync.hub.domains.check_in.scans.sentences import MARKS, SENTENCES, sentence_of, word_of
from hub_sync.rules.admission import KEY_ENDED
from hub_sync.rules.admission_result import Decision

NOW = datetime(2026, 6, 10, 10, 0, tzinfo=UTC)
REFUSED = Decision(ScanResult.ALREADY_SCANNED, ReasonCode.ALREADY_INSIDE, Direction.ENTRY)


def test_every_reason_and_mark_has_words() -> None:
    assert set(SENTENCES) == set(ReasonCode)
    assert set(MARKS) == set(Mark)


@pytest.mark.parametrize(
    ("detail", "sentence"),
    [
        ("2026-06-10T11:05:00+02:00", "Already inside since: 11:05"),
        ("2026-06-09T23:30:00+00:00", "Already inside since: 01:30"),
        ("2026-06-09T12:00:00+02:00", "Already inside since: 9 Jun 2026, 12:00"),
        ("soon", "Already inside since: soon"),
        ("", "Already inside since: —"),
    ],
)
def test_a_time_is_the_events_and_names_the_day_only_if_it_is_another(detail: str, sentence: str) -> None:
    with speaking(Speech()):
        assert sentence_of(replace(REFUSED, detail=detail), "Europe/Berlin", NOW) == sentence


def test_a_category_that_looks_like_a_day_stays_a_category() -> None:
    decision = Decision(
        ScanResult.INVALID, ReasonCode.CATEGORY_NOT_ALLOWED, Direction.ENTRY, detail="2026-06-09"
    )
    with speaking(Speech()):
        assert sentence_of(decision, "Europe/Berlin", NOW) == "This checkpoint does not admit “2026-06-09”."


def test_a_ticket_whose_key_is_known_to_have_ended_is_called_nothing_else() -> None:
    decision = Decision(ScanResult.INVALID, ReasonCode.TICKET_OUTDATED, Direction.ENTRY)
    with speaking(Speech()):
        assert "or not of this event" in sentence_of(decision, "UTC", NOW)
        sentence = sentence_of(replace(decision, detail=KEY_ENDED), "UTC", NOW)
    assert sentence.startswith("This ticket is out of date. Ask")


def test_an_override_is_told_with_its_reason() -> None:
    decision = Decision(
        ScanResult.MANUAL_OVERRIDE,
        ReasonCode.ALREADY_INSIDE,
        Direction.ENTRY,
        override=Override(reason="lost badge", operator="user:ada"),
    )
    with speaking(Speech()):
        assert sentence_of(decision, "UTC", NOW) == "Let in against the verdict. Reason: lost badge"
        assert word_of(decision) == "Welcome"


def test_words_follow_the_colour_and_the_direction() -> None:
    with speaking(Speech("de", read_catalogue("de"))):
        assert word_of(REFUSED) == "Schon drin"
        assert word_of(Decision(ScanResult.VALID, ReasonCode.EXITED, Direction.EXIT)) == "Auf Wiedersehen"
        assert word_of(Decision(ScanResult.INVALID, ReasonCode.TICKET_FORGED, Direction.ENTRY)) == "Stopp"
