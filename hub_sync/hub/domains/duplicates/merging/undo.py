"""Undo a merge: both registrations are as they were before, or the undo says what was changed since."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from hub_sync.contract.enums import DuplicateStatus, ParticipantStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.bulk import service as bulk
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.duplicates import candidates
from hub_sync.hub.domains.duplicates.errors import (
    MergeNotFound,
    MergeUndoBlocked,
    MergeUndoConflict,
    MergeUndone,
)
from hub_sync.hub.domains.duplicates.manifest import (
    MERGE_UNDONE,
    PARTICIPANT_RELEASED,
    ParticipantMergeUndone,
)
from hub_sync.hub.domains.duplicates.merging.followers import FollowedRows
from hub_sync.hub.domains.duplicates.merging.merge import followers
from hub_sync.hub.domains.duplicates.tables import MergeHistory
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.events.change_feed import FeedKey


def undo(work: Work, key: FeedKey, merge_id: str, *, keep_changes: bool = False) -> MergeHistory:
    """Undo a merge.

    Args:
        work: the transaction.
        key: the event.
        merge_id: the merge.
        keep_changes: True: what was changed after the merge stays as it is now, and the rest goes back.

    Raises:
        MergeNotFound: 404.
        MergeUndone: it was undone already (409).
        MergeUndoBlocked: the survivor was merged into another one since; `merge_id` has to be undone first (409).
        MergeUndoConflict: what `conflicts` names was changed after the merge (409).
    """
    merged = work.session.get(
        MergeHistory, (key.tenant_id, merge_id), with_for_update=True, populate_existing=True
    )
    if merged is None or merged.event_id != key.event_id:
        raise MergeNotFound
    if merged.undone_at is not None:
        raise MergeUndone
    ids = (merged.survivor_id, merged.loser_id)
    locked = participants.lock_pair(work, *key, dict.fromkeys(ids))
    survivor, loser = locked[merged.survivor_id], locked[merged.loser_id]
    _check_not_merged_since(work, key, survivor)
    followed = FollowedRows.of_json(merged.moved_rows)
    edited = _edited(merged, survivor)
    conflicts = [*edited, *followers().find_conflicts(work, key.tenant_id, survivor.id, followed)]
    if conflicts and not keep_changes:
        raise MergeUndoConflict(conflicts=", ".join(conflicts))
    before, loser_now = snapshot(survivor), snapshot(loser)
    admitted = check_in.admitted_of(work, key, ids)
    values = {
        name: _value(name, merged.survivor_before[name])
        for name, after in merged.survivor_after.items()
        if merged.survivor_before[name] != after and name not in edited
    }
    loser_values = {name: _value(name, merged.loser_before[name]) for name in ("standing", "deleted_at")}
    participants.release(work, survivor, loser, values, loser_values)
    followers().go_back(work, key.tenant_id, survivor.id, loser.id, followed)
    check_in.refresh_merged(work, key, ids, admitted)
    merged.undone_at, merged.undone_by = work.now(), work.actor[:200]
    candidate = candidates.find_pair(work, key, *ids)
    if candidate is not None and candidate.status is DuplicateStatus.MERGED:
        candidates.set_status(work, candidate, DuplicateStatus.PENDING)
    work.session.flush()
    _record(work, merged, survivor, loser, before, loser_now)
    participants.review_people(work, key, ids)  # the blacklist may have changed since the merge
    _note_restored(work, merged, survivor, loser)
    return merged


def _note_restored(
    work: Work, merged: MergeHistory, survivor: participants.Participant, loser: participants.Participant
) -> None:
    """Let a bulk operation from before the merge be undone, where it would meet what it has made."""
    rows = ((merged.survivor_before, survivor), (merged.loser_before, loser))
    restored = {
        row.id: (before["version"], row.version)
        for before, row in rows
        if row.version != before["version"] and _own(before) == _own(snapshot(row))
    }
    bulk.note_restored(work, merged.tenant_id, restored)


def _own(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what somebody has chosen of a registration: the standing is the blacklist's to say."""
    return {name: value for name, value in values.items() if name not in ("version", "standing")}


def find_conflicts(work: Work, key: FeedKey, merged: MergeHistory) -> list[str]:
    """Return the fields and tables that were changed after a merge, for the page that offers to undo it."""
    survivor = work.session.get(participants.Participant, (key.tenant_id, merged.survivor_id))
    if survivor is None:
        return []
    followed = FollowedRows.of_json(merged.moved_rows)
    return [
        *_edited(merged, survivor),
        *followers().find_conflicts(work, key.tenant_id, merged.survivor_id, followed),
    ]


def blocking_merge(work: Work, key: FeedKey, participant_id: str) -> str:
    """Return the id of the merge that made this registration another one's; "" if it is nobody's."""
    query = select(MergeHistory.id).where(
        MergeHistory.tenant_id == key.tenant_id,
        MergeHistory.event_id == key.event_id,
        MergeHistory.loser_id == participant_id,
        MergeHistory.undone_at.is_(None),
    )
    return work.session.scalar(query.order_by(MergeHistory.id.desc()).limit(1)) or ""


def _check_not_merged_since(work: Work, key: FeedKey, survivor: participants.Participant) -> None:
    if participants.is_merged(survivor.standing):
        raise MergeUndoBlocked(merge_id=blocking_merge(work, key, survivor.id))


def _edited(merged: MergeHistory, survivor: participants.Participant) -> list[str]:
    """Return the fields that the merge changed and somebody has changed since; the standing is the blacklist's to say."""
    now = snapshot(survivor)
    return [
        name
        for name, after in merged.survivor_after.items()
        if merged.survivor_before[name] != after and now[name] != after and name != "standing"
    ]


def _value(name: str, stored: Any) -> Any:
    """Return a field of a snapshot as its column has it."""
    if stored is None:
        return None
    if name == "status":
        return ParticipantStatus(stored)
    return datetime.fromisoformat(stored) if name == "deleted_at" else stored


def _record(
    work: Work,
    merged: MergeHistory,
    survivor: participants.Participant,
    loser: participants.Participant,
    before: Mapping[str, Any],
    loser_before: Mapping[str, Any],
) -> None:
    tenant_id = merged.tenant_id
    audit.record(
        work,
        tenant_id,
        MERGE_UNDONE,
        merged.id,
        after={"survivor_id": survivor.id, "loser_id": loser.id},
    )
    for row, earlier in ((survivor, before), (loser, loser_before)):
        audit.record(work, tenant_id, PARTICIPANT_RELEASED, row.id, before=dict(earlier), after=snapshot(row))
    emitted = ParticipantMergeUndone(
        entity_id=survivor.id, event_id=merged.event_id, merged_id=loser.id, merge_id=merged.id
    )
    domain_events.emit(work, tenant_id, emitted)
