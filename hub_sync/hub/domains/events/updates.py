"""Update events. Each change locks the row, checks the version that was read, and is audited and emitted in the same transaction."""

from typing import Any

from hub_sync.contract.enums import EventStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events.errors import (
    DoorsReversed,
    EventChanged,
    EventDatesReversed,
    EventNotFound,
    EventTemplateStatusFixed,
)
from hub_sync.hub.domains.events.manifest import EVENT_UPDATED, EventUpdated
from hub_sync.hub.domains.events.schemas import EventChanges, NewEvent
from hub_sync.hub.domains.events.tables import Event
from hub_sync.hub.kit.db.optimistic_locking import IfVersion, check_version
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.events.domain_events import DomainEvent

_NULLABLE = frozenset({"capacity", "doors_open_at", "doors_close_at", "everyone_leaves_at"})


def update(
    work: Work, tenant_id: str, event_id: str, changes: EventChanges, if_version: IfVersion = None
) -> Event:
    """Update the fields that `changes` names. Nothing is written if all values are the same as before.

    Raises:
        EventNotFound: no such event (404).
        EventChanged: the version is not `if_version` (412).
        EventDatesReversed: the event would end before it starts (422).
        DoorsReversed: the doors would close before they open (422).
        EventTemplateStatusFixed: a template would become an event, or an event a template (409).
    """
    event = get_for_update(work, tenant_id, event_id, if_version)
    was_template = event.status is EventStatus.TEMPLATE
    before, starts_at, ends_at = snapshot(event), event.starts_at, event.ends_at
    values: dict[str, Any] = changes.model_dump(exclude_unset=True)
    for name, value in values.items():
        if value is not None or name in _NULLABLE:
            setattr(event, name, value)
    if (event.status is EventStatus.TEMPLATE) is not was_template:
        raise EventTemplateStatusFixed
    if event.doors_open_at is not None and "doors_open_at" not in values:
        event.doors_open_at += event.starts_at - starts_at
    if event.doors_close_at is not None and "doors_close_at" not in values:
        event.doors_close_at += event.ends_at - ends_at
    check_dates(event)
    if snapshot(event) == before:
        return event
    event.version += 1
    work.session.flush()
    audit.record(work, tenant_id, EVENT_UPDATED, event.id, before=before, after=snapshot(event))
    announce(work, event, EventUpdated(entity_id=event.id, event_id=event.id, changed=sorted(values)))
    return event


def announce(work: Work, event: Event, happened: DomainEvent) -> None:
    """Emit what happened to an event. Of a template nobody hears: programs would take it for an event."""
    if event.status is not EventStatus.TEMPLATE:
        domain_events.emit(work, event.tenant_id, happened)


def get_for_update(work: Work, tenant_id: str, event_id: str, if_version: IfVersion) -> Event:
    """Lock the event until the transaction ends and return it: of two changes of one version, one is refused.

    The lock is FOR NO KEY UPDATE, so that rows that refer to the event can be written meanwhile: their writers hold
    the lock of the feed, which this transaction needs next.

    Raises:
        EventNotFound: no such event (404).
        EventChanged: the version is not `if_version` (412).
    """
    event = work.session.get(
        Event, (tenant_id, event_id), with_for_update={"key_share": True}, populate_existing=True
    )
    if event is None or event.deleted_at:
        raise EventNotFound
    check_version(event.version, if_version, EventChanged)
    return event


def check_dates(event: Event | NewEvent) -> None:
    """Check that the event ends after it starts, and that the doors close after they open.

    Raises:
        EventDatesReversed, DoorsReversed.
    """
    if event.ends_at <= event.starts_at:
        raise EventDatesReversed
    if (event.doors_close_at or event.ends_at) <= (event.doors_open_at or event.starts_at):
        raise DoorsReversed
