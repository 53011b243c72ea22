"""What a neighbour is believed of queues."""

from pathlib import Path

from hub_sync.client.store.queue.issuers import IssuerLookup
from hub_sync.contract.ids import new_id
from hub_sync.contract.queue import QueueActionKind
from tests.support.builders.queues import build_queue_station


def test_a_station_that_an_older_hub_lists_is_believed_and_one_of_an_unknown_profile_is_not(
    tmp_path: Path,
) -> None:
    station = build_queue_station(tmp_path, lane="K")
    ticket = station.issue()
    (issued,) = station.store.queue.actions.of_ticket(ticket.ticket.id)
    called = issued.model_copy(update={"id": new_id(), "kind": QueueActionKind.CALLED, "issue": None})
    lookup = IssuerLookup(station.store.queue.actions)
    assert lookup.allows("", called)
    assert lookup.allows("desk", called)
    assert not lookup.allows("kiosk", called)
    assert not lookup.allows("of-a-newer-hub", called)
    taken_back = called.model_copy(update={"kind": QueueActionKind.CANCELLED})
    assert lookup.allows("kiosk", taken_back), "its own"
    assert not lookup.allows("kiosk", taken_back.model_copy(update={"device_id": "another"}))
    station.store.close()
