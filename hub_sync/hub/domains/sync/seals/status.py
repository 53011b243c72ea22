"""The state of a station's sealed journal, for the console, and for `doctor`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from hub_sync.contract.seals import CONTRADICTIONS, SealState
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.sync.seals.hearsay import heard_of
from hub_sync.hub.domains.sync.tables import DeviceJournal, HeardSeal, JournalSeal
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
    """What the hub knows of a station's seals. `missing` is the range of sealed rows that have not come; None: all have.

    `witness` is the name of another station that has heard the seal of the last missing row; "": the station itself sent it.
    `contradictions` are those since somebody last looked into them.
    """

    last: SealRow | None
    missing: tuple[int, int] | None
    missing_since: datetime | None
    contradictions: Sequence[SealRow]
    witness: str = ""


def seal_status(
    work: Work, tenant_id: str, device_id: str, resolved_at: datetime | None = None
) -> SealStatus:
    """Return the state of a station's seals. `resolved_at`: what was known by then has been looked into."""
    s, j = JournalSeal, DeviceJournal
    mine = (s.tenant_id == tenant_id, s.device_id == device_id)
    last = work.session.scalars(
        select(s).where(*mine, s.state != SealState.FORKED).order_by(s.position.desc()).limit(1)
    ).first()
    bad = select(s).where(*mine, s.state.in_(CONTRADICTIONS)).order_by(s.position)
    heard = heard_of(work, tenant_id, device_id)
    wrong = [*work.session.scalars(bad), *(seal for seal in heard if seal.state in CONTRADICTIONS)]
    missing = since = None
    witness = ""
    if last is not None:
        query = select(j.sequence).where(
            j.tenant_id == tenant_id, j.device_id == device_id, j.journal_id == last.journal_id
        )
        stored = work.session.scalar(query) or 0
        if stored < last.sequence:
            missing = (stored + 1, last.sequence)
            waiting = (*mine, s.journal_id == last.journal_id, s.sequence > stored)
            since = work.session.scalar(select(s.created_at).where(*waiting).order_by(s.position).limit(1))
    newest = max(
        (seal for seal in heard if seal.state is SealState.WAITING),
        key=lambda seal: seal.sequence,
        default=None,
    )
    if newest is not None and (missing is None or newest.sequence > missing[1]):
        missing, since, witness = _missing_of(work, newest)
    return SealStatus(
        last=None if last is None else _row(last),
        missing=missing,
        missing_since=since,
        contradictions=[_row(seal) for seal in wrong if resolved_at is None or seal.updated_at > resolved_at][
            :LISTED
        ],
        witness=witness,
    )


def _missing_of(work: Work, heard: HeardSeal) -> tuple[tuple[int, int], datetime, str]:
    """Return the rows that a heard seal names and that have not come, since when, and who heard it."""
    j = DeviceJournal
    query = select(j.sequence).where(
        j.tenant_id == heard.tenant_id, j.device_id == heard.device_id, j.journal_id == heard.journal_id
    )
    stored = work.session.scalar(query) or 0
    witness = devices.get(work, heard.tenant_id, heard.witness_id).name
    return (min(stored + 1, heard.sequence), heard.sequence), heard.created_at, witness


def _row(seal: JournalSeal | HeardSeal) -> SealRow:
    sealed_at_ms = seal.sealed_at_ms if isinstance(seal, JournalSeal) else seal.heard_at_ms
    return SealRow(seal.number, seal.sequence, seal.state, sealed_at_ms, seal.updated_at)
