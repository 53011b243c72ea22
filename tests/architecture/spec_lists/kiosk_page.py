"""The faults of the part "Kiosk" of the field page on kiosks, the fleet and the queue, as sentences that tests hold here."""

from tests.architecture.spec_lists.sentence import Sentence

SCREEN, PRESENTER = (
    "kiosk_app/screens/kiosk/test_screen.py",
    "kiosk_app/screens/kiosk/presenter/test_kiosk_presenter.py",
)
GUARD, COMMANDS = "kiosk_app/shell/test_kiosk_guard.py", "kiosk_app/workers/test_kiosk_commands.py"
NUMBERS = "kiosk_app/core/kiosk/test_numbers.py"

KIOSK_PAGE = (
    Sentence(
        "after the idle time no widget, clipboard, undo stack, completer, screen-reader buffer or print holds the last guest's text",
        (
            f"{SCREEN}::test_after_a_visitor_no_widget_and_no_buffer_has_a_trace",
            f"{SCREEN}::test_the_cameras_last_picture_goes_with_the_visitor",
            f"{SCREEN}::test_typed_text_can_not_be_copied_pasted_or_brought_back",
            f"{PRESENTER}::test_a_visitor_who_left_is_forgotten_and_counted_without_a_name",
            f"{COMMANDS}::test_a_number_its_slip_and_the_badge_are_printed_and_forgotten_with_the_visitor",
            "kiosk_app/core/kiosk/test_privacy.py::test_decisions_and_passages_come_without_the_person",
        ),
    ),
    Sentence(
        "pulling paper: the ticket exists, the number is on the screen, staff are called, a reprint prints the same number, the kiosk goes on",
        (
            f"{PRESENTER}::test_a_print_that_fails_leaves_the_number_on_the_screen_and_prints_the_same_again",
            f"{COMMANDS}::test_a_printer_without_paper_is_told_and_heals_and_the_number_lives",
            f"{NUMBERS}::test_a_number_is_in_the_journal_and_its_slip_is_the_same_each_time",
        ),
    ),
    Sentence(
        "a warning before the time is over in two senses, with more time",
        (
            f"{PRESENTER}::test_a_visitor_who_stands_still_is_warned_by_sight_and_sound_and_may_go_on",
            f"{PRESENTER}::test_an_outcome_closes_by_itself_and_a_visitor_with_an_aid_is_warned_instead",
        ),
    ),
    Sentence(
        "the only ways out of a kiosk are listed and tried, under a real window manager",
        (
            f"{GUARD}::test_no_chord_leaves_the_kiosk_under_a_real_window_manager",
            f"{GUARD}::test_no_chord_and_no_special_key_passes",
            f"{GUARD}::test_menus_help_and_drags_reach_no_widget_while_the_kiosk_is_locked",
            f"{GUARD}::test_a_window_that_is_minimised_or_covered_comes_back",
            f"{SCREEN}::test_the_windows_close_button_asks_for_the_pin",
            f"{PRESENTER}::test_the_staff_menu_needs_a_pin_and_every_way_in_asks_for_it",
            f"{PRESENTER}::test_a_kiosk_without_any_pin_opens_no_menu",
        ),
    ),
    Sentence(
        "fault states of a kiosk say why and since when, and heal themselves",
        (
            f"{PRESENTER}::test_out_of_order_says_since_when_and_heals_by_itself",
            f"{PRESENTER}::test_a_kiosk_that_can_check_nobody_in_says_so_and_begins_nothing",
        ),
    ),
    Sentence(
        "speech from the first touch, and a low-reach layout",
        (
            f"{PRESENTER}::test_a_headset_that_is_plugged_in_is_spoken_to_from_the_first_moment",
            f"{SCREEN}::test_in_the_low_layout_every_control_is_in_the_lower_part",
        ),
    ),
)
