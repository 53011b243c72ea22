"""Conflicts: one ticket that two stations admitted without knowing of each other. They are read and cleared here.

`rules.occupancy` finds them in the scans of a person, `occupancy.projection` stores them, and the overview shows them
(`domains.overview.alerts`).
"""

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.check_in.errors import ConflictNotFound
from hub_sync.hub.domains.check_in.manifest import CONFLICT_CLEARED
from hub_sync.hub.domains.check_in.occupancy import projection
from hub_sync.hub.domains.check_in.tables import AccessConflict
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work

LONGEST_NAME = 400


def get_conflict(work: Work, tenant_id: str, event_id: str, conflict_id: str) -> AccessConflict:
    """Return the conflict of an id.

    Raises:
        ConflictNotFound.
    """
    conflict = work.session.get(AccessConflict, (tenant_id, conflict_id))
    if conflict is None or conflict.event_id != event_id:
        raise ConflictNotFound
    return conflict


def clear_conflict(work: Work, tenant_id: str, event_id: str, conflict_id: str) -> AccessConflict:
    """Clear a conflict: stations and console show it no more. Repeating it changes nothing.

    Raises:
        EventNotFound, ConflictNotFound.
    """
    events.get(work, tenant_id, event_id)
    projection.lock(work, tenant_id, event_id)
    conflict = get_conflict(work, tenant_id, event_id, conflict_id)
    if conflict.cleared:
        return conflict
    before = snapshot(conflict)
    conflict.cleared, conflict.cleared_by = True, work.actor[:LONGEST_NAME]
    work.session.flush()
    audit.record(work, tenant_id, CONFLICT_CLEARED, conflict.id, before=before, after=snapshot(conflict))
    return conflict
