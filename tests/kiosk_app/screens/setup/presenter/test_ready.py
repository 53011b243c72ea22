import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hub_sync.contract.ready_check import ReadyPart, ReadyPoint, ReadyReport, ReadyState
from kiosk_app.core.setup import ready_items
from kiosk_app.messages import (
    ConfirmTone,
    EventInfo,
    FinishReadyCheck,
    LeaveScreen,
    PlayTestTone,
    ReadyCheckState,
    ReadyItem,
    ScreenSleep,
    ShowReadyCheck,
    SyncNow,
)
from kiosk_app.screens.setup.presenter.ready import OF_ANY_PART, PAGES, ReadyFix, ReadyPresenter
from resources.themes import Signal
from resources.translations import LANGUAGES
from resources.translations.catalogue import texts

NO_LIST = ReadyItem(ReadyPart.ROSTER, ReadyState.NOT_READY, "missing")
OFFLINE = ReadyItem(ReadyPart.HUB, ReadyState.WARN, "offline")
NO_PRINTER = ReadyItem(ReadyPart.PRINTER, ReadyState.NOT_APPLICABLE, "none")


def page(
    *items: ReadyItem,
    language: str = "en",
    last: ReadyReport | None = None,
    needs_ear: bool = False,
    mode: str = "gate",
) -> ReadyPresenter:
    presenter = ReadyPresenter(texts(language), "Grace")
    presenter.receive(ReadyCheckState(items, last, needs_ear, mode))
    return presenter


def test_the_summary_counts_what_is_to_be_done_before_what_is_to_be_looked_at() -> None:
    bad = page(NO_LIST, OFFLINE, NO_PRINTER).state
    assert (bad.title, bad.signal) == ("1 thing to do", Signal.RED)
    doubtful = page(ReadyItem(ReadyPart.ROSTER), OFFLINE, NO_PRINTER).state
    assert (doubtful.title, doubtful.signal) == ("Ready, 1 thing to check", Signal.AMBER)
    good = page(ReadyItem(ReadyPart.ROSTER), NO_PRINTER).state
    assert (good.title, good.signal) == ("Ready to open", Signal.GREEN)


def test_a_station_without_a_list_says_not_ready_and_has_a_button_for_it() -> None:
    presenter = page(NO_LIST)
    row = presenter.state.rows[0]
    assert row.text.startswith("Not ready: no list.")
    assert row.fixes == (ReadyFix.SYNC,)
    assert presenter.fix(ReadyFix.SYNC) == (SyncNow(),)


def test_buttons_do_what_they_say() -> None:
    sound = ReadyItem(ReadyPart.SOUND, ReadyState.WARN, "unheard")
    presenter = page(sound)
    assert presenter.state.rows[0].fixes == (ReadyFix.TONE,)
    assert presenter.fix(ReadyFix.TONE) == (PlayTestTone(),)
    assert page(sound, needs_ear=True).state.rows[0].fixes == (ReadyFix.HEARD, ReadyFix.NOT_HEARD)
    assert presenter.fix(ReadyFix.HEARD) == (ConfirmTone(heard=True),)
    assert presenter.fix(ReadyFix.NOT_HEARD) == (ConfirmTone(heard=False),)
    assert presenter.fix(ReadyFix.LEAVE) == (LeaveScreen(),)
    for fix in PAGES:
        assert presenter.fix(fix) == ()


NOT_CHOSEN = ReadyItem(ReadyPart.CHECKPOINT, ReadyState.NOT_READY, "not_chosen")
NOBODY = ReadyItem(ReadyPart.OPERATORS, ReadyState.WARN, "nobody")


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_and_buttons_are_those_of_the_mode(language: str) -> None:
    words = texts(language)
    gate = page(NOT_CHOSEN, NOBODY, language=language).state.rows
    assert [row.fixes for row in gate] == [(ReadyFix.LEAVE,)] * 2
    presenter = page(NOT_CHOSEN, NOBODY, language=language, mode="desk")
    desk = presenter.state.rows
    assert desk[0].text == words("ready.checkpoint.not_chosen.by_hub")
    assert desk[1].text == words("ready.operators.nobody.at_desk")
    assert [row.fixes for row in desk] == [(), (ReadyFix.LEAVE_DESK,)]
    assert presenter.fix(ReadyFix.LEAVE_DESK) == (LeaveScreen(),)
    assert {row.text for row in gate}.isdisjoint(row.text for row in desk)


def test_no_sentence_that_every_mode_shows_speaks_of_a_gate() -> None:
    gate = re.compile(r"\bgates?\b", re.IGNORECASE)
    words = texts("en")
    of_ready = {key: str(text) for key, text in words.messages.items() if key.startswith("ready.")}
    assert {key for key, text in of_ready.items() if gate.search(text)} == {
        "ready.checkpoint.not_chosen",
        "ready.checkpoint.switched_off",
        "ready.roster.event_removed",
        "ready.operators.nobody",
        "ready.fix.leave",
    }


def test_a_part_that_works_or_is_not_there_has_no_button() -> None:
    rows = page(ReadyItem(ReadyPart.RELAY), NO_PRINTER).state.rows
    assert [row.fixes for row in rows] == [(), ()]
    assert [row.signal for row in rows] == [Signal.GREEN, None]


def test_the_check_is_finished_by_name_and_not_before_it_is_there() -> None:
    assert ReadyPresenter(texts("en")).finish() == ()
    assert not ReadyPresenter(texts("en")).state.can_finish
    assert page(NO_LIST).finish() == (FinishReadyCheck("Grace"),)


def test_the_station_learns_whether_the_screen_sleeps() -> None:
    presenter = page(NO_LIST)
    assert presenter.tick() == (ShowReadyCheck(None),)
    presenter.receive(ScreenSleep(may_sleep=True))
    assert presenter.tick() == (ShowReadyCheck(screen_may_sleep=True),)


def test_the_last_check_is_told_with_its_name() -> None:
    point = ReadyPoint(part="hub", state="not_ready", cause="locked")
    last = ReadyReport(at_ms=1_781_085_600_000, operator="Mara", points=(point,))
    assert "Mara: 1 thing to do" in page(NO_LIST, last=last).state.last
    assert page(NO_LIST).state.last == "Nobody has finished a check at this station yet."
    presenter = page(NO_LIST, last=last.model_copy(update={"points": ()}))
    assert "Mara: ready" in presenter.state.last
    presenter.receive(EventInfo("Fair", ZoneInfo("Asia/Tokyo")))
    assert "2026-06-10 19:00" in presenter.state.last, "by the event's clock, as at the gate"


def causes() -> set[tuple[ReadyPart, str]]:
    """Return every cause that the catalogue of the station names."""
    names = {part.value: part for part in ReadyPart}
    keys = (key.split(".") for key in texts("en").messages if key.startswith("ready."))
    return {(names[key[1]], key[2]) for key in keys if len(key) == 3 and key[1] in names}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_part_and_cause_has_words(language: str) -> None:
    known = causes()
    assert len(known) > 50
    for part, cause in [*known, *((part, cause) for part in ReadyPart for cause in OF_ANY_PART)]:
        item = ReadyItem(part, ReadyState.WARN, cause, 3, datetime(2026, 6, 10, tzinfo=UTC), "Ada")
        row = page(item, language=language).state.rows[0]
        assert row.text
        assert "{" not in row.spoken


def test_each_cause_of_the_station_is_in_the_catalogue() -> None:
    named = set(re.findall(r'"([a-z_]+)"', Path(ready_items.__file__).read_text()))
    assert named - {cause for _, cause in causes()} == set()
