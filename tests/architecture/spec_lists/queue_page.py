"""Section 2c of the field page "Kiosk mode, device fleet, queue tickets": faults of queues, as sentences that tests hold here."""

from tests.architecture.spec_lists.sentence import Sentence

SERVICE, DESK = "kiosk_app/core/queue/test_service.py", "kiosk_app/core/queue/test_desk_service.py"
BOARD, WORKER = "kiosk_app/core/queue/test_board_service.py", "kiosk_app/workers/test_queue_worker.py"
CLAIMS, MACHINE = "hub_sync/client/lan/test_ticket_claims.py", "faults/test_queue_with_partitions.py"
HUB = "hub_sync/hub/domains/queue/"
PUSHED, PAGES = f"{HUB}tickets/test_pushed.py", f"{HUB}test_pages.py"
NUMBERS, ACTIONS, ROUTES = (
    f"{HUB}tickets/test_numbers.py",
    f"{HUB}tickets/test_actions.py",
    f"{HUB}routes/test_tickets.py",
)
ORDER, STATE = "hub_sync/rules/queue/test_order.py", "hub_sync/rules/queue/test_ticket_state.py"

QUEUE_PAGE = (
    Sentence(
        "200 simultaneous issues in one queue give 200 numbers",
        (
            f"{SERVICE}::test_two_hundred_at_once_get_two_hundred_numbers",
            f"{SERVICE}::test_a_restored_backup_gives_no_number_of_before",
            f"{MACHINE}::test_two_kiosks_offline_give_a_hundred_numbers_that_never_change",
            f"{MACHINE}::no_number_was_given_twice",
        ),
        (
            f"{NUMBERS}::test_200_issues_at_once_give_200_numbers_without_a_gap",
            f"{PUSHED}::test_a_number_that_was_printed_twice_is_two_tickets_that_both_wait",
        ),
    ),
    Sentence(
        "a triage request sent twice by the client gives one ticket",
        (
            f"{SERVICE}::test_a_person_with_a_live_ticket_gets_that_one_again",
            f"{SERVICE}::test_a_reprint_has_the_same_number_and_token",
        ),
        (f"{ROUTES}::test_the_same_issue_sent_twice_gives_one_number",),
    ),
    Sentence(
        "twenty counters calling at once get twenty people; a counter with someone called can't call another without a decision",
        (
            f"{CLAIMS}::test_calls_at_once_get_different_tickets_in_order",
            f"{DESK}::test_the_longest_waiting_is_called_and_a_counter_has_one_at_a_time",
            f"{DESK}::test_a_repeated_press_calls_nobody_else",
            f"{MACHINE}::test_a_lost_answer_of_the_hub_calls_one_person",
        ),
        (
            f"{ACTIONS}::test_twenty_counters_that_call_at_once_get_twenty_people",
            f"{ACTIONS}::test_a_counter_with_somebody_called_calls_nobody_without_a_decision",
        ),
    ),
    Sentence(
        "two calls in the same second are both announced, in order; neither is swallowed",
        (
            f"{BOARD}::test_two_calls_in_one_moment_are_both_announced_in_order",
            f"{WORKER}::test_a_board_announces_one_call_after_another_and_none_twice",
        ),
        (f"{ACTIONS}::test_twenty_counters_that_call_at_once_get_twenty_people",),
    ),
    Sentence(
        "a board or desk that reconnects shows the present state without a reload, and announces only what is still called",
        (
            f"{BOARD}::test_a_restart_announces_only_what_is_still_called_and_was_not_announced",
            f"{BOARD}::test_the_present_state_is_shown_newest_call_first",
        ),
        (f"{PUSHED}::test_an_issued_number_reaches_the_other_stations_and_a_repeated_push_makes_no_second",),
    ),
    Sentence(
        "transfer to another clerk keeps the ticket visible to exactly the right ones",
        (f"{DESK}::test_a_transfer_to_a_counter_is_for_that_counter_alone",),
        (f"{ACTIONS}::test_a_transfer_keeps_the_number_and_shows_the_ticket_to_exactly_the_right_counter",),
    ),
    Sentence(
        "position shown to a guest never grows because somebody ahead was slow",
        (f"{ORDER}::test_the_longest_wait_is_next_and_priority_comes_first",),
        (
            f"{STATE}::test_who_did_not_show_up_waits_behind_those_who_are_there",
            f"{HUB}pages/test_visitor.py::test_a_visitor_sees_the_place_in_the_queue_and_it_never_grows_when_somebody_slow_returns",
        ),
    ),
    Sentence(
        "the number printed on a slip is not the database id and survives a restart without a jump",
        (f"{SERVICE}::test_a_number_survives_a_restart_without_a_jump",),
        (f"{STATE}::test_the_number_and_the_day_of_a_ticket_never_change",),
    ),
)
