"""The fourteen invariants of the page "What must hold, and the faults it must hold under"."""

from tests.architecture.spec_lists.sentence import Sentence

GATE, FAILURES = "kiosk_app/core/test_gate.py", "kiosk_app/core/test_gate_failures.py"
MACHINE, KILLED = (
    "faults/test_two_stations_and_a_hub.py",
    "journeys/test_killed_station_loses_nothing_and_opens_once.py",
)
DOOR, DOOR_FAULTS, DOOR_EXIT = (
    "hardware/relay/test_door.py",
    "hardware/relay/test_door_faults.py",
    "hardware/relay/test_door_exit.py",
)
JOURNAL = "hub_sync/client/store/journal/test_journal.py"
PUSH = "hub_sync/hub/domains/sync/push/"
PULL, ENGINE = "hub_sync/client/sync/test_event_pull.py", "hub_sync/client/sync/test_engine.py"
PUSH_LOOP = "hub_sync/client/sync/test_push_loop.py"
OCCUPANCY = "hub_sync/hub/domains/check_in/occupancy/"
ENCRYPTED = "hub_sync/client/store/disk/test_encrypted_file.py"
HUB_LOG = "hub_sync/hub/kit/test_log_config.py"
_NO_RELAY, _NO_SCREEN = "the hub has no relay", "the hub has no gate's screen"

