"""Many participants join the waitlist by one bulk operation."""

from datetime import timedelta

import pytest

from hub_sync.hub.domains.bulk.manifest import FF_BULK_OPERATIONS
from hub_sync.hub.domains.bulk.service import BulkItem, BulkItemStatus, BulkOperation
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.waitlist import service
from hub_sync.hub.domains.waitlist.bulk_actions import JoinWaitlist
from tests.hub_sync.hub.domains.bulk.conftest import BulkHub, ids
from tests.hub_sync.hub.domains.waitlist.conftest import Waitlist

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


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
    with waitlist.hub.uow.begin() as work:
        feature_flags.switch(work, waitlist.key.tenant_id, FF_BULK_OPERATIONS, enabled=True)
    bulk_hub = BulkHub(waitlist.hub, waitlist.key)
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
