"""The faults of the page "What must hold, and the faults it must hold under", with those "added after trials"."""

from tests.architecture.spec_lists.sentence import Sentence

RELAY, BOARDS = "hardware/relay/", "hardware/relay/boards/"
FAULTS, DOOR, CONTROLLER = (
    f"{RELAY}test_door_faults.py",
    f"{RELAY}test_door.py",
    f"{RELAY}test_pulse_controller.py",
)
ADDRESS, PORT, MODBUS = f"{RELAY}test_address.py", f"{RELAY}test_serial_port.py", f"{BOARDS}test_modbus.py"
TRACKER, MONITOR = "kiosk_app/core/passage/test_tracker.py", "kiosk_app/core/passage/test_monitor.py"
DOOR_INPUTS, DEBOUNCER = "hardware/inputs/test_door_inputs.py", "hardware/inputs/test_debouncer.py"
PASSAGES = "hub_sync/hub/domains/sync/push/test_passages.py"
PASSAGE_LIST = "hub_sync/hub/domains/check_in/passages/test_routes.py"
CAPTURE, SOURCES = "hardware/camera/test_capture.py", "hardware/camera/test_sources.py"
WORKER, BURST = "kiosk_app/workers/test_gate_worker.py", "hardware/scanner/test_burst.py"
FILTER, TWO_SCANNERS = "kiosk_app/shell/test_scanner_filter.py", "hardware/scanner/test_two_scanners.py"
SETUP, BROWSER = "hardware/scanner/test_setup_code.py", "journeys/console/test_scanner.py"
SERIAL_SCANNER, EVDEV = "hardware/scanner/test_serial_scanner.py", "hardware/scanner/test_evdev_scanner.py"
GATE, KEEPER = "kiosk_app/core/test_gate.py", "hub_sync/client/test_timekeeper.py"
OUTPUT, PLAYER = "hardware/tones/test_output.py", "hardware/tones/test_player.py"
DISK, OPENING = "hub_sync/client/store/disk/", "hub_sync/client/store/recovery/test_opening.py"
MIGRATIONS = "hub_sync/client/store/test_migrations.py"
WITH_DATA = "hub_sync/client/store/test_migrations_with_data.py"
MACHINE = "faults/test_two_stations_and_a_hub.py"
PUSH_LOOP, PULL_LOOP = "hub_sync/client/sync/test_push_loop.py", "hub_sync/client/sync/test_event_pull.py"
ENGINE, API = "hub_sync/client/sync/test_engine.py", "hub_sync/client/http/test_hub_api.py"
PUSH, OFFLINE = (
    "hub_sync/hub/domains/sync/push/",
    "hub_sync/hub/domains/sync/push/test_service_offline_scans.py",
)
CASES, LOCKED = "journeys/test_check_in_cases_end_to_end.py", "journeys/test_locked_and_revoked_stations.py"
HUB_BACKUP, HUB_CLI = "hub_sync/hub/commands/test_backup.py", "hub_sync/hub/commands/test_cli.py"

