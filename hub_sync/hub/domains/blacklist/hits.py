"""Hits: entries that meet participants, what people decide about them, and the standings that follow."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Row, Select, delete, func, select

from hub_sync.contract.sync import BLOCKED, FLAGGED, MERGED
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.blacklist.errors import BlacklistHitChanged, BlacklistHitNotFound
from hub_sync.hub.domains.blacklist.manifest import HIT_DECIDED, BlacklistHitDecided
from hub_sync.hub.domains.blacklist.matching import ListedEntry, Match
from hub_sync.hub.domains.blacklist.tables import (
    Blacklist,
    BlacklistAction,
    BlacklistHit,
    BlacklistMatch,
    HitStatus,
)
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.db.bulk import in_values
from hub_sync.hub.kit.db.optimistic_locking import IfVersion, check_version
from hub_sync.hub.kit.db.row_snapshots import snapshot
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import change_feed, domain_events
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.screening import local_day

_H = BlacklistHit


def today(work: Work, time_zone: str) -> str:
    """Return the day that it is now in a time zone."""
    return local_day(work.now(), time_zone)


def standing_of(entries: Iterable[tuple[ListedEntry, HitStatus]], day: str) -> str:
    """Return the standing of somebody whom these entries meet, on a day."""
    standing = ""
    for entry, status in entries:
        if status is HitStatus.DISMISSED or not entry.is_active(day):
            continue
        if blocks(entry, status):
            return BLOCKED
        standing = FLAGGED
    return standing


def blocks(entry: ListedEntry, status: HitStatus) -> bool:
    """Return True if a hit refuses somebody: by a person's decision, or by the entry if nobody has decided."""
    is_own = entry.action is BlacklistAction.BLOCK and entry.match is not BlacklistMatch.FUZZY
    return status is HitStatus.BLOCKED or (status is HitStatus.PENDING and is_own)


def add(work: Work, key: FeedKey, participant_id: str, matches: Sequence[Match]) -> None:
    """Store the hits of somebody who has none yet."""
    for match in matches:
        work.session.add(_new_hit(work, key, participant_id, match))


def reconcile(work: Work, key: FeedKey, matches: Mapping[str, Sequence[Match]], day: str) -> dict[str, str]:
    """Store the matches of these participants in place of the hits that they have; return the standing of each.

    A decision stays as long as the compared values are the same.

    Args:
        work: the transaction.
        key: tenant and event.
        matches: by participant id; empty for somebody whom no entry meets.
        day: the event's present day.
    """
    before: defaultdict[str, dict[str, BlacklistHit]] = defaultdict(dict)
    of_people = in_values(_H.participant_id, sorted(matches), work.dialect)
    query = select(_H).where(_H.tenant_id == key.tenant_id, of_people)
    for stored in work.session.scalars(query):
        before[stored.participant_id][stored.entry_id] = stored
    standings = {}
    for participant_id, own in matches.items():
        remaining = before[participant_id]
        statuses: list[tuple[ListedEntry, HitStatus]] = []
        for match in own:
            hit: BlacklistHit | None = remaining.pop(match.entry.id, None)
            if hit is None:
                work.session.add(_new_hit(work, key, participant_id, match))
            elif hit.data_hash != match.data_hash:
                hit.data_hash, hit.status = match.data_hash, HitStatus.PENDING
                hit.decided_by = hit.decided_at = None
                hit.version += 1
            statuses.append((match.entry, HitStatus.PENDING if hit is None else hit.status))
        for gone in remaining.values():
            work.session.delete(gone)
        standings[participant_id] = standing_of(statuses, day)
    return standings


def forget_people(work: Work, key: FeedKey, participant_ids: Sequence[str]) -> None:
    """Remove the hits of participants."""
    of_people = in_values(_H.participant_id, participant_ids, work.dialect)
    work.session.execute(delete(_H).where(_H.tenant_id == key.tenant_id, of_people))


def people_with_hits(work: Work, key: FeedKey) -> frozenset[str]:
    """Return the participants of an event who have hits."""
    query = select(_H.participant_id).where(_H.tenant_id == key.tenant_id, _H.event_id == key.event_id)
    return frozenset(work.session.scalars(query))


def forget_entries(work: Work, tenant_id: str, entry_ids: Sequence[str]) -> None:
    """Remove the hits of entries."""
    of_entries = in_values(_H.entry_id, entry_ids, work.dialect)
    work.session.execute(delete(_H).where(_H.tenant_id == tenant_id, of_entries))


def all_of(tenant_id: str) -> Select[BlacklistHit]:
    """Return the query of a tenant's hits."""
    return select(_H).where(_H.tenant_id == tenant_id)


def of_people(work: Work, tenant_id: str) -> Select[BlacklistHit]:
    """Return the query of a tenant's hits, of which a person and an entry have one: a merged registration has hits of its own."""
    return all_of(tenant_id).where(~in_values(_H.id, _repeated(work, tenant_id), work.dialect))


def count_open(work: Work, tenant_id: str) -> int:
    """Return how many hits wait for a decision."""
    open_hits = of_people(work, tenant_id).where(_H.status == HitStatus.PENDING).subquery()
    return work.session.scalar(select(func.count()).select_from(open_hits)) or 0


