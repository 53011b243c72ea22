"""Section 1c of the field page "Check-in complete": faults of other systems, as sentences that tests hold here."""

from tests.architecture.spec_lists.sentence import Sentence

GATE, FAILURES = "kiosk_app/core/test_gate.py", "kiosk_app/core/test_gate_failures.py"
CASES = "journeys/test_check_in_cases_end_to_end.py"
MACHINE = "faults/test_two_stations_and_a_hub.py"
PUSH_LOOP, ENGINE = "hub_sync/client/sync/test_push_loop.py", "hub_sync/client/sync/test_engine.py"
PULL_PAGES, STATUS = "hub_sync/client/http/test_pull_pages.py", "hub_sync/client/sync/test_status.py"
PUSH, OFFLINE = (
    "hub_sync/hub/domains/sync/push/test_service.py",
    "hub_sync/hub/domains/sync/push/test_service_offline_scans.py",
)
CHECK_IN, OVERVIEW = "hub_sync/hub/domains/check_in/", "hub_sync/hub/domains/overview/"
SCANNER_PAGE, BROWSER = f"{CHECK_IN}scanner/test_pages.py", "journeys/console/test_scanner.py"
TRACKER, MONITOR = "kiosk_app/core/passage/test_tracker.py", "kiosk_app/core/passage/test_monitor.py"
SENSOR, PASSAGES = (
    "journeys/test_turnstile_with_a_sensor.py",
    "hub_sync/hub/domains/sync/push/test_passages.py",
)
DOOR_FAULTS, WORKER = "hardware/relay/test_door_faults.py", "kiosk_app/workers/test_gate_worker.py"
FILTER, BURST = "kiosk_app/shell/test_scanner_filter.py", "hardware/scanner/test_burst.py"
EVDEV, PRESENTER = "hardware/scanner/test_evdev_scanner.py", "kiosk_app/screens/gate/presenter/"
LAN = "hub_sync/client/lan/"
EVIDENCE, SEALS = (
    "hub_sync/rules/evidence/test_verification.py",
    "hub_sync/hub/domains/sync/seals/test_recording.py",
)
OWN_SEALS, SEALED = "hub_sync/client/store/journal/test_seals.py", "journeys/test_sealed_journal.py"
_ONE_SIDE = "the hub has no gate, no scanner and no screen of one"
_RULES = (
    "the rules are one module for both sides; the hub runs it over its own rows in the tests that are named"
)

