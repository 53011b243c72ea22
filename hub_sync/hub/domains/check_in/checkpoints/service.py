"""Checkpoints: create, read, update, toggle, delete.

A change locks the event's feed until commit: of two changes of the same version at once, the second sees the first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, select

from hub_sync.contract.enums import CheckpointDirection, CheckpointType
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.check_in.checkpoints.schemas import (
    NULLABLE,
    REENTRY_NUMBERS,
    CheckpointChanges,
    NewCheckpoint,
)
from hub_sync.hub.domains.check_in.errors import (
    CheckpointChanged,
    CheckpointExists,
    CheckpointNotFound,
    OpeningHoursIncomplete,
    ReentryIncomplete,
)
from hub_sync.hub.domains.check_in.manifest import (
    CHECKPOINT_CREATED,
    CHECKPOINT_DELETED,
    CHECKPOINT_TOGGLED,
    CHECKPOINT_UPDATED,
    CheckpointClosed,
    CheckpointCreated,
    CheckpointDeleted,
    CheckpointOpened,
    CheckpointUpdated,
)
from hub_sync.hub.domains.check_in.tables import Checkpoint
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.kit.db.optimistic_locking import IfVersion, check_version
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.domain.audit_actions import AuditAction
from hub_sync.hub.kit.events import change_feed, domain_events
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.rules.text_normalization import name_key

_READ = select(*Checkpoint.__table__.c).where(
    Checkpoint.tenant_id == bindparam("t"),
    Checkpoint.event_id == bindparam("e"),
    Checkpoint.id == bindparam("c"),
    Checkpoint.deleted_at.is_(None),
)


@dataclass(frozen=True, slots=True)
class CheckpointSummary:
    """A checkpoint as other domains see it; hours are local `HH:MM` in the event's time zone."""

    id: str
    name: str
    type: CheckpointType
    direction: CheckpointDirection
    zone: str | None
    active: bool
    allowed_categories: Sequence[str] | None
    opens_at: str | None
    closes_at: str | None


def create_checkpoint(work: Work, tenant_id: str, event_id: str, new: NewCheckpoint) -> Checkpoint:
    """Create a checkpoint.

    Raises:
        EventNotFound.
        CheckpointExists: the event has one of this name.
    """
    _lock_feed(work, tenant_id, event_id)
    _check_name_is_free(work, tenant_id, event_id, new.name)
    checkpoint = Checkpoint(
        tenant_id=tenant_id, id=work.new_id(), event_id=event_id, **_values(new.model_dump())
    )
    work.session.add(checkpoint)
    _record(
        work,
        checkpoint,
        CHECKPOINT_CREATED,
        CheckpointCreated(entity_id=checkpoint.id, event_id=event_id, name=checkpoint.name),
    )
    return checkpoint


def get_checkpoint(work: Work, tenant_id: str, event_id: str, checkpoint_id: str) -> Checkpoint:
    """Return the checkpoint of an id; a deleted one is not found.

    Raises:
        CheckpointNotFound.
    """
    checkpoint = work.session.get(Checkpoint, (tenant_id, checkpoint_id))
    if checkpoint is None or checkpoint.event_id != event_id or checkpoint.deleted_at:
        raise CheckpointNotFound
    return checkpoint


def get_checkpoint_row(work: Work, tenant_id: str, event_id: str, checkpoint_id: str) -> Row[Any]:
    """Return the columns of a checkpoint, which costs much less than `get_checkpoint`.

    Raises:
        CheckpointNotFound.
    """
    checkpoint = work.fetch_one(_READ, {"t": tenant_id, "e": event_id, "c": checkpoint_id})
    if checkpoint is None:
        raise CheckpointNotFound
    return checkpoint


def require_checkpoint(work: Work, tenant_id: str, event_id: str, checkpoint_id: str) -> None:
    """Check that an event has a checkpoint.

    Raises:
        CheckpointNotFound: 404; there is none of this id, or it was deleted.
    """
    get_checkpoint_row(work, tenant_id, event_id, checkpoint_id)


def list_checkpoints(work: Work, tenant_id: str, event_id: str) -> list[CheckpointSummary]:
    """Return an event's checkpoints by name."""
    c = Checkpoint
    columns = (
        c.id,
        c.name,
        c.type,
        c.direction,
        c.zone,
        c.active,
        c.allowed_categories,
        c.opens_at,
        c.closes_at,
    )
    query = select(*columns).where(c.tenant_id == tenant_id, c.event_id == event_id, c.deleted_at.is_(None))
    return [CheckpointSummary(*row) for row in work.session.execute(query.order_by(c.name))]


