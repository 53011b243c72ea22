"""Cases 17 and 18 of check-in-cases.md, frame by frame."""

from collections.abc import Mapping

import pytest

from kiosk_app.core.debounce import RETRY_MS, Debounce
from kiosk_app.messages import Notice

ADA, BO, CY, DI = "A" * 200, "B" * 200, "C" * 200, "D" * 200
POSTER = "https://example.com/line-up"
FRAME_MS = 66


def test_code_held_for_a_minute_is_one_scan() -> None:
    debounce = Debounce()
    codes = [debounce.next_code((ADA,), at) for at in range(0, 60_000, FRAME_MS)]
    assert [text for text in codes if text] == [ADA]


def test_code_that_flickers_for_a_minute_is_one_scan() -> None:
    debounce = Debounce()
    codes = [
        debounce.next_code((ADA,) if at % 2_500 < FRAME_MS else (), at) for at in range(0, 60_000, FRAME_MS)
    ]
    assert [text for text in codes if text] == [ADA]


def test_code_is_decided_again_three_seconds_after_it_was_last_seen() -> None:
    debounce = Debounce()
    assert debounce.next_code((ADA,), 0) == ADA
    assert debounce.next_code((ADA,), 2_000) is None
    assert debounce.next_code((ADA,), 4_999) is None
    assert debounce.next_code((ADA,), 7_999) == ADA


def test_a_ticket_whose_entry_was_given_back_is_shown_again_at_once_but_not_while_it_is_held_up() -> None:
    debounce = Debounce()
    assert debounce.next_code((ADA,), 0) == ADA
    debounce.give_back(ADA)
    assert [debounce.next_code((ADA,), at) for at in range(100, 5_000, 100)] == [None] * 49, "still held up"
    assert debounce.next_code((), 5_500) is None
    assert debounce.next_code((ADA,), 5_900) == ADA
    assert debounce.next_code((ADA,), 7_000) is None, "the new decision rests as any other"


def test_a_hand_held_scanner_may_read_a_ticket_again_whose_entry_was_given_back() -> None:
    debounce = Debounce()
    assert debounce.is_due(ADA, 0)
    debounce.give_back(ADA)
    assert not any(debounce.is_due(ADA, at) for at in range(1_000, 6_000, 1_000)), (
        "it lies under a scanner on a stand"
    )
    assert debounce.is_due(ADA, 6_300)


def test_two_tickets_in_view_are_asked_about_once_and_not_decided() -> None:
    debounce = Debounce()
    codes = [debounce.next_code((ADA, BO), at) for at in range(0, 5_000, FRAME_MS)]
    assert [each for each in codes if each] == [Notice.TWO_CODES]


def test_the_one_that_stays_is_decided_once_the_other_has_gone() -> None:
    debounce = Debounce()
    debounce.next_code((ADA, BO), 0)
    assert debounce.next_code((ADA,), 100) is None
    assert debounce.next_code((ADA,), 500) == ADA


def test_two_tickets_read_in_turn_are_both_in_view() -> None:
    debounce = Debounce()
    codes = [debounce.next_code((ADA,) if frame % 2 else (BO,), frame * FRAME_MS) for frame in range(1, 60)]
    assert [each for each in codes if each] == [ADA, Notice.TWO_CODES], (
        "the first was alone when it was read; the second never is, and the screen says so"
    )


def test_second_of_two_tickets_on_a_sheet_is_not_decided_by_accident() -> None:
    debounce = Debounce()
    assert debounce.next_code((ADA,), 0) == ADA
    assert debounce.next_code((ADA, BO), 100) is Notice.TWO_CODES
    assert debounce.next_code((ADA, BO), 2_000) is None


def test_poster_behind_the_queue_is_told_once_and_never_in_the_way_of_a_ticket() -> None:
    debounce = Debounce()
    codes = [debounce.next_code((POSTER,), at) for at in range(0, 30_000, 1_000)]
    assert [each for each in codes if each] == [POSTER]
    assert debounce.next_code((POSTER, ADA), 30_000) == ADA


def test_code_that_could_not_be_written_down_is_decided_again_in_a_second() -> None:
    debounce = Debounce()
    debounce.next_code((ADA,), 0)
    debounce.retry_later(ADA, 10)
    codes = [debounce.next_code((ADA,), at) for at in range(50, 3_000, 50)]
    assert [(at, text) for at, text in zip(range(50, 3_000, 50), codes, strict=True) if text] == [
        (1_050, ADA)
    ]


def test_code_that_has_gone_cannot_be_asked_for_again() -> None:
    debounce = Debounce()
    debounce.retry_later(ADA, 0)
    assert debounce.next_code((ADA,), 10) == ADA


def test_a_double_trigger_of_a_hand_held_scanner_is_one_scan() -> None:
    debounce = Debounce()
    due = [debounce.is_due(ADA, at) for at in (0, 150, 2_000)]
    assert due == [True, False, False]


@pytest.mark.parametrize(("every", "answered"), [(1_500, 3_000), (2_000, 4_000)])
def test_a_trigger_that_is_pulled_again_and_again_is_answered_every_three_or_four_seconds(
    every: int, answered: int
) -> None:
    debounce = Debounce()
    times = [at for at in range(0, 12_001, every) if debounce.is_due(ADA, at)]
    assert times == list(range(0, 12_001, answered))


