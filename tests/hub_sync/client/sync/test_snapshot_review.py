"""Doubted snapshots, and the time at which a doubted one is believed."""

from datetime import timedelta

import pytest

from hub_sync.client.http.errors import InvalidHubResponse
from hub_sync.client.store.roster.feed import VanishedRows
from hub_sync.client.sync.snapshot_review import (
    BELIEVED_ANSWERS,
    BETWEEN_ANSWERS_MS,
    EMPTY,
    NO_CHECKPOINT,
    SnapshotReview,
)
from hub_sync.contract.clock import ManualClock

ONE_GONE = VanishedRows(known=5, people=1, digest="1")


@pytest.fixture
def review(clock: ManualClock) -> SnapshotReview:
    return SnapshotReview(clock)


def is_believed(review: SnapshotReview, vanished: VanishedRows, received: int = 4, dropped: int = 0) -> bool:
    try:
        review.require_credible(vanished, received=received, dropped=dropped)
    except InvalidHubResponse:
        return False
    return True


def wait(clock: ManualClock, milliseconds: int = BETWEEN_ANSWERS_MS) -> None:
    clock.advance(timedelta(milliseconds=milliseconds))


def test_a_snapshot_without_vanished_rows_is_believed(review: SnapshotReview) -> None:
    assert is_believed(review, VanishedRows(known=5))


@pytest.mark.parametrize(
    ("vanished", "received", "dropped", "sentence"),
    [
        (VanishedRows(2, 2, "1 2"), 0, 0, EMPTY),
        (VanishedRows(2, 2, "1 2"), 0, 1, "without 2 of the 2"),
        (ONE_GONE, 4, 0, "without 1 of the 5"),
        (VanishedRows(2, checkpoints=("gate",)), 2, 0, NO_CHECKPOINT),
    ],
)
def test_a_doubt_is_a_sentence(
    review: SnapshotReview, vanished: VanishedRows, received: int, dropped: int, sentence: str
) -> None:
    with pytest.raises(InvalidHubResponse, match=sentence):
        review.require_credible(vanished, received=received, dropped=dropped)


def test_like_answers_some_minutes_apart_are_believed_in_the_end(
    review: SnapshotReview, clock: ManualClock
) -> None:
    for _ in range(BELIEVED_ANSWERS - 1):
        assert not is_believed(review, ONE_GONE)
        wait(clock)
    assert is_believed(review, ONE_GONE)
    assert not is_believed(review, ONE_GONE), "and another one begins anew"


def test_answers_in_quick_turn_count_once(review: SnapshotReview, clock: ManualClock) -> None:
    for _ in range(10):
        assert not is_believed(review, ONE_GONE)
        wait(clock, BETWEEN_ANSWERS_MS // 10 - 1)


def test_answers_that_differ_do_not_support_each_other(review: SnapshotReview, clock: ManualClock) -> None:
    for number in range(2 * BELIEVED_ANSWERS):
        assert not is_believed(review, VanishedRows(5, 1, str(number % 2)))
        wait(clock)


def test_a_credible_answer_between_ends_the_row(review: SnapshotReview, clock: ManualClock) -> None:
    for _ in range(3):
        for _ in range(BELIEVED_ANSWERS - 1):
            assert not is_believed(review, ONE_GONE)
            wait(clock)
        review.reset()
