"""Many participants join the waitlist by one bulk operation."""

from datetime import timedelta

import pytest

from hub_sync.hub.domains.bulk.manifest import FF_BULK_OPERATIONS
from hub_sync.hub.domains.bulk.service import BulkItem, BulkItemStatus, BulkOperation
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.errors import EventFull
from hub_sync.hub.domains.waitlist import service
from hub_sync.hub.domains.waitlist.bulk_actions import JoinWaitlist
from hub_sync.hub.domains.waitlist.tables import PromotionOutcome
from tests.hub_sync.hub.domains.bulk.conftest import BulkHub, ids
from tests.hub_sync.hub.domains.waitlist.conftest import APPROVED, Waitlist

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def _bulk_hub(waitlist: Waitlist) -> BulkHub:
    with waitlist.hub.uow.begin() as work:
        feature_flags.switch(work, waitlist.key.tenant_id, FF_BULK_OPERATIONS, enabled=True)
    return BulkHub(waitlist.hub, waitlist.key)


def _join(bulk_hub: BulkHub, *people: str) -> str:
    operation_id = bulk_hub.preview(ids(*people), "participant.waitlist", {})
    bulk_hub.run(operation_id)
    return operation_id


def test_many_join_and_free_seats_are_offered_when_all_are_on_the_list(waitlist: Waitlist) -> None:
    for name in ("cleo", "dora"):
        waitlist.person(name, takes_seat=False)
    waitlist.join("emil")
    operation = BulkOperation(tenant_id=waitlist.key.tenant_id, event_id=waitlist.key.event_id)
    action = JoinWaitlist()
    with waitlist.hub.uow.read() as work:
        plans = action.preview(work, operation, ["cleo", "dora", "emil", "ada", "nobody"])
    assert [plan.status for plan in plans] == [
        BulkItemStatus.PENDING,
        BulkItemStatus.PENDING,
        BulkItemStatus.SKIPPED,
        BulkItemStatus.REFUSED,
        BulkItemStatus.REFUSED,
    ]
    items = [BulkItem(name, 0, name, 1, None, {}, {}) for name in ("cleo", "dora")]
    with waitlist.hub.uow.begin() as work:
        action.lock(work, operation, items)
        for item in items:
            action.apply(work, operation, item)
        action.finish(work, operation)
    with waitlist.hub.uow.begin() as work:
        assert action.undo(work, operation, items[1]).status is BulkItemStatus.UNDONE
    with waitlist.hub.uow.read() as work:
        entries = {name: service.find_of_participant(work, waitlist.key, name) for name in ("cleo", "dora")}
        states = {name: entry.status.value for name, entry in entries.items() if entry is not None}
    assert states == {"cleo": "WAITING", "dora": "REMOVED"}


def test_who_changed_since_the_preview_or_joined_anew_since_is_a_conflict(waitlist: Waitlist) -> None:
    bulk_hub = _bulk_hub(waitlist)
    for name in ("cleo", "dora", "emil"):
        waitlist.person(name, takes_seat=False)
    operation_id = bulk_hub.preview(ids("cleo", "dora", "emil"), "participant.waitlist", {})
    with waitlist.hub.uow.begin() as work:
        changes = participants.ParticipantChanges(last_name="Changed")
        participants.update(work, *waitlist.key, "emil", changes)
    bulk_hub.run(operation_id)
    done, conflict = BulkItemStatus.DONE, BulkItemStatus.CONFLICT
    assert bulk_hub.statuses(operation_id) == {"cleo": done, "dora": done, "emil": conflict}
    with waitlist.hub.uow.read() as work:
        entry = service.find_of_participant(work, waitlist.key, "cleo")
        assert entry is not None
    waitlist.do(service.leave, entry.id)
    waitlist.clock.advance(timedelta(seconds=1))
    waitlist.do(service.join, service.NewWaitlistEntry(participant_id="cleo"))
    bulk_hub.undo(operation_id)
    statuses = bulk_hub.statuses(operation_id)
    assert (statuses["cleo"], statuses["dora"]) == (BulkItemStatus.UNDO_CONFLICT, BulkItemStatus.UNDONE)
    assert waitlist.statuses(entry.id) == ["WAITING"], "the place that cleo took anew is not taken away"


def test_whoever_had_a_seat_before_the_operation_has_it_again_after_its_undo(waitlist: Waitlist) -> None:
    bulk_hub = _bulk_hub(waitlist)
    waitlist.capacity(4)
    people = [waitlist.person(name) for name in ("cleo", "dora")]
    for _ in range(2):  # the second time they have a place that was taken back
        operation_id = _join(bulk_hub, *people)
        assert len(waitlist.offers(PromotionOutcome.OPEN)) == 2
        bulk_hub.undo(operation_id)
        assert set(bulk_hub.statuses(operation_id).values()) == {BulkItemStatus.UNDONE}
        assert not waitlist.offers(PromotionOutcome.OPEN)
        assert waitlist.used() == 4
    with pytest.raises(EventFull):
        waitlist.person("emil")
    waitlist.cancel("cleo", APPROVED)  # needs no other seat
    assert waitlist.used() == 4


def test_whoever_had_no_seat_before_the_operation_has_none_after_its_undo(waitlist: Waitlist) -> None:
    bulk_hub = _bulk_hub(waitlist)
    waitlist.do(service.remove, waitlist.join("cleo"))
    bulk_hub.undo(_join(bulk_hub, "cleo"))
    assert waitlist.used() == 2
    with pytest.raises(EventFull):
        waitlist.cancel("cleo", APPROVED)


def test_a_seat_that_went_to_somebody_else_is_not_taken_twice_by_the_undo(waitlist: Waitlist) -> None:
    bulk_hub = _bulk_hub(waitlist)
    waitlist.capacity(4)
    people = [waitlist.person(name) for name in ("cleo", "dora")]
    waits_longer = waitlist.join("emil")
    operation_id = _join(bulk_hub, *people)
    bulk_hub.undo(operation_id)
    undone, conflict = BulkItemStatus.UNDONE, BulkItemStatus.UNDO_CONFLICT
    assert bulk_hub.statuses(operation_id) == {"cleo": undone, "dora": conflict}
    assert waitlist.statuses(waits_longer) == ["OFFERED"]
    assert waitlist.used() == 4
    assert (bulk_hub.items(operation_id)["dora"].error or "").startswith("The seat went to somebody else")


def test_an_event_that_was_too_full_is_as_full_as_before_after_the_undo(waitlist: Waitlist) -> None:
    bulk_hub = _bulk_hub(waitlist)
    people = [waitlist.person(name, takes_seat=False) for name in ("cleo", "dora")]
    operation_id = _join(bulk_hub, *people)
    assert waitlist.used() == 2
    bulk_hub.undo(operation_id)
    assert set(bulk_hub.statuses(operation_id).values()) == {BulkItemStatus.UNDONE}
    assert waitlist.used() == 4
