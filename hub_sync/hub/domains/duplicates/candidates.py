"""Pairs that may be one person: stored by runs, dismissed or confirmed by people.

A dismissed pair stays so until one of the compared fields changes (`data_hash`). Each pair is judged by itself.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Select, Table, and_, delete, exists, func, or_, select
from sqlalchemy.orm import aliased

from hub_sync.contract.enums import DuplicateStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.duplicates.errors import DuplicateDecided, DuplicateNotFound
from hub_sync.hub.domains.duplicates.manifest import (
    DUPLICATE_CONFIRMED,
    DUPLICATE_DISMISSED,
    DUPLICATE_REOPENED,
)
from hub_sync.hub.domains.duplicates.tables import DuplicateCandidate, MergeHistory
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.db.bulk import insert_many
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.domain.audit_actions import AuditAction
from hub_sync.hub.kit.events.change_feed import FeedKey

S = DuplicateStatus
UNDECIDED = (S.PENDING, S.CONFIRMED)
_TABLE = cast("Table", DuplicateCandidate.__table__)
_A, _B = aliased(participants.Participant), aliased(participants.Participant)
"""Both people of a pair; made once, because SQLAlchemy copies each column of a new alias, and each page counts pairs."""


def select_candidates(key: FeedKey, statuses: Collection[DuplicateStatus] = tuple(S)) -> Select[Any]:
    """Return the query of an event's pairs; undecided ones only if both people are still there."""
    c = DuplicateCandidate
    query = select(c).where(
        c.tenant_id == key.tenant_id, c.event_id == key.event_id, c.status.in_(sorted(statuses))
    )
    are_there = and_(
        *(
            exists().where(person.tenant_id == c.tenant_id, person.id == column, person.deleted_at.is_(None))
            for person, column in ((_A, c.a_id), (_B, c.b_id))
        )
    )
    return query.where(or_(c.status.not_in(UNDECIDED), are_there))


def count_open(work: Work, key: FeedKey) -> int:
    """Return how many pairs wait for a decision."""
    query = select(func.count()).select_from(select_candidates(key, UNDECIDED).subquery())
    return work.session.scalar(query) or 0


def count_by_status(work: Work, key: FeedKey) -> dict[DuplicateStatus, int]:
    """Return the number of pairs of each status."""
    listed = select_candidates(key).subquery()
    query = select(listed.c.status, func.count()).group_by(listed.c.status)
    counts = {status: count for status, count in work.session.execute(query)}  # noqa: C416 - rows are no pairs to mypy
    return {status: counts.get(status, 0) for status in S}


def get(work: Work, key: FeedKey, candidate_id: str) -> DuplicateCandidate:
    """Return a pair.

    Raises:
        DuplicateNotFound: 404.
    """
    candidate = work.session.get(DuplicateCandidate, (key.tenant_id, candidate_id))
    if candidate is None or candidate.event_id != key.event_id:
        raise DuplicateNotFound
    return candidate


def find_next(work: Work, key: FeedKey, after: DuplicateCandidate | None) -> DuplicateCandidate | None:
    """Return the pair that waits behind one in the list by score, or the first that waits; None: nothing is left."""
    c = DuplicateCandidate
    query = select_candidates(key, UNDECIDED).order_by(c.score.desc(), c.id).limit(1)
    if after is not None:
        behind = query.where(or_(c.score < after.score, and_(c.score == after.score, c.id > after.id)))
        following = work.session.scalar(behind)
        if following is not None:
            return cast("DuplicateCandidate", following)
        query = query.where(c.id != after.id)
    return cast("DuplicateCandidate | None", work.session.scalar(query))


def of_people(
    work: Work, key: FeedKey, ids: Collection[str], without: str = ""
) -> Sequence[DuplicateCandidate]:
    """Return the undecided pairs of these people: what else may be the same as one of them. They prove nothing together."""
    c = DuplicateCandidate
    query = select_candidates(key, UNDECIDED).where(or_(c.a_id.in_(ids), c.b_id.in_(ids)), c.id != without)
    return list(work.session.scalars(query.order_by(c.score.desc(), c.id).limit(20)))


def dismiss(work: Work, key: FeedKey, candidate_id: str) -> DuplicateCandidate:
    """Decide that a pair is two people. It stays so until one of the compared fields changes.

    Raises:
        DuplicateNotFound: 404. DuplicateDecided: it was merged (409).
    """
    return _decide(work, key, candidate_id, S.DISMISSED, DUPLICATE_DISMISSED)


def confirm(work: Work, key: FeedKey, candidate_id: str) -> DuplicateCandidate:
    """Decide that a pair is one person, for somebody else to merge.

    Raises:
        DuplicateNotFound: 404. DuplicateDecided: it was merged (409).
    """
    return _decide(work, key, candidate_id, S.CONFIRMED, DUPLICATE_CONFIRMED)