SERIAL = (
    Sentence(
        "unplug mid-frame",
        (
            f"{FAULTS}::test_a_board_unplugged_in_the_middle_of_an_answer_is_lost_and_heals",
            f"{PORT}::test_whatever_the_system_raises_after_an_unplug_is_a_lost_board",
        ),
    ),
    Sentence(
        "unplug while on",
        (
            f"{FAULTS}::test_unplugged_mid_pulse_it_heals_within_two_seconds_and_begins_with_off",
            f"{BOARDS}test_drivers.py::test_unplugged_while_on_it_is_off_again_and_pulses_no_second_time",
        ),
    ),
    Sentence(
        "ports swapped",
        (f"{FAULTS}::test_swapped_ports_move_the_door_with_its_socket_and_the_other_device_hears_nothing",),
    ),
    Sentence(
        "two identical boards",
        (
            f"{FAULTS}::test_two_boards_that_fit_are_not_guessed_between",
            f"{ADDRESS}::test_two_boards_that_fit_are_refused_and_both_are_named",
        ),
    ),
    Sentence(
        "silent board",
        (
            f"{FAULTS}::test_a_board_that_falls_silent_is_lost_and_heals_when_it_answers",
            f"{FAULTS}::test_a_pulse_that_a_silent_board_never_confirms_is_told_by_the_doors_health",
        ),
    ),
    Sentence(
        "garbage reply",
        (
            f"{FAULTS}::test_garbage_for_answers_is_no_answer",
            f"{BOARDS}test_drivers.py::test_noise_instead_of_an_answer_is_a_sentence",
        ),
    ),
    Sentence(
        "bad CRC",
        (
            f"{FAULTS}::test_one_damaged_answer_spoils_no_pulse",
            f"{FAULTS}::test_answers_that_are_all_damaged_lose_the_board",
        ),
    ),
    Sentence(
        "partial write", (f"{PORT}::test_half_a_command_that_was_written_is_never_completed_by_the_next",)
    ),
    Sentence(
        "write time-out",
        (
            f"{FAULTS}::test_a_board_that_takes_no_bytes_times_out_and_the_late_on_never_reaches_it",
            f"{PORT}::test_what_a_write_left_in_the_port_is_discarded",
        ),
    ),
    Sentence(
        "port busy",
        (
            f"{FAULTS}::test_a_port_that_another_program_holds_is_busy_and_hears_nothing",
            f"{FAULTS}::test_a_second_door_on_the_same_board_is_turned_away",
        ),
    ),
    Sentence("glitch at open", (f"{FAULTS}::test_dtr_and_rts_are_low_before_the_port_opens",)),
    Sentence(
        "read-back mismatch (welded contact)",
        (
            f"{FAULTS}::test_a_welded_contact_is_told_and_so_is_its_end",
            f"{FAULTS}::test_a_contact_that_does_not_close_is_told",
            f"{CONTROLLER}::test_a_contact_that_stays_on_is_an_alarm_and_is_switched_off_again_and_again",
        ),
    ),
    Sentence(
        'a single lost "off"',
        (
            f"{CONTROLLER}::test_off_is_sent_until_the_board_confirms_it_and_a_single_lost_one_is_no_alarm",
            f"{CONTROLLER}::test_an_off_that_a_silent_board_misses_leaves_no_contact_on",
            f"{BOARDS}test_drivers.py::test_an_off_that_is_lost_on_the_line_is_repeated",
        ),
    ),
    Sentence(
        "commands closer together than a board takes",
        (
            f"{DOOR}::test_a_second_pulse_within_the_first_reaches_a_board_that_needs_fifty_milliseconds",
            f"{PORT}::test_commands_are_sixty_milliseconds_apart_unless_the_address_says_otherwise",
        ),
    ),
    Sentence(
        "RS485 adaptors that echo",
        (
            f"{MODBUS}::test_the_echo_of_an_rs485_adapter_is_no_answer",
            f"{MODBUS}::test_a_dead_board_behind_an_echoing_adapter_never_becomes_ready",
        ),
    ),
    Sentence(
        "Modbus boards without function 15",
        (
            f"{MODBUS}::test_a_board_without_function_15_is_switched_off_coil_by_coil",
            f"{MODBUS}::test_a_board_without_function_15_serves_a_door",
        ),
    ),
    Sentence(
        "boards that answer status in bytes",
        (
            f"{CONTROLLER}::test_an_answering_board_in_each_format_is_ready_and_mended",
            f"{MODBUS}::test_a_board_that_reports_a_byte_per_coil_is_understood",
        ),
    ),
    Sentence(
        "a look-alike with another protocol under the same USB id (the wiring test finds it)",
        (
            f"{FAULTS}::test_a_stranger_in_the_boards_socket_is_noticed_where_it_talks",
            "kiosk_app/core/setup/test_wiring_test.py::test_a_look_alike_that_takes_every_byte_is_found_by_the_person_who_watches",
        ),
    ),
    Sentence(
        "brltty holding a CH340",
        (
            f"{RELAY}test_usb_ports.py::test_an_adapter_that_brltty_has_taken_is_told_with_the_remedy",
            f"{RELAY}test_usb_ports.py::test_an_adapter_without_a_port_is_told_apart_from_one_that_is_not_there",
        ),
    ),
)

