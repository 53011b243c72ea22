"""Sweeps: an event's participants are screened again after the list has changed, and when a day of validity begins or ends.

A change requests a sweep in its own transaction; a job carries it out. The sweep reads everybody, and locks only those whom
an entry meets, or met.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import structlog
from sqlalchemy import or_, select, update

from hub_sync.hub.domains.blacklist import hits
from hub_sync.hub.domains.blacklist.matching import KEPT_INDEX, PersonReader, ScreeningIndex, load_index
from hub_sync.hub.domains.blacklist.tables import Blacklist, BlacklistKind, BlacklistSweep
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.db.bulk import in_values
from hub_sync.hub.kit.db.unit_of_work import DeriveKey, UnitOfWork, Work
from hub_sync.hub.kit.events import change_feed
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.screening import local_day, slow_hash

LEASE = timedelta(minutes=2)
"""Several times the time of a chunk, after each of which the lease is renewed."""
_CHUNK = 5_000
_HASHED_AT_ONCE = 50
_S = BlacklistSweep

log = structlog.get_logger(__name__)


# --- requests, in the transaction of a change -----------------------------------------------------


def lock(work: Work, tenant_id: str, scopes: Sequence[str | None]) -> None:
    """Hold the feeds of the events that entries of these scopes concern until the transaction ends; their stations pull after it.

    Args:
        work: the transaction.
        tenant_id: the tenant.
        scopes: ids of events; None: all of the tenant.
    """
    work.session.info.pop(KEPT_INDEX, None)
    if None in scopes:
        change_feed.advance_all(work.session, tenant_id)
        return
    for event_id in sorted({scope for scope in scopes if scope is not None}):
        key = FeedKey(tenant_id, event_id)
        change_feed.require_pull(work.session, key, events.advance_feed(work, key, 1))


def request(work: Work, tenant_id: str, scopes: Sequence[str | None]) -> None:
    """Have the events of these scopes swept. One that is over is swept when its end is moved: nobody enters it before."""
    wanted = {scope for scope in scopes if scope is not None}
    if None in scopes:
        ids = events.events_of(tenant_id).with_only_columns(events.Event.id)
        wanted |= set(work.session.scalars(ids))
    if not wanted:
        return
    known = set(
        work.session.scalars(
            update(_S)
            .where(_S.tenant_id == tenant_id, in_values(_S.event_id, sorted(wanted), work.dialect))
            .values(requested=_S.requested + 1)
            .returning(_S.event_id)
            .execution_options(synchronize_session=False)
        )
    )
    for event_id in sorted(wanted - known):
        work.session.add(
            BlacklistSweep(
                tenant_id=tenant_id, id=work.new_id(), event_id=event_id, requested=1, done=0, swept_on=""
            )
        )


def station_salt(derive_key: DeriveKey, tenant_id: str) -> bytes:
    """Return the salt of a tenant's slow hashes."""
    return derive_key(f"blacklist/stations/{tenant_id}")[:16]


# --- the job's part -------------------------------------------------------------------------------


def hash_for_stations(uow: UnitOfWork) -> int:
    """Compute missing slow hashes, some at a time; return how many. Their stations pull them then."""
    columns: Sequence[Any] = (Blacklist.tenant_id, Blacklist.id, Blacklist.kind, Blacklist.value)
    query = (
        select(*columns)
        .where(Blacklist.station_hash.is_(None), Blacklist.kind != BlacklistKind.DOCUMENT)
        .where(Blacklist.match != "FUZZY")
        .limit(_HASHED_AT_ONCE)
    )
    with uow.look_up() as work:
        rows = work.fetch_all(query, {})
        salts = {row.tenant_id: station_salt(work.derive_key, row.tenant_id) for row in rows}
    hashes = {
        (row.tenant_id, row.id, row.value): slow_hash(row.kind.value, row.value, salts[row.tenant_id]).hex()
        for row in rows
    }
    if not hashes:
        return 0
    with uow.begin() as work:
        for (tenant_id, entry_id, value), hashed in hashes.items():
            work.session.execute(
                update(Blacklist)
                .where(Blacklist.tenant_id == tenant_id, Blacklist.id == entry_id, Blacklist.value == value)
                .values(station_hash=hashed)
                .execution_options(synchronize_session=False)
            )
        for tenant_id in salts:
            change_feed.advance_all(work.session, tenant_id)
    return len(hashes)


def due(work: Work) -> list[FeedKey]:
    """Return the events that are to be swept: after a change, or because a day of validity has begun or ended since."""
    pending = work.session.execute(select(_S.tenant_id, _S.event_id).where(_S.requested > _S.done))
    keys = [FeedKey(*row) for row in pending]
    open_events = {
        FeedKey(tenant_id, event_id)
        for tenant_id in {key.tenant_id for key in keys}
        for event_id in events.zones_not_over(work, tenant_id)
    }
    waiting = (key for key in keys if key in open_events)
    return list(dict.fromkeys([*waiting, *_new_days(work)]))