SYNC_AND_RECORDS = (
    Sentence(
        "two tickets scanned offline by one operator at one gate are two rows",
        (f"{PUSH_LOOP}::test_every_scan_arrives_once_and_in_order",),
        (f"{OFFLINE}::test_two_tickets_of_one_operator_at_one_gate_in_one_moment_are_two_rows",),
    ),
    Sentence(
        "if a row of an upload fails, those before it are not sent again and those after it are",
        (
            f"{PUSH_LOOP}::test_a_poisoned_row_is_set_aside_and_blocks_nothing_behind_it",
            f"{PUSH_LOOP}::test_rows_before_a_row_that_fails_are_not_sent_again",
        ),
        (f"{PUSH}::test_unfit_rows_are_quarantined_and_the_chain_goes_on",),
    ),
    Sentence(
        "reconnecting alone starts the upload",
        (f"{ENGINE}::test_an_outage_is_shown_and_everything_arrives_after_it",),
        without="the hub uploads nothing",
    ),
    Sentence(
        "scan time is the station's; occupancy, exit state and exports use it",
        (f"{CASES}::test_case_3_offline_scan_keeps_its_time_and_state_follows_scan_time_not_arrival",),
        (
            f"{OFFLINE}::test_an_offline_scan_keeps_its_own_time_whenever_it_arrives",
            f"{OVERVIEW}occupancy/test_pages.py::test_a_late_row_moves_the_peak",
            f"{CHECK_IN}access_log/test_routes.py::test_a_scan_that_arrives_late_has_its_own_time_in_list_and_export",
        ),
    ),
    Sentence(
        "a refused scan and a later success with the same id are both kept, each under its checkpoint and input medium",
        (f"{GATE}::test_case_2_a_refusal_never_suppresses_a_later_success",),
        (
            f"{PUSH}::test_a_refusal_never_hides_a_later_success",
            f"{PUSH}::test_a_refusal_and_a_success_of_one_id_keep_their_checkpoint_and_medium",
            f"{CHECK_IN}scans/test_service.py::test_a_refusal_is_stored_once_and_never_hides_a_later_success",
        ),
    ),
    Sentence(
        "a station with two checkpoints applies each one's own rules offline",
        (f"{GATE}::test_each_checkpoint_of_a_station_is_decided_by_its_own_rules",),
        (f"{CHECK_IN}scans/test_routes.py::test_each_checkpoint_is_decided_by_its_own_rules",),
    ),
    Sentence(
        "offline, a code with no valid seal is INVALID whatever its JSON says",
        (
            f"{GATE}::test_json_with_the_id_of_a_ticket_is_no_ticket",
            f"{GATE}::test_forged_ticket_is_refused",
            "hub_sync/rules/tickets/test_signed_ticket.py::test_each_changed_bit_is_noticed",
        ),
        (f"{CHECK_IN}scans/test_routes.py::test_odd_texts_are_no_tickets_and_break_nothing",),
    ),
    Sentence(
        "a check-in changes one truth: participant page, export, occupancy and checkpoint agree at once",
        (
            "kiosk_app/core/test_occupancy.py::test_own_scans_count_at_once_by_zone_and_once_for_the_venue",
            f"{MACHINE}::hub_holds_a_true_prefix_and_counts_by_the_log",
        ),
        (
            f"{OVERVIEW}occupancy/test_pages.py::test_a_check_in_changes_one_truth",
            f"{CHECK_IN}occupancy/test_views_agree.py::test_counts_lists_flows_and_conflicts_are_those_of_the_log_at_every_step",
        ),
    ),
    Sentence(
        "a verb of the scan API is allowed to every device profile, proved by the permission matrix",
        (),
        (
            "hub_sync/hub/domains/devices/calls/test_station_router.py::test_a_station_of_every_profile_reaches_exactly_the_routes_of_its_profile",
            "hub_sync/hub/domains/devices/calls/test_station_router.py::test_every_route_of_stations_takes_the_call_of_a_device",
            "hub_sync/hub/test_app_permissions.py::test_a_key_reaches_a_route_with_what_it_requires_and_not_with_all_the_rest",
        ),
        "rights are checked at the hub",
    ),
)

PASSAGE = (
    Sentence(
        "a second ticket while the gate is open starts its own grant; the first one's late result never touches it",
        (
            f"{TRACKER}::test_the_late_result_of_the_first_grant_never_settles_times_out_or_resets_the_second",
            f"{MONITOR}::test_two_people_have_windows_of_their_own",
            f"{PRESENTER}test_passages.py::test_the_verdict_of_another_person_is_never_replaced",
        ),
        (f"{PASSAGES}::test_the_live_stream_tells_passages_in_their_order",),
    ),
    Sentence(
        "a jam or sensor time-out marks this passage and warns, and the gate serves the next person",
        (
            f"{TRACKER}::test_a_jam_marks_this_passage_and_the_next_one_is_served",
            f"{MONITOR}::test_a_jam_and_fire_are_alarms_and_stop_nobody",
            f"{TRACKER}::test_a_sensor_that_is_stuck_gives_nothing_back_and_is_an_alarm",
        ),
        (
            "hub_sync/hub/domains/check_in/passages/test_routes.py::test_passages_are_filtered_walked_and_concealed_as_the_access_log_is",
        ),
    ),
    Sentence(
        "only a relay or board fault takes the gate out of service, and it comes back by itself",
        (
            f"{DOOR_FAULTS}::test_unplugged_mid_pulse_it_heals_within_two_seconds_and_begins_with_off",
            f"{DOOR_FAULTS}::test_a_board_that_falls_silent_is_lost_and_heals_when_it_answers",
            f"{SENSOR}::test_a_board_that_is_unplugged_in_a_window_gives_nothing_back_and_comes_back_by_itself",
        ),
        without="the hub has no relay",
    ),
    Sentence(
        "opened but not turned gives the entry back",
        (
            f"{MONITOR}::test_who_does_not_pass_may_come_again_at_once",
            f"{SENSOR}::test_who_does_not_pass_gets_the_entry_back_and_who_passes_does_not",
        ),
        (f"{PASSAGES}::test_an_entry_that_is_given_back_counts_no_more_and_other_gates_learn_it",),
    ),
)