PASSAGE = (
    Sentence(
        "never",
        (
            f"{TRACKER}::test_without_a_turn_the_entry_is_given_back_when_the_window_is_over",
            f"{MONITOR}::test_who_does_not_pass_may_come_again_at_once",
        ),
        (f"{PASSAGES}::test_an_entry_that_is_given_back_counts_no_more_and_other_gates_learn_it",),
    ),
    Sentence(
        "twice",
        (f"{TRACKER}::test_a_second_turn_right_after_a_passage_is_double_and_any_other_nobodys",),
        (f"{PASSAGE_LIST}::test_passages_are_filtered_walked_and_concealed_as_the_access_log_is",),
    ),
    Sentence(
        "reverse",
        (f"{TRACKER}::test_a_reverse_turn_settles_no_entry_and_settles_an_exit_that_waits_for_it",),
        (f"{PASSAGE_LIST}::test_passages_are_filtered_walked_and_concealed_as_the_access_log_is",),
    ),
    Sentence(
        "late",
        (
            f"{TRACKER}::test_a_late_turn_counts_within_another_window",
            f"{TRACKER}::test_a_turn_right_after_its_window_is_late_and_gives_nothing_back",
            "hub_sync/client/store/journal/test_journal_passages.py::test_a_late_turn_lets_the_person_be_inside_again",
        ),
        (f"{PASSAGES}::test_the_days_statistics_follow_what_was_given_back_and_passed_late",),
    ),
    Sentence(
        "fire input during a pulse",
        (
            f"{DOOR_INPUTS}::test_a_fire_input_during_a_pulse_is_told_and_the_pulse_ends_as_it_would",
            f"{MONITOR}::test_a_jam_and_fire_are_alarms_and_stop_nobody",
        ),
    ),
    Sentence(
        "tamper flapping",
        (
            f"{DEBOUNCER}::test_a_contact_that_bounces_is_one_edge",
            f"{DOOR_INPUTS}::test_a_tamper_contact_that_flaps_delays_no_pulse_and_no_off",
            f"{MONITOR}::test_a_tamper_input_that_flaps_writes_no_rows_and_is_one_alarm",
        ),
    ),
)

CAMERA = (
    Sentence(
        "unplug",
        (f"{CAPTURE}::test_an_unplugged_camera_is_noticed_at_once_and_opened_again_when_it_is_back",),
    ),
    Sentence(
        "frozen frames",
        (
            f"{CAPTURE}::test_a_frozen_sensor_is_stale_though_frames_keep_coming",
            f"{CAPTURE}::test_a_frozen_sensor_is_not_opened_every_second_for_ever",
        ),
    ),
    Sentence(
        "hung read",
        (
            f"{CAPTURE}::test_a_hung_read_is_left_behind_and_the_camera_opened_anew",
            f"{CAPTURE}::test_hung_reads_do_not_pile_up_without_end",
        ),
    ),
    Sentence(
        "black and overexposed; a covered lens is called covered",
        (
            f"{CAPTURE}::test_a_sensor_without_light_or_with_too_much_is_open_and_says_so_though_its_frames_are_equal",
            "kiosk_app/screens/gate/presenter/test_gate_presenter_readiness.py::test_each_fault_of_the_camera_has_its_own_title_and_text",
        ),
    ),
    Sentence(
        "two codes",
        (f"{WORKER}::test_two_tickets_in_view_are_asked_about_and_neither_is_written",),
        (f"{BROWSER}::test_two_tickets_in_view_decide_nothing_and_a_poster_makes_no_sound",),
    ),
    Sentence(
        "a still picture from a virtual camera is no fault",
        (
            f"{CAPTURE}::test_pictures_that_may_repeat_are_not_taken_for_frozen",
            f"{SOURCES}::test_a_camera_that_a_program_plays_may_repeat_a_picture_and_one_with_a_sensor_may_not",
        ),
    ),
    Sentence(
        "no permission is said as such",
        (
            f"{SOURCES}::test_why_a_camera_cannot_be_opened_is_said",
            f"{SOURCES}::test_a_device_file_of_another_group_is_told_with_the_name_of_the_group",
        ),
        (f"{BROWSER}::test_a_camera_that_does_not_start_is_told_in_words_and_starts_again",),
    ),
)

