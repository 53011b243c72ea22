"""Sections 4c and 4f of the field page "Communication hub": faults and what the model gains, as sentences that tests hold here."""

from tests.architecture.spec_lists.sentence import Sentence

_M = "hub_sync/hub/domains/messages/"
ENGINE, INSTANCES = f"{_M}sending/test_engine.py", f"{_M}sending/test_instances.py"
BROADCASTS, OUTBOX = f"{_M}broadcasts/test_broadcasts.py", f"{_M}delivery/test_outbox.py"
UNSUBSCRIBE, BOUNCES = f"{_M}pages/test_unsubscribe.py", f"{_M}jobs/test_bounce_job.py"
REPORTS, LANGUAGE = f"{_M}bounces/test_mail_reports.py", f"{_M}message_templates/test_language.py"
COMPOSITION, CONTENT = f"{_M}message_templates/test_composition.py", f"{_M}message_templates/test_content.py"
PAGES, REACTIONS = f"{_M}pages/test_pages.py", f"{_M}automatic/test_reactions.py"
QUIET, KILLS = "hub_sync/rules/times/test_quiet_hours.py", "faults/test_messages_with_kills.py"
OFFERS, ROUTES = f"{_M}automatic/test_waitlist_offers.py", f"{_M}routes/test_outbox.py"
ANSWERS = f"{ENGINE}::test_each_answer_of_a_server_settles_as_it_means"
SUCCESSOR = f"{ENGINE}::test_what_a_slow_engine_has_claimed_its_successor_does_not_send"
HUB_ALONE = "A station writes to nobody; what stands on its screen has its own tests (KIOSK)."

