"""The state of a station's sealed journal, for the console, and for `doctor`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from hub_sync.contract.seals import CONTRADICTIONS, SealState
from hub_sync.hub.domains.sync.tables import DeviceJournal, JournalSeal
from hub_sync.hub.kit.db.unit_of_work import Work

LISTED = 20


@dataclass(frozen=True, slots=True)
class SealRow:
    """A seal as pages show it."""

    number: int
    sequence: int
    state: SealState
    sealed_at_ms: int
    received_at: datetime


@dataclass(frozen=True, slots=True)
class SealStatus:
    """What the hub knows of a station's seals. `missing` is the range of sealed rows that have not come; None: all have."""

    last: SealRow | None
    missing: tuple[int, int] | None
    missing_since: datetime | None
    contradictions: Sequence[SealRow]


def seal_status(work: Work, tenant_id: str, device_id: str) -> SealStatus:
    """Return the state of a station's seals."""
    s, j = JournalSeal, DeviceJournal
    mine = (s.tenant_id == tenant_id, s.device_id == device_id)
    last = work.session.scalars(
        select(s).where(*mine, s.state != SealState.FORKED).order_by(s.position.desc()).limit(1)
    ).first()
    bad = select(s).where(*mine, s.state.in_(CONTRADICTIONS)).order_by(s.position).limit(LISTED)
    missing = since = None
    if last is not None:
        query = select(j.sequence).where(
            j.tenant_id == tenant_id, j.device_id == device_id, j.journal_id == last.journal_id
        )
        stored = work.session.scalar(query) or 0
        if stored < last.sequence:
            missing = (stored + 1, last.sequence)
            waiting = (*mine, s.journal_id == last.journal_id, s.sequence > stored)
            since = work.session.scalar(select(s.created_at).where(*waiting).order_by(s.position).limit(1))
    return SealStatus(
        last=None if last is None else _row(last),
        missing=missing,
        missing_since=since,
        contradictions=[_row(seal) for seal in work.session.scalars(bad)],
    )


def _row(seal: JournalSeal) -> SealRow:
    return SealRow(seal.number, seal.sequence, seal.state, seal.sealed_at_ms, seal.created_at)