SCANNER = (
    Sentence(
        "burst while typing",
        (
            f"{BURST}::test_every_key_is_delivered_once_in_order_or_belongs_to_one_scan",
            f"{FILTER}::test_keys_reach_the_field_where_they_were_typed_though_the_focus_moved_on",
            f"{FILTER}::test_a_person_loses_nothing_and_may_hold_a_key_down",
        ),
        (f"{BROWSER}::test_random_bursts_change_no_setting_and_leave_no_scan_that_was_not_shown",),
    ),
    Sentence(
        "wrong keyboard layout",
        (
            f"{WORKER}::test_caps_lock_or_a_wrong_layout_change_no_verdict",
            f"{SETUP}::test_the_layout_is_learned_so_that_the_next_code_is_read_first",
        ),
        (
            "hub_sync/hub/domains/check_in/scanner/test_pages.py::test_what_a_scanner_types_in_another_layout_is_read_by_its_keys",
        ),
    ),
    Sentence(
        "missing suffix",
        (
            f"{SERIAL_SCANNER}::test_without_a_suffix_a_pause_ends_the_code",
            f"{BURST}::test_a_scan_is_taken_whole_at_every_speed_with_every_suffix",
            f"{BURST}::test_a_short_code_needs_its_suffix",
            f"{TWO_SCANNERS}::test_a_scanner_without_a_suffix_is_read_after_a_pause",
            f"{TWO_SCANNERS}::test_a_scanner_that_lost_its_suffix_is_read_after_a_pause",
        ),
    ),
    Sentence(
        "oversized or hostile code",
        (
            f"{SERIAL_SCANNER}::test_a_flood_is_noticed_keeps_no_memory_and_a_code_ends_it",
            "kiosk_app/core/test_scanned_code.py::test_a_hostile_code_is_cut_to_a_length_that_is_refused",
            f"{GATE}::test_whatever_is_held_up_leaves_one_row_and_no_crash",
            "journeys/test_hostile_screens.py::test_a_scanner_changes_nothing_and_every_code_is_decided_or_captured",
        ),
        (
            "hub_sync/hub/domains/check_in/scans/test_routes.py::test_odd_texts_are_no_tickets_and_break_nothing",
        ),
    ),
    Sentence(
        "two scanners at once, one unplugged in the middle of a code and plugged in under another name",
        (
            f"{TWO_SCANNERS}::test_two_scanners_at_once_are_read_each_by_its_own_line",
            f"{TWO_SCANNERS}::test_a_scanner_unplugged_in_a_code_comes_back_under_another_name",
            f"{TWO_SCANNERS}::test_a_scanner_that_types_comes_back_as_another_device",
            f"{WORKER}::test_two_scanners_that_type_into_one_window_admit_nobody_by_a_mixture",
        ),
    ),
)

CLOCK_AND_KEYS = (
    Sentence(
        "clock a day off or backwards",
        (
            f"{KEEPER}::test_the_hub_corrects_a_clock_that_is_a_day_fast_once_it_has_said_so_twice",
            f"{GATE}::test_clock_that_jumped_back_keeps_scans_and_marks_them",
            f"{CASES}::test_case_15_scans_by_a_wrong_clock_after_a_reboot_are_kept_marked_and_corrected",
        ),
        (f"{OFFLINE}::test_a_wrong_clock_is_corrected_by_its_anchor_and_else_by_its_offset",),
    ),
    Sentence(
        "key rotated while offline",
        (
            f"{PULL_LOOP}::test_a_withdrawn_key_opens_nothing_from_the_first_page_on",
            f"{GATE}::test_ticket_sealed_by_a_key_whose_time_is_over_opens_only_where_no_clock_can_be_trusted",
        ),
        ("hub_sync/hub/domains/sync/pull/test_service.py::test_a_new_ticket_key_comes_with_the_next_page",),
    ),
    Sentence(
        "device revoked while offline",
        (
            f"{LOCKED}::test_a_revoked_station_sends_its_scans_and_then_erases_names_and_keys",
            "hub_sync/client/sync/test_maintenance_loop.py::test_a_revoked_station_without_a_hub_erases_after_thirty_days_and_keeps_its_scans",
        ),
        (
            "hub_sync/hub/domains/devices/calls/test_authentication.py::test_a_station_whose_access_ends_is_active_until_then",
        ),
    ),
    Sentence(
        "newer schema",
        (
            f"{MIGRATIONS}::test_a_newer_store_is_refused_and_not_touched",
            f"{WITH_DATA}::test_a_store_of_any_age_opens_with_all_that_is_in_it",
            f"{WITH_DATA}::test_a_backup_of_a_newer_program_says_so_and_touches_nothing",
        ),
        (f"{HUB_CLI}::test_a_database_of_a_newer_doorward_is_not_touched",),
    ),
    Sentence(
        "a hub whose clock is wrong at first contact and right later",
        (
            f"{KEEPER}::test_a_wrong_time_that_was_believed_is_replaced_and_the_rows_between_are_unsure",
            f"{KEEPER}::test_a_hub_that_is_years_behind_is_never_believed",
        ),
        (f"{OFFLINE}::test_two_corrections_of_one_boot_both_say_what_was_unsure",),
    ),
    Sentence(
        "a locked keyring says that it is locked",
        (
            f"{DISK}test_keystore.py::test_a_key_in_a_locked_keyring_says_that_it_is_locked_and_how_to_unlock_it",
        ),
        without="the hub's secret is a file or the environment's",
    ),
    Sentence(
        "an unknown word from a newer hub in one row of a page",
        (f"{PULL_LOOP}::test_an_unknown_word_in_one_row_stops_neither_keys_nor_revocations",),
        (f"{PUSH}test_scan_records.py::test_a_member_and_a_mark_of_a_newer_station_are_left_out",),
    ),
    Sentence(
        "a time zone that this machine doesn't know",
        (
            "kiosk_app/core/test_gate_failures.py::test_an_unknown_time_zone_refuses_in_its_own_sentence_with_a_row_and_a_tone",
            "hub_sync/rules/times/test_time_zones.py::test_the_files_of_the_machine_are_not_asked",
        ),
        ("hub_sync/rules/times/test_time_zones.py::test_a_name_that_is_not_on_the_list_is_unknown",),
    ),
)

