"""The check-in cases that the specification numbers, played through stations, line and hub; one test a case.

What else covers them, each nearer to its part:

    1  sync/test_the_hub_takes_in_a_journal, check_in/test_a_scan_at_the_hub_is_decided_and_stored_once
    3  sync/test_the_hub_takes_in_a_journal, sync/test_the_state_does_not_depend_on_the_order_of_deliveries
    5  core/test_gate_admits_only_what_is_on_disk, rules/test_occupancy_is_a_fold_of_the_log
    8  rules/test_typing_is_forgiven, rules/test_ticket_codec_agrees_with_the_vectors, core/test_gate_admits…
   11  sync/test_the_hub_takes_in_a_journal, client/test_sync_with_the_real_hub
   12  core/test_gate_admits…, the shared decision vectors
   13  store/test_memory_outlives_the_upload
   14  sync/test_the_hub_takes_in_a_journal, core/test_gate_admits…
   15  client/test_the_station_knows_how_sure_it_is_of_the_time, core/test_gate_admits…
   16  the shared decision vectors, screens/test_a_verdict_is_green_only_when_admitted_and_written
   17  core/test_gate_admits…, core/test_code_held_in_view_is_one_scan
   18  core/test_code_held_in_view_is_one_scan, workers/test_gate_worker_turns_frames_into_scans (wholly; not here)
   20  core/test_gate_admits…
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.enums import Direction, Mark, ReasonCode, ScanResult
from kiosk_app.core.assignment import serve_checkpoint
from kiosk_app.core.occupancy import OccupancyCounter
from tests.faults import invariants
from tests.faults.faulty_network import NetworkCondition
from tests.support.builders.event import NOON
from tests.support.builders.people import CANCELLED
from tests.support.builders.station import presence_here
from tests.support.two_gates import OVERRIDE, TwoGates, two_gates

ENTRY, EXIT = Direction.ENTRY, Direction.EXIT


@pytest.fixture
def here(tmp_path: Path) -> Iterator[TwoGates]:
    with two_gates(tmp_path) as built:
        yield built


def test_case_1_retry_of_an_accepted_scan_leaves_one_record_at_a_multi_entry_checkpoint_too(
    here: TwoGates,
) -> None:
    here.change_checkpoint("main", reentry="always")
    here.sync(here.a)
    assert here.scan(here.a, "ada").decision.result is ScanResult.VALID
    here.wait(minutes=1)
    assert here.scan(here.a, "ada").decision.result is ScanResult.VALID
    here.a.network.condition = NetworkCondition.PUSH_ANSWERS_LOST
    assert not here.a.push()
    assert len(here.log()) == 2
    here.online(here.a)
    here.sync(here.a)
    assert [row.sequence for row in here.log()] == [1, 2]
    assert presence_here(here.a.store, "ada", "hall").entries == 2
    assert here.a.store.journal.backlog().rows == 0


def test_case_3_offline_scan_keeps_its_time_and_state_follows_scan_time_not_arrival(here: TwoGates) -> None:
    here.offline(here.a)
    here.scan(here.a, "ada")
    here.wait(minutes=5)
    left = here.scan(here.b, "ada", EXIT)
    assert left.decision.reason is ReasonCode.EXIT_WITHOUT_ENTRY, "B has not heard of the entry"
    here.sync(here.b)
    here.wait(hours=1)
    here.online(here.a)
    here.sync(here.a, here.b)
    entry, exit_ = here.log()
    assert (entry.direction, entry.effective_at_ms) == (ENTRY, epoch_ms(NOON))
    assert (exit_.direction, exit_.effective_at_ms) == (EXIT, epoch_ms(NOON + timedelta(minutes=5)))
    for station in (here.a, here.b):
        assert not presence_here(station.store, "ada", "hall").inside
        assert {row.zone: row.current for row in station.store.venue.occupancy()} == {"": 0, "hall": 0}
    assert here.scan(here.a, "ada").decision.reason is ReasonCode.ADMITTED


def test_case_5_zones_are_independent_and_two_gates_of_one_zone_are_one(here: TwoGates) -> None:
    assert here.scan(here.a, "ada").decision.admits
    here.sync(here.a, here.b)
    assert here.scan(here.b, "ada").decision.reason is ReasonCode.ALREADY_INSIDE
    serve_checkpoint(here.b.store, here.template.venue.checkpoints["lounge"])
    assert here.scan(here.b, "ada").decision.admits
    here.sync(here.a, here.b)
    counts = {row.zone: row.current for row in here.a.store.venue.occupancy()}
    assert counts == {"": 1, "hall": 1, "vip": 1}, "one person, in two zones"
    assert here.a.store.venue.conflicts(NOON - timedelta(days=1)) == ()


def test_case_8_ids_never_match_codes_forgive_typing_and_tickets_survive_transport(here: TwoGates) -> None:
    assert here.a.scan(lambda gate: gate.decide_typed("ada")).decision.reason is ReasonCode.UNKNOWN_CODE
    assert here.a.scan(lambda gate: gate.decide_scan("ada")).decision.reason is ReasonCode.NOT_A_TICKET
    assert here.a.scan(lambda gate: gate.decide_typed(" reg – ADA ")).decision.admits
    carried = here.ticket("bo").translate(str.maketrans("-_", "+/"))
    padded = carried + "=" * (-len(carried) % 4)
    assert here.a.scan(lambda gate: gate.decide_scan(padded)).decision.admits
    here.sync(here.a)
    assert [row.participant_id for row in here.log() if row.result is ScanResult.VALID] == ["ada", "bo"]
    assert all(row.participant_id is None for row in here.log() if row.result is ScanResult.INVALID)


def test_case_11_two_offline_stations_admit_one_ticket_and_both_are_told(here: TwoGates) -> None:
    here.offline(here.a, here.b)
    first = here.scan(here.a, "ada")
    here.wait(minutes=2)
    second = here.scan(here.b, "ada")
    assert first.is_green
    assert second.is_green
    here.online(here.a, here.b)
    here.sync(here.b, here.a)  # the later one arrives first
    assert [row.result for row in here.log()] == [ScanResult.VALID] * 2, "both rows stay"
    for station in (here.a, here.b):
        (conflict,) = station.store.venue.conflicts(NOON - timedelta(days=1))
        assert (conflict.access_log_id, conflict.other_access_log_id) == (second.row_id, first.row_id)
        assert conflict.participant_id == "ada"
    assert {row.zone: row.current for row in here.a.store.venue.occupancy()} == {"": 1, "hall": 1}


@pytest.mark.parametrize("hold", [False, True])
def test_case_12_ticket_of_somebody_registered_during_the_outage_follows_the_policy(
    here: TwoGates, *, hold: bool
) -> None:
    if hold:
        here.change_checkpoint("main", unknown_tickets="hold")
    here.sync(here.a)
    here.offline(here.a)
    here.template.venue.register(here.hub.context, "newcomer")
    outcome = here.scan(here.a, "newcomer")
    assert Mark.UNKNOWN_PARTICIPANT in outcome.decision.marks
    if hold:
        assert (outcome.decision.reason, outcome.decision.overridable) == (
            ReasonCode.UNKNOWN_PARTICIPANT,
            True,
        )
    else:
        assert (outcome.decision.reason, outcome.is_green) == (ReasonCode.ADMITTED_UNKNOWN, True)
    here.online(here.a)
    here.sync(here.a)
    (row,) = here.log()
    assert (row.participant_id, row.flag) == ("newcomer", None), "by now the hub knows them"
    again = here.scan(here.a, "newcomer")
    assert again.decision.reason is (ReasonCode.ADMITTED if hold else ReasonCode.ALREADY_INSIDE)


def test_case_13_memory_of_who_came_in_outlives_upload_restart_and_roster(here: TwoGates) -> None:
    assert here.scan(here.a, "ada").is_green
    here.sync(here.a)
    assert here.a.store.journal.backlog().rows == 0
    here.offline(here.a)
    assert here.scan(here.a, "ada").decision.reason is ReasonCode.ALREADY_INSIDE
    here.a.kill()
    assert here.scan(here.a, "ada").decision.reason is ReasonCode.ALREADY_INSIDE
    here.online(here.a)
    invariants.start_new_epoch(here.hub.context, here.template.venue, "another-epoch")
    here.sync(here.a)
    assert here.scan(here.a, "ada").decision.reason is ReasonCode.ALREADY_INSIDE


def test_case_14_cancelled_while_offline_is_effective_at_the_first_pull_and_scans_are_flagged(
    here: TwoGates,
) -> None:
    here.offline(here.a)
    here.template.venue.set_status(here.hub.context, "ada", CANCELLED)
    here.set_standing("bo", "blocked:threw bottles")
    green = {code: here.scan(here.a, code) for code in ("ada", "bo")}
    assert all(outcome.is_green for outcome in green.values())
    here.scan(here.a, "ada", EXIT)
    here.a.network.condition = NetworkCondition.PUSHES_JAMMED
    assert here.a.pull()
    assert here.scan(here.a, "ada").decision.reason is ReasonCode.PARTICIPANT_CANCELLED
    assert here.scan(here.a, "bo").decision.reason is ReasonCode.BLACKLISTED
    here.online(here.a)
    here.sync(here.a)
    stored = {row.id: row for row in here.log()}
    assert stored[green["ada"].row_id].flag == ReasonCode.PARTICIPANT_CANCELLED
    assert stored[green["bo"].row_id].flag == ReasonCode.BLACKLISTED
    assert stored[green["ada"].row_id].result is ScanResult.VALID, "flagged, not rewritten"
    journal = {row.record.id: row.record.result for row in here.a.journal()}
    assert journal[green["ada"].row_id] is ScanResult.VALID


def test_case_14_merged_while_offline_the_old_ticket_is_the_survivors(here: TwoGates) -> None:
    here.offline(here.a)
    here.set_standing("bo", "merged:ada")
    green = here.scan(here.a, "bo")
    assert green.is_green
    here.online(here.a)
    here.sync(here.a, here.b)
    assert here.scan(here.a, "ada").decision.reason is ReasonCode.ALREADY_INSIDE
    assert here.scan(here.b, "ada").decision.reason is ReasonCode.ALREADY_INSIDE
    (row,) = here.log()
    assert (row.id, row.participant_id, row.result) == (green.row_id, "bo", ScanResult.VALID)


@pytest.mark.parametrize("wrong", [timedelta(hours=-2), timedelta(hours=3)])
def test_case_15_scans_by_a_wrong_clock_after_a_reboot_are_kept_marked_and_corrected(
    here: TwoGates, wrong: timedelta
) -> None:
    here.wait(hours=3)
    here.sync(here.a, here.b)
    here.offline(here.a)
    here.a.clock.boot_id, here.a.clock.monotonic = "A-2", 4_000
    here.a.clock.jump(wrong)
    here.a.kill()
    began = here.clock.now()
    here.wait(minutes=10)
    assert here.scan(here.a, "ada").is_green
    here.wait(minutes=10)
    left = here.scan(here.b, "ada", EXIT)
    here.sync(here.b)
    here.wait(minutes=10)
    here.online(here.a)
    here.sync(here.a, here.b)  # pushes before it asks for the time
    here.wait(minutes=2)
    here.sync(here.a, here.b)  # a second measurement confirms the first, and the hub learns of it
    in_, out = here.log()
    assert (in_.direction, in_.effective_at_ms) == (ENTRY, epoch_ms(began + timedelta(minutes=10)))
    assert (out.id, out.effective_at_ms) == (left.row_id, epoch_ms(began + timedelta(minutes=20)))
    assert in_.scanned_at_ms == epoch_ms(began + wrong + timedelta(minutes=10)), "as the station wrote it"
    assert {row.zone: row.current for row in here.b.store.venue.occupancy()} == {"": 0, "hall": 0}
    (journal,) = here.a.journal()
    assert journal.record.clock_sure is (wrong > timedelta(0)), "a clock before the last known time is unsure"


def test_case_15_expiry_is_not_decided_silently_on_an_unsure_clock(here: TwoGates) -> None:
    here.offline(here.a)
    here.a.clock.jump(timedelta(days=3))
    refused = here.scan(here.a, "ada")
    assert (refused.decision.reason, refused.decision.overridable) == (ReasonCode.CLOCK_UNSURE, True)
    let_in = here.a.scan(lambda gate: gate.decide_again(refused.subject, OVERRIDE))
    assert (let_in.is_green, Mark.CLOCK_UNSURE in let_in.decision.marks) == (True, True)
    here.online(here.a)
    here.sync(here.a)
    here.wait(minutes=2)
    here.sync(here.a)
    assert [row.effective_at_ms for row in here.log()] == [epoch_ms(NOON)] * 2
    assert here.scan(here.a, "bo").is_green, "the hub has sent the time"


@pytest.mark.parametrize("hold", [False, True])
def test_case_16_gate_warns_or_tightens_when_its_roster_is_old(here: TwoGates, *, hold: bool) -> None:
    here.change_checkpoint("main", roster_max_age_s=3600, stale_roster="hold" if hold else "warn")
    here.sync(here.a)
    here.offline(here.a)
    here.wait(minutes=59)
    assert here.scan(here.a, "ada").decision.marks == ()
    here.wait(minutes=2)
    outcome = here.scan(here.a, "bo")
    assert Mark.ROSTER_STALE in outcome.decision.marks
    assert outcome.is_green is not hold
    assert outcome.decision.reason is (ReasonCode.ROSTER_STALE if hold else ReasonCode.ADMITTED)
    here.online(here.a)
    here.sync(here.a)
    assert here.scan(here.a, "cy").decision.marks == ()
    assert max(row.clock["roster_age_s"] for row in here.log()) == 61 * 60


@pytest.mark.parametrize(
    "noise",
    [
        "https://festival.example/line-up",
        "4006381333931",
        "WIFI:T:WPA;S=x;P:y;;",
        "\x00",
        "\ud800",
        "a" * 9000,
    ],
)
def test_case_17_scanner_noise_is_invalid_once_and_stops_nothing(here: TwoGates, noise: str) -> None:
    outcome = here.a.scan(lambda gate: gate.decide_scan(noise))
    assert (outcome.decision.result, outcome.decision.reason) == (ScanResult.INVALID, ReasonCode.NOT_A_TICKET)
    assert here.scan(here.a, "ada").is_green
    here.sync(here.a)
    assert [row.result for row in here.log()] == [ScanResult.INVALID, ScanResult.VALID]
    assert here.a.store.journal.backlog().set_aside == 0


def test_case_20_ticket_of_another_event_or_tenant_says_where_it_does_not_belong(here: TwoGates) -> None:
    printer = here.template.printer
    foreign = {
        printer.ticket("ada", tenant="other"): ReasonCode.WRONG_TENANT,
        printer.ticket("ada", event="other"): ReasonCode.WRONG_EVENT,
    }
    for text, reason in foreign.items():
        outcome = here.a.scan(lambda gate, text=text: gate.decide_scan(text))  # type: ignore[misc]
        assert (outcome.decision.result, outcome.decision.reason) == (ScanResult.INVALID, reason)
        assert (outcome.name, outcome.decision.overridable) == ("", False)
    here.sync(here.a)
    assert {row.reason_code for row in here.log()} == set(foreign.values())
    assert all(row.participant_id is None for row in here.log())
    assert here.scan(here.a, "ada").is_green, "a stranger's ticket uses up nothing of hers"


def test_case_23_after_a_restart_without_the_hub_the_gate_is_what_it_was(here: TwoGates) -> None:
    here.sync(here.a)
    here.scan(here.a, "ada")
    here.offline(here.a)
    here.scan(here.a, "bo")
    assert here.scan(here.a, "ada", EXIT).decision.reason is ReasonCode.EXITED
    before = OccupancyCounter().zones(here.a.store)
    here.a.restart()
    left = here.a.scan(lambda gate: gate.decide_scan(here.ticket("bo")))
    assert (left.decision.direction, left.decision.reason) == (EXIT, ReasonCode.EXITED)
    after = OccupancyCounter().zones(here.a.store)
    assert [(zone.zone, zone.current) for zone in before] == [("", 1), ("hall", 1)]
    assert [(zone.zone, zone.current) for zone in after] == [("", 0)]


def test_case_26_leaving_by_the_venues_exit_leaves_the_lounge_too(here: TwoGates) -> None:
    here.sync(here.a, here.b)
    serve_checkpoint(here.a.store, here.template.venue.checkpoints["lounge"])
    serve_checkpoint(here.b.store, here.template.venue.checkpoints["exit"])
    assert here.scan(here.b, "ada").decision.admits
    here.wait(minutes=1)
    assert here.scan(here.a, "ada").decision.admits
    here.sync(here.a, here.b)
    assert {row.zone: row.current for row in here.a.store.venue.occupancy()} == {"": 1, "vip": 1}
    here.wait(minutes=1)
    assert here.scan(here.b, "ada", EXIT).decision.reason is ReasonCode.EXITED
    here.sync(here.b, here.a)
    assert {row.zone: row.current for row in here.a.store.venue.occupancy()} == {"": 0, "vip": 0}
    for station in (here.a, here.b):
        assert not presence_here(station.store, "ada", "vip").inside
        assert not presence_here(station.store, "ada", "vip").in_venue
    here.wait(minutes=1)
    assert here.scan(here.a, "ada").decision.reason is ReasonCode.ADMITTED, "not: already inside"
