"""The blacklist as a station pulls it: restrictions of participants with days of validity, and hashes of values."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import bindparam, func, or_, select

from hub_sync.contract.enums import DeviceProfile
from hub_sync.contract.screening import MAX_SCREENING_ROWS, ScreeningEffect, ScreeningList, ScreeningRow
from hub_sync.hub.domains.blacklist import hits
from hub_sync.hub.domains.blacklist.matching import ListedEntry
from hub_sync.hub.domains.blacklist.sweeps import station_salt
from hub_sync.hub.domains.blacklist.tables import Blacklist, BlacklistAction, BlacklistHit, HitStatus
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.db.unit_of_work import DeriveKey, Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.screening import event_hash

_E, _H = Blacklist, BlacklistHit
_HOLDS = (_E.tenant_id == bindparam("t"), or_(_E.event_id.is_(None), _E.event_id == bindparam("e")))
_OF_ENTRIES: Sequence[Any] = (
    func.count(),
    func.count(_E.station_hash),
    func.sum(_E.version),
    func.max(_E.updated_at),
)
_ENTRY_STAMP = select(*_OF_ENTRIES).where(*_HOLDS)
_OF_HITS: Sequence[Any] = (func.count(), func.sum(_H.version), func.max(_H.updated_at), func.max(_H.id))
_HIT_STAMP = select(*_OF_HITS).where(_H.tenant_id == bindparam("t"), _H.event_id == bindparam("e"))
_OF_HASHES: Sequence[Any] = (_E.station_hash, _E.action, _E.valid_from, _E.valid_until)
_HASHES = (
    select(*_OF_HASHES)
    .where(*_HOLDS, _E.station_hash.is_not(None))
    .order_by(_E.created_at.desc(), _E.id)
    .limit(bindparam("rows"))
)
_HIT_COLUMNS: Sequence[Any] = (
    _H.participant_id,
    _H.status,
    _E.id,
    _E.kind,
    _E.match,
    _E.action,
    _E.value,
    _E.valid_from,
    _E.valid_until,
)
_HITS = (
    select(*_HIT_COLUMNS)
    .join(_E, (_E.tenant_id == _H.tenant_id) & (_E.id == _H.entry_id))
    .where(
        _H.tenant_id == bindparam("t"),
        _H.event_id == bindparam("e"),
        _H.status != HitStatus.DISMISSED,
    )
    .order_by(_H.participant_id, _H.id)
)


def changed_list(
    work: Work, derive_key: DeriveKey, key: FeedKey, profile: DeviceProfile, station_stamp: str
) -> ScreeningList | None:
    """Return the list of an event for a station; None if the station has it, or there has never been one.

    Args:
        work: the snapshot.
        derive_key: returns keys of the hub's secret.
        key: tenant and event.
        profile: the station's; only a gate gets hashes of values, for what its operator types.
        station_stamp: the stamp of the list that it has; "": none.
    """
    stamp = _stamp(work, key, profile)
    if stamp == station_stamp or (not stamp and not station_stamp):
        return None
    event_key = derive_key(f"blacklist/event/{key.tenant_id}/{key.event_id}")
    rows = _restrictions(work, key)
    if profile is DeviceProfile.GATE:
        rows += _hashes(work, key, event_key, MAX_SCREENING_ROWS - len(rows))
    return ScreeningList(
        stamp=stamp,
        salt=station_salt(derive_key, key.tenant_id).hex(),
        key=event_key.hex(),
        rows=tuple(rows[:MAX_SCREENING_ROWS]),
    )


def _stamp(work: Work, key: FeedKey, profile: DeviceProfile) -> str:
    """Return what differs whenever the list does; "" for an empty one that never had an entry or hit."""
    bound = {"t": key.tenant_id, "e": key.event_id}
    (entries,), (of_hits,) = work.fetch_all(_ENTRY_STAMP, bound), work.fetch_all(_HIT_STAMP, bound)
    if not entries[0] and not of_hits[0]:
        return ""
    return sha256(f"{profile.value} {tuple(entries)} {tuple(of_hits)}".encode()).hexdigest()[:16]


def _restrictions(work: Work, key: FeedKey) -> list[ScreeningRow]:
    """Return what entries say about participants of whom one has days of validity: the standing of the others needs no clock."""
    by_person: dict[str, list[tuple[ListedEntry, HitStatus]]] = {}
    rows: Sequence[Sequence[Any]] = work.fetch_all(_HITS, {"t": key.tenant_id, "e": key.event_id})
    survivors = participants.find_persons(work.session, key, {row[0] for row in rows})
    for row in rows:
        person = survivors[row[0]].person.id if row[0] in survivors else row[0]
        by_person.setdefault(person, []).append((ListedEntry._make(row[2:]), row[1]))
    return [
        ScreeningRow(
            participant_id=participant_id,
            effect=ScreeningEffect.BLOCK if hits.blocks(entry, status) else ScreeningEffect.FLAG,
            valid_from=entry.valid_from,
            valid_until=entry.valid_until,
        )
        for participant_id, entries in by_person.items()
        if any(entry.valid_from or entry.valid_until for entry, _ in entries)
        for entry, status in entries
    ]


def _hashes(work: Work, key: FeedKey, event_key: bytes, limit: int) -> list[ScreeningRow]:
    bound = {"t": key.tenant_id, "e": key.event_id, "rows": max(0, limit)}
    return [
        ScreeningRow(
            value_hash=event_hash(bytes.fromhex(row.station_hash), event_key),
            effect=ScreeningEffect.BLOCK if row.action is BlacklistAction.BLOCK else ScreeningEffect.FLAG,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
        )
        for row in work.fetch_all(_HASHES, bound)
    ]
