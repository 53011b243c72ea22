"""Take a clone back, as long as nothing was added to the copy or changed in it."""

from collections.abc import Iterator, Sequence

from sqlalchemy import delete

from hub_sync.contract.enums import CloneStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.service import EventChanges, EventNotFound
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.series.cloning import sources
from hub_sync.hub.domains.series.cloning.declarations import (
    EVENTS,
    PEOPLE,
    copied_tables,
    event_table,
    left_out,
    table_of,
)
from hub_sync.hub.domains.series.cloning.running import (
    digest,
    digest_of_event,
    digest_with_version,
    get_clone,
)
from hub_sync.hub.domains.series.errors import CloneNotMade, CloneUndoBlocked, CloneUndone
from hub_sync.hub.domains.series.manifest import CLONE_TAKEN_BACK, EventCloneUndone
from hub_sync.hub.domains.series.tables import CloneOperation
from hub_sync.hub.kit.db.bulk import in_values
from hub_sync.hub.kit.db.cloning import CopiedTable, Values
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.i18n import N_

CHANGED_PEOPLE = N_("Participants")
_OF_SERIES = ("event_editions", "series_operations")
"""A series keeps what it knows of an event that is taken back: its number is not given again by itself."""


def undo_clone(work: Work, tenant_id: str, event_id: str, clone_id: str) -> CloneOperation:
    """Remove all that a clone has made. A new event is deleted; one that was filled is as it was before, and empty.

    Raises:
        CloneNotFound: 404. CloneUndone: it was taken back already (409). CloneNotMade: it failed (409).
        CloneUndoBlocked: something was added or changed since (409).
    """
    operation = get_clone(work, FeedKey(tenant_id, event_id), clone_id, for_update=True)
    if operation.status is CloneStatus.FAILED:
        raise CloneNotMade
    if operation.undone_at is not None:
        raise CloneUndone
    target = FeedKey(tenant_id, operation.target_event_id or "")
    changes = list(dict.fromkeys(find_changes(work, target, operation)))
    if changes:
        raise CloneUndoBlocked(changes=changes)
    _remove_rows(work, target, operation)
    version = events.get(work, *target).version
    if operation.target_before is None:
        events.delete(work, tenant_id, target.event_id, version)
    else:
        events.update(work, tenant_id, target.event_id, EventChanges(**operation.target_before), version)
    operation.undone_at, operation.undone_by = work.now(), work.actor
    work.session.flush()
    audit.record(work, tenant_id, CLONE_TAKEN_BACK, operation.id, after={"target_event_id": target.event_id})
    if not operation.options.get("as_template"):
        undone = EventCloneUndone(
            entity_id=operation.id,
            event_id=operation.source_event_id,
            target_event_id=target.event_id,
        )
        domain_events.emit(work, tenant_id, undone)
    return operation


def find_changes(work: Work, target: FeedKey, operation: CloneOperation) -> Iterator[str]:
    """Yield the labels of what was added to the copy, changed in it or removed from it since it was made."""
    try:
        event = events.get(work, *target)
    except EventNotFound:
        yield event_table().label
        return
    known_event = operation.fingerprints[EVENTS][event.id]
    # Clones of older hubs have noted the version: a change of it blocks them, also one that was taken back.
    if known_event not in (event.version, digest_of_event(work, target)):
        yield event_table().label
    for copied in copied_tables():
        known = operation.fingerprints.get(copied.table, {})
        rows = [
            row
            for row in sources.read_rows(work, target, copied.table)
            if row["id"] in known or not copied.comes_by_itself(row)
        ]
        as_noted = [row for row in rows if known.get(row["id"]) in _digests(copied, row)]
        if len(as_noted) != len(rows) or len(rows) != len(known):
            yield copied.label
    known_people = operation.fingerprints.get(PEOPLE, {})
    if participants.versions_of_event(work, *target) != known_people:
        yield CHANGED_PEOPLE
    yield from sources.left_out_in(work, target, but={PEOPLE})


def _digests(copied: CopiedTable, row: Values) -> tuple[str, str]:
    return digest(copied, row), digest_with_version(copied, row)


def _remove_rows(work: Work, target: FeedKey, operation: CloneOperation) -> None:
    for name in _tables_that_follow():
        work.session.execute(delete(table_of(name)).where(sources.of_event(name, target)))
    for name in (PEOPLE, *(copied.table for copied in reversed(copied_tables()))):
        ids = list(operation.fingerprints.get(name, {}))
        if ids:
            columns = table_of(name).c
            of_clone = (columns.tenant_id == target.tenant_id) & in_values(columns.id, ids, work.dialect)
            work.session.execute(delete(table_of(name)).where(of_clone))


def _tables_that_follow() -> Sequence[str]:
    """Return the tables whose rows come by themselves and refer to something that a clone makes."""
    alone = {"tenants", EVENTS}
    return [
        name
        for each in left_out()
        if each.in_empty
        for name in each.tables
        if {key.referred_table.name for key in table_of(name).foreign_key_constraints} - alone
        and name not in _OF_SERIES
    ]
