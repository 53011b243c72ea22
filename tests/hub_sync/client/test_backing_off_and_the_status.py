import pytest

from hub_sync.client.http.errors import (
    LOCKED,
    NO_ANSWER,
    HubBusy,
    HubServerError,
    HubUnreachable,
    StationLocked,
)
from hub_sync.client.sync.backoff import BASE_S, CAP_S, Backoff
from hub_sync.client.sync.status import ConnectionState, StatusTracker, SyncStatus


def test_the_bound_doubles_up_to_a_cap_and_the_wait_is_anything_below() -> None:
    highest = Backoff(lambda: 1.0)
    waits = [highest.failed() for _ in range(10)]
    assert waits[:4] == [BASE_S, BASE_S * 2, BASE_S * 4, BASE_S * 8]
    assert waits[-1] == CAP_S
    assert Backoff(lambda: 0.0).failed() == 0.0


def test_a_success_begins_again() -> None:
    backoff = Backoff(lambda: 1.0)
    for _ in range(5):
        backoff.failed()
    backoff.succeeded()
    assert backoff.failed() == BASE_S


def test_ten_thousand_failures_do_not_overflow() -> None:
    backoff = Backoff(lambda: 1.0)
    assert [backoff.failed() for _ in range(10_000)][-1] == CAP_S


@pytest.fixture
def told() -> list[SyncStatus]:
    return []


@pytest.fixture
def board(told: list[SyncStatus]) -> StatusTracker:
    return StatusTracker(told.append)


def test_nothing_is_claimed_before_anything_was_tried(board: StatusTracker) -> None:
    assert board.status.connection is ConnectionState.OFFLINE
    assert "not been reached yet" in board.status.sentence


def test_the_newest_short_answer_tells_whether_the_hub_is_there(board: StatusTracker) -> None:
    board.report("time", None)
    assert board.status.connection is ConnectionState.ONLINE
    board.report("live", HubUnreachable(NO_ANSWER))
    assert board.status.connection is ConnectionState.OFFLINE
    board.report("pull", None)
    assert board.status.connection is ConnectionState.ONLINE


def test_a_push_that_hangs_alone_is_an_error_and_not_an_outage(board: StatusTracker) -> None:
    board.report("pull", None)
    board.report("push", HubUnreachable("too slow"))
    assert board.status.connection is ConnectionState.ONLINE
    assert board.status.last_error == "too slow"


def test_a_push_that_fails_when_nothing_else_was_tried_is_an_outage(board: StatusTracker) -> None:
    board.report("push", HubUnreachable(NO_ANSWER))
    assert board.status.connection is ConnectionState.OFFLINE


def test_upkeep_says_nothing_about_the_link(board: StatusTracker) -> None:
    board.report("pull", HubUnreachable(NO_ANSWER))
    board.report("upkeep", None)
    assert board.status.connection is ConnectionState.OFFLINE


def test_a_locked_station_is_refused_whatever_else_works(board: StatusTracker) -> None:
    board.report("push", StationLocked(LOCKED, "DeviceLocked", 403))
    board.report("time", None)
    assert (board.status.connection, board.status.sentence) == (ConnectionState.REFUSED, LOCKED)


def test_a_fault_of_the_hub_is_still_a_connection(board: StatusTracker) -> None:
    board.report("pull", HubServerError("status 500"))
    assert board.status.connection is ConnectionState.ONLINE
    assert board.status.last_error == "status 500"


def test_throttling_is_told(board: StatusTracker) -> None:
    board.report("pull", None)
    board.report("push", HubBusy("busy", 5))
    assert board.status.sentence == "busy"


def test_only_changes_are_told(board: StatusTracker, told: list[SyncStatus]) -> None:
    board.report("pull", None)
    board.report("pull", None)
    board.update(unsent=3)
    board.update(unsent=3)
    assert len(told) == 2