@pytest.mark.parametrize("every", [300, 500, 1_000])
@pytest.mark.parametrize("code", [ADA, "https://example.com"])
def test_a_code_that_lies_under_a_hands_free_scanner_for_a_minute_is_one_scan(every: int, code: str) -> None:
    debounce = Debounce()
    assert [at for at in range(0, 60_000, every) if debounce.is_due(code, at)] == [0]
    assert debounce.is_due(code, 63_000), "it was away for three seconds"


def test_a_trigger_does_not_answer_for_a_ticket_that_the_camera_holds_in_view() -> None:
    debounce = Debounce()
    assert debounce.next_code((ADA,), 0) == ADA
    for at in range(500, 9_000, 500):
        assert not debounce.is_due(ADA, at)
        assert debounce.next_code((ADA,), at) is None


def test_camera_and_hand_held_scanner_share_one_rest() -> None:
    debounce = Debounce()
    assert debounce.next_code((ADA,), 0) == ADA
    assert not debounce.is_due(ADA, 1_000)
    assert debounce.next_code((ADA,), 3_500) is None


def test_a_hand_held_scan_is_decided_though_another_ticket_is_in_view() -> None:
    debounce = Debounce()
    debounce.next_code((ADA,), 0)
    assert debounce.is_due(BO, 100)


def test_a_poster_that_is_scanned_by_hand_rests_only_as_long_as_a_ticket() -> None:
    debounce = Debounce()
    due = [debounce.is_due(POSTER, at) for at in (0, 150, 2_900, 5_900, 20_000)]
    assert due == [True, False, False, True, True], (
        "each pulled trigger gets an answer, a double one gets one"
    )


def test_a_poster_that_the_camera_has_reported_is_answered_when_somebody_pulls_the_trigger() -> None:
    debounce = Debounce()
    assert debounce.next_code((POSTER,), 0) == POSTER
    assert not debounce.is_due(POSTER, 1_000)
    assert debounce.is_due(POSTER, 4_000)
    assert debounce.next_code((POSTER,), 30_000) is None, "in front of the camera it rests for a minute"


def decided(frames: Mapping[int, tuple[str, ...]], until_ms: int = 3_000) -> list[str]:
    """Return what a debounce answers over frames every 33 ms; codes are in the frame nearest to their time."""
    debounce = Debounce()
    frame_of = {round(at / 33) * 33: texts for at, texts in frames.items()}
    answers = (debounce.next_code(frame_of.get(at, ()), at) for at in range(0, until_ms, 33))
    return [answer for answer in answers if answer]


@pytest.mark.parametrize("gap_ms", [33, 100, 200, 300, 390, 500])
def test_tickets_shown_in_quick_turn_are_all_decided(gap_ms: int) -> None:
    frames = {number * gap_ms: (text,) for number, text in enumerate((ADA, BO, CY, DI))}
    assert decided(frames) == [ADA, BO, CY, DI]


def test_a_ticket_shown_for_a_single_frame_after_another_is_decided_when_the_other_has_not_come_back() -> (
    None
):
    debounce = Debounce()
    assert debounce.next_code((ADA,), 0) == ADA
    assert debounce.next_code((BO,), 100) is None
    assert debounce.next_code((), 399) is None
    assert debounce.next_code((), 400) == BO
    assert debounce.next_code((), 900) is None


def test_a_ticket_that_comes_back_between_makes_two_in_view_and_the_screen_says_so() -> None:
    assert decided({0: (ADA,), 100: (BO,), 200: (ADA,)}) == [ADA, Notice.TWO_CODES]


def test_another_pair_soon_after_the_first_is_told_as_well() -> None:
    assert decided({0: (ADA, BO), 600: (CY, DI)}) == [Notice.TWO_CODES] * 2


def test_a_pair_that_was_decided_before_is_nothing_to_tell() -> None:
    assert decided({0: (ADA,), 1_000: (BO,), 1_500: (ADA, BO)}) == [ADA, BO]


def test_noise_among_quick_tickets_holds_none_up() -> None:
    assert decided({0: (ADA,), 99: (POSTER,), 198: (BO, POSTER)}) == [ADA, POSTER, BO]


def test_a_hand_held_scan_is_not_in_view_of_the_camera() -> None:
    debounce = Debounce()
    assert debounce.next_code((CY,), 0) == CY
    assert debounce.next_code((ADA,), 50) is None
    assert debounce.is_due(BO, 100)
    assert debounce.next_code((ADA,), 150) is None
    assert debounce.next_code((ADA,), 400) == ADA


def test_a_ticket_that_waited_when_a_panel_paused_scanning_is_not_decided_long_after() -> None:
    debounce = Debounce()
    assert debounce.next_code((ADA,), 0) == ADA
    assert debounce.next_code((BO,), 100) is None
    assert debounce.keep_in_view((BO,), 150)
    assert not debounce.keep_in_view((BO,), 200)
    assert debounce.take_missed(())
    assert debounce.next_code((), 1_500) is None
    assert not debounce.take_missed(())


def test_a_ticket_that_could_not_be_written_is_tried_again_only_while_it_is_held_up() -> None:
    debounce = Debounce()
    assert debounce.next_code((ADA,), 1_000) == ADA
    debounce.retry_later(ADA, 1_000)
    assert debounce.next_code((ADA,), 1_300) is None
    assert debounce.next_code((), 1_000 + RETRY_MS) is None, "its holder may have gone"
    assert debounce.next_code((ADA,), 1_000 + RETRY_MS + 50) == ADA