PRINTING = "journeys/test_printing.py"
AUDIO_AND_PRINT = (
    Sentence(
        "no PortAudio",
        (
            "hardware/tones/test_player_without_sound.py::test_what_is_missing_is_told",
            "kiosk_app/core/test_gate_failures.py::test_a_speaker_that_fails_leaves_verdict_row_and_pulse_as_they_are",
        ),
    ),
    Sentence(
        "device vanishes", (f"{PLAYER}::test_a_device_that_vanishes_is_told_and_used_again_when_it_is_back",)
    ),
    Sentence(
        "stereo-only, 44.1 kHz-only, busy device",
        (
            f"{OUTPUT}::test_whatever_a_device_takes_it_plays_the_tone_at_its_pitch_on_every_channel",
            f"{OUTPUT}::test_a_busy_device_is_called_busy_and_used_once_it_is_free",
        ),
    ),
    Sentence(
        "paper out mid-ticket",
        (
            "hardware/printer/drivers/test_escpos_printer.py::test_paper_that_ends_anywhere_costs_no_slip",
            f"{PRINTING}::test_a_roll_that_ends_in_a_slip_costs_no_number_and_the_repeated_slip_is_the_same",
        ),
    ),
)

STORAGE = (
    Sentence(
        "kill -9 at every commit boundary",
        (
            f"{MACHINE}::station_is_killed_during_a_scan_and_the_person_tries_again",
            "hub_sync/client/store/journal/test_journal_after_kill.py::test_every_scan_that_was_shown_is_on_disk_once_and_the_chain_holds",
            "thorough/test_an_hour_with_kills.py::test_an_hour_of_a_killed_station_loses_nothing_and_counts_nothing_twice",
        ),
        (f"{MACHINE}::hub_dies_at_a_commit",),
    ),
    Sentence(
        "power cut",
        (
            f"{DISK}test_atomic_files.py::test_a_renamed_file_is_in_its_folder_after_a_power_cut",
            "hub_sync/client/store/test_store.py::test_a_commit_is_durable_when_it_returns",
        ),
        without="PostgreSQL and SQLite are the hub's; it sets no option of theirs that lets a commit be lost",
    ),
    Sentence(
        "disk full",
        (
            f"{DISK}test_errors.py::test_a_full_disk_refuses_the_scan_and_loses_none_that_was_written",
            f"{DISK}test_disk_space.py::test_a_station_starts_on_a_full_disk_and_has_all_its_scans",
        ),
        (
            "hub_sync/hub/kit/db/test_database.py::test_a_full_disk_is_an_error_of_its_own_and_one_line_in_the_log",
        ),
    ),
    Sentence(
        "corrupt file",
        (
            f"{OPENING}::test_a_damaged_or_deleted_store_loses_no_scan",
            f"{OPENING}::test_a_bit_flipped_anywhere_in_the_store_loses_no_scan",
        ),
        (
            "hub_sync/hub/commands/test_existing_hub.py::test_a_damaged_database_is_one_sentence_for_every_command",
        ),
    ),
    Sentence(
        "lost WAL",
        (
            f"{OPENING}::test_a_wal_that_is_lost_after_a_kill_loses_no_scan_and_is_reported",
            f"{PUSH_LOOP}::test_a_lost_wal_parts_the_journals_and_is_never_silent",
        ),
        (f"{PUSH}test_service.py::test_a_fork_is_refused_and_remembered",),
    ),
    Sentence(
        "restored backup",
        (
            f"{OPENING}::test_a_restored_backup_is_a_new_incarnation_and_the_roster_is_kept_or_pulled_again",
            f"{WITH_DATA}::test_a_backup_of_any_age_is_restored_under_todays_program",
            f"{PUSH_LOOP}::test_a_hub_restored_from_its_backup_gets_the_rest_again",
        ),
        (f"{HUB_CLI}::test_a_backup_of_a_running_hub_is_restored_whole",),
    ),
    Sentence(
        "cloned disk",
        (
            "hub_sync/client/sync/test_engine_real_hub.py::test_a_station_whose_journal_was_set_back_starts_another_and_says_so",
        ),
        (
            "hub_sync/hub/domains/devices/calls/test_authentication.py::test_two_boots_in_turn_are_a_cloned_disk_and_one_restart_is_not",
        ),
    ),
    Sentence(
        "a corrupt store is renamed, the newest backup restored, a new incarnation begun, and it is said; never an empty start in silence",
        (
            f"{OPENING}::test_a_backup_is_the_last_resort_and_later_scans_are_named_as_missing",
            f"{OPENING}::test_without_copy_and_backup_it_starts_empty_and_says_that",
            f"{OPENING}::test_a_recovery_is_reported_until_a_station_has_shown_it",
        ),
        (
            "hub_sync/hub/commands/test_existing_hub.py::test_a_secret_without_its_database_does_not_start_as_a_new_hub",
        ),
    ),
)