def reopen(work: Work, key: FeedKey, candidate_id: str) -> DuplicateCandidate:
    """Take a decision back.

    Raises:
        DuplicateNotFound: 404. DuplicateDecided: it was merged (409).
    """
    return _decide(work, key, candidate_id, S.PENDING, DUPLICATE_REOPENED)


def set_status(work: Work, candidate: DuplicateCandidate, status: DuplicateStatus) -> None:
    """Set the status of a pair, and who has decided."""
    is_decided = status is not S.PENDING
    candidate.status = status
    candidate.decided_by = work.actor[:200] if is_decided else None
    candidate.decided_at = work.now() if is_decided else None
    work.session.flush()


def find_pair(work: Work, key: FeedKey, left: str, other: str) -> DuplicateCandidate | None:
    """Return the pair of two people, locked, or None."""
    a_id, b_id = sorted((left, other))
    query = select(DuplicateCandidate).where(
        DuplicateCandidate.tenant_id == key.tenant_id,
        DuplicateCandidate.event_id == key.event_id,
        DuplicateCandidate.a_id == a_id,
        DuplicateCandidate.b_id == b_id,
    )
    return work.session.scalar(query.with_for_update())


def store(work: Work, key: FeedKey, pairs: Sequence[Mapping[str, Any]]) -> int:
    """Store pairs that a run has found. Return how many wait for a decision now that did not before.

    Args:
        work: the transaction.
        key: the event.
        pairs: a_id, b_id, score, explanation and data_hash of each.
    """
    c = DuplicateCandidate
    query = select(c).where(
        c.tenant_id == key.tenant_id,
        c.event_id == key.event_id,
        c.a_id.in_(sorted({pair["a_id"] for pair in pairs})),
    )
    stored = {(row.a_id, row.b_id): row for row in work.session.scalars(query.with_for_update())}
    new: list[dict[str, Any]] = []
    reopened = 0
    for pair in pairs:
        row = stored.get((pair["a_id"], pair["b_id"]))
        if row is None:
            new.append({"id": work.new_id(), **pair, "status": S.PENDING})
        elif row.status is not S.MERGED and row.data_hash != pair["data_hash"]:
            reopened += row.status is S.DISMISSED
            if row.status is S.DISMISSED:
                set_status(work, row, S.PENDING)
            row.score, row.explanation = pair["score"], pair["explanation"]
            row.data_hash = pair["data_hash"]
        elif row.status in UNDECIDED:  # the same people among others: names have become more common, or rarer
            row.score, row.explanation = pair["score"], pair["explanation"]
    shared = {
        "tenant_id": key.tenant_id,
        "event_id": key.event_id,
        "decided_by": None,
        "decided_at": None,
        **work.timestamps(),
    }
    insert_many(work.session, _TABLE, new, shared)
    return len(new) + reopened


def drop_unmatched(
    work: Work, key: FeedKey, known: Collection[tuple[str, str]], run_id: str, limit: int
) -> int:
    """Delete pairs that wait for a decision and were not found any more. Return how many; 0: none is left.

    A pair that was stored after the run began is not looked at: ids grow with time.
    """
    c = DuplicateCandidate
    is_referenced = exists().where(MergeHistory.tenant_id == c.tenant_id, MergeHistory.candidate_id == c.id)
    query = select(c.id, c.a_id, c.b_id).where(
        c.tenant_id == key.tenant_id,
        c.event_id == key.event_id,
        c.status == S.PENDING,
        c.id < run_id,
        ~is_referenced,
    )
    gone = [row.id for row in work.session.execute(query) if (row.a_id, row.b_id) not in known][:limit]
    if gone:
        work.session.execute(delete(c).where(c.tenant_id == key.tenant_id, c.id.in_(gone)))
    return len(gone)


def _decide(
    work: Work, key: FeedKey, candidate_id: str, status: DuplicateStatus, action: AuditAction
) -> DuplicateCandidate:
    candidate = work.session.get(
        DuplicateCandidate, (key.tenant_id, candidate_id), with_for_update=True, populate_existing=True
    )
    if candidate is None or candidate.event_id != key.event_id:
        raise DuplicateNotFound
    if candidate.status is S.MERGED:
        raise DuplicateDecided
    if candidate.status is status:
        return candidate
    before = _summary(candidate)
    set_status(work, candidate, status)
    audit.record(work, key.tenant_id, action, candidate.id, before=before, after=_summary(candidate))
    return candidate


def _summary(candidate: DuplicateCandidate) -> dict[str, Any]:
    return {name: value for name, value in snapshot(candidate).items() if name in ("status", "a_id", "b_id")}
