"""Acts in, intents out; without Qt."""

import subprocess
import sys
from datetime import timedelta

from hub_sync.contract.clock import SetClock
from hub_sync.contract.enums import CheckpointDirection, Direction, ReasonCode, ScanResult
from hub_sync.contract.sync import Override
from kiosk_app.core.outcome import Notice
from kiosk_app.screens.gate import GatePresenter, acts, facts
from kiosk_app.screens.gate.state import OverridePanel, QuitPanel, SearchPanel
from tests.kiosk_app.screens.gallery import NOW, inside, outcome


def presenter(clock: SetClock | None = None) -> GatePresenter:
    return GatePresenter(clock or SetClock(NOW), operator="Kim")


def test_the_presenter_needs_no_qt() -> None:
    code = (
        "import sys, kiosk_app.screens.gate as g; sys.exit(any(m.startswith('PySide6') for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_override_repeats_the_refused_attempt_once() -> None:
    screen = presenter()
    refused = inside("Ada")
    screen.scanned(refused)
    state, intents = screen.act(acts.OverrideAsked())
    assert isinstance(state.panel, OverridePanel)
    assert state.panel.title == "Let in Ada?"
    assert intents == (acts.HoldScanning(True),)
    confirm = acts.OverrideConfirmed(0, "with her badge", "Kim")
    assert screen.act(confirm).intents == (
        acts.RepeatWithOverride(
            refused.subject,
            Override(reason="Identity checked: with her badge", operator="Kim"),
            refused.row_id,
        ),
        acts.HoldScanning(False),
    )
    assert screen.act(confirm).intents == ()
    assert not screen.state.can_override


def test_an_override_needs_a_reason_and_a_name() -> None:
    screen = presenter()
    screen.scanned(inside())
    screen.act(acts.OverrideAsked())
    missing_reason = screen.act(acts.OverrideConfirmed(None, "  ", "Kim"))
    assert missing_reason.intents == ()
    assert isinstance(missing_reason.state.panel, OverridePanel)
    assert missing_reason.state.panel.problem == "Please choose or write a reason."
    missing_name = screen.act(acts.OverrideConfirmed(1, "", " "))
    assert isinstance(missing_name.state.panel, OverridePanel)
    assert missing_name.state.panel.problem == "Please write your name."


def test_no_override_is_offered_where_the_rules_allow_none() -> None:
    screen = presenter()
    screen.scanned(outcome(ScanResult.REVOKED, ReasonCode.BLACKLISTED, "Ada"))
    assert not screen.state.can_override
    assert screen.act(acts.OverrideAsked()).state.panel is None


def test_a_refused_person_can_be_let_in_for_half_a_minute_though_the_verdict_is_gone() -> None:
    clock = SetClock(NOW)
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
    screen.act(acts.OverrideAsked())
    state, intents = screen.scanned(outcome())
    assert state.panel is None
    assert intents == (acts.HoldScanning(False),)
    assert screen.act(acts.OverrideConfirmed(0, "", "Kim")).intents == ()


def test_a_poster_or_two_codes_leave_the_panel_open() -> None:
    screen = presenter()
    screen.scanned(inside())
    screen.act(acts.OverrideAsked())
    screen.scanned(outcome(ScanResult.INVALID, ReasonCode.NOT_A_TICKET, ""))
    assert isinstance(screen.scanned(Notice.TWO_CODES).state.panel, OverridePanel)


def test_a_code_is_submitted_and_the_line_is_emptied() -> None:
    screen = presenter()
    before = screen.state.clears_input
    state, intents = screen.act(acts.Submitted(" reg-0012 "))
    assert intents == (acts.SubmitCode("reg-0012"),)
    assert state.clears_input == before + 1
    assert screen.act(acts.Submitted("   ")).intents == ()


def test_three_letters_search_two_do_not_and_a_code_never_does() -> None:
    screen = presenter()
    assert screen.act(acts.Typed("Li")).intents == ()
    assert screen.act(acts.Typed("Ada")).intents == (acts.SearchPeople("Ada"),)
    assert screen.act(acts.Typed("Ada")).intents == ()
    assert screen.act(acts.Typed("REG-00")).intents == ()
    assert screen.state.panel is None


def test_enter_on_hits_goes_to_them_and_a_hit_admits_the_person() -> None:
    screen = presenter()
    screen.act(acts.Typed("Ada"))
    screen.learned(facts.FoundPeople("Ada", (facts.FoundPerson("p1", "Ada Lovelace"),)))
    panel = screen.act(acts.Submitted("Ada")).state.panel
    assert isinstance(panel, SearchPanel)
    assert panel.focus == 1
    assert screen.act(acts.PersonPicked("p1")).intents == (acts.AdmitPerson("p1"),)
    assert screen.state.panel is None


def test_a_late_answer_to_an_old_question_is_dropped() -> None:
    screen = presenter()
    screen.act(acts.Typed("Ada"))
    screen.act(acts.Typed("Grace"))
    panel = screen.learned(facts.FoundPeople("Ada", (facts.FoundPerson("p1", "Ada Lovelace"),))).state.panel
    assert isinstance(panel, SearchPanel)
    assert panel.rows == ()


def test_letters_that_find_nobody_can_still_be_tried_as_a_code() -> None:
    screen = presenter()
    screen.act(acts.Typed("Zzz"))
    screen.learned(facts.FoundPeople("Zzz"))
    assert screen.act(acts.Submitted("Zzz")).intents == (acts.SubmitCode("Zzz"),)


def test_direction_turns_only_where_both_ways_are_open() -> None:
    screen = presenter()
    one_way = facts.CheckpointChoice("c1", "Gate", direction=CheckpointDirection.ENTRY)
    both = facts.CheckpointChoice("c2", "Door", direction=CheckpointDirection.BIDIRECTIONAL)
    screen.learned(facts.Checkpoints((one_way, both), "c1"))
    assert screen.act(acts.DirectionToggled()).intents == ()
    screen.learned(facts.Checkpoints((one_way, both), "c2"))
    assert screen.act(acts.DirectionToggled()).intents == (acts.SetDirection(Direction.EXIT),)


def test_another_checkpoint_is_served_and_the_same_one_is_not_asked_again() -> None:
    screen = presenter()
    screen.learned(facts.Checkpoints(tuple(facts.CheckpointChoice(c, c) for c in ("c1", "c2")), "c1"))
    screen.act(acts.CheckpointsAsked())
    assert screen.act(acts.CheckpointPicked("c2")).intents == (acts.ServeCheckpoint("c2"),)
    assert screen.act(acts.CheckpointPicked("c1")).intents == ()


def test_quitting_asks_first_and_says_what_waits() -> None:
    screen = presenter()
    screen.learned(facts.LinkInfo(facts.LinkState.OFFLINE, waiting=3))
    assert screen.act(acts.QuitConfirmed()).intents == ()
    state = screen.act(acts.QuitAsked()).state
    assert isinstance(state.panel, QuitPanel)
    assert "3 scans are still to be sent" in state.panel.text
    assert screen.act(acts.QuitConfirmed()).intents == (acts.Quit(),)


def test_escape_takes_away_what_is_on_top() -> None:
    screen = presenter()
    screen.scanned(inside())
    screen.act(acts.MenuAsked())
    assert screen.act(acts.Dismissed()).state.panel is None
    assert screen.state.verdict is not None
    assert screen.act(acts.Dismissed()).state.verdict is None
    before = screen.state.clears_input
    assert screen.act(acts.Dismissed()).state.clears_input == before + 1


def test_without_sound_the_edge_speaks_for_verdicts_not_for_information() -> None:
    screen = presenter()
    screen.learned(facts.Devices(facts.CameraState.LIVE, sound=False))
    admitted = screen.scanned(outcome()).state
    assert admitted.verdict is not None
    assert admitted.verdict.flash
    assert admitted.status.sound is not None
    quiet = screen.scanned(outcome(ScanResult.INVALID, ReasonCode.NOT_A_TICKET, "")).state
    assert quiet.banner.flash
    waiting = screen.scanned(Notice.NOT_READY).state.verdict
    assert waiting is not None
    assert not waiting.flash
