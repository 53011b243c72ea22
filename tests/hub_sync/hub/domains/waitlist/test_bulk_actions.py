"""Many participants join the waitlist by one bulk operation."""

import pytest

from hub_sync.hub.domains.bulk.service import BulkItem, BulkItemStatus, BulkOperation
from hub_sync.hub.domains.waitlist import service
from hub_sync.hub.domains.waitlist.bulk_actions import JoinWaitlist
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
    items = [BulkItem(name, 0, name, 1, None) for name in ("cleo", "dora")]
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
