"""Sections 5c and 5f of the field page "Waitlist and promotion", as sentences that tests hold here."""

from tests.architecture.spec_lists.sentence import Sentence

SERVICE = "hub_sync/hub/domains/waitlist/test_service.py"
OFFERS = "hub_sync/hub/domains/messages/automatic/test_waitlist_offers.py"
MACHINE = "hub_sync/hub/domains/waitlist/test_waitlist_machine.py"
PAGES = "hub_sync/hub/domains/waitlist/test_pages.py"
PLANS, HOLDS = "hub_sync/rules/waitlist/test_promotion.py", "hub_sync/rules/waitlist/test_holds.py"
SEATS = "hub_sync/rules/waitlist/test_seats.py"
DOOR = "hub_sync/hub/domains/waitlist/door/test_settlement.py"
HUB_ALONE = "A station offers no seats."

WAITLIST_PAGE = (
    Sentence(
        "Cancellation, capacity rise, expiry, decline and manual promotion, all at once: no more accepted plus held than capacity, nobody offered twice",
        hub=(f"{MACHINE}::test_two_workers_never_give_away_more_seats_than_there_are",),
        without=HUB_ALONE,
    ),
    Sentence(
        "Seats free = capacity − confirmed − held offers, from one query under one lock; a counter is never the truth",
        hub=(
            f"{MACHINE}::test_two_workers_never_give_away_more_seats_than_there_are",
            f"{SERVICE}::test_a_reduced_capacity_stops_offers",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "n seats free at once promote n, in order; an ineligible head of line is marked and skipped, the rest goes on",
        hub=(
            f"{SERVICE}::test_as_many_seats_as_become_free_are_offered_in_the_order_of_joining_the_list",
            f"{SERVICE}::test_an_ineligible_head_is_marked_and_skipped_and_the_rest_goes_on",
            f"{SERVICE}::test_who_is_blocked_after_the_offer_can_not_accept_it_and_waits_on",
            f"{PLANS}::test_an_ineligible_head_of_the_line_is_marked_and_the_rest_goes_on",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Who accepted and later cancelled is off the list; their offer can't be used again, and the seat goes to the next at once",
        hub=(
            f"{SERVICE}::test_who_accepted_and_cancelled_is_off_the_list_and_the_seat_goes_on_at_once",
            f"{SERVICE}::test_an_offer_ends_with_the_registration_it_was_made_for",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Order is by time of joining the list, not of first registration; a priority change is audited; ties by id",
        hub=(
            f"{SERVICE}::test_as_many_seats_as_become_free_are_offered_in_the_order_of_joining_the_list",
            f"{SERVICE}::test_a_change_of_priority_is_audited",
            f"{PLANS}::test_free_seats_promote_as_many_in_order_of_priority_then_time_then_id",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "No offer is made after the last moment it could be used, and near the start the hold shortens by rule",
        hub=(
            f"{SERVICE}::test_no_offer_is_made_after_the_last_moment_and_none_holds_past_it",
            f"{HOLDS}::test_a_hold_shortens_towards_the_start_and_ends_before_it",
            f"{HOLDS}::test_no_offer_is_made_after_the_last_moment_it_could_be_used",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "An offer not delivered (bounce) runs from delivery, or passes on and says so; the deadline is in the reader's zone with the zone named",
        hub=(
            f"{SERVICE}::test_an_offer_runs_from_its_delivery_and_one_that_bounced_passes_on",
            f"{OFFERS}::test_a_cancellation_brings_the_offer_by_mail_its_link_accepts_and_the_ticket_follows",
            f"{OFFERS}::test_an_offer_whose_mail_comes_back_goes_to_the_next_and_one_that_is_over_is_not_sent",
            f"{OFFERS}::test_an_offer_does_not_run_out_while_its_mail_waits_for_the_account",
            f"{PAGES}::test_whoever_waits_sees_the_place_answers_the_offer_and_leaves",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Accept at deadline + 1 ms is 410; accept twice is one seat; two tabs, accept and decline: the first wins and the second is told",
        hub=(
            f"{SERVICE}::test_an_accept_at_the_deadline_counts_and_one_millisecond_later_it_is_gone",
            f"{SERVICE}::test_accepting_twice_is_one_seat_and_the_second_answer_is_told",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Lists per category: the seat of a category goes to its list, then to the general one, with the reason in the log; `why` answers for any entry",
        hub=(
            f"{SERVICE}::test_a_seat_of_a_category_goes_to_its_list_then_to_the_general_one_and_the_log_says_so",
            f"{PLANS}::test_no_plan_offers_more_than_is_free_and_everybody_has_a_reason",
            f"{PAGES}::test_an_organiser_sees_the_order_with_reasons_and_plans_changes_and_offers",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Party of four with three free: the rule chosen is shown on the entry, and a skipped party ages upward so that it isn't starved",
        hub=(
            f"{PLANS}::test_a_party_is_skipped_and_ages_upward_until_seats_are_collected_for_it",
            f"{SERVICE}::test_a_party_too_large_for_the_free_seats_is_skipped_and_ages",
            f"{SERVICE}::test_seats_collected_for_a_party_are_given_out_when_the_time_is_over",
            f"{SERVICE}::test_a_party_that_was_split_waits_for_the_rest_and_keeps_what_it_has",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Public sale does not overtake the list: while someone waits and is eligible, a freed seat isn't for sale",
        hub=(
            f"{SERVICE}::test_registration_does_not_overtake_the_list",
            f"{SEATS}::test_a_freed_seat_is_not_for_sale_while_somebody_eligible_waits",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "WaitlistEntry gains joined_at (order), category or any, skip count, last evaluated at and why",
        hub=(
            f"{SERVICE}::test_as_many_seats_as_become_free_are_offered_in_the_order_of_joining_the_list",
            f"{SERVICE}::test_a_party_too_large_for_the_free_seats_is_skipped_and_ages",
            f"{PLANS}::test_no_plan_offers_more_than_is_free_and_everybody_has_a_reason",
            "hub_sync/hub/domains/waitlist/test_routes.py::test_an_entry_over_rest_from_the_join_to_the_seat",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "WaitlistPromotion gains delivered_at and a hold that shortens towards the start",
        hub=(
            f"{SERVICE}::test_an_offer_runs_from_its_delivery_and_one_that_bounced_passes_on",
            f"{HOLDS}::test_a_hold_shortens_towards_the_start_and_ends_before_it",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Rule for parties (SKIP, HOLD, SPLIT) on the event",
        hub=(
            f"{PLANS}::test_a_party_is_skipped_and_ages_upward_until_seats_are_collected_for_it",
            f"{PLANS}::test_seats_are_held_back_for_a_party_until_a_time",
            f"{PLANS}::test_a_party_may_be_split",
            f"{PAGES}::test_settings_keep_what_was_typed_and_say_what_is_wrong",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "DOOR trigger for no-shows at a set minute",
        hub=(
            f"{DOOR}::test_gates_that_hear_of_nothing_give_no_more_seats_than_there_are",
            "journeys/test_seats_at_the_door.py::test_two_gates_without_the_hub_give_each_seat_once_and_the_hub_settles_it",
        ),
        station=(
            "journeys/test_seats_at_the_door.py::test_whoever_comes_late_is_told_and_a_supervisor_may_let_them_in",
        ),
    ),
)
