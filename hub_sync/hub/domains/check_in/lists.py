"""The lists of check-in: sorting, filters and expansions."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select

from hub_sync.hub.domains.check_in.schemas import (
    AccessLogResponse,
    CheckpointResponse,
    ConflictResponse,
    NamedReference,
    PassageResponse,
)
from hub_sync.hub.domains.check_in.tables import AccessConflict, AccessLog, Checkpoint, PassageReport
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.lists.result_pages import Listing


def _expand_checkpoints(
    work: Work, tenant_id: str, rows: Sequence[AccessLog | PassageReport]
) -> Mapping[str, NamedReference]:
    """Return the checkpoint of each row, by the row's id. A deleted checkpoint still has its name."""
    wanted = sorted({row.checkpoint_id for row in rows})
    query = select(Checkpoint.id, Checkpoint.name).where(
        Checkpoint.tenant_id == tenant_id, Checkpoint.id.in_(wanted)
    )
    known = {id_: NamedReference(id=id_, name=name) for id_, name in work.session.execute(query)}
    return {row.id: known[row.checkpoint_id] for row in rows if row.checkpoint_id in known}


def _expand_participants(
    work: Work, tenant_id: str, rows: Sequence[AccessLog | AccessConflict]
) -> Mapping[str, NamedReference]:
    """Return the participant of each row, by the row's id. A merged participant is represented by the survivor."""
    by_event: dict[str, set[str]] = {}
    for row in rows:
        if row.participant_id:
            by_event.setdefault(row.event_id, set()).add(row.participant_id)
    known = {
        (event_id, id_): NamedReference(
            id=named.person.id,
            name=f"{named.first_name} {named.last_name}".strip(),
        )
        for event_id, ids in by_event.items()
        for id_, named in participants.find_persons(work.session, FeedKey(tenant_id, event_id), ids).items()
    }
    keys = {row.id: (row.event_id, row.participant_id or "") for row in rows}
    return {row_id: known[who] for row_id, who in keys.items() if who in known}


CHECKPOINTS = Listing(
    row=Checkpoint,
    schema=CheckpointResponse,
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
    schema=AccessLogResponse,
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
        "passage": AccessLog.passage,
        "scanned_at": AccessLog.scanned_at,
        "received_at": AccessLog.received_at,
    },
    expands={"checkpoint": _expand_checkpoints, "participant": _expand_participants},
    expand_permissions={"participant": PARTICIPANTS_READ},
)

PASSAGES = Listing(
    row=PassageReport,
    schema=PassageResponse,
    sorts={"observed_at": PassageReport.observed_at},
    default_sort="-observed_at",
    filters={
        "checkpoint_id": PassageReport.checkpoint_id,
        "device_id": PassageReport.device_id,
        "access_log_id": PassageReport.access_log_id,
        "outcome": PassageReport.outcome,
        "cause": PassageReport.cause,
        "observed_at": PassageReport.observed_at,
    },
    expands={"checkpoint": _expand_checkpoints},
)

CONFLICTS = Listing(
    row=AccessConflict,
    schema=ConflictResponse,
    sorts={"at": AccessConflict.at_ms, "created_at": AccessConflict.created_at},
    default_sort="-at",
    filters={
        "state": AccessConflict.state,
        "kind": AccessConflict.kind,
        "zone": AccessConflict.zone,
        "participant_id": AccessConflict.participant_id,
        "device_id": AccessConflict.device_id,
    },
    expands={"participant": _expand_participants},
    expand_permissions={"participant": PARTICIPANTS_READ},
)


def select_checkpoints(tenant_id: str, event_id: str) -> Select[Any]:
    """Return the query of an event's checkpoints without the deleted ones."""
    return select(Checkpoint).where(
        Checkpoint.tenant_id == tenant_id, Checkpoint.event_id == event_id, Checkpoint.deleted_at.is_(None)
    )


def select_access_log(tenant_id: str, event_id: str) -> Select[Any]:
    """Return the query of an event's access log."""
    return select(AccessLog).where(AccessLog.tenant_id == tenant_id, AccessLog.event_id == event_id)


def select_passages(tenant_id: str, event_id: str) -> Select[Any]:
    """Return the query of what stations reported of passages at an event."""
    return select(PassageReport).where(
        PassageReport.tenant_id == tenant_id, PassageReport.event_id == event_id
    )


def select_conflicts(tenant_id: str, event_id: str) -> Select[Any]:
    """Return the query of an event's conflicts, resolved ones included."""
    return select(AccessConflict).where(
        AccessConflict.tenant_id == tenant_id, AccessConflict.event_id == event_id
    )
