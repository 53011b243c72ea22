"""What the console's overview tells of an event's scans. Each question is one statement over a stretch of time."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, select

from hub_sync.contract.enums import Direction, Passage, ReasonCode, ScanResult
from hub_sync.hub.domains.check_in.log import ADMITTING, LOG
from hub_sync.hub.domains.check_in.tables import AccessConflict, Checkpoint
from hub_sync.hub.kit.feed import FeedKey
from hub_sync.hub.kit.unit_of_work import Work

MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Refused:
    """Why people were not let in, and how often."""

    reason: ReasonCode
    count: int


@dataclass(frozen=True, slots=True)
class Today:
    """The scans since the day began. `people` came in at least once; `last_by_device` in milliseconds since 1970."""

    people: int
    refused: tuple[Refused, ...]
    last_by_device: dict[str, int]

    @property
    def refusals(self) -> int:
        """How many scans were refused."""
        return sum(one.count for one in self.refused)


@dataclass(frozen=True, slots=True)
class Minute:
    """How many went in and out in the minute that began then."""

    at_ms: int
    entries: int
    exits: int


@dataclass(frozen=True, slots=True)
class OpenConflict:
    """One ticket that two stations let in."""

    id: str
    participant_id: str
    zone: str
    at_ms: int
    device_id: str
    other_device_id: str


@dataclass(frozen=True, slots=True)
class LastScan:
    """One scan of somebody."""

    at_ms: int
    checkpoint: str
    result: ScanResult
    reason: ReasonCode
    direction: Direction
    zone: str
    flag: str | None


def today(work: Work, key: FeedKey, since_ms: int) -> Today:
    """What happened since the day began."""
    c = LOG.c
    entered = case(
        ((c.direction == Direction.ENTRY) & _passed(), c.participant_id),
    )
    query = (
        select(
            c.device_id,
            c.result,
            c.reason_code,
            func.count().label("scans"),
            func.max(c.effective_at_ms).label("last"),
        )
        .where(*_since(key, since_ms))
        .group_by(c.device_id, c.result, c.reason_code)
    )
    refused: Counter[ReasonCode] = Counter()
    last: dict[str, int] = {}
    for row in work.session.execute(query):
        last[row.device_id] = max(row.last, last.get(row.device_id, 0))
        if not row.result.admits:
            refused[row.reason_code] += row.scans
    people = work.session.scalar(select(func.count(entered.distinct())).where(*_since(key, since_ms)))
    return Today(people or 0, tuple(Refused(*one) for one in refused.most_common()), last)


def minutes(work: Work, key: FeedKey, now_ms: int, count: int = 60) -> tuple[Minute, ...]:
    """The last minutes up to the one that runs, the quiet ones too."""
    c = LOG.c
    last = now_ms // MINUTE_MS
    first = last - count + 1
    minute = (c.effective_at_ms // MINUTE_MS).label("minute")
    query = (
        select(minute, c.direction, func.count())
        .where(*_since(key, first * MINUTE_MS), c.effective_at_ms < (last + 1) * MINUTE_MS, _passed())
        .group_by(minute, c.direction)
    )
    seen = {(at, direction): scans for at, direction, scans in work.session.execute(query)}
    return tuple(
        Minute(at * MINUTE_MS, seen.get((at, Direction.ENTRY), 0), seen.get((at, Direction.EXIT), 0))
        for at in range(first, last + 1)
    )


def open_conflicts(work: Work, key: FeedKey, at_most: int) -> tuple[int, Sequence[OpenConflict]]:
    """How many conflicts nobody has looked into, and the latest of them."""
    of = (
        AccessConflict.tenant_id == key.tenant_id,
        AccessConflict.event_id == key.event_id,
        AccessConflict.cleared.is_(False),
    )
    columns = (
        AccessConflict.id,
        AccessConflict.participant_id,
        AccessConflict.zone,
        AccessConflict.at_ms,
        AccessConflict.device_id,
        AccessConflict.other_device_id,
    )
    every = func.count().over().label("every")
    query = select(*columns, every).where(*of).order_by(AccessConflict.at_ms.desc()).limit(at_most)
    rows = work.session.execute(query).all()
    return (rows[0].every if rows else 0), [OpenConflict(*row[:-1]) for row in rows]


def last_scans(work: Work, key: FeedKey, participant_id: str, at_most: int) -> Sequence[LastScan]:
    """A person's latest scans."""
    c = LOG.c
    query = (
        select(
            c.effective_at_ms,
            func.coalesce(Checkpoint.name, ""),
            c.result,
            c.reason_code,
            c.direction,
            c.zone,
            c.flag,
        )
        .outerjoin(Checkpoint, (Checkpoint.tenant_id == c.tenant_id) & (Checkpoint.id == c.checkpoint_id))
        .where(
            c.tenant_id == key.tenant_id,
            c.event_id == key.event_id,
            c.participant_id == participant_id,
        )
        .order_by(c.effective_at_ms.desc(), c.id.desc())
        .limit(at_most)
    )
    return [LastScan(*row) for row in work.session.execute(query)]


def _since(key: FeedKey, since_ms: int) -> tuple[ColumnElement[bool], ...]:
    c = LOG.c
    return c.tenant_id == key.tenant_id, c.event_id == key.event_id, c.effective_at_ms >= since_ms


def _passed() -> ColumnElement[bool]:
    return LOG.c.result.in_(ADMITTING) & (LOG.c.passage != Passage.NO_PASSAGE)
