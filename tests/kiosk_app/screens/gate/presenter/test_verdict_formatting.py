"""The texts that the operator reads."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import Mark, ReasonCode, ScanResult
from hub_sync.contract.sync import Override
from hub_sync.rules.admission import KEY_ENDED
from kiosk_app import messages
from kiosk_app.messages import GateOutcome
from kiosk_app.screens.gate import GatePresenter
from kiosk_app.screens.gate.presenter import actions
from kiosk_app.screens.gate.presenter.verdict_formatting import verdict_signal
from resources.themes import Signal
from tests.kiosk_app.screens.gate.gallery import BERLIN, NOW, inside, outcome


def reason(what: GateOutcome, language: str = "en", zone: ZoneInfo = BERLIN) -> str:
    state = GatePresenter(ManualClock(NOW), language=language, time_zone=zone).receive(what).state
    assert state.verdict is not None
    return state.verdict.reason


def early(detail: str) -> GateOutcome:
    return outcome(ScanResult.EXPIRED, ReasonCode.EVENT_NOT_STARTED, detail=detail)


def test_a_time_of_today_is_a_time_and_one_of_another_day_has_its_date() -> None:
    assert reason(inside()) == "Already inside since 18:04."
    assert reason(early("2026-11-14T21:00:00+01:00")) == "Too early: entry begins at 21:00."
    assert reason(early("2026-11-16T09:00:00+01:00")) == "Too early: entry begins on 16 Nov at 09:00."


def test_times_are_told_in_the_events_zone_wherever_the_detail_comes_from() -> None:
    assert reason(inside(), zone=ZoneInfo("Asia/Tokyo")) == "Already inside since 02:04."


def test_german_and_arabic_say_it_their_own_way() -> None:
    assert reason(inside(), "de") == "Bereits drinnen seit 18:04 Uhr."
    assert "18:04" in reason(inside(), "ar")
    assert (
        reason(early("2026-11-16T09:00:00+01:00"), "de")
        == "Zu fr\u00fch: Einlass ist ab am 16. Nov. um 09:00 Uhr."
    )


def test_what_is_no_time_is_said_as_it_is() -> None:
    closed = outcome(ScanResult.INVALID, ReasonCode.CHECKPOINT_CLOSED, detail="09:00\u201318:00")
    wrong = outcome(ScanResult.INVALID, ReasonCode.CATEGORY_NOT_ALLOWED, detail="Exhibitor")
    assert reason(closed) == "This checkpoint is open 09:00\u201318:00 only."
    assert reason(wrong) == "This checkpoint does not admit \u201cExhibitor\u201d."


def test_a_ticket_of_an_ended_key_is_out_of_date_and_may_be_of_another_event_only_where_that_is_unknown() -> (
    None
):
    outdated = outcome(ScanResult.INVALID, ReasonCode.TICKET_OUTDATED)
    ended = outcome(ScanResult.INVALID, ReasonCode.TICKET_OUTDATED, detail=KEY_ENDED)
    assert "or not of this event" in reason(outdated)
    assert reason(ended).startswith("This ticket is out of date. Ask")


def test_a_latin_name_in_an_arabic_sentence_is_set_apart() -> None:
    wrong = outcome(ScanResult.INVALID, ReasonCode.CATEGORY_NOT_ALLOWED, detail="Exhibitor")
    assert "\u2068Exhibitor\u2069" in reason(wrong, "ar")


def test_an_override_names_who_and_why_and_keeps_the_first_reason_as_a_chip() -> None:
    override = Override(reason="Left without scanning out.", operator="Kim")
    screen = GatePresenter(ManualClock(NOW), time_zone=BERLIN)
    done = outcome(ScanResult.MANUAL_OVERRIDE, ReasonCode.ALREADY_INSIDE, "Ada", override=override)
    verdict = screen.receive(done).state.verdict
    assert verdict is not None
    assert verdict.reason == "Let in by Kim: Left without scanning out."
    assert [chip.text for chip in verdict.chips] == ["Override", "Already in"]


def test_marks_become_chips_unless_the_reason_says_the_same() -> None:
    unknown = outcome(
        reason=ReasonCode.ADMITTED_UNKNOWN, marks=(Mark.UNKNOWN_PARTICIPANT, Mark.BLACKLIST_FLAG)
    )
    verdict = GatePresenter(ManualClock(NOW)).receive(unknown).state.verdict
    assert verdict is not None
    assert [(chip.text, chip.signal) for chip in verdict.chips] == [("Flagged: check the person", Signal.RED)]


def test_another_language_says_everything_again_the_standing_verdict_too() -> None:
    screen = GatePresenter(ManualClock(NOW), time_zone=BERLIN)
    screen.receive(inside())
    state, commands = screen.handle(actions.LanguageSelected("de"))
    assert state.verdict is not None
    assert state.verdict.word == "SCHON DRIN"
    assert state.scans[0].subtitle == "Schon drin"
    assert commands == (messages.SaveAppearance(language="de"),)


def test_the_last_fifty_scans_are_kept_newest_first() -> None:
    screen = GatePresenter(ManualClock(NOW))
    for number in range(60):
        screen.receive(outcome(name=f"Guest {number}"))
    titles = [line.title for line in screen.state.scans]
    assert len(titles) == 50
    assert titles[:2] == ["Guest 59", "Guest 58"]


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(seconds=12), "List 12 s old \u00b7 48,210"),
        (timedelta(minutes=5), "List 5 min old \u00b7 48,210"),
        (timedelta(hours=3), "List 3 h old \u00b7 48,210"),
        (timedelta(days=2), "List 2 days old \u00b7 48,210"),
    ],
)
def test_the_rosters_age_counts_on_by_itself(age: timedelta, text: str) -> None:
    clock = ManualClock(NOW)
    screen = GatePresenter(clock)
    screen.receive(
        messages.ConnectionStatus(messages.HubConnectionState.ONLINE, roster_at=NOW, roster_count=48_210)
    )
    clock.advance(age)
    roster = screen.tick().state.status.roster
    assert roster is not None
    assert roster.text == text


def test_offline_an_old_list_and_set_aside_rows_are_amber_and_say_so() -> None:
    screen = GatePresenter(ManualClock(NOW), time_zone=BERLIN)
    link = messages.ConnectionStatus(
        messages.HubConnectionState.OFFLINE,
        since=NOW - timedelta(minutes=30),
        roster_at=NOW - timedelta(hours=13),
        roster_count=9,
        roster_max_age=timedelta(hours=12),
        pending=1204,
        set_aside=2,
    )
    status = screen.receive(link).state.status
    assert status.connection is not None
    assert status.roster is not None
    assert status.pending is not None
    assert status.connection.text == "Offline since 18:34"
    assert status.pending.text == "1,204 to send \u00b7 2 set aside"
    assert {status.connection.signal, status.roster.signal, status.pending.signal} == {Signal.AMBER}


@pytest.mark.parametrize(
    ("current", "capacity", "signal", "level"),
    [
        (74, 100, Signal.GREEN, "Free"),
        (75, 100, Signal.AMBER, "Filling up"),
        (90, 100, Signal.AMBER, "Filling up"),
        (91, 100, Signal.RED, "Nearly full"),
        (101, 100, Signal.RED, "Over the limit"),
        (7, None, Signal.BLUE, "No limit"),
    ],
)
def test_a_zone_is_told_by_colour_and_word(
    current: int, capacity: int | None, signal: Signal, level: str
) -> None:
    zones = messages.Occupancy((messages.ZoneCapacity("Hall", current, capacity),))
    bar = GatePresenter(ManualClock(NOW)).receive(zones).state.zones[0]
    assert (bar.signal, bar.level) == (signal, level)


@pytest.mark.parametrize(
    ("result", "written"), [(ScanResult.VALID, Signal.GREEN), (ScanResult.EXPIRED, Signal.AMBER)]
)
def test_what_could_not_be_written_is_red_whatever_was_decided(result: ScanResult, written: Signal) -> None:
    scan = outcome(result, ReasonCode.ADMITTED if result.admits else ReasonCode.EVENT_OVER)
    assert verdict_signal(scan) is written
    for sequence in (scan.sequence, None):
        unwritten = replace(scan, sequence=sequence, trouble=messages.Trouble.NOT_WRITTEN)
        assert verdict_signal(unwritten) is Signal.RED
    assert verdict_signal(replace(scan, sequence=None)) is (Signal.RED if result.admits else written)
