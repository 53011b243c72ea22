"""The last scans of one person with the console, for the list on their scanner page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.enums import Direction, ReasonCode, ScanResult
from hub_sync.hub.domains.check_in.access_log.repository import LOG
from hub_sync.hub.domains.check_in.scans.service import Scanner
from hub_sync.hub.domains.check_in.tables import Checkpoint
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.admission_result import Decision
from hub_sync.rules.verdict_cues import VerdictColour, colour_of

LIMIT = 50
_LAST = (
    select(
        LOG.c.id,
        LOG.c.participant_id,
        LOG.c.checkpoint_id,
        LOG.c.result,
        LOG.c.reason_code,
        LOG.c.direction,
        LOG.c.effective_at_ms,
    )
    .where(
        LOG.c.tenant_id == bindparam("t"),
        LOG.c.device_id == bindparam("d"),
        LOG.c.journal_id == bindparam("j"),
    )
    .order_by(LOG.c.sequence.desc())
    .limit(LIMIT)
)
"""By the unique index of a journal's sequence."""


@dataclass(frozen=True, slots=True)
class RecentScan:
    """A scan as the list shows it. `name` is empty for somebody unknown, and where the user may not read names."""

    id: str
    at: datetime
    colour: VerdictColour
    result: ScanResult
    reason: ReasonCode
    direction: Direction
    name: str
    checkpoint: str


def last_scans_of(work: Work, scanner: Scanner, *, with_names: bool) -> Sequence[RecentScan]:
    """Return the last scans of a scanner at its event, the newest first."""
    key = FeedKey(scanner.tenant_id, scanner.event_id)
    bound = {"t": scanner.tenant_id, "d": scanner.device_id, "j": scanner.journal_id}
    rows = work.fetch_all(_LAST, bound)
    ids = {row.participant_id for row in rows if row.participant_id} if with_names else set()
    people = participants.find_persons(work.session, key, ids) if ids else {}
    points = select(Checkpoint.id, Checkpoint.name).where(
        Checkpoint.tenant_id == scanner.tenant_id,
        Checkpoint.id.in_({row.checkpoint_id for row in rows}),
    )
    names = {id_: name for id_, name in work.session.execute(points)} if rows else {}  # noqa: C416 - rows are no pairs to mypy
    return [
        RecentScan(
            id=row.id,
            at=from_epoch_ms(row.effective_at_ms),
            colour=colour_of(Decision(row.result, row.reason_code, row.direction)),
            result=row.result,
            reason=row.reason_code,
            direction=row.direction,
            name=full_name(people.get(row.participant_id or "")),
            checkpoint=names.get(row.checkpoint_id, ""),
        )
        for row in rows
    ]


def full_name(named: participants.NamedPerson | None) -> str:
    """Return first and last name, empty for nobody."""
    return f"{named.first_name} {named.last_name}".strip() if named else ""