def entries_of_person(work: Work, key: FeedKey, participant_id: str) -> Sequence[Row[Any]]:
    """Return (hit, entry) of a person, one an entry: the registrations that were merged into the participant's have hits of their own."""
    columns: Sequence[Any] = (_H, Blacklist)
    query = (
        select(*columns)
        .join(Blacklist, (Blacklist.tenant_id == _H.tenant_id) & (Blacklist.id == _H.entry_id))
        .where(
            _H.tenant_id == key.tenant_id,
            _H.event_id == key.event_id,
            in_values(_H.participant_id, _registrations(work, key, participant_id), work.dialect),
        )
        .order_by(_H.id)
    )
    first: dict[str, Row[Any]] = {}
    for row in sorted(work.session.execute(query), key=lambda row: _precedence(row[0], participant_id)):
        first.setdefault(row[0].entry_id, row)
    return list(first.values())


def get(work: Work, tenant_id: str, hit_id: str) -> BlacklistHit:
    """Return the hit of an id.

    Raises:
        BlacklistHitNotFound: 404.
    """
    hit = work.session.get(_H, (tenant_id, hit_id))
    if hit is None:
        raise BlacklistHitNotFound
    return hit


def decide(
    work: Work, tenant_id: str, hit_id: str, status: HitStatus, if_version: IfVersion = None
) -> BlacklistHit:
    """Store what a person decided about a hit; the participant's standing follows at once.

    It holds for all registrations that were merged into one with the participant's.

    Raises:
        BlacklistHitNotFound: 404.
        BlacklistHitChanged: the version is not `if_version` (412).
    """
    unlocked = get(work, tenant_id, hit_id)
    key = FeedKey(tenant_id, unlocked.event_id)
    alike = _lock_alike(work, key, unlocked)
    hit = next((each for each in alike if each.id == hit_id), None)
    if hit is None:
        raise BlacklistHitNotFound
    check_version(hit.version, if_version, BlacklistHitChanged)
    undecided = [each for each in alike if each.status is not status]
    if not undecided:
        return hit
    for each in undecided:
        _set_status(work, each, status)
    events.check_exists(work, *key)
    participants.review_people(work, key, [hit.participant_id])
    change_feed.advance_for_pull(work.session, *key)  # the list of stations may have changed, too
    return hit


def _set_status(work: Work, hit: BlacklistHit, status: HitStatus) -> None:
    before = snapshot(hit)
    hit.status, hit.version = status, hit.version + 1
    is_open = status is HitStatus.PENDING
    hit.decided_by, hit.decided_at = (None, None) if is_open else (work.actor, work.now())
    work.session.flush()
    audit.record(work, hit.tenant_id, HIT_DECIDED, hit.id, before=before, after=snapshot(hit))
    decided = BlacklistHitDecided(entity_id=hit.id, event_id=hit.event_id, status=status.value)
    domain_events.emit(work, hit.tenant_id, decided)


def _lock_alike(work: Work, key: FeedKey, hit: BlacklistHit) -> Sequence[BlacklistHit]:
    """Return the hits of the same person and entry, locked in the order of their ids.

    With the hit itself locked first, two decisions about two hits of a person would each wait for the other's.
    """
    query = select(_H).where(
        _H.tenant_id == key.tenant_id,
        _H.entry_id == hit.entry_id,
        in_values(_H.participant_id, _registrations(work, key, hit.participant_id), work.dialect),
    )
    locked = query.order_by(_H.id).with_for_update().execution_options(populate_existing=True)
    return work.session.scalars(locked).all()


def _registrations(work: Work, key: FeedKey, participant_id: str) -> list[str]:
    """Return the ids of a participant and of all registrations that were merged into one with it."""
    return sorted({participant_id, *participants.survivors(work.session, key, [participant_id])})


def _precedence(hit: BlacklistHit, survivor: str) -> tuple[bool, bool, str]:
    """Return the place of a hit among those of a person and entry, of which the first stands for the others."""
    return (hit.status is not HitStatus.PENDING, hit.participant_id != survivor, hit.id)


def _repeated(work: Work, tenant_id: str) -> list[str]:
    """Return the hits of merged registrations, and of their survivors, that another hit of the person and entry stands for.

    What waits for a decision stands for the others, so that nobody stays blocked unseen; then the survivor's own.
    """
    people = participants.Participant
    merged = select(_H.event_id, _H.participant_id).where(
        _H.tenant_id == tenant_id,
        people.tenant_id == _H.tenant_id,
        people.id == _H.participant_id,
        people.standing.startswith(MERGED),
    )
    by_event: defaultdict[str, set[str]] = defaultdict(set)
    for event_id, participant_id in work.session.execute(merged):
        by_event[event_id].add(participant_id)
    repeated: list[str] = []
    for event_id, ids in by_event.items():
        survivors = participants.survivors(work.session, FeedKey(tenant_id, event_id), ids)
        of_people = in_values(_H.participant_id, sorted(survivors), work.dialect)
        query = select(_H).where(_H.tenant_id == tenant_id, of_people)
        of_person: defaultdict[tuple[str, str], list[BlacklistHit]] = defaultdict(list)
        for hit in work.session.scalars(query):
            of_person[survivors[hit.participant_id], hit.entry_id].append(hit)
        for (survivor, _entry), alike in of_person.items():
            alike.sort(key=partial(_precedence, survivor=survivor))
            repeated += (hit.id for hit in alike[1:])
    return repeated


def _new_hit(work: Work, key: FeedKey, participant_id: str, match: Match) -> BlacklistHit:
    return BlacklistHit(
        tenant_id=key.tenant_id,
        id=work.new_id(),
        event_id=key.event_id,
        participant_id=participant_id,
        entry_id=match.entry.id,
        data_hash=match.data_hash,
        status=HitStatus.PENDING,
    )