NETWORK = (
    Sentence(
        "answer lost after commit",
        (f"{PUSH_LOOP}::test_an_answer_lost_after_the_commit_leaves_one_row_each",),
        (f"{PUSH}test_service.py::test_a_push_is_stored_once_and_acknowledged",),
    ),
    Sentence(
        "reordered, repeated",
        (f"{MACHINE}::deliver_what_was_delayed", f"{MACHINE}::deliver_an_old_push_again"),
        (
            "hub_sync/hub/domains/check_in/occupancy/test_projection.py::test_any_deliveries_come_to_the_same_state",
        ),
    ),
    Sentence(
        "half-open",
        (
            "journeys/test_another_gates_scan_arrives_within_a_second.py::test_jammed_push_never_delays_a_revocation",
            f"{ENGINE}::test_stopping_is_quick_even_while_a_push_hangs",
        ),
        ("hub_sync/hub/domains/check_in/live/test_routes.py::test_a_reader_who_does_not_read_is_dropped",),
    ),
    Sentence(
        "captive portal",
        (
            f"{API}::test_each_answer_is_told_for_what_it_is",
            f"{API}::test_a_log_in_page_is_no_live_stream",
            f"{LOCKED}::test_a_portal_at_the_venue_leaves_a_revoked_station_revoked",
        ),
        without="it is between them: only the station meets it",
    ),
    Sentence(
        "5xx and 429 storm",
        (
            f"{PUSH_LOOP}::test_a_storm_of_errors_now_and_then_sets_nothing_aside",
            f"{PUSH_LOOP}::test_a_hub_that_is_ill_altogether_sets_nothing_aside",
            f"{ENGINE}::test_a_throttled_loop_waits_as_long_as_it_was_told",
        ),
        (
            "hub_sync/hub/domains/devices/test_call_limits.py::test_a_station_that_takes_much_of_the_hubs_time_is_asked_to_wait",
        ),
    ),
    Sentence(
        "truncated snapshot",
        (
            f"{PULL_LOOP}::test_a_truncated_snapshot_is_dropped_and_the_old_roster_stays",
            f"{PULL_LOOP}::test_a_broken_line_in_a_snapshot_resumes_where_it_was",
        ),
        (
            "hub_sync/hub/domains/sync/pull/test_service.py::test_a_snapshot_in_small_pages_is_the_same_snapshot",
        ),
    ),
    Sentence(
        "cursor reset",
        (f"{PULL_LOOP}::test_a_new_epoch_replaces_everything", f"{MACHINE}::feed_starts_over"),
        (
            "hub_sync/hub/domains/sync/pull/test_service.py::test_another_epoch_or_a_feed_that_fell_back_means_start_over",
        ),
    ),
    Sentence(
        "asymmetric partition",
        (
            f"{ENGINE}::test_a_jammed_push_does_not_keep_a_revocation_waiting",
            f"{MACHINE}::network_condition_changes",
        ),
        without="a hub that hears and is not heard is the fault of answers that are lost",
    ),
)

FAULTS_OF_DEVICES = (*SERIAL, *PASSAGE, *CAMERA, *SCANNER)
FAULTS_OF_BOTH_SIDES = (*CLOCK_AND_KEYS, *STORAGE, *NETWORK)