def update_checkpoint(
    work: Work,
    tenant_id: str,
    event_id: str,
    checkpoint_id: str,
    changes: CheckpointChanges,
    if_version: IfVersion = None,
) -> Checkpoint:
    """Change the members that `changes` names.

    Raises:
        EventNotFound, CheckpointNotFound, CheckpointExists, CheckpointChanged, OpeningHoursIncomplete, ReentryIncomplete.
    """
    _lock_feed(work, tenant_id, event_id)
    checkpoint = get_checkpoint(work, tenant_id, event_id, checkpoint_id)
    check_version(checkpoint.version, if_version, CheckpointChanged)
    before = snapshot(checkpoint)
    if changes.name and changes.name != checkpoint.name:
        _check_name_is_free(work, tenant_id, event_id, changes.name, checkpoint.id)
    values = _values(changes.model_dump(exclude_unset=True))
    for name, value in values.items():
        if value is not None or name in NULLABLE:
            setattr(checkpoint, name, value)
    if (checkpoint.opens_at is None) != (checkpoint.closes_at is None):
        raise OpeningHoursIncomplete
    number = REENTRY_NUMBERS.get(checkpoint.reentry)
    if number is not None and getattr(checkpoint, number) is None:
        raise ReentryIncomplete(member=number)
    checkpoint.version += 1
    updated = CheckpointUpdated(entity_id=checkpoint.id, event_id=event_id, changed=sorted(values))
    _record(work, checkpoint, CHECKPOINT_UPDATED, updated, before)
    return checkpoint


def toggle_checkpoint(
    work: Work, tenant_id: str, event_id: str, checkpoint_id: str, active: bool
) -> Checkpoint:
    """Switch a checkpoint on or off; repeating it changes nothing.

    Raises:
        EventNotFound, CheckpointNotFound.
    """
    _lock_feed(work, tenant_id, event_id)
    checkpoint = get_checkpoint(work, tenant_id, event_id, checkpoint_id)
    if checkpoint.active is active:
        return checkpoint
    before = snapshot(checkpoint)
    checkpoint.active = active
    checkpoint.version += 1
    kind = CheckpointOpened if active else CheckpointClosed
    toggled = kind(entity_id=checkpoint.id, event_id=event_id)
    _record(work, checkpoint, CHECKPOINT_TOGGLED, toggled, before)
    return checkpoint


def delete_checkpoint(
    work: Work, tenant_id: str, event_id: str, checkpoint_id: str, if_version: IfVersion = None
) -> None:
    """Mark a checkpoint as deleted; its log stays.

    Raises:
        EventNotFound, CheckpointNotFound, CheckpointChanged.
    """
    _lock_feed(work, tenant_id, event_id)
    checkpoint = get_checkpoint(work, tenant_id, event_id, checkpoint_id)
    check_version(checkpoint.version, if_version, CheckpointChanged)
    before = snapshot(checkpoint)
    checkpoint.deleted_at, checkpoint.active = work.now(), False
    checkpoint.version += 1
    deleted = CheckpointDeleted(entity_id=checkpoint.id, event_id=event_id, name=checkpoint.name)
    _record(work, checkpoint, CHECKPOINT_DELETED, deleted, before)


def _lock_feed(work: Work, tenant_id: str, event_id: str) -> None:
    events.check_exists(work, tenant_id, event_id)
    change_feed.lock(work.session, change_feed.FeedKey(tenant_id, event_id))


def _values(values: dict[str, Any]) -> dict[str, Any]:
    values = dict(values)
    if values.get("allowed_categories") is not None:
        values["allowed_categories"] = list(values["allowed_categories"])
    if "zone" in values:
        values["zone"] = values["zone"] or None
    return values


def _check_name_is_free(work: Work, tenant_id: str, event_id: str, name: str, own_id: str = "") -> None:
    others = select(Checkpoint.id).where(
        Checkpoint.tenant_id == tenant_id,
        Checkpoint.event_id == event_id,
        Checkpoint.folded_name == name_key(name),
        Checkpoint.id != own_id,
        Checkpoint.deleted_at.is_(None),
    )
    if work.session.scalar(others) is not None:
        raise CheckpointExists(name=name)


def _record(
    work: Work,
    checkpoint: Checkpoint,
    action: AuditAction,
    event: DomainEvent,
    before: dict[str, Any] | None = None,
) -> None:
    """Write the audit entry and the domain event of a change."""
    work.session.flush()
    audit.record(work, checkpoint.tenant_id, action, checkpoint.id, before=before, after=snapshot(checkpoint))
    domain_events.emit(work, checkpoint.tenant_id, event)
