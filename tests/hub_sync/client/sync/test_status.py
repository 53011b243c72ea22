import pytest

from hub_sync.client.http.errors import (
    LOCKED,
    NO_ANSWER,
    CertificateRefused,
    HubBusy,
    HubServerError,
    HubUnreachable,
    StationLocked,
)
from hub_sync.client.sync.status import ConnectionState, LoopFailed, StatusTracker, SyncStatus
from hub_sync.rules.certificate_faults import CertificateFault


@pytest.fixture
def published() -> list[SyncStatus]:
    return []


@pytest.fixture
def tracker(published: list[SyncStatus]) -> StatusTracker:
    return StatusTracker(published.append)


def test_nothing_is_claimed_before_anything_was_tried(tracker: StatusTracker) -> None:
    assert tracker.status.connection is ConnectionState.OFFLINE
    assert "not been reached yet" in tracker.status.sentence


def test_the_newest_short_answer_tells_whether_the_hub_is_there(tracker: StatusTracker) -> None:
    connections = []
    for loop, failure in (("time", None), ("live", HubUnreachable(NO_ANSWER)), ("pull", None)):
        tracker.report(loop, failure)
        connections.append(tracker.status.connection)
    assert connections == [ConnectionState.ONLINE, ConnectionState.OFFLINE, ConnectionState.ONLINE]


def test_a_push_that_hangs_alone_is_an_error_and_not_an_outage(tracker: StatusTracker) -> None:
    tracker.report("pull", None)
    tracker.report("push", HubUnreachable("too slow"))
    assert tracker.status.connection is ConnectionState.ONLINE
    assert tracker.status.last_error == "too slow"


def test_a_push_that_fails_when_nothing_else_was_tried_is_an_outage(tracker: StatusTracker) -> None:
    tracker.report("push", HubUnreachable(NO_ANSWER))
    assert tracker.status.connection is ConnectionState.OFFLINE


def test_maintenance_says_nothing_about_the_connection(tracker: StatusTracker) -> None:
    tracker.report("pull", HubUnreachable(NO_ANSWER))
    tracker.report("maintenance", None)
    assert tracker.status.connection is ConnectionState.OFFLINE


def test_a_certificate_that_is_not_accepted_is_told_until_it_is(tracker: StatusTracker) -> None:
    refused = CertificateRefused(CertificateFault.EXPIRED, "hub.example.org")
    tracker.report("pull", refused)
    tracker.report("maintenance", None)
    assert tracker.status.connection is ConnectionState.OFFLINE
    assert tracker.status.sentence == str(refused)
    assert tracker.status.certificate_fault is CertificateFault.EXPIRED
    tracker.report("pull", HubUnreachable(NO_ANSWER))
    assert tracker.status.certificate_fault is None


def test_a_locked_station_is_refused_whatever_else_works(tracker: StatusTracker) -> None:
    tracker.report("push", StationLocked(LOCKED, "DeviceLocked", 403))
    tracker.report("time", None)
    assert (tracker.status.connection, tracker.status.sentence) == (ConnectionState.REFUSED, LOCKED)


def test_a_fault_of_the_hub_is_still_a_connection(tracker: StatusTracker) -> None:
    tracker.report("pull", HubServerError("status 500"))
    assert tracker.status.connection is ConnectionState.ONLINE
    assert tracker.status.last_error == "status 500"


def test_the_hubs_request_to_wait_is_shown(tracker: StatusTracker) -> None:
    tracker.report("pull", None)
    tracker.report("push", HubBusy("busy", 5))
    assert tracker.status.sentence == "busy"


def test_only_changes_are_published(tracker: StatusTracker, published: list[SyncStatus]) -> None:
    tracker.report("pull", None)
    tracker.report("pull", None)
    tracker.update(unsent=3)
    tracker.update(unsent=3)
    assert len(published) == 2


def test_a_bug_in_a_loop_is_not_hidden_behind_a_connection(tracker: StatusTracker) -> None:
    tracker.report("pull", LoopFailed("Part of the program failed."))
    tracker.report("time", None)
    assert (tracker.status.connection, tracker.status.program_failed) == (ConnectionState.ONLINE, True)
    tracker.report("pull", None)
    assert not tracker.status.program_failed


def test_an_observer_that_fails_ends_no_loop_and_hears_the_next_status(
    published: list[SyncStatus],
) -> None:
    fails = iter([True, False])

    def observe(status: SyncStatus) -> None:
        if next(fails):
            raise RuntimeError("the window is gone")
        published.append(status)

    tracker = StatusTracker(observe)
    tracker.report("pull", HubUnreachable(NO_ANSWER))
    assert tracker.status.sentence == NO_ANSWER
    tracker.report("pull", None)
    assert published == [tracker.status]


def test_the_newest_answer_decides_also_of_a_loop_that_answered_before(tracker: StatusTracker) -> None:
    connections = []
    for loop, failure in (("time", None), ("live", HubUnreachable(NO_ANSWER)), ("time", None)):
        tracker.report(loop, failure)
        connections.append(tracker.status.connection)
    assert connections == [ConnectionState.ONLINE, ConnectionState.OFFLINE, ConnectionState.ONLINE]
