"""Soft delete of participants: in the hub, and in the rows for stations."""

import pytest
from sqlalchemy import text

from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.errors import ParticipantNotFound
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded

New = participants.NewParticipant


def stored_types(hub: HubContext, entity_id: str) -> list[str]:
    with hub.uow.read() as work:
        query = text("SELECT type FROM domain_events WHERE entity_id = :id ORDER BY id")
        return list(work.session.execute(query, {"id": entity_id}).scalars())


def test_a_deleted_participant_loses_the_name_at_the_gates_and_is_found_no_more(
    hub: HubContext, seeded: Seeded
) -> None:
    key = (seeded.tenant_id, seeded.event_id)
    with hub.uow.begin() as work:
        participant = participants.create(
            work, *key, New(first_name="Ada", last_name="Lovelace", registration_code="X-1234")
        )
        before = participant.feed_seq
        participants.delete(work, *key, participant.id)
        with pytest.raises(ParticipantNotFound):
            participants.get(work, *key, participant.id)
        with pytest.raises(ParticipantNotFound):
            participants.get_by_code(work, *key, "X1234")
    with hub.uow.read() as work:
        feed_key = FeedKey(*key)
        ((_, row),) = participants.sync_rows.changes(work.session, feed_key, before, 10**9, 10)
        assert row == (participant.id, "", "", "X-1234", "PENDING", "", "deleted", 2, 0, "")
        assert participants.sync_rows.snapshot_page(work.session, feed_key, "", 10) == [row]
        assert participants.sync_rows.count(work.session, feed_key) == 1
        assert participants.count(work, *key) == 0
    assert stored_types(hub, participant.id)[-1] == "ParticipantDeleted"
