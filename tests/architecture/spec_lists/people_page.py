"""Section 3c of the field page "Bulk, import and export, duplicates, merge, blacklist", as sentences that tests hold here."""

from tests.architecture.spec_lists.sentence import Sentence

HUB = "hub_sync/hub/domains/"
FILES, PREVIEW = "hub_sync/hub/kit/table_files/test_process.py", f"{HUB}imports/test_preview.py"
IMPORTS, UPLOADS = f"{HUB}imports/test_bulk_actions.py", f"{HUB}imports/pages/test_files.py"
EXPORTS, RUNNER = f"{HUB}participants/test_lists.py", f"{HUB}bulk/engine/test_runner.py"
WAITLIST = f"{HUB}waitlist/test_service.py"
KILLED, BULK_PAGES = f"{HUB}bulk/test_jobs.py", f"{HUB}bulk/pages/test_operations.py"
MERGE, FOLLOWERS = f"{HUB}duplicates/merging/test_merge.py", f"{HUB}duplicates/merging/test_followers.py"
SCORING, SEARCHES = f"{HUB}duplicates/matching/test_scoring.py", f"{HUB}duplicates/detection/test_runs.py"
SCREENING, BLACKLIST = f"{HUB}blacklist/test_screening.py", f"{HUB}blacklist/test_routes.py"
ROWS, GATES = f"{HUB}blacklist/test_station_rows.py", "journeys/test_blacklist_at_the_gate.py"
ROSTER, PRESENCE = (
    "hub_sync/client/store/roster/test_roster.py",
    "hub_sync/client/store/journal/test_presence.py",
)
HUB_ALONE = "A station reads no files, compares no people and changes nobody."

