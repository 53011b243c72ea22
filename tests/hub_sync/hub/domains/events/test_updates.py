"""Updates of events: versions, audit entries, domain events, doors."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from hub_sync.contract.enums import EventStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventChanged
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded


def stored_types(hub: HubContext, entity_id: str) -> list[str]:
    with hub.uow.read() as work:
        query = text("SELECT type FROM domain_events WHERE entity_id = :id ORDER BY id")
        return list(work.session.execute(query, {"id": entity_id}).scalars())


def test_an_event_is_changed_field_by_field_and_leaves_before_and_after(
    hub: HubContext, seeded: Seeded
) -> None:
    key = (seeded.tenant_id, seeded.event_id)
    with hub.uow.begin() as work:
        changed = events.update(
            work, *key, events.EventChanges(capacity=None, status=EventStatus.CANCELLED), if_version=1
        )
        assert (changed.version, changed.capacity, changed.name) == (2, None, "Summit")
    with hub.uow.begin() as work:
        with pytest.raises(EventChanged):
            events.update(work, *key, events.EventChanges(name="Late"), if_version=1)
        last = audit.entries_of(work, seeded.tenant_id, "event", seeded.event_id)[-1]
    assert last.before == {"capacity": 500, "status": "PUBLISHED", "version": 1}
    assert last.after == {"capacity": None, "status": "CANCELLED", "version": 2}
    assert stored_types(hub, seeded.event_id) == ["EventCreated", "EventUpdated"]


def test_doors_move_with_the_event_unless_they_are_named(hub: HubContext, seeded: Seeded) -> None:
    key, later = (seeded.tenant_id, seeded.event_id), timedelta(days=30)
    with hub.uow.begin() as work:
        event = events.get(work, *key)
        starts_at, ends_at = event.starts_at, event.ends_at
        opens = starts_at - timedelta(hours=2)
        events.update(work, *key, events.EventChanges(doors_open_at=opens, doors_close_at=ends_at))
        moved = events.EventChanges(starts_at=starts_at + later, ends_at=ends_at + later)
        events.update(work, *key, moved)
        assert (event.doors_open_at, event.doors_close_at) == (opens + later, ends_at + later)
        events.update(work, *key, events.EventChanges(starts_at=starts_at, doors_open_at=None))
        assert (event.doors_open_at, event.doors_close_at) == (None, ends_at + later)
