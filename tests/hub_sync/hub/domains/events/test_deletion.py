"""Soft delete of events."""

import pytest
from sqlalchemy import text

from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventChanged, EventNotFound
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded


def test_a_deleted_event_is_not_found_and_its_row_stays(hub: HubContext, seeded: Seeded) -> None:
    key = (seeded.tenant_id, seeded.event_id)
    with hub.uow.begin() as work:
        with pytest.raises(EventChanged):
            events.delete(work, *key, if_version=7)
        events.delete(work, *key, if_version=1)
        with pytest.raises(EventNotFound):
            events.get(work, *key)
        with pytest.raises(EventNotFound):
            events.delete(work, *key)
        query = text("SELECT version, deleted_at FROM events WHERE id = :id")
        version, deleted_at = work.session.execute(query, {"id": seeded.event_id}).one()
    assert version == 2
    assert deleted_at is not None
