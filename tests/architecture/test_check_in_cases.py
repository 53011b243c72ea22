"""The check-in cases and the tests that hold each of them, at the station and at the hub.

The cases are those of the specification's page "Check-in cases a good system must handle". A side to which a case cannot happen
says why. A decision vector (`vector`) runs at both sides: `tests/kiosk_app/core/test_gate.py` and
`tests/hub_sync/hub/domains/check_in/scans/test_service_shared_vectors.py`.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.decision_vectors import VECTORS

TESTS = Path(__file__).parents[1]
GATE, FILTER = "kiosk_app/core/test_gate.py", "kiosk_app/shell/test_scanner_filter.py"
END_TO_END, ADMITTED = "journeys/test_check_in_cases_end_to_end.py", "journeys/test_who_is_admitted.py"
WORKER, JOURNAL = "kiosk_app/workers/test_gate_worker.py", "hub_sync/client/store/journal/"
ROSTER = "hub_sync/client/store/roster/test_roster.py"
SCANS = "hub_sync/hub/domains/check_in/scans/"
PUSH = "hub_sync/hub/domains/sync/push/"
PASSAGES, OFFLINE = f"{PUSH}test_passages.py", f"{PUSH}test_service_offline_scans.py"
GROUPS = "kiosk_app/core/test_group_admission.py"


class Sides(NamedTuple):
    """The tests of a case, each as `file::function`, and the vectors that both sides run; or why a side has none."""

    station: tuple[str, ...] = ()
    hub: tuple[str, ...] = ()
    vectors: tuple[str, ...] = ()
    not_at_the_hub: str = ""


CASES = {
    1: Sides(
        (
            f"{END_TO_END}::test_case_1_retry_of_an_accepted_scan_leaves_one_record_at_a_multi_entry_checkpoint_too",
        ),
        (f"{SCANS}test_service.py::test_a_retry_of_a_success_answers_again_and_leaves_one_record",),
    ),
    2: Sides(
        (f"{GATE}::test_case_2_a_refusal_never_suppresses_a_later_success",),
        (
            f"{SCANS}test_service.py::test_a_refusal_is_stored_once_and_never_hides_a_later_success",
            f"{PUSH}test_service.py::test_a_refusal_never_hides_a_later_success",
        ),
    ),
    3: Sides(
        (f"{END_TO_END}::test_case_3_offline_scan_keeps_its_time_and_state_follows_scan_time_not_arrival",),
        (
            f"{PUSH}test_service_offline_scans.py::test_an_offline_scan_keeps_its_own_time_whenever_it_arrives",
        ),
    ),
    4: Sides(
        (f"{GATE}::test_exit_and_re_entry_at_a_bidirectional_checkpoint",),
        (f"{SCANS}test_service.py::test_leaving_and_coming_back",),
        ("an exit before any entry is harmless", "a repeated exit is harmless"),
    ),
    5: Sides(
        (
            f"{END_TO_END}::test_case_5_zones_are_independent_and_two_gates_of_one_zone_are_one",
            f"{GATE}::test_checkpoint_of_another_zone_is_independent_of_the_first",
        ),
        (f"{SCANS}test_service.py::test_the_hub_knows_what_a_station_admitted",),
    ),
    6: Sides(
        (f"{GATE}::test_override_of_an_unknown_code_never_opens_and_is_recorded_as_asked",),
        (f"{SCANS}test_service.py::test_an_override_is_recorded_where_it_was_needed_and_asking_always",),
        ("an override that was not needed is recorded as asked for, not as used",),
    ),
    7: Sides(
        (f"{GATE}::test_override_of_a_cancelled_participant_is_admitted_and_marked",),
        vectors=(
            "an overridden scan of a cancelled participant is admitted and marked as such",
            "an unknown registration code is never overridden",
        ),
    ),
    8: Sides(
        (f"{END_TO_END}::test_case_8_ids_never_match_codes_forgive_typing_and_tickets_survive_transport",),
        (
            f"{SCANS}test_service.py::test_an_id_held_up_or_typed_finds_nobody",
            f"{SCANS}test_service.py::test_a_registration_code_forgives_typing",
        ),
    ),
    9: Sides(
        vectors=(
            "inside opening hours, by the event's own clock, it is open",
            "opening hours pass midnight",
            "an hour that the clocks skip in spring opens the checkpoint when they have skipped it",
            "an hour that comes twice in autumn closes the checkpoint the second time",
            "a day that begins in the hour that the clocks skip begins when they have skipped it",
            "a day that begins in the hour that comes twice begins the first time",
            "half past midnight is the evening before until the day begins",
        ),
    ),
    10: Sides(
        (
            f"{JOURNAL}test_journal_passages.py::test_an_entry_that_is_given_back_leaves_nothing_but_its_rows",
            f"{JOURNAL}test_journal_passages.py::test_the_journal_decides_the_shared_passage_vectors",
        ),
        (
            f"{PASSAGES}::test_an_entry_that_is_given_back_counts_no_more_and_other_gates_learn_it",
            f"{PASSAGES}::test_a_station_gives_back_no_admission_of_another",
        ),
    ),
    11: Sides(
        (f"{END_TO_END}::test_case_11_two_offline_stations_admit_one_ticket_and_both_are_told",),
        (f"{OFFLINE}::test_two_stations_offline_admit_one_ticket_and_the_later_row_is_flagged",),
    ),
    12: Sides(
        (f"{END_TO_END}::test_case_12_ticket_of_somebody_registered_during_the_outage_follows_the_policy",),
        vectors=(
            "a genuine ticket of somebody not heard of is admitted with a mark",
            "a genuine ticket of somebody not heard of is held where the checkpoint says so",
        ),
    ),
    13: Sides(
        (f"{END_TO_END}::test_case_13_memory_of_who_came_in_outlives_upload_restart_and_roster",),
        (f"{SCANS}test_service.py::test_the_hub_knows_what_a_station_admitted",),
    ),
    14: Sides(
        (
            f"{END_TO_END}::test_case_14_cancelled_while_offline_is_effective_at_the_first_pull_and_scans_are_flagged",
            f"{END_TO_END}::test_case_14_merged_while_offline_the_old_ticket_is_the_survivors",
        ),
        (f"{OFFLINE}::test_what_a_station_admitted_after_a_cancellation_is_flagged_and_stays",),
    ),
    15: Sides(
        (
            f"{END_TO_END}::test_case_15_scans_by_a_wrong_clock_after_a_reboot_are_kept_marked_and_corrected",
            f"{END_TO_END}::test_case_15_expiry_is_not_decided_silently_on_an_unsure_clock",
        ),
        (
            f"{PUSH}test_service_offline_scans.py::test_a_wrong_clock_is_corrected_by_its_anchor_and_else_by_its_offset",
        ),
    ),
    16: Sides(
        (f"{END_TO_END}::test_case_16_gate_warns_or_tightens_when_its_roster_is_old",),
        not_at_the_hub="It decides by its own tables, which are never old.",
    ),
    17: Sides(
        (f"{END_TO_END}::test_case_17_scanner_noise_is_invalid_once_and_stops_nothing",),
        (f"{SCANS}test_routes.py::test_odd_texts_are_no_tickets_and_break_nothing",),
    ),
    18: Sides(
        (
            f"{WORKER}::test_ticket_held_in_view_for_a_minute_is_one_scan",
            f"{WORKER}::test_two_tickets_in_view_are_asked_about_and_neither_is_written",
        ),
        (f"{SCANS}test_routes.py::test_bad_scans_are_refused_in_words",),
    ),
    19: Sides(
        (
            f"{ROSTER}::test_fewer_than_three_letters_find_nobody",
            f"{ROSTER}::test_a_name_is_found_as_an_operator_types_it",
        ),
        (
            "hub_sync/hub/domains/overview/test_participant_list.py::test_the_list_is_searched_by_name_code_and_address",
        ),
    ),
    20: Sides(
        (f"{END_TO_END}::test_case_20_ticket_of_another_event_or_tenant_says_where_it_does_not_belong",),
        vectors=(
            "a ticket of another tenant is refused with that reason",
            "a ticket of another event is refused with that reason",
        ),
    ),
    21: Sides(
        (
            f"{WORKER}::test_case_21_every_driver_prefix_suffix_layout_and_caps_lock_gets_the_cameras_verdict",
            f"{GATE}::test_whole_ticket_from_a_hand_held_scanner_counts_as_a_scan",
            f"{FILTER}::test_a_scan_reaches_no_field_and_is_emitted_once",
            f"{FILTER}::test_a_scan_acts_on_no_control_and_is_submitted_wherever_the_focus_is",
            f"{FILTER}::test_the_ticket_is_read_in_every_layout_and_with_caps_lock",
        ),
        not_at_the_hub="No scanner is connected to it: it gets the text of a code, whatever read it.",
    ),
    22: Sides(
        (f"{ADMITTED}::test_case_22_a_stranger_is_held_where_categories_are_restricted",),
        vectors=(
            "where categories are restricted, somebody not heard of is held, whatever unknown tickets may do",
            "somebody held at a restricted checkpoint can be overridden",
        ),
    ),
    23: Sides(
        (f"{END_TO_END}::test_case_23_after_a_restart_without_the_hub_the_gate_is_what_it_was",),
        (f"{SCANS}test_routes.py::test_occupancy_is_the_fold_of_the_log",),
    ),
    24: Sides(
        (f"{GATE}::test_what_cannot_be_written_is_never_green_and_never_opens",),
        (f"{PUSH}test_scan_records.py::test_a_member_and_a_mark_of_a_newer_station_are_left_out",),
        (
            "a time zone that is newer than this program refuses an entry",
            "a standing of a newer hub is refused",
        ),
    ),
    25: Sides(
        (
            f"{ADMITTED}::test_case_25_doors_before_midnight_for_a_programme_after_it",
            f"{ADMITTED}::test_case_25_one_ticket_for_two_days_without_a_scan_at_the_way_out",
            f"{ADMITTED}::test_case_25_a_replaced_ticket_is_refused_offline_and_the_new_one_admits",
            f"{GROUPS}::test_case_25_a_family_on_one_scan_enters_one_row_and_one_pulse_a_person",
        ),
        (f"{SCANS}test_groups.py::test_case_25_a_family_on_one_scan_enters_one_row_a_person",),
        (
            "doors before midnight for a programme after it admit",
            "day two admits whoever did not scan out",
            "a ticket that was sealed before the reissue is replaced",
        ),
    ),
    26: Sides(
        (f"{END_TO_END}::test_case_26_leaving_by_the_venues_exit_leaves_the_lounge_too",),
        (
            f"{SCANS}test_routes.py::test_leaving_the_venue_leaves_its_zones_and_entering_one_may_leave_another",
        ),
    ),
}
_NAMES_A_CASE = re.compile(r"test_case_\d")
BOTH_SIDES = {vector.name for vector in VECTORS if vector.for_the_hub}


@cache
def functions_of(file: str) -> frozenset[str]:
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def named_tests() -> Iterator[tuple[int, str]]:
    for number, sides in CASES.items():
        for name in (*sides.station, *sides.hub):
            yield number, name


def test_all_twenty_six_cases_are_listed_at_both_sides() -> None:
    assert sorted(CASES) == list(range(1, 27))
    for number, sides in CASES.items():
        assert sides.station or sides.vectors, f"case {number} has no test of the station"
        assert sides.hub or sides.vectors or sides.not_at_the_hub, f"case {number} has no test of the hub"


@pytest.mark.parametrize(("number", "name"), list(named_tests()))
def test_each_named_test_exists(number: int, name: str) -> None:
    file, _, function = name.partition("::")
    assert function in functions_of(file), f"case {number}: there is no {name}"


@pytest.mark.parametrize(
    ("number", "vector"), [(number, name) for number, sides in CASES.items() for name in sides.vectors]
)
def test_each_named_vector_runs_at_both_sides(number: int, vector: str) -> None:
    assert vector in BOTH_SIDES, f"case {number}: no vector of both sides is named so"


def test_a_test_that_names_a_case_is_in_the_list() -> None:
    listed = {name for _, name in named_tests()}
    files = [
        file for file in TESTS.rglob("test_*.py") if "def test_case_" in file.read_text(encoding="utf-8")
    ]
    names = [str(file.relative_to(TESTS)) for file in files]
    named = {f"{file}::{name}" for file in names for name in functions_of(file) if _NAMES_A_CASE.match(name)}
    further = {name for name in named if "::test_case_25_" in name}  # it is four cases in one sentence
    assert named - further <= listed
