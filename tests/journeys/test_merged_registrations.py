"""Two registrations of one person are merged at the hub: both tickets open as the survivor at real stations, offline too."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub_sync.contract.enums import Direction, ReasonCode
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.duplicates.merging.merge import MergeRequest, merge
from hub_sync.hub.domains.duplicates.merging.undo import undo
from hub_sync.hub.kit.events.change_feed import FeedKey
from tests.support.two_gates import TwoGates, two_gates

EXIT = Direction.EXIT


@pytest.fixture
def here(tmp_path: Path) -> Iterator[TwoGates]:
    with two_gates(tmp_path) as gates:
        yield gates


def key_of(here: TwoGates) -> FeedKey:
    return FeedKey(here.template.venue.tenant_id, here.template.venue.event_id)


def merge_bo_into_ada(here: TwoGates) -> str:
    with here.hub.context.uow.begin() as work:
        return merge(work, *key_of(here), MergeRequest("ada", "bo")).id


def inside(here: TwoGates) -> int:
    with here.hub.context.uow.read() as work:
        return check_in.counts(work, *key_of(here))[0].current


def test_the_losers_ticket_opens_before_the_roster_arrives_and_counts_for_the_survivor(
    here: TwoGates,
) -> None:
    here.offline(here.a)
    merge_bo_into_ada(here)
    assert here.scan(here.a, "bo").is_green, "the station has not heard of it"
    here.online(here.a)
    here.sync(here.a, here.b)
    assert inside(here) == 1
    for station in (here.a, here.b):
        assert here.scan(station, "ada").decision.reason is ReasonCode.ALREADY_INSIDE
        assert here.scan(station, "bo").decision.reason is ReasonCode.ALREADY_INSIDE
    here.wait(minutes=1)
    assert here.scan(here.b, "ada", EXIT).is_green
    here.sync(here.b, here.a)
    assert inside(here) == 0


def test_the_losers_ticket_opens_as_the_survivor_once_the_roster_is_there_and_offline_since(
    here: TwoGates,
) -> None:
    merge_bo_into_ada(here)
    here.sync(here.a, here.b)
    here.offline(here.a)
    green = here.scan(here.a, "bo")
    assert green.is_green
    assert green.decision.participant_id == "ada"
    assert here.scan(here.a, "ada").decision.reason is ReasonCode.ALREADY_INSIDE
    here.online(here.a)
    here.sync(here.a, here.b)
    assert inside(here) == 1
    assert here.scan(here.b, "bo").decision.reason is ReasonCode.ALREADY_INSIDE


def test_whoever_is_inside_with_both_tickets_is_one_person_at_every_gate(here: TwoGates) -> None:
    for who in ("ada", "bo"):
        assert here.scan(here.a, who).is_green
        here.wait(minutes=1)
    here.sync(here.a, here.b)
    assert inside(here) == 2
    merge_id = merge_bo_into_ada(here)
    assert inside(here) == 1
    here.sync(here.a, here.b)
    assert here.scan(here.b, "ada").decision.reason is ReasonCode.ALREADY_INSIDE
    here.wait(minutes=1)
    assert here.scan(here.b, "bo", EXIT).is_green
    here.sync(here.b, here.a)
    assert inside(here) == 0, "one exit takes out whoever came in twice"
    here.wait(minutes=1)
    assert here.scan(here.a, "ada").is_green
    here.sync(here.a, here.b)
    with here.hub.context.uow.begin() as work:
        undo(work, key_of(here), merge_id)
    here.sync(here.a, here.b)
    assert here.scan(here.b, "ada").decision.reason is ReasonCode.ALREADY_INSIDE
    assert inside(here) == 2, "bo's own entry counts again: nobody scanned that ticket out"
    assert here.scan(here.b, "bo").decision.reason is ReasonCode.ALREADY_INSIDE
