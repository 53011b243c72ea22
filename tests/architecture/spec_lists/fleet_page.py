"""The faults of the section "Fleet" of the field page "Kiosk mode, device fleet, queue tickets"."""

from tests.architecture.spec_lists.sentence import Sentence

AGENT, LIFE = "hub_sync/client/fleet/test_agent.py", "journeys/test_a_stations_life_in_the_fleet.py"
DEVICES = "hub_sync/hub/domains/devices/"
SERVICE, DELIVERY = f"{DEVICES}commands/test_service.py", f"{DEVICES}commands/test_delivery.py"
PAGES = "hub_sync/hub/domains/stations/test_fleet_pages.py"

FLEET_PAGE = (
    Sentence(
        "two stations with one disk image are two devices or a visible clone; identity is a key made at first start",
        (
            "hub_sync/client/test_enrolment.py::test_every_enrolment_has_a_key_pair_of_its_own_and_earlier_ones_stay_known",
            f"{LIFE}::test_two_machines_with_one_disk_both_say_so_and_lose_no_scan",
            f"{AGENT}::test_a_cloned_station_knows_it_until_the_hub_says_otherwise",
        ),
        (
            f"{DEVICES}calls/test_authentication.py::test_two_machines_with_one_credential_are_seen_within_a_minute_and_lose_no_scan",
            f"{DEVICES}calls/test_authentication.py::test_two_boots_in_turn_are_a_cloned_disk_and_one_restart_is_not",
            f"{DELIVERY}::test_a_station_with_a_copy_is_told_so_and_keeps_its_credential",
        ),
    ),
    Sentence(
        "a command is done only when the device said so; failure on the device shows as failed",
        (
            f"{AGENT}::test_a_command_is_running_before_it_is_obeyed_and_done_after",
            f"{AGENT}::test_a_restart_that_does_not_happen_has_failed",
            f"{AGENT}::test_a_command_that_the_end_of_the_program_interrupts_has_failed",
        ),
        (
            f"{DELIVERY}::test_a_command_is_done_only_when_the_station_says_so",
            f"{DELIVERY}::test_a_failure_at_the_station_shows_as_one_with_its_reason",
            f"{DELIVERY}::test_a_final_word_stays_and_no_other_transition_is_made",
            f"{PAGES}::test_a_command_is_sent_shown_with_what_became_of_it_and_taken_back",
        ),
    ),
    Sentence(
        "wipe acknowledges before it erases, and an enrolled station doesn't get the old wipe again; a deleted device keeps its wipe",
        (
            f"{AGENT}::test_a_wipe_sends_what_is_unsent_says_done_and_only_then_begins",
            f"{AGENT}::test_a_wipe_that_is_not_acknowledged_has_not_begun_over_restarts_too",
            f"{AGENT}::test_a_station_that_was_enrolled_again_does_not_obey_the_old_wipe",
        ),
        (
            f"{SERVICE}::test_a_wiped_and_enrolled_station_does_not_get_the_old_wipe_again",
            f"{SERVICE}::test_a_wipe_waits_for_a_locked_or_withdrawn_station_however_long_it_is_away",
            f"{PAGES}::test_a_lost_station_is_locked_and_wiped_by_one_button_and_its_wipe_stays",
        ),
    ),
    Sentence(
        "a wipe can be queued for a locked, offline device and runs at its next contact after unsent scans are up",
        (
            f"{AGENT}::test_a_locked_station_obeys_a_wipe",
            f"{LIFE}::test_enrol_run_lock_unlock_rotate_revoke_while_offline_and_wipe",
        ),
        (f"{SERVICE}::test_a_wipe_waits_for_a_locked_or_withdrawn_station_however_long_it_is_away",),
    ),
    Sentence(
        "screens start and rotate with every outside host unreachable, DNS included",
        (
            "journeys/test_gates_without_a_hub.py::test_with_both_networks_cut_both_admit_and_one_conflict_appears_after_the_heal",
        ),
        without="the hub has no screen of a station",
    ),
)
