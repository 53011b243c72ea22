"""What can be asked of check-in's lists."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select

from hub_sync.hub.domains.check_in.schemas import AccessLogOut, CheckpointOut, ConflictOut, Named
from hub_sync.hub.domains.check_in.tables import AccessConflict, AccessLog, Checkpoint
from hub_sync.hub.domains.participants import persons
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.lists.listing import Listing


def _checkpoints(work: Work, tenant_id: str, rows: Sequence[AccessLog]) -> Mapping[str, Named]:
    """The checkpoint beside each row; one that was deleted still has its name."""
    wanted = sorted({row.checkpoint_id for row in rows})
    query = select(Checkpoint.id, Checkpoint.name).where(
        Checkpoint.tenant_id == tenant_id, Checkpoint.id.in_(wanted)
    )
    known = {id_: Named(id=id_, name=name) for id_, name in work.session.execute(query)}
    return {row.id: known[row.checkpoint_id] for row in rows if row.checkpoint_id in known}


def _participants(
    work: Work, tenant_id: str, rows: Sequence[AccessLog | AccessConflict]
) -> Mapping[str, Named]:
    """The participant beside each row; whoever was merged into another is that other."""
    by_event: dict[str, set[str]] = {}
    for row in rows:
        if row.participant_id:
            by_event.setdefault(row.event_id, set()).add(row.participant_id)
    known = {
        (event_id, id_): Named(
            id=named.person.id,
            name=f"{named.first_name} {named.last_name}".strip(),
        )
        for event_id, ids in by_event.items()
        for id_, named in persons.find_by_ids(work.session, FeedKey(tenant_id, event_id), ids).items()
    }
    asked = {row.id: (row.event_id, row.participant_id or "") for row in rows}
    return {row_id: known[who] for row_id, who in asked.items() if who in known}


CHECKPOINTS = Listing(
    row=Checkpoint,
    schema=CheckpointOut,
    sorts={
        "name": Checkpoint.name,
        "created_at": Checkpoint.created_at,
        "updated_at": Checkpoint.updated_at,
    },
    default_sort="name",
    filters={
        "active": Checkpoint.active,
        "type": Checkpoint.type,
        "direction": Checkpoint.direction,
        "zone": Checkpoint.zone,
        "name": Checkpoint.name,
    },
)

ACCESS_LOG = Listing(
    row=AccessLog,
    schema=AccessLogOut,
    sorts={"scanned_at": AccessLog.scanned_at, "received_at": AccessLog.received_at},
    default_sort="-scanned_at",
    filters={
        "checkpoint_id": AccessLog.checkpoint_id,
        "device_id": AccessLog.device_id,
        "participant_id": AccessLog.participant_id,
        "result": AccessLog.result,
        "reason_code": AccessLog.reason_code,
        "scan_type": AccessLog.scan_type,
        "direction": AccessLog.direction,
        "zone": AccessLog.zone,
        "override_asked": AccessLog.override_asked,
        "flag": AccessLog.flag,
        "scanned_at": AccessLog.scanned_at,
        "received_at": AccessLog.received_at,
    },
    expands={"checkpoint": _checkpoints, "participant": _participants},
)

CONFLICTS = Listing(
    row=AccessConflict,
    schema=ConflictOut,
    sorts={"at": AccessConflict.at_ms, "created_at": AccessConflict.created_at},
    default_sort="-at",
    filters={
        "cleared": AccessConflict.cleared,
        "zone": AccessConflict.zone,
        "participant_id": AccessConflict.participant_id,
        "device_id": AccessConflict.device_id,
    },
    expands={"participant": _participants},
)


def checkpoints_of(tenant_id: str, event_id: str) -> Select[Any]:
    """An event's checkpoints; deleted ones are not among them."""
    return select(Checkpoint).where(
        Checkpoint.tenant_id == tenant_id, Checkpoint.event_id == event_id, Checkpoint.deleted_at.is_(None)
    )


def log_of(tenant_id: str, event_id: str) -> Select[Any]:
    """An event's access log."""
    return select(AccessLog).where(AccessLog.tenant_id == tenant_id, AccessLog.event_id == event_id)


def conflicts_of(tenant_id: str, event_id: str) -> Select[Any]:
    """An event's conflicts, cleared ones among them."""
    return select(AccessConflict).where(
        AccessConflict.tenant_id == tenant_id, AccessConflict.event_id == event_id
    )
