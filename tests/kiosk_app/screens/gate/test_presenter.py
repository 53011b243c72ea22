"""Acts in, intents out; without Qt."""

import subprocess
import sys
from datetime import timedelta

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import CheckpointDirection, Direction, ReasonCode, ScanResult
from hub_sync.contract.sync import Override
from kiosk_app import messages
from kiosk_app.core.outcome import Notice
from kiosk_app.screens.gate import GatePresenter, actions
from kiosk_app.screens.gate.view_state import OverridePanel, QuitPanel, SearchPanel
from tests.kiosk_app.screens.gate.gallery import NOW, inside, outcome


def presenter(clock: ManualClock | None = None) -> GatePresenter:
    return GatePresenter(clock or ManualClock(NOW), operator="Kim")


def test_the_presenter_needs_no_qt() -> None:
    code = (
        "import sys, kiosk_app.screens.gate as g; sys.exit(any(m.startswith('PySide6') for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_override_repeats_the_refused_attempt_once() -> None:
    screen = presenter()
    refused = inside("Ada")
    screen.scanned(refused)
    state, intents = screen.act(actions.OverrideAsked())
    assert isinstance(state.panel, OverridePanel)
    assert state.panel.title == "Let in Ada?"
    assert intents == (actions.HoldScanning(True),)
    confirm = actions.OverrideConfirmed(0, "with her badge", "Kim")
    assert screen.act(confirm).intents == (
        actions.RepeatWithOverride(
            refused.subject,
            Override(reason="Identity checked: with her badge", operator="Kim"),
            refused.row_id,
        ),
        actions.HoldScanning(False),
    )
    assert screen.act(confirm).intents == ()
    assert not screen.state.can_override


def test_an_override_needs_a_reason_and_a_name() -> None:
    screen = presenter()
    screen.scanned(inside())
    screen.act(actions.OverrideAsked())
    missing_reason = screen.act(actions.OverrideConfirmed(None, "  ", "Kim"))
    assert missing_reason.intents == ()
    assert isinstance(missing_reason.state.panel, OverridePanel)
    assert missing_reason.state.panel.problem == "Please choose or write a reason."
    missing_name = screen.act(actions.OverrideConfirmed(1, "", " "))
    assert isinstance(missing_name.state.panel, OverridePanel)
    assert missing_name.state.panel.problem == "Please write your name."


def test_no_override_is_offered_where_the_rules_allow_none() -> None:
    screen = presenter()
    screen.scanned(outcome(ScanResult.REVOKED, ReasonCode.BLACKLISTED, "Ada"))
    assert not screen.state.can_override
    assert screen.act(actions.OverrideAsked()).state.panel is None


def test_a_refused_person_can_be_let_in_for_half_a_minute_though_the_verdict_is_gone() -> None:
    clock = ManualClock(NOW)
    screen = presenter(clock)
    screen.scanned(inside())
    clock.advance(timedelta(seconds=20))
    assert screen.tick().state.verdict is None
    assert screen.state.can_override
    clock.advance(timedelta(seconds=10))
    assert not screen.tick().state.can_override


def test_the_next_persons_scan_closes_the_override_of_the_one_before() -> None:
    screen = presenter()
    screen.scanned(inside())
    screen.act(actions.OverrideAsked())
    state, intents = screen.scanned(outcome())
    assert state.panel is None
    assert intents == (actions.HoldScanning(False),)
    assert screen.act(actions.OverrideConfirmed(0, "", "Kim")).intents == ()


def test_a_poster_or_two_codes_leave_the_panel_open() -> None:
    screen = presenter()
    screen.scanned(inside())
    screen.act(actions.OverrideAsked())
    screen.scanned(outcome(ScanResult.INVALID, ReasonCode.NOT_A_TICKET, ""))
    assert isinstance(screen.scanned(Notice.TWO_CODES).state.panel, OverridePanel)


def test_a_code_is_submitted_and_the_line_is_emptied() -> None:
    screen = presenter()
    before = screen.state.clears_input
    state, intents = screen.act(actions.Submitted(" reg-0012 "))
    assert intents == (actions.SubmitCode("reg-0012"),)
    assert state.clears_input == before + 1
    assert screen.act(actions.Submitted("   ")).intents == ()


def test_three_letters_search_two_do_not_and_a_code_never_does() -> None:
    screen = presenter()
    assert screen.act(actions.Typed("Li")).intents == ()
    assert screen.act(actions.Typed("Ada")).intents == (actions.SearchPeople("Ada"),)
    assert screen.act(actions.Typed("Ada")).intents == ()
    assert screen.act(actions.Typed("REG-00")).intents == ()
    assert screen.state.panel is None


def test_enter_on_hits_goes_to_them_and_a_hit_admits_the_person() -> None:
    screen = presenter()
    screen.act(actions.Typed("Ada"))
    screen.learned(messages.FoundPeople("Ada", (messages.FoundPerson("p1", "Ada Lovelace"),)))
    panel = screen.act(actions.Submitted("Ada")).state.panel
    assert isinstance(panel, SearchPanel)
    assert panel.focus == 1
    assert screen.act(actions.PersonPicked("p1")).intents == (actions.AdmitPerson("p1"),)
    assert screen.state.panel is None


def test_a_late_answer_to_an_old_question_is_dropped() -> None:
    screen = presenter()
    screen.act(actions.Typed("Ada"))
    screen.act(actions.Typed("Grace"))
    panel = screen.learned(
        messages.FoundPeople("Ada", (messages.FoundPerson("p1", "Ada Lovelace"),))
    ).state.panel
    assert isinstance(panel, SearchPanel)
    assert panel.rows == ()


def test_letters_that_find_nobody_can_still_be_tried_as_a_code() -> None:
    screen = presenter()
    screen.act(actions.Typed("Zzz"))
    screen.learned(messages.FoundPeople("Zzz"))
    assert screen.act(actions.Submitted("Zzz")).intents == (actions.SubmitCode("Zzz"),)


def test_direction_turns_only_where_both_ways_are_open() -> None:
    screen = presenter()
    one_way = messages.CheckpointChoice("c1", "Gate", direction=CheckpointDirection.ENTRY)
    both = messages.CheckpointChoice("c2", "Door", direction=CheckpointDirection.BIDIRECTIONAL)
    screen.learned(messages.Checkpoints((one_way, both), "c1"))
    assert screen.act(actions.DirectionToggled()).intents == ()
    screen.learned(messages.Checkpoints((one_way, both), "c2"))
    assert screen.act(actions.DirectionToggled()).intents == (actions.SetDirection(Direction.EXIT),)


def test_another_checkpoint_is_served_and_the_same_one_is_not_asked_again() -> None:
    screen = presenter()
    screen.learned(messages.Checkpoints(tuple(messages.CheckpointChoice(c, c) for c in ("c1", "c2")), "c1"))
    screen.act(actions.CheckpointsAsked())
    assert screen.act(actions.CheckpointPicked("c2")).intents == (actions.ServeCheckpoint("c2"),)
    assert screen.act(actions.CheckpointPicked("c1")).intents == ()


def test_quitting_asks_first_and_says_what_waits() -> None:
    screen = presenter()
    screen.learned(messages.LinkInfo(messages.LinkState.OFFLINE, waiting=3))
    assert screen.act(actions.QuitConfirmed()).intents == ()
    state = screen.act(actions.QuitAsked()).state
    assert isinstance(state.panel, QuitPanel)
    assert "3 scans are still to be sent" in state.panel.text
    assert screen.act(actions.QuitConfirmed()).intents == (actions.Quit(),)


def test_escape_takes_away_what_is_on_top() -> None:
    screen = presenter()
    screen.scanned(inside())
    screen.act(actions.MenuAsked())
    assert screen.act(actions.Dismissed()).state.panel is None
    assert screen.state.verdict is not None
    assert screen.act(actions.Dismissed()).state.verdict is None
    before = screen.state.clears_input
    assert screen.act(actions.Dismissed()).state.clears_input == before + 1


def test_without_sound_the_edge_speaks_for_verdicts_not_for_information() -> None:
    screen = presenter()
    screen.learned(messages.Devices(messages.CameraState.LIVE, sound=False))
    admitted = screen.scanned(outcome()).state
    assert admitted.verdict is not None
    assert admitted.verdict.flash
    assert admitted.status.sound is not None
    quiet = screen.scanned(outcome(ScanResult.INVALID, ReasonCode.NOT_A_TICKET, "")).state
    assert quiet.banner.flash
    waiting = screen.scanned(Notice.NOT_READY).state.verdict
    assert waiting is not None
    assert not waiting.flash
