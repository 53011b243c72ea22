"""Sections 6c and 6f of the field page "Event series and cloning", as sentences that tests hold here."""

from tests.architecture.spec_lists.sentence import Sentence

SERIES = "hub_sync/hub/domains/series/"
CLONING, DATES = f"{SERIES}cloning/test_cloning.py", f"{SERIES}cloning/test_dates.py"
COPYING, DECLARED = f"{SERIES}cloning/test_copying.py", "hub_sync/hub/kit/db/test_cloning.py"
CHANGES, ROUTES = f"{SERIES}editions/test_change_plans.py", f"{SERIES}routes/test_series.py"
TEMPLATES = f"{SERIES}event_templates/test_event_templates.py"
PAGES, SERIES_PAGES = f"{SERIES}test_pages.py", f"{SERIES}test_series_pages.py"
HUB_ALONE = "A station clones no event."

FAULTS = (
    Sentence(
        "Start 09:00 stays 09:00 after a DST change; an event from 22:00 to 02:00 still ends after it starts; one that begins on the day of the change, too, with server time zone UTC, Berlin and Auckland",
        hub=(
            f"{DATES}::test_nine_o_clock_stays_nine_o_clock_over_a_change_of_the_clocks",
            f"{DATES}::test_a_night_from_22_to_2_still_ends_after_it_starts",
            f"{DATES}::test_every_copy_ends_after_it_starts_at_the_wall_time_that_was_wanted",
            f"{DATES}::test_the_zone_of_the_server_makes_no_difference",
            f"{CHANGES}::test_nine_stays_nine_on_both_sides_of_a_change_of_the_clocks",
            f"{CHANGES}::test_a_night_over_the_change_of_the_clocks_ends_after_it_starts",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "A wall time that doesn't exist or exists twice gives a warning in the plan and a rule (first valid after; first of two)",
        hub=(
            f"{DATES}::test_a_wall_time_that_the_clocks_skip_is_the_first_one_after_it",
            f"{DATES}::test_a_wall_time_that_comes_twice_is_the_first_of_the_two",
            f"{CLONING}::test_dates_at_a_change_of_the_clocks_are_warned_of",
            f"{ROUTES}::test_a_recurrence_is_planned_made_and_taken_back",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Every date field moves with the event: opening and closing hours, category windows, waitlist deadlines, schedule of broadcasts, key validity",
        hub=(
            f"{COPYING}::test_each_date_of_a_table_moves_with_the_event",
            f"{COPYING}::test_the_dates_that_stay_are_no_dates_of_the_event",
            f"{DECLARED}::test_every_time_json_and_secret_of_a_copied_table_has_a_policy",
            f"{CLONING}::test_everything_starts_anew_and_every_date_moves_with_the_event",
            f"{CLONING}::test_opening_hours_move_if_the_event_starts_at_another_time_of_day",
            f"{DATES}::test_days_and_times_of_day_move_with_the_start",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "References inside JSON, filters, conditions and ACLs point at the copies; lists that belonged to two forms stay two, things owned by the organiser are matched, not copied",
        hub=(
            f"{CLONING}::test_references_in_json_filters_and_texts_point_at_the_copies",
            f"{CLONING}::test_a_reference_to_what_is_not_copied_fails_the_plan_with_its_place",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "The clone works when it is made across time zones and tenants, or is refused with a reason; secrets, keys, tokens, webhook secrets, device bindings and logs are never in it: a dump of the new event contains none of the old one's ids except as origin",
        hub=(
            f"{DATES}::test_another_zone_has_the_same_wall_clock",
            f"{CLONING}::test_another_organisers_event_is_neither_source_nor_target",
            f"{CLONING}::test_nothing_in_the_database_after_a_clone_names_the_source_but_its_origin",
            f"{CLONING}::test_a_dump_of_the_copy_has_none_of_the_ids_of_its_source",
            f"{DECLARED}::test_no_part_takes_people_logs_keys_or_stations_along",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Editing the copy never changes the source (and the screen says clearly which one is open)",
        hub=(
            f"{CLONING}::test_editing_the_copy_never_changes_the_source",
            f"{PAGES}::test_an_event_is_cloned_and_taken_back_in_the_console",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        '"This and later" on an edition with participants asks first and writes to those concerned at most once',
        hub=(
            f"{ROUTES}::test_a_change_asks_where_people_are_registered_and_writes_once",
            f"{SERIES_PAGES}::test_a_series_in_the_console",
            f"{CHANGES}::test_a_plan_counts_who_is_registered_and_who_notices",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Every table with an event key is in the classification; a new table without it fails the build",
        hub=(
            f"{DECLARED}::test_every_table_of_an_event_is_copied_or_left_out_with_a_reason",
            f"{DECLARED}::test_a_copied_row_leads_to_its_event_and_copies_no_row_that_is_left_out",
        ),
        without=HUB_ALONE,
    ),
)

MODEL = (
    Sentence(
        "Event templates as events of status TEMPLATE that only an admin edits",
        hub=(
            "hub_sync/hub/domains/events/test_template_guard.py::test_no_route_changes_a_template_for_somebody_who_may_do_everything_else",
            f"{TEMPLATES}::test_a_status_alone_makes_no_template_and_no_event",
            f"{TEMPLATES}::test_a_template_is_made_listed_and_used_over_rest",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Clone into an existing empty event",
        hub=(f"{CLONING}::test_an_empty_event_is_filled_and_empty_again_after_the_undo",),
        without=HUB_ALONE,
    ),
    Sentence(
        "Scope of a change (this, this and later, all)",
        hub=(
            f"{CHANGES}::test_a_scope_is_this_or_later_or_all_but_the_past_and_what_was_changed_by_hand",
            f"{ROUTES}::test_a_change_asks_where_people_are_registered_and_writes_once",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Undo of a clone while nothing was added",
        hub=(
            f"{CLONING}::test_a_clone_is_taken_back_while_nothing_was_added_or_changed",
            f"{ROUTES}::test_a_recurrence_is_planned_made_and_taken_back",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Carrying chosen participants over as an explicit option with new codes",
        hub=(
            f"{CLONING}::test_chosen_participants_are_carried_over_with_new_codes_and_nothing_of_the_past",
            f"{SERIES}routes/test_clones.py::test_what_others_own_needs_their_permission",
        ),
        without=HUB_ALONE,
    ),
)

SERIES_PAGE = (*FAULTS, *MODEL)