MESSAGES_PAGE = (
    Sentence(
        "SIGKILL at any instant of a broadcast: everyone gets it at most once, those in the instant of DATA are UNSURE and listed, nobody is skipped, the total adds up",
        hub=(
            f"{KILLS}::test_nobody_gets_it_twice_and_nobody_is_skipped_though_the_sender_is_killed",
            "thorough/test_messages_with_kills.py::test_a_thousand_messages_survive_a_hundred_kills",
            ANSWERS,
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "COMPLETED is never said while a row is open",
        hub=(f"{BROADCASTS}::test_complete_is_never_said_while_a_row_is_open",),
        without=HUB_ALONE,
    ),
    Sentence(
        "Two workers, or a slow one and its successor, never take the same row; Message-ID is made once and kept over retries",
        hub=(
            f"{ENGINE}::test_two_engines_at_once_send_each_message_once",
            SUCCESSOR,
            ANSWERS,
            f"{OUTBOX}::test_the_same_key_twice_is_one_delivery_with_its_content_sealed",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "A broadcast whose time passed while the hub was down asks instead of sending hours late: a schedule has a latest time",
        hub=(
            f"{BROADCASTS}::test_a_schedule_begins_in_time_and_asks_if_its_time_passed_while_the_hub_was_down",
            f"{ENGINE}::test_what_is_too_late_is_not_sent",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "A restored backup or copied disk never sends again what its twin sent: the instance id is checked at start",
        hub=(
            f"{INSTANCES}::test_a_restored_database_waits_for_a_person_who_may_list_the_rest_as_unsure",
            f"{INSTANCES}::test_a_copy_of_the_folder_is_another_instance",
            f"{BOUNCES}::test_a_copy_of_the_hub_reads_no_mailbox",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "A wrong SMTP password stops the broadcast with a clear state, no recipient burnt; after mending, it goes on",
        hub=(
            f"{ENGINE}::test_a_wrong_password_burns_nobody_and_sending_goes_on_once_it_is_mended",
            f"{ENGINE}::test_an_unreachable_server_is_tried_again_later",
            f"{PAGES}::test_a_broadcast_says_why_its_messages_wait",
            f"{ROUTES}::test_a_broadcast_says_what_keeps_it_from_being_sent",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "One bad address among 5,000 stops nobody and doesn't make the row set retry for ever",
        hub=(f"{OUTBOX}::test_one_bad_address_among_many_stops_nobody", ANSWERS),
        without=HUB_ALONE,
    ),
    Sentence(
        "4xx defers with backoff, 5xx settles as BOUNCED, 552/550-5.1.1 at RCPT counts as a hard bounce",
        hub=(ANSWERS, f"{REPORTS}::test_a_failure_is_told_apart_by_its_status"),
        without=HUB_ALONE,
    ),
    Sentence(
        "421 or a closed pipe after 2,500 messages reconnects",
        hub=(ANSWERS, f"{ENGINE}::test_a_server_that_closes_after_some_messages_gets_another_connection"),
        without=HUB_ALONE,
    ),
    Sentence(
        "An auto-reply or vacation note is never a bounce, and mail in the bounce box that isn't ours isn't deleted",
        hub=(
            f"{REPORTS}::test_no_other_mail_is_a_report",
            f"{BOUNCES}::test_reports_settle_their_own_messages_and_no_other_mail_is_touched",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "GET, HEAD and prefetch on the unsubscribe link change nothing; POST with the one-click body does, without session, cookies or JS; twice is answered kindly",
        hub=(
            f"{UNSUBSCRIBE}::test_looking_changes_nothing_and_one_click_does_even_twice",
            f"{UNSUBSCRIBE}::test_a_damaged_link_is_answered_kindly",
            f"{_M}suppression/test_links.py::test_the_headers_are_those_of_rfc_8058",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Unsubscribing is for a purpose, and never stops tickets, password mails or waitlist offers that the person asked for",
        hub=(
            f"{UNSUBSCRIBE}::test_the_link_of_a_mail_works_and_tickets_have_none_and_still_go",
            f"{OFFERS}::test_a_cancellation_brings_the_offer_by_mail_its_link_accepts_and_the_ticket_follows",
            f"{ENGINE}::test_an_opt_out_wins_that_comes_after_the_message_was_prepared",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Suppression is read again in the claiming statement, so an opt-out one second before sending wins",
        hub=(f"{ENGINE}::test_an_opt_out_wins_that_comes_after_the_message_was_prepared",),
        without=HUB_ALONE,
    ),
    Sentence(
        "A template with an unknown variable fails at save; empty values are counted in the preview with a default offered; no placeholder is printed",
        hub=(
            f"{LANGUAGE}::test_an_unknown_variable_fails_at_save_with_its_line",
            f"{LANGUAGE}::test_an_empty_value_is_noted_and_its_placeholder_is_never_printed",
            f"{BROADCASTS}::test_the_preview_counts_and_the_audience_is_frozen",
            f"{COMPOSITION}::test_an_empty_value_is_missing_until_there_is_a_default",
            f"{CONTENT}::test_an_empty_value_sends_nothing_instead_of_a_placeholder",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Preview uses the real renderer and a real recipient; the web copy equals the mail",
        hub=(
            f"{CONTENT}::test_a_mail_brings_ticket_calendar_and_images_and_its_web_copy_is_the_same",
            f"{PAGES}::test_a_template_is_written_previewed_with_a_real_person_and_published",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Sandboxed templates can't exhaust the hub: output and time are bounded",
        hub=(
            f"{LANGUAGE}::test_a_text_that_could_exhaust_the_hub_is_refused_before_it_is_compiled",
            f"{LANGUAGE}::test_source_and_output_are_bounded",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "CR, LF and NUL in subject, name or address are refused before a message is built, with a 422",
        hub=(
            f"{OUTBOX}::test_line_breaks_and_nul_are_refused_before_a_message_exists",
            f"{COMPOSITION}::test_a_value_with_a_line_break_is_refused_before_a_message_is_built",
            f"{ROUTES}::test_an_address_on_the_list_gets_none_of_its_purpose_until_it_is_taken_off",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Quiet hours that wrap midnight, on both DST days, in zones at +14 and −11: deferred once, sent once",
        hub=(
            f"{QUIET}::test_the_night_ends_by_the_recipients_clock",
            f"{QUIET}::test_an_end_in_the_gap_is_the_end_of_the_gap_and_an_end_that_comes_twice_counts_once",
            f"{QUIET}::test_what_is_deferred_once_may_be_sent_then",
            f"{ENGINE}::test_quiet_hours_of_the_recipients_zone_defer_once",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "A window missed by a restart is caught up once",
        hub=(
            f"{REACTIONS}::test_a_reminder_goes_out_once_and_again_if_the_event_moves",
            f"{ENGINE}::test_a_limit_holds_over_a_restart",
        ),
        without="There are no digests; reminders and limits are the windows that the hub has.",
    ),
    Sentence(
        "MessageDelivery gains UNSURE (never resent without a person's word) and a lease",
        hub=(
            SUCCESSOR,
            f"{_M}pages/test_accounts.py::test_an_unsure_message_is_listed_and_sent_again_by_a_person",
            f"{ROUTES}::test_what_became_of_messages_is_read_and_an_unsure_one_is_sent_again",
            f"{BROADCASTS}::test_those_who_did_not_get_it_are_written_to_again_and_nobody_else",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Suppression has a purpose and a source (person, bounce, complaint, operator)",
        hub=(
            f"{BOUNCES}::test_reports_settle_their_own_messages_and_no_other_mail_is_touched",
            f"{UNSUBSCRIBE}::test_a_person_takes_it_back_on_the_page_but_not_what_an_operator_decided",
            f"{ROUTES}::test_an_address_on_the_list_gets_none_of_its_purpose_until_it_is_taken_off",
        ),
        without=HUB_ALONE,
    ),
)
