"""Merge two registrations of one person, as a whole or not at all.

The survivor keeps its id and code; its fields are chosen one by one. The loser's row stays and points at the survivor, so
that its ticket opens the door as the survivor, at stations too. Rows of other tables follow by what each domain declares,
and who is inside is counted anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import Select, or_, select

from hub_sync.contract.enums import DuplicateStatus
from hub_sync.hub.domains import all_tables, parts
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.duplicates import candidates
from hub_sync.hub.domains.duplicates.errors import (
    MergeChainTooLong,
    MergeChoiceUnknown,
    MergeNotFound,
    MergeWithItself,
)
from hub_sync.hub.domains.duplicates.manifest import (
    PARTICIPANT_ABSORBED,
    PARTICIPANTS_MERGED,
    ParticipantMerged,
)
from hub_sync.hub.domains.duplicates.merging.followers import Followers
from hub_sync.hub.domains.duplicates.tables import MergeHistory
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.events.change_feed import FeedKey

SURVIVOR, LOSER = "survivor", "loser"
LONGEST_CHAIN = 12
"""Merges into one another; stations and the hub follow sixteen."""


@dataclass(frozen=True, slots=True)
class MergeRequest:
    """Two registrations of one person, and what is kept of which.

    Attributes:
        survivor_id: the registration that stays.
        loser_id: the registration that is merged into it.
        choices: by field, `survivor` or `loser`; a field that is left out stays the survivor's, unless that one is empty.
        survivor_version: the version that the caller read; None: any.
        loser_version: likewise.
    """

    survivor_id: str
    loser_id: str
    choices: Mapping[str, str] = field(default_factory=dict)
    survivor_version: int | None = None
    loser_version: int | None = None


@cache
def followers() -> Followers:
    """Return what moves the rows of all domains."""
    return Followers(
        all_tables(), [each for module in parts("tables") for each in getattr(module, "REFERENCES", ())]
    )


def merge(work: Work, tenant_id: str, event_id: str, request: MergeRequest) -> MergeHistory:
    """Merge two registrations.

    Raises:
        EventNotFound, ParticipantNotFound: 404.
        MergeWithItself, MergeChoiceUnknown: 422.
        ParticipantMergedAlready: one of them was merged before; `survivor_id` says into which (409).
        ParticipantChanged: one of them was changed since it was read (412).
        MergeChainTooLong: 409.
    """
    key = FeedKey(tenant_id, event_id)
    _check(work, key, request)
    versions = {request.survivor_id: request.survivor_version, request.loser_id: request.loser_version}
    locked = participants.lock_pair(work, tenant_id, event_id, versions)
    survivor, loser = locked[request.survivor_id], locked[request.loser_id]
    ids = (survivor.id, loser.id)
    admitted = check_in.admitted_of(work, key, ids)
    survivor_before, loser_before = snapshot(survivor), snapshot(loser)
    values = chosen_values(survivor, loser, request.choices)
    values["standing"] = stricter_standing(survivor.standing, loser.standing)
    participants.absorb(work, survivor, loser, values)
    followed = followers().follow(work, tenant_id, survivor.id, loser.id)
    check_in.refresh_merged(work, key, ids, admitted)
    candidate = candidates.find_pair(work, key, *ids)
    if candidate is not None:
        candidates.set_status(work, candidate, DuplicateStatus.MERGED)
    merged = MergeHistory(
        tenant_id=tenant_id,
        id=work.new_id(),
        event_id=event_id,
        candidate_id=None if candidate is None else candidate.id,
        survivor_id=survivor.id,
        loser_id=loser.id,
        choices={name: LOSER for name in sorted(values) if survivor_before[name] != snapshot(survivor)[name]},
        survivor_before=survivor_before,
        loser_before=loser_before,
        survivor_after={name: snapshot(survivor)[name] for name in values},
        moved_rows=followed.as_json(),
        merged_by=work.actor[:200],
    )
    work.session.add(merged)
    work.session.flush()
    _record(work, merged, survivor, loser)
    return merged


def chosen_values(
    survivor: participants.Participant, loser: participants.Participant, choices: Mapping[str, str]
) -> dict[str, Any]:
    """Return the fields of the survivor after a merge. Without a choice an empty one gets the loser's value."""
    values: dict[str, Any] = {}
    for name in participants.CHOSEN_FIELDS:
        own, other = getattr(survivor, name), getattr(loser, name)
        choice = choices.get(name) or (LOSER if own in (None, "", {}) and other else SURVIVOR)
        values[name] = other if choice == LOSER else own
    if "extra" not in choices:  # details of both; where both have one, the survivor's
        values["extra"] = {**loser.extra, **survivor.extra}
    return values


def stricter_standing(left: str, other: str) -> str:
    """Return the stricter of two standings: a merge lets nobody in whom the blacklist keeps out."""
    order = ("", "flagged", "blocked")

    def rank(standing: str) -> int:
        kind = standing.partition(":")[0]
        return order.index(kind) if kind in order else 0

    return other if rank(other) > rank(left) else left


def get(work: Work, key: FeedKey, merge_id: str) -> MergeHistory:
    """Return a merge.

    Raises:
        MergeNotFound: 404.
    """
    merged = work.session.get(MergeHistory, (key.tenant_id, merge_id))
    if merged is None or merged.event_id != key.event_id:
        raise MergeNotFound
    return merged


def select_merges(key: FeedKey) -> Select[MergeHistory]:
    """Return the query of an event's merges."""
    return select(MergeHistory).where(
        MergeHistory.tenant_id == key.tenant_id, MergeHistory.event_id == key.event_id
    )


def of_participant(work: Work, key: FeedKey, participant_id: str) -> list[MergeHistory]:
    """Return the merges that a registration takes part in and that stand, the newest first."""
    query = select_merges(key).where(
        or_(MergeHistory.survivor_id == participant_id, MergeHistory.loser_id == participant_id),
        MergeHistory.undone_at.is_(None),
    )
    return list(work.session.scalars(query.order_by(MergeHistory.id.desc())))


def _check(work: Work, key: FeedKey, request: MergeRequest) -> None:
    events.check_exists(work, *key)
    if request.survivor_id == request.loser_id:
        raise MergeWithItself
    unknown = sorted(request.choices.keys() - set(participants.CHOSEN_FIELDS))
    if unknown:
        raise MergeChoiceUnknown(field=unknown[0])
    if len(participants.merged_into(work.session, key, request.loser_id)) >= LONGEST_CHAIN:
        raise MergeChainTooLong


def _record(
    work: Work, merged: MergeHistory, survivor: participants.Participant, loser: participants.Participant
) -> None:
    tenant_id = merged.tenant_id
    of_merge = {"survivor_id": survivor.id, "loser_id": loser.id}
    audit.record(work, tenant_id, PARTICIPANTS_MERGED, merged.id, after=of_merge)
    for row, before in ((survivor, merged.survivor_before), (loser, merged.loser_before)):
        audit.record(work, tenant_id, PARTICIPANT_ABSORBED, row.id, before=before, after=snapshot(row))
    emitted = ParticipantMerged(
        entity_id=survivor.id, event_id=merged.event_id, merged_id=loser.id, merge_id=merged.id
    )
    domain_events.emit(work, tenant_id, emitted)