INVARIANTS = (
    Sentence(
        "1. no pulse without a durable VALID or MANUAL_OVERRIDE row; at most one pulse a row",
        (
            f"{GATE}::test_good_ticket_is_written_down_before_the_relay_moves",
            f"{GATE}::test_what_cannot_be_written_is_never_green_and_never_opens",
            "hub_sync/client/store/test_store.py::test_a_commit_is_durable_when_it_returns",
            f"{MACHINE}::every_scan_left_one_row_and_admitted_ones_one_pulse",
            f"{KILLED}::test_killed_station_loses_nothing_and_opens_once",
        ),
        without=_NO_RELAY,
    ),
    Sentence(
        "2. start, reconnect and replay never pulse",
        (
            f"{DOOR}::test_a_door_that_only_starts_and_stops_never_pulses",
            f"{DOOR_FAULTS}::test_a_pulse_into_a_board_just_gone_is_reported_and_never_made_up_for",
            f"{DOOR}::test_a_pulse_to_a_stopped_door_process_is_not_sent_and_never_made_up_for",
            "hardware/relay/boards/test_drivers.py::test_a_pulse_for_an_unplugged_board_is_not_sent_when_it_comes_back",
        ),
        without=_NO_RELAY,
    ),
    Sentence(
        "3. a relay is never left on: bounded on-time, off at start, exit and reconnect",
        (
            f"{DOOR}::test_a_pulse_out_of_bounds_is_refused_and_nothing_is_sent",
            f"{DOOR}::test_contacts_left_on_by_a_killed_program_are_switched_off_at_start",
            f"{DOOR_EXIT}::test_after_sigkill_of_the_program_its_door_process_switches_off_and_ends",
            f"{DOOR_EXIT}::test_it_is_off_at_once_where_the_program_may_still_act",
            f"{DOOR_FAULTS}::test_unplugged_mid_pulse_it_heals_within_two_seconds_and_begins_with_off",
        ),
        without=_NO_RELAY,
    ),
    Sentence(
        "4. nothing is written to an unbound port: bound by VID:PID and serial number or USB path, never by probing",
        (
            f"{DOOR_FAULTS}::test_swapped_ports_move_the_door_with_its_socket_and_the_other_device_hears_nothing",
            f"{DOOR_FAULTS}::test_two_boards_that_fit_are_not_guessed_between",
            "hardware/relay/test_address.py::test_a_board_is_found_in_its_usb_socket_whatever_its_port_is_called_today",
            "hardware/relay/test_address.py::test_a_wrong_address_is_refused_in_a_sentence",
        ),
        without=_NO_RELAY,
    ),
    Sentence(
        "5. every decoded scan leaves exactly one row",
        (
            f"{GATE}::test_whatever_is_held_up_leaves_one_row_and_no_crash",
            f"{FAILURES}::test_a_bug_before_the_row_is_a_refusal_with_a_row_a_reason_and_the_tone",
            f"{MACHINE}::every_scan_left_one_row_and_admitted_ones_one_pulse",
        ),
        (f"{PUSH}test_service.py::test_one_scan_under_two_sequences_is_one_record",),
    ),
    Sentence(
        "6. the acknowledged prefix is immutable, sequence numbers have no gap, the chain verifies",
        (
            f"{JOURNAL}::test_rows_are_numbered_from_one_without_a_gap",
            f"{JOURNAL}::test_sqlite_itself_refuses_to_change_a_row",
            f"{JOURNAL}::test_verify_finds_what_was_tampered_with_past_the_triggers",
        ),
        (
            f"{PUSH}test_service.py::test_a_gap_is_refused_and_told_what_is_held",
            f"{PUSH}test_service.py::test_a_broken_chain_is_refused_whole_and_named",
            f"{PUSH}test_service.py::test_a_fork_is_refused_and_remembered",
        ),
    ),
    Sentence(
        "7. the hub's state doesn't depend on order or repetition of deliveries",
        (f"{MACHINE}::deliver_an_old_push_again",),
        (
            f"{OCCUPANCY}test_projection.py::test_any_deliveries_come_to_the_same_state",
            "hub_sync/rules/test_occupancy.py::test_any_order_and_repetition_gives_the_same",
            f"{PUSH}test_service_concurrency.py::test_the_same_first_push_twice_at_once_is_stored_once",
        ),
    ),
    Sentence(
        "8. occupancy equals the fold of the log",
        (
            "kiosk_app/core/test_occupancy.py::test_a_scan_counts_once_while_it_is_sent_and_pulled",
            f"{MACHINE}::hub_holds_a_true_prefix_and_counts_by_the_log",
        ),
        (
            f"{OCCUPANCY}test_views_agree.py::test_counts_lists_flows_and_conflicts_are_those_of_the_log_at_every_step",
            "hub_sync/hub/domains/check_in/scans/test_routes.py::test_occupancy_is_the_fold_of_the_log",
        ),
    ),
    Sentence("9. queue numbers are unique", without="there is no queue yet"),
    Sentence(
        "10. a revocation applies once received, whatever the upload does",
        (
            f"{ENGINE}::test_a_jammed_push_does_not_keep_a_revocation_waiting",
            "journeys/test_another_gates_scan_arrives_within_a_second.py::test_jammed_push_never_delays_a_revocation",
            f"{GATE}::test_revocation_applies_with_the_next_pull",
        ),
        (
            "hub_sync/hub/domains/devices/calls/test_authentication.py::test_a_lock_or_revocation_holds_from_the_next_call",
        ),
    ),
    Sentence(
        "11. the screen is never green where persisting failed; where the relay failed it says so",
        (
            "kiosk_app/screens/gate/presenter/test_gate_presenter_verdict.py::test_an_admitted_scan_that_is_not_on_disk_is_red",
            "kiosk_app/screens/gate/presenter/test_gate_presenter_verdict.py::test_a_written_admission_with_a_dead_gate_asks_for_a_hand",
            f"{GATE}::test_relay_that_fails_is_told_and_the_row_stays",
        ),
        (
            "journeys/console/test_scanner.py::test_an_answer_that_is_lost_is_never_green_and_the_retry_leaves_one_row",
        ),
    ),
    Sentence(
        "12. software never stands in a fire alarm's path: it observes and logs",
        (
            "hardware/inputs/test_door_inputs.py::test_a_fire_input_is_told_and_stops_no_pulse",
            "kiosk_app/core/passage/test_monitor.py::test_a_jam_and_fire_are_alarms_and_stop_nobody",
        ),
        without=_NO_RELAY,
    ),
    Sentence(
        "13. no secret and no personal data in clear on disk or in a log",
        (
            f"{ENCRYPTED}::test_no_name_code_key_or_credential_can_be_read_from_any_file",
            f"{ENCRYPTED}::test_after_closing_nothing_is_left_in_clear_either",
            "kiosk_app/bootstrap/test_log_config.py::test_a_traceback_names_the_place_and_no_local_variable_and_no_ticket",
            "hub_sync/client/lan/test_node.py::test_nothing_on_the_wire_names_a_person_or_a_code",
        ),
        (
            f"{HUB_LOG}::test_none_of_them_is_in_the_log",
            f"{HUB_LOG}::test_a_bug_that_carries_secrets_is_logged_without_them",
            "hub_sync/hub/domains/devices/management/test_enrolment.py::test_neither_code_nor_credential_stands_in_the_database",
        ),
    ),
    Sentence(
        "14. a poisoned row is set aside visibly, never deleted, and blocks nothing behind it",
        (
            f"{PUSH_LOOP}::test_a_poisoned_row_is_set_aside_and_blocks_nothing_behind_it",
            f"{ENGINE}::test_a_poisoned_row_is_counted_on_the_screen",
        ),
        (
            f"{PUSH}test_service.py::test_unfit_rows_are_quarantined_and_the_chain_goes_on",
            f"{PUSH}test_service.py::test_a_row_that_the_station_set_aside_is_shown_as_missing",
        ),
    ),
)