def _new_days(work: Work) -> list[FeedKey]:
    """Return the events whose day is another than at their last sweep, if entries with days hold for them."""
    dated = select(
        Blacklist.tenant_id, Blacklist.event_id, Blacklist.valid_from, Blacklist.valid_until
    ).where(or_(Blacklist.valid_from.is_not(None), Blacklist.valid_until.is_not(None)))
    periods: defaultdict[str, set[_Period]] = defaultdict(set)
    for tenant_id, *period in work.session.execute(dated.distinct()):
        periods[tenant_id].add(_Period(*period))
    keys = []
    for tenant_id, of_tenant in periods.items():
        swept = dict(
            iter(work.session.execute(select(_S.event_id, _S.swept_on).where(_S.tenant_id == tenant_id)))
        )
        for event_id, zone in events.zones_not_over(work, tenant_id).items():
            since, today = swept.get(event_id, ""), local_day(work.now(), zone)
            if since != today and any(each.has_boundary(event_id, since, today) for each in of_tenant):
                keys.append(FeedKey(tenant_id, event_id))
    return keys


class _Period(NamedTuple):
    """The days in which an entry holds; event_id None: at all events of the tenant."""

    event_id: str | None
    valid_from: str | None
    valid_until: str | None

    def has_boundary(self, event_id: str, since: str, today: str) -> bool:
        """Return True if it began at an event after the day `since` and until today, or ended from it on and before today."""
        first, last = sorted((since, today))
        begins = self.valid_from is not None and first < self.valid_from <= last
        ends = self.valid_until is not None and first <= self.valid_until < last
        return self.event_id in (None, event_id) and (begins or ends)


def sweep(uow: UnitOfWork, key: FeedKey) -> int:
    """Screen everybody of an event again; return how many have another standing now. Another process may be at it: then 0."""
    claimed = _claim(uow, key)
    if claimed is None:
        return 0
    with uow.read() as work:
        index = load_index(work, key)
        # Whoever has a standing but no hit any more was held back by an entry that is deleted.
        with_hits = hits.people_with_hits(work, key) | participants.screened_ids(work, key)
    changed, after = 0, ""
    while True:
        with uow.read() as work:
            affected, after = _affected(work, key, index, with_hits, after)
        for start in range(0, len(affected), participants.SCREENED_AT_ONCE):
            with uow.begin() as work:
                part = affected[start : start + participants.SCREENED_AT_ONCE]
                changed += participants.review_people(work, key, part)
        if not after:
            break
        _renew(uow, key)
    _finish(uow, key, claimed)
    if changed:
        log.info("blacklist_swept", event_id=key.event_id, changed=changed)
    return changed


def _affected(
    work: Work, key: FeedKey, index: ScreeningIndex, with_hits: frozenset[str], after: str
) -> tuple[list[str], str]:
    """Return those of the next participants whom an entry meets or met, and the last id; "" if there are no more."""
    if not index:
        return sorted(with_hits), ""
    rows = participants.screened_page(work, key, after, _CHUNK)
    (event,) = events.list_of_ids(work, key.tenant_id, [key.event_id])
    reader = PersonReader(work, key.tenant_id, event.time_zone)
    affected = [
        row.id
        for row in rows
        if row.id in with_hits or index.matches(reader.values_of(participants.data_of(row)))
    ]
    return affected, rows[-1].id if len(rows) == _CHUNK else ""


def _claim(uow: UnitOfWork, key: FeedKey) -> int | None:
    """Lease an event's sweep; return the number of requests that it carries out, None if another process is at it."""
    with uow.begin() as work:
        query = select(_S).where(_S.tenant_id == key.tenant_id, _S.event_id == key.event_id).with_for_update()
        row = work.session.scalar(query)
        if row is None:
            change_feed.lock(work.session, key)
            row = BlacklistSweep(
                tenant_id=key.tenant_id,
                id=work.new_id(),
                event_id=key.event_id,
                requested=0,
                done=0,
                swept_on="",
            )
            work.session.add(row)
        elif row.leased_until is not None and row.leased_until > work.now():
            return None
        row.leased_until = work.now() + LEASE
        return row.requested


def _renew(uow: UnitOfWork, key: FeedKey) -> None:
    with uow.begin() as work:
        _set(work, key, leased_until=work.now() + LEASE)


def _finish(uow: UnitOfWork, key: FeedKey, claimed: int) -> None:
    with uow.begin() as work:
        (event,) = events.list_of_ids(work, key.tenant_id, [key.event_id])
        _set(work, key, done=claimed, swept_on=local_day(work.now(), event.time_zone), leased_until=None)
        if event.deleted_at is None:
            # What entries with days say of people is in no row of the feed.
            change_feed.advance_for_pull(work.session, *key)


def _set(work: Work, key: FeedKey, **values: object) -> None:
    work.session.execute(
        update(_S)
        .where(_S.tenant_id == key.tenant_id, _S.event_id == key.event_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
