"""Soft delete of events: the row stays, and is marked as deleted."""

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events.manifest import EVENT_DELETED, EventDeleted
from hub_sync.hub.domains.events.updates import announce, get_for_update
from hub_sync.hub.kit.db.optimistic_locking import IfVersion
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work


def delete(work: Work, tenant_id: str, event_id: str, if_version: IfVersion = None) -> None:
    """Mark an event as deleted: it and everything below it is not found any more. Stations get the change by their next pull.

    Raises:
        EventNotFound: no such event (404).
        EventChanged: the version is not `if_version` (412).
    """
    event = get_for_update(work, tenant_id, event_id, if_version)
    before = snapshot(event)
    event.deleted_at = work.now()
    event.version += 1
    work.session.flush()
    audit.record(work, tenant_id, EVENT_DELETED, event.id, before=before, after=snapshot(event))
    announce(work, event, EventDeleted(entity_id=event.id, event_id=event.id, slug=event.slug))
