"""Conflicts: what happened at the gates that somebody should look into. They are read, resolved and opened again here.

`rules.conflicts` decides what one is, `conflicts.recording` and `occupancy.projection` store them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import func, select

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.check_in.conflicts import recording
from hub_sync.hub.domains.check_in.errors import (
    ConflictNotFound,
    ConflictNotResolved,
    ConflictResolvedAlready,
)
from hub_sync.hub.domains.check_in.manifest import CONFLICT_REOPENED, CONFLICT_RESOLVED
from hub_sync.hub.domains.check_in.tables import AccessConflict
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import change_feed, domain_events
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.conflicts import ConflictKind, ConflictState

LONGEST_NAME = 400
NEED_ATTENTION = tuple(state for state in ConflictState if state.needs_attention)


def get_conflict(work: Work, tenant_id: str, event_id: str, conflict_id: str) -> AccessConflict:
    """Return the conflict of an id.

    Raises:
        ConflictNotFound.
    """
    conflict = work.session.get(AccessConflict, (tenant_id, conflict_id))
    if conflict is None or conflict.event_id != event_id:
        raise ConflictNotFound
    return conflict


def count_conflicts(work: Work, key: FeedKey) -> Mapping[ConflictState, Mapping[ConflictKind, int]]:
    """Return the number of an event's conflicts by state and kind."""
    c = AccessConflict
    query = (
        select(c.state, c.kind, func.count())
        .where(c.tenant_id == key.tenant_id, c.event_id == key.event_id)
        .group_by(c.state, c.kind)
    )
    counts: dict[ConflictState, Counter[ConflictKind]] = {state: Counter() for state in ConflictState}
    for state, kind, count in work.session.execute(query):
        counts[state][kind] = count
    return counts


def count_attention(work: Work, key: FeedKey) -> int:
    """Return the number of an event's conflicts that somebody should look at."""
    query = select(func.count(AccessConflict.id)).where(
        AccessConflict.tenant_id == key.tenant_id,
        AccessConflict.event_id == key.event_id,
        AccessConflict.state.in_(NEED_ATTENTION),
    )
    return work.session.scalar(query) or 0


def resolve_conflict(
    work: Work, tenant_id: str, event_id: str, conflict_id: str, note: str | None = None
) -> AccessConflict:
    """Resolve a conflict: stations show it no more. The same person resolving it with the same note again changes nothing.

    Without a `note`, the one stays that was written before the conflict was opened again.

    Raises:
        EventNotFound, ConflictNotFound.
        ConflictResolvedAlready: 409; somebody else was first, or it has another note.
    """
    events.get(work, tenant_id, event_id)
    change_feed.lock(work.session, FeedKey(tenant_id, event_id))
    conflict = get_conflict(work, tenant_id, event_id, conflict_id)
    if conflict.state is ConflictState.RESOLVED:
        is_same = note is None or note == conflict.note
        if conflict.resolved_by != work.actor[:LONGEST_NAME] or not is_same:
            raise ConflictResolvedAlready
        return conflict
    _resolve(work, conflict, note)
    return conflict


def resolve_conflicts(
    work: Work, tenant_id: str, event_id: str, ids: Sequence[str], note: str | None = None
) -> tuple[int, int]:
    """Resolve several conflicts with one note; return how many, and how many somebody had resolved already.

    Without a `note`, each keeps its own from before it was opened again.

    Raises:
        EventNotFound, ConflictNotFound.
    """
    events.get(work, tenant_id, event_id)
    change_feed.lock(work.session, FeedKey(tenant_id, event_id))
    conflicts = [get_conflict(work, tenant_id, event_id, id_) for id_ in dict.fromkeys(ids)]
    pending = [conflict for conflict in conflicts if conflict.state is not ConflictState.RESOLVED]
    for conflict in pending:
        _resolve(work, conflict, note)
    return len(pending), len(conflicts) - len(pending)


def reopen_conflict(work: Work, tenant_id: str, event_id: str, conflict_id: str) -> AccessConflict:
    """Open a resolved conflict again; its note stays. One that is open already stays as it is.

    Raises:
        EventNotFound, ConflictNotFound.
        ConflictNotResolved: 409; a later scan settled it, and nobody has resolved it.
    """
    events.get(work, tenant_id, event_id)
    change_feed.lock(work.session, FeedKey(tenant_id, event_id))
    conflict = get_conflict(work, tenant_id, event_id, conflict_id)
    if conflict.state is ConflictState.OPEN:
        return conflict
    if conflict.state is ConflictState.WITHDRAWN:
        raise ConflictNotResolved
    before = snapshot(conflict)
    conflict.state, conflict.changed_at = ConflictState.OPEN, None
    work.session.flush()
    audit.record(work, tenant_id, CONFLICT_REOPENED, conflict.id, before=before, after=snapshot(conflict))
    domain_events.emit(work, tenant_id, recording.reopened(conflict))
    return conflict


def _resolve(work: Work, conflict: AccessConflict, note: str | None) -> None:
    before = snapshot(conflict)
    conflict.state, conflict.changed_at = ConflictState.RESOLVED, None
    conflict.note = conflict.note if note is None else note
    conflict.resolved_by, conflict.resolved_at = work.actor[:LONGEST_NAME], work.now()
    work.session.flush()
    after = snapshot(conflict)
    audit.record(work, conflict.tenant_id, CONFLICT_RESOLVED, conflict.id, before=before, after=after)
    domain_events.emit(work, conflict.tenant_id, recording.resolved(conflict))