SCREEN_AND_SCANNER = (
    Sentence(
        "after an invalid code the next valid one works without touching anything",
        (
            f"{CASES}::test_case_17_scanner_noise_is_invalid_once_and_stops_nothing",
            "kiosk_app/core/test_debounce.py::test_poster_behind_the_queue_is_told_once_and_never_in_the_way_of_a_ticket",
        ),
        (f"{BROWSER}::test_two_tickets_in_view_decide_nothing_and_a_poster_makes_no_sound",),
    ),
    Sentence(
        'a wedge scanner in any layout delivers - _ + / = " @ ! right, or the set-up says which layout to set',
        (
            f"{FILTER}::test_the_ticket_is_read_in_every_layout_and_with_caps_lock",
            "hardware/scanner/test_layouts.py::test_every_layout_writes_what_a_ticket_may_hold",
            "hardware/scanner/test_setup_code.py::test_without_the_places_of_the_keys_both_layouts_are_told",
            f"{EVDEV}::test_a_code_is_read_in_the_scanners_layout_whatever_the_desktops_is",
        ),
        (f"{SCANNER_PAGE}::test_what_a_scanner_types_in_another_layout_is_read_by_its_keys",),
    ),
    Sentence(
        "prefix and suffix of the scanner never reach the search box or the ticket",
        (
            f"{FILTER}::test_a_scan_reaches_no_field_and_is_emitted_once",
            f"{BURST}::test_a_prefix_is_taken_with_the_scan_in_a_field",
            "hardware/scanner/test_transmission.py::test_prefix_and_suffix_are_no_part_of_the_code",
        ),
        (
            f"{BROWSER}::test_a_scanner_that_types_is_read_wherever_the_focus_is_and_presses_nothing",
            f"{BROWSER}::test_a_scanner_with_a_tab_at_its_end_or_with_caps_lock_is_read_too",
        ),
    ),
    Sentence(
        "the search shows nobody until three letters are typed, and a tap on a name asks before it admits",
        (
            "hub_sync/client/store/roster/test_roster.py::test_fewer_than_three_letters_find_nobody",
            f"{PRESENTER}test_gate_presenter.py::test_three_letters_search_two_do_not_and_a_code_never_does",
            f"{PRESENTER}test_person_formatting.py::test_a_tap_on_a_name_asks_and_only_the_button_admits",
        ),
        (
            f"{SCANNER_PAGE}::test_nobody_is_listed_before_three_letters_and_a_choice_asks_first",
            f"{BROWSER}::test_with_the_keyboard_alone_a_person_is_chosen_after_a_question",
        ),
    ),
    Sentence(
        'a device without a roster says "not ready: no roster", and the fix is one tap',
        (
            "kiosk_app/core/test_gate_readiness.py::test_without_a_roster_the_hub_decides_what_is_said",
            f"{PRESENTER}test_gate_presenter_readiness.py::test_a_gate_without_a_list_tries_again_at_one_tap",
            "kiosk_app/screens/setup/presenter/test_ready.py::test_a_station_without_a_list_says_not_ready_and_has_a_button_for_it",
            "kiosk_app/workers/test_command_executor.py::test_a_person_may_have_the_hub_tried_at_once",
        ),
        (
            "hub_sync/hub/domains/stations/test_ready_check.py::test_what_is_missing_is_told_the_worst_first_and_a_newer_stations_words_as_they_are",
        ),
    ),
    Sentence(
        "returning online needs one good exchange, and a manual sync that succeeds ends offline mode at once",
        (
            f"{STATUS}::test_the_newest_short_answer_tells_whether_the_hub_is_there",
            f"{ENGINE}::test_an_outage_is_shown_and_everything_arrives_after_it",
            f"{ENGINE}::test_a_manual_sync_that_succeeds_ends_offline_at_once",
        ),
        (
            "hub_sync/hub/domains/devices/test_online_state.py::test_a_station_that_did_not_call_for_a_minute_is_offline",
        ),
    ),
)