PEOPLE_PAGE = (
    Sentence(
        "A XLSX with its last cell at XFD1048576, a declared size of a million rows, a zip bomb, 200 million shared-string bytes: refused",
        hub=(
            f"{FILES}::test_a_hostile_file_is_refused_with_its_reason",
            f"{FILES}::test_a_sheet_that_says_it_is_huge_or_was_cleared_is_read",
            f"{FILES}::test_a_child_that_works_too_long_or_ends_without_a_word_is_a_reason",
            f"{FILES}::test_the_child_sees_nothing_of_the_hubs_environment",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "A code, phone or postcode column keeps leading zeros and plus signs; a number cell in a text column is a warning",
        hub=(
            f"{FILES}::test_nothing_becomes_a_number_and_numbers_of_a_workbook_are_noted",
            f"{PREVIEW}::test_numbers_in_a_column_of_text_are_a_warning",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Decode as UTF-8 strictly first, then BOM and UTF-16, then ask with three readings",
        hub=(
            f"{FILES}::test_unicode_of_every_kind_is_read_with_any_line_end",
            f"{FILES}::test_three_readings_are_offered_where_a_text_is_no_unicode",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Exports: a text that begins with = + - @ TAB CR can't act in a spreadsheet, yet comes back the same after export and import",
        hub=(
            f"{EXPORTS}::test_every_text_comes_back_the_same_from_csv_and_xlsx",
            f"{EXPORTS}::test_a_negative_number_stays_one_and_a_plus_sign_is_not_lost",
            f"{PREVIEW}::test_an_export_comes_back_the_same",
            "hub_sync/hub/kit/lists/test_xlsx_writer.py::test_a_formula_is_a_text_and_stays_one_when_it_is_edited",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Semicolon files, sep= lines, quotes inside, CR-only line ends, a 2 GB file: all read or refused with a line number",
        hub=(
            f"{FILES}::test_the_delimiter_is_known_by_the_content_or_by_its_line",
            f"{FILES}::test_a_refusal_names_the_line",
            f"{HUB}imports/routes/test_imports.py::test_a_file_is_refused_while_it_comes",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Names with accents arrive whole",
        hub=(f"{UPLOADS}::test_a_german_file_is_sent_read_mapped_and_previewed",),
        without=HUB_ALONE,
    ),
    Sentence(
        "A row that fails keeps none of its effects; an import killed at any row and started again has each row once",
        hub=(
            f"{IMPORTS}::test_a_row_whose_code_was_taken_since_the_preview_fails_alone",
            f"{RUNNER}::test_a_failed_item_keeps_none_of_its_effects_and_its_neighbours_are_done",
            "faults/test_killed_import.py::test_each_row_is_there_once_though_the_hub_is_killed",
            f"{KILLED}::test_an_operation_whose_hub_is_killed_does_everybody_once_and_is_undone_byte_for_byte",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "The set is frozen at preview: people who match later are not touched, people who changed since are CONFLICT",
        hub=(
            f"{RUNNER}::test_the_frozen_selection_is_done_and_who_matches_later_is_not_touched",
            f"{RUNNER}::test_who_was_changed_since_the_preview_is_a_conflict",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Undo after part of the set was edited since: UNDO_CONFLICT; a new change after an undo warns before it drops what could be redone",
        hub=(
            f"{RUNNER}::test_an_undo_restores_all_columns_but_leaves_alone_who_was_edited_since",
            f"{RUNNER}::test_what_was_undone_is_done_again_but_for_whom_was_changed_since",
            f"{BULK_PAGES}::test_a_run_that_would_end_a_redo_is_announced",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Loser and survivor both have a row in a table with a unique constraint: one stays, the other is in the snapshot, none vanishes",
        hub=(
            f"{MERGE}::test_of_two_places_on_the_waitlist_one_stays_and_none_vanishes",
            f"{FOLLOWERS}::test_rows_follow_by_their_policy_and_none_vanishes",
            f"{FOLLOWERS}::test_all_goes_back_byte_for_byte",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Merging parent and child, a record with itself, or a pair already merged in a chain is refused; the middle of a chain conflicts",
        hub=(
            f"{MERGE}::test_a_registration_and_itself_or_one_that_is_merged_are_refused",
            f"{MERGE}::test_a_chain_is_taken_apart_from_its_end",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "The loser's ticket opens the door as the survivor, offline too; the survivor's \"already in\" counts the loser's entry",
        (
            f"{ROSTER}::test_who_was_merged_away_is_the_survivor_everywhere",
            f"{PRESENCE}::test_who_came_in_under_a_registration_that_was_merged_away_is_inside",
        ),
        (
            f"{MERGE}::test_the_survivor_has_the_entries_of_both_and_a_new_scan_of_the_loser_is_the_survivors",
            f"{HUB}check_in/scans/test_service.py::test_a_merged_ticket_opens_the_door_as_its_survivor",
        ),
    ),
    Sentence(
        "A merge copies consent and suppression to the stricter of both and never makes a suppressed address reachable",
        hub=(f"{FOLLOWERS}::test_consent_merges_to_the_stricter_and_makes_nobody_reachable",),
        without=HUB_ALONE,
    ),
    Sentence(
        "Two empty fields add nothing; Maria is not Maria Schmidt",
        hub=(
            f"{SCORING}::test_empty_fields_add_nothing",
            f"{SCORING}::test_a_given_name_alone_is_not_everybody_who_has_it",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Twins are candidates, never merged by a rule alone; same birth date or same house counts little",
        hub=(
            f"{SCORING}::test_twins_at_one_address_are_shown_and_never_sure",
            f"{SCORING}::test_the_same_date_of_birth_counts_little_and_another_one_much",
            f"{SCORING}::test_a_family_that_shares_address_and_phone_is_not_one_person",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Jon/John and Ann/Anne are near, Li Wu and Lu Wu are not; initials and middle names omitted are mild, contradicted ones hard",
        hub=(
            f"{SCORING}::test_words_of_names_are_near_or_not",
            f"{SCORING}::test_li_wu_is_not_lu_wu",
            f"{SCORING}::test_a_middle_name_left_out_is_mild_and_one_that_contradicts_is_hard",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Names of two scripts meet by consonant skeletons or a name-variant table, and the card says so",
        hub=(f"{SCORING}::test_names_of_two_scripts_meet_by_their_consonants_and_the_explanation_says_so",),
        without=HUB_ALONE,
    ),
    Sentence(
        "A dismissed pair stays dismissed until one of its compared fields changes",
        hub=(f"{SEARCHES}::test_a_dismissed_pair_stays_dismissed_until_a_compared_field_changes",),
        without=HUB_ALONE,
    ),
    Sentence(
        "An exact, normalised hit blocks at registration, import, API, waitlist acceptance and gate; a fuzzy hit only asks, the gate's text is neutral",
        (
            f"{GATES}::test_a_block_refuses_with_the_next_pull_of_each_gate_and_frees_with_the_next_one_after_it",
            f"{GATES}::test_a_flag_is_a_quiet_mark_at_the_gate",
        ),
        (
            f"{SCREENING}::test_an_exact_hit_blocks_a_registration_however_it_is_spelled",
            f"{SCREENING}::test_one_refused_person_keeps_all_of_an_import_out",
            f"{WAITLIST}::test_who_is_blocked_after_the_offer_can_not_accept_it_and_waits_on",
            f"{SCREENING}::test_a_similar_name_only_asks_a_person",
        ),
    ),
    Sentence(
        "Entries expire by date in the event's zone; every read is audited; the station gets salted hashes",
        (f"{GATES}::test_days_begin_and_end_at_the_events_midnight_without_the_hub",),
        (
            f"{SCREENING}::test_days_are_whole_ones_in_the_events_zone_through_the_end_of_summer_time",
            f"{BLACKLIST}::test_every_read_is_audited_once_whatever_it_has",
            f"{ROWS}::test_exact_values_go_as_salted_hashes_and_similar_names_reasons_and_labels_do_not_go",
        ),
    ),
)
