"""Actions in, commands out; without Qt."""

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import (
    CheckpointDirection,
    DeviceStatus,
    Direction,
    ReasonCode,
    ScanResult,
    ScanType,
)
from hub_sync.contract.sync import Override
from kiosk_app import messages
from kiosk_app.messages import Notice, Subject
from kiosk_app.screens.gate import GatePresenter
from kiosk_app.screens.gate.presenter import actions
from kiosk_app.screens.gate.presenter.view_state import MenuPanel, OverridePanel, QuitPanel, SearchPanel
from resources.translations.catalogue import texts
from tests.kiosk_app.screens.gate.gallery import DOOR_FAULT, NOW, double_admission, inside, outcome


def presenter(clock: ManualClock | None = None) -> GatePresenter:
    return GatePresenter(clock or ManualClock(NOW), operator="Kim")


def test_thepresenter_needs_no_qt() -> None:
    code = (
        "import sys, kiosk_app.screens.gate as g; sys.exit(any(m.startswith('PySide6') for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_override_repeats_the_refused_attempt_once() -> None:
    screen = presenter()
    refused = inside("Ada")
    screen.receive(refused)
    state, commands = screen.handle(actions.OverrideRequested())
    assert isinstance(state.panel, OverridePanel)
    assert state.panel.title == "Let in Ada?"
    assert commands == (messages.PauseScanning(True),)
    confirm = actions.OverrideConfirmed(0, "with her badge", "Kim")
    assert screen.handle(confirm).commands == (
        messages.RepeatWithOverride(
            refused.subject,
            Override(reason="Identity checked: with her badge", operator="Kim"),
            refused.row_id,
        ),
        messages.PauseScanning(False),
    )
    assert screen.handle(confirm).commands == ()
    assert not screen.state.can_override


def test_an_override_needs_a_reason_and_a_name() -> None:
    screen = presenter()
    screen.receive(inside())
    screen.handle(actions.OverrideRequested())
    missing_reason = screen.handle(actions.OverrideConfirmed(None, "  ", "Kim"))
    assert missing_reason.commands == ()
    assert isinstance(missing_reason.state.panel, OverridePanel)
    assert missing_reason.state.panel.problem == "Please choose or write a reason."
    missing_name = screen.handle(actions.OverrideConfirmed(1, "", " "))
    assert isinstance(missing_name.state.panel, OverridePanel)
    assert missing_name.state.panel.problem == "Please write your name."


def test_no_override_is_offered_where_the_rules_allow_none() -> None:
    screen = presenter()
    screen.receive(outcome(ScanResult.REVOKED, ReasonCode.BLACKLISTED, "Ada"))
    assert not screen.state.can_override
    assert screen.handle(actions.OverrideRequested()).state.panel is None


def test_a_refused_person_can_be_let_in_for_half_a_minute_though_the_verdict_is_gone() -> None:
    clock = ManualClock(NOW)
    screen = presenter(clock)
    screen.receive(inside())
    clock.advance(timedelta(seconds=20))
    assert screen.tick().state.verdict is None
    assert screen.state.can_override
    clock.advance(timedelta(seconds=10))
    assert not screen.tick().state.can_override


def test_the_next_persons_scan_leaves_a_half_typed_override_open_for_the_one_before() -> None:
    screen = presenter()
    refused = inside()
    screen.receive(refused)
    before = screen.handle(actions.OverrideRequested()).state.panel
    update = screen.receive(outcome(name="Ada"))
    assert update.state.panel == before, "it is about the person whom it names"
    assert update.state.above_panel is not None
    assert update.state.above_panel.title == "WELCOME \u00b7 Ada"
    assert update.commands == ()
    (command, _) = screen.handle(actions.OverrideConfirmed(0, "", "Kim")).commands
    assert isinstance(command, messages.RepeatWithOverride)
    assert command.subject == refused.subject
    assert screen.state.above_panel is None


def test_a_refusal_while_another_is_overridden_can_be_overridden_after_it() -> None:
    screen = presenter()
    screen.receive(inside())
    screen.handle(actions.OverrideRequested())
    next_refused = replace(inside(), row_id="next")
    screen.receive(next_refused)
    screen.handle(actions.OverrideConfirmed(0, "", "Kim"))
    assert screen.state.can_override


def test_a_scan_leaves_what_is_typed_in_the_line() -> None:
    screen = presenter()
    generation = screen.handle(actions.TextChanged("Love")).state.input_generation
    assert screen.receive(outcome()).state.input_generation == generation


def test_a_poster_or_two_codes_leave_the_panel_open() -> None:
    screen = presenter()
    screen.receive(inside())
    screen.handle(actions.OverrideRequested())
    screen.receive(outcome(ScanResult.INVALID, ReasonCode.NOT_A_TICKET, ""))
    assert isinstance(screen.receive(Notice.TWO_CODES).state.panel, OverridePanel)


def test_a_code_is_submitted_and_the_line_is_emptied() -> None:
    screen = presenter()
    before = screen.state.input_generation
    state, commands = screen.handle(actions.TextSubmitted(" reg-0012 "))
    assert commands == (messages.SubmitCode("reg-0012"),)
    assert state.input_generation == before + 1
    assert screen.handle(actions.TextSubmitted("   ")).commands == ()


def test_a_posters_address_from_a_slow_scanner_does_not_stay_in_the_line() -> None:
    screen = presenter()
    before = screen.state.input_generation
    state, commands = screen.handle(actions.TextSubmitted("https://example.com/line-up"))
    assert commands == (messages.SubmitCode("https://example.com/line-up"),)
    assert state.input_generation == before + 1


def test_three_letters_search_two_do_not_and_a_code_never_does() -> None:
    screen = presenter()
    assert screen.handle(actions.TextChanged("Li")).commands == ()
    assert screen.handle(actions.TextChanged("Ada")).commands == (messages.SearchPeople("Ada"),)
    assert screen.handle(actions.TextChanged("Ada")).commands == ()
    assert screen.handle(actions.TextChanged("REG-00")).commands == ()
    assert screen.state.panel is None


def test_a_notice_about_an_open_menu_is_shown_above_it() -> None:
    screen = presenter()
    screen.handle(actions.MenuRequested())
    state, _ = screen.receive(messages.Notice.NOT_SAVED)
    assert isinstance(state.panel, MenuPanel)
    assert state.above_panel is not None
    screen.handle(actions.Dismissed())
    assert screen.state.verdict is not None, "and below it, once the menu is closed"


def test_an_open_search_stays_open_until_the_third_letter() -> None:
    screen = presenter()
    screen.handle(actions.SearchRequested(""))
    for text in ("L", "Lo", "Lov", "Lo"):
        assert isinstance(screen.handle(actions.TextChanged(text)).state.panel, SearchPanel), text
    assert screen.state.panel == screen.handle(actions.SearchRequested("")).state.panel, "nobody is shown"
    assert screen.handle(actions.TextChanged("")).state.panel is None


def test_enter_on_hits_goes_to_them_and_a_hit_shows_the_person() -> None:
    screen = presenter()
    screen.handle(actions.TextChanged("Ada"))
    screen.receive(messages.SearchResults("Ada", (messages.SearchHit("p1", "Ada Lovelace"),)))
    panel = screen.handle(actions.TextSubmitted("Ada")).state.panel
    assert isinstance(panel, SearchPanel)
    assert panel.focus == 1
    assert messages.ShowPerson("p1") in screen.handle(actions.PersonSelected("p1")).commands


def test_a_late_answer_to_an_old_question_is_dropped() -> None:
    screen = presenter()
    screen.handle(actions.TextChanged("Ada"))
    screen.handle(actions.TextChanged("Grace"))
    panel = screen.receive(
        messages.SearchResults("Ada", (messages.SearchHit("p1", "Ada Lovelace"),))
    ).state.panel
    assert isinstance(panel, SearchPanel)
    assert panel.rows == ()


def test_letters_that_the_blacklist_has_ask_for_the_supervisor_in_neutral_words() -> None:
    screen = presenter()
    screen.handle(actions.TextChanged("Mallory Malone"))
    panel = screen.receive(messages.SearchResults("Mallory Malone", asks_supervisor=True)).state.panel
    assert isinstance(panel, SearchPanel)
    assert panel.text == "Nobody on the list by that name. Please call the supervisor."


def test_letters_that_find_nobody_can_still_be_tried_as_a_code() -> None:
    screen = presenter()
    screen.handle(actions.TextChanged("Zzz"))
    screen.receive(messages.SearchResults("Zzz"))
    assert screen.handle(actions.TextSubmitted("Zzz")).commands == (messages.SubmitCode("Zzz"),)


def test_enter_after_letters_asks_once_if_they_are_a_code_and_empties_the_line_if_they_are() -> None:
    screen = presenter()
    before = screen.state.input_generation
    state, commands = screen.handle(actions.TextSubmitted("kdfgh-mnpqr"))
    assert commands == (messages.SubmitOrSearch("kdfgh-mnpqr"),)
    assert state.input_generation == before
    state, _ = screen.receive(replace(outcome(), subject=Subject(ScanType.MANUAL, text="kdfgh-mnpqr")))
    assert state.panel is None
    assert state.input_generation == before + 1


def test_direction_turns_only_where_both_ways_are_open() -> None:
    screen = presenter()
    entry_only = messages.CheckpointOption("c1", "Gate", direction=CheckpointDirection.ENTRY)
    both = messages.CheckpointOption("c2", "Door", direction=CheckpointDirection.BIDIRECTIONAL)
    screen.receive(messages.CheckpointOptions((entry_only, both), "c1"))
    assert screen.handle(actions.DirectionToggled()).commands == ()
    screen.receive(messages.CheckpointOptions((entry_only, both), "c2"))
    assert screen.handle(actions.DirectionToggled()).commands == (messages.SetDirection(Direction.EXIT),)


def test_another_checkpoint_is_served_and_the_same_one_is_not_asked_again() -> None:
    screen = presenter()
    screen.receive(
        messages.CheckpointOptions(tuple(messages.CheckpointOption(c, c) for c in ("c1", "c2")), "c1")
    )
    screen.handle(actions.CheckpointsRequested())
    assert screen.handle(actions.CheckpointSelected("c2")).commands == (messages.ServeCheckpoint("c2"),)
    assert screen.handle(actions.CheckpointSelected("c1")).commands == ()


def test_quitting_asks_first_and_says_what_waits() -> None:
    screen = presenter()
    screen.receive(messages.ConnectionStatus(messages.HubConnectionState.OFFLINE, pending=3))
    assert screen.handle(actions.QuitConfirmed()).commands == ()
    state = screen.handle(actions.QuitRequested()).state
    assert isinstance(state.panel, QuitPanel)
    assert "3 scans are still to be sent" in state.panel.text
    assert screen.handle(actions.QuitConfirmed()).commands == (messages.CloseWindow(),)


def test_escape_takes_away_what_is_on_top() -> None:
    screen = presenter()
    screen.receive(inside())
    screen.handle(actions.MenuRequested())
    assert screen.handle(actions.Dismissed()).state.panel is None
    assert screen.state.verdict is not None
    assert screen.handle(actions.Dismissed()).state.verdict is None
    before = screen.state.input_generation
    assert screen.handle(actions.Dismissed()).state.input_generation == before + 1


def test_without_sound_the_edge_speaks_for_whatever_has_a_tone() -> None:
    screen = presenter()
    screen.receive(messages.GateDeviceStatus(messages.CameraAvailability.LIVE, sound=False))
    admitted = screen.receive(outcome()).state
    assert admitted.verdict is not None
    assert admitted.verdict.flash
    assert admitted.status.sound is not None
    quiet = screen.receive(outcome(ScanResult.INVALID, ReasonCode.NOT_A_TICKET, "")).state
    assert quiet.banner.flash
    waiting = screen.receive(Notice.NOT_READY).state.verdict
    assert waiting is not None
    assert waiting.flash, "a scan that was not decided has a tone, too"


def test_a_double_admission_is_told_beside_the_visitors_prompt_and_can_be_dismissed() -> None:
    screen = presenter()
    prompt = screen.state.banner
    screen.receive(messages.EventInfo("Assembly", ZoneInfo("Europe/Berlin")))
    screen.receive(messages.DoubleAdmissions((double_admission(),)))
    assert screen.state.banner == prompt
    (alert,) = screen.state.alerts
    assert alert.title == "Let in twice: Amara Okafor"
    assert alert.text.startswith("19:03 here, 19:02 at North gate.")
    assert alert.can_dismiss
    state, commands = screen.handle(actions.AlertDismissed(alert.id))
    assert state.alerts == ()
    assert commands == (messages.DismissDoubleAdmission("d1"),)


def test_no_clock_is_shown_before_the_events_zone_is_known() -> None:
    screen = GatePresenter(ManualClock(NOW))
    assert screen.state.status.clock == ""
    assert screen.receive(messages.EventInfo("Gala", ZoneInfo("Asia/Tokyo"))).state.status.clock == "03:04"


def test_without_name_time_or_gate_a_double_admission_is_still_a_sentence() -> None:
    screen = presenter()
    screen.receive(messages.DoubleAdmissions((messages.DoubleAdmission("d", "", NOW, None, ""),)))
    (alert,) = screen.state.alerts
    assert (alert.title, alert.text) == (
        "A ticket was let in twice",
        "Also at another gate. The stations could not know of each other.",
    )


@pytest.mark.parametrize("camera", [messages.CameraAvailability.LIVE, messages.CameraAvailability.NONE])
def test_no_alarm_takes_the_prompt_from_the_visitors(camera: messages.CameraAvailability) -> None:
    screen = presenter()
    prompt = screen.receive(messages.GateDeviceStatus(camera)).state.banner
    state = screen.receive(messages.ActiveAlarms(door=DOOR_FAULT, journal_diverged=True)).state
    assert state.banner == prompt
    assert [alert.text for alert in state.alerts] == [
        texts("en")("alarm.journal_diverged"),
        "The relay board at /dev/ttyUSB0 does not answer. Check its power and its cable. See whether the door is open.",
    ]
    assert not any(alert.can_dismiss for alert in state.alerts)


@pytest.mark.parametrize("status", [DeviceStatus.LOCKED, DeviceStatus.REVOKED])
def test_a_station_that_is_locked_or_revoked_takes_every_name_off_the_screen(status: DeviceStatus) -> None:
    screen = presenter()
    screen.receive(messages.DoubleAdmissions((double_admission(name="Ada"),)))
    screen.receive(inside("Ada"))
    screen.receive(messages.ActiveAlarms(station=status))
    assert "Ada" not in repr(screen.state)
    assert (screen.state.scans, screen.state.verdict, screen.state.can_override) == ((), None, False)
    screen.receive(outcome(ScanResult.INVALID, ReasonCode.STATION_LOCKED, "", code="", category=""))
    screen.receive(messages.ActiveAlarms(door=DOOR_FAULT, station=status))
    assert len(screen.state.scans) == 1, "what it refuses while it is locked has no name and stays"
    assert screen.state.verdict is not None


def test_a_station_that_is_locked_closes_the_panels_that_name_people() -> None:
    screen = presenter()
    screen.handle(actions.TextChanged("Ada"))
    screen.receive(messages.SearchResults("Ada", (messages.SearchHit("p-1", "Ada Lovelace"),)))
    assert "Ada Lovelace" in repr(screen.state.panel)
    screen.receive(messages.ActiveAlarms(station=DeviceStatus.LOCKED))
    assert screen.state.panel is None
    screen.receive(messages.SearchResults("Ada", (messages.SearchHit("p-1", "Ada Lovelace"),)))
    assert screen.handle(actions.SearchRequested("")).state.panel is not None
    assert "Ada" not in repr(screen.state)
    screen.receive(messages.ActiveAlarms())
    screen.receive(inside("Ada"))
    screen.handle(actions.OverrideRequested())
    assert isinstance(screen.state.panel, OverridePanel)
    update = screen.receive(messages.ActiveAlarms(station=DeviceStatus.LOCKED))
    assert update.state.panel is None
    assert update.commands == (messages.PauseScanning(False),)


def test_a_station_that_is_locked_leaves_the_menu_open() -> None:
    screen = presenter()
    screen.handle(actions.QuitRequested())
    screen.receive(messages.ActiveAlarms(station=DeviceStatus.LOCKED))
    assert isinstance(screen.state.panel, QuitPanel)


def test_members_who_were_not_let_through_are_named_until_the_alert_is_closed() -> None:
    screen = presenter()
    eva = messages.UnreleasedMember("Eva Okri", "REG-7")
    (alert,) = screen.receive(messages.UnreleasedMembers((eva,))).state.alerts
    assert (alert.title, alert.can_dismiss) == ("Not let through: 1", True)
    assert alert.text.startswith("Eva Okri. They count as inside")
    screen.receive(messages.StationOptions(names=messages.NameDisplay.CODE))
    assert screen.state.alerts[0].text.startswith("REG-7.")
    update = screen.handle(actions.AlertDismissed(alert.id))
    assert (update.state.alerts, update.commands) == ((), (messages.DismissUnreleased(),))