LOCAL_NETWORK = (
    Sentence(
        "a send error on one interface never stalls the loop; stations bind to the interface that reaches the hub",
        (
            f"{LAN}test_socket.py::test_a_datagram_arrives_with_its_senders_address_and_an_error_of_the_network_is_none",
            f"{LAN}test_discovery.py::test_the_interface_that_reaches_the_hub_counts",
            f"{LAN}test_engine.py::test_a_send_that_fails_stalls_nothing_and_the_others_are_heard",
        ),
        without=_ONE_SIDE,
    ),
    Sentence(
        'where multicast is filtered stations find each other by the hub\'s list, and the screen says "found by list"',
        (
            f"{LAN}test_engine.py::test_two_engines_find_each_other_and_an_admission_arrives",
            f"{PRESENTER}test_status_formatting.py::test_a_quiet_line_says_how_many_gates_are_heard_and_how",
        ),
        (
            "hub_sync/hub/domains/devices/test_peers.py::test_a_station_gets_the_other_ones_with_keys_and_addresses_until_it_has_them",
        ),
    ),
    Sentence(
        "a peer's message is advisory and authenticated by its key; replayed or forged ones change nothing",
        (
            f"{LAN}test_node.py::test_repeated_reflected_cut_and_changed_datagrams_change_nothing",
            f"{LAN}test_node.py::test_a_recorded_session_is_worth_nothing_after_a_restart_of_either_side",
            f"{LAN}test_node.py::test_with_the_network_cut_both_gates_admit",
            f"{LAN}test_sessions.py::test_a_third_station_of_the_event_can_speak_for_nobody",
        ),
        (
            "hub_sync/hub/domains/devices/test_peers.py::test_only_a_station_that_may_work_and_is_one_machine_is_listed",
        ),
    ),
)

JOURNAL = (
    Sentence(
        "verify fails on a last row cut off at a row boundary",
        (f"{EVIDENCE}::test_rows_cut_at_a_row_boundary_are_known_by_their_seal",),
        (f"{SEALS}::test_a_hub_whose_rows_were_cut_is_convicted_by_its_own_seals",),
    ),
    Sentence(
        "verify fails on a whole seal period that is missing",
        (f"{EVIDENCE}::test_a_missing_seal_period_is_a_fault",),
        (f"{SEALS}::test_a_seal_that_does_not_follow_is_a_fork_and_one_after_a_gap_is_not_recorded",),
    ),
    Sentence(
        "verify fails on an entry sealed with a later key",
        (f"{EVIDENCE}::test_a_seal_with_a_later_key_is_a_fault",),
        (f"{SEALS}::test_a_seal_by_another_key_or_of_another_station_is_not_recorded_and_raises_the_alarm",),
    ),
    Sentence(
        "verify fails on a file with no seals after sealing began",
        (
            f"{EVIDENCE}::test_no_seal_at_all_after_sealing_began_is_a_fault",
            f"{EVIDENCE}::test_rows_without_a_seal_that_are_old_enough_for_one_are_a_fault",
        ),
        without=_RULES,
    ),
    Sentence(
        "verify fails on a row that can't be parsed, and passes on a file that is being appended to",
        (
            f"{EVIDENCE}::test_a_line_that_is_being_written_is_no_fault_and_one_that_can_not_be_read_is",
            f"{EVIDENCE}::test_rows_that_are_appended_while_they_are_verified_are_no_fault",
            f"{SEALED}::test_a_journal_that_a_gate_writes_at_full_speed_is_whole_at_every_look",
        ),
        (f"{SEALS}::test_the_script_of_the_docs_verifies_the_hubs_evidence_and_notices_changes",),
    ),
    Sentence(
        "head and count are anchored outside the file, at the hub and at peers",
        (
            f"{OWN_SEALS}::test_the_seals_of_another_station_are_kept_once_and_sent_once",
            f"{EVIDENCE}::test_any_single_change_is_a_fault_for_whoever_has_an_anchor",
            "hub_sync/client/sync/test_sealing.py::test_seals_are_sent_once_and_their_anchors_are_stored",
        ),
        (f"{SEALS}::test_a_seal_that_agrees_is_recorded_once_with_its_time",),
    ),
)

FIELD_PAGE = (*SYNC_AND_RECORDS, *PASSAGE, *SCREEN_AND_SCANNER, *LOCAL_NETWORK, *JOURNAL)
