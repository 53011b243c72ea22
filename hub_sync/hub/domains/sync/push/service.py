"""Push: store a station's journal, each row once, in order, a push as a whole or not at all.

    known rows               -> DUPLICATE
    valid scans and passages -> the access log, domain events, projections               ACCEPTED
    valid queue actions      -> the actions, and the tickets that they add up to         ACCEPTED
    invalid rows             -> quarantine, with the reason                              QUARANTINED
    rows the station omits   -> quarantine, with the station's reason                    SET_ASIDE

The journal's row is locked first and the events' feeds after it (`row_storage`), as in `check_in.scans`, so that two pushes
cannot deadlock.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.sync import Acknowledged, PushItem, PushRequest, PushResponse, PushVerdict
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.sync.push import journals
from hub_sync.hub.domains.sync.push.hash_chain import (
    ChainBreak,
    ChainForked,
    ChainGap,
    ChainVerified,
    verify_chain,
)
from hub_sync.hub.domains.sync.push.journal_events import JournalEvents
from hub_sync.hub.domains.sync.push.row_checks import CheckedItem, check_items, verdict
from hub_sync.hub.domains.sync.push.row_storage import store_rows
from hub_sync.hub.domains.sync.schemas import StationIdentity
from hub_sync.hub.domains.sync.seals import segments
from hub_sync.hub.domains.sync.tables import QuarantinedScan
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import Conflict, Unprocessable
from hub_sync.hub.kit.i18n import N_

_QUARANTINE: Table = QuarantinedScan.metadata.tables[QuarantinedScan.__tablename__]
_LONGEST_MESSAGE = 500


class JournalGap(Conflict):
    """Rows are missing before those of the push; the problem says what the hub has stored."""

    template = N_("Row %(expected)s is missing: row %(sequence)s came after row %(last)s.")


class JournalForked(Conflict):
    """The hub has stored another history of this journal: a cloned disk or a restored backup."""

    template = N_(
        "The hub has another row %(sequence)s of this journal: the station's disk was cloned or restored."
    )


class ChainBroken(Unprocessable):
    """A row's hash does not follow from its body and the row before it."""

    template = N_("Row %(sequence)s is not what the journal says: its hash does not follow.")


def push(work: Work, station: StationIdentity, request: PushRequest) -> PushResponse | JournalForked:
    """Store a push.

    A fork is returned, not raised: the suspicion is stored and must be committed, though the push is refused.

    Raises:
        JournalGap, ChainBroken: nothing of the push was stored.
        LookupError: an event of the rows has no feed.
    """
    if request.items:
        journal = journals.get_for_update(work, station, request.journal_id)
    else:  # a question: it creates no journal
        journal = journals.read(work, station, request.journal_id)
    return push_to(work, station, request, journal)


def push_to(
    work: Work,
    station: StationIdentity,
    request: PushRequest,
    journal: journals.LockedJournal,
    *,
    raises_fork: bool = False,
) -> PushResponse | JournalForked:
    """Store a push in its journal, which this transaction has locked.

    Raises:
        JournalForked: with `raises_fork`, in place of returning it; nothing was stored.
        JournalGap, ChainBroken, LookupError: as `push`.
    """
    acknowledged = Acknowledged(
        journal_id=journal.journal_id, sequence=journal.prefix.sequence, head=journal.prefix.head
    )
    outcome = verify_chain(
        journal.prefix, request.items, _stored_hashes(work.session, station, request, acknowledged.sequence)
    )
    match outcome:
        case ChainForked(sequence):
            fork = JournalForked(sequence=sequence, acknowledged=acknowledged.model_dump())
            if raises_fork:
                raise fork
            devices.report_journal_fork(work, station.tenant_id, station.id, request.journal_id, sequence)
            return fork
        case ChainGap(expected, sequence):
            raise JournalGap(
                expected=expected,
                last=expected - 1,
                sequence=sequence,
                acknowledged=acknowledged.model_dump(),
            )
        case ChainBreak(sequence):
            raise ChainBroken(sequence=sequence, acknowledged=acknowledged.model_dump())
        case ChainVerified():
            return _store(work, station, request, journal, outcome)


def _store(
    work: Work,
    station: StationIdentity,
    request: PushRequest,
    journal: journals.LockedJournal,
    outcome: ChainVerified,
) -> PushResponse:
    events = JournalEvents(work, station)
    checked_items, settlement = check_items(work, events, station, request, outcome.new)
    store_rows(work, events, station, request, checked_items, settlement)
    unfit = [checked for checked in checked_items if checked.is_unfit]
    _quarantine(work, station, request.journal_id, unfit)
    if outcome.new:
        segments.add_segment(work, station, request.journal_id, outcome.new)
        journals.acknowledge(work, journal, outcome.prefix)
    new_verdicts: dict[int, PushVerdict | None] = {
        checked.item.sequence: checked.verdict for checked in checked_items
    }
    return PushResponse(
        verdicts=tuple(_verdicts(request.items, new_verdicts)),
        acknowledged=Acknowledged(
            journal_id=request.journal_id, sequence=outcome.prefix.sequence, head=outcome.prefix.head
        ),
        server_time_ms=epoch_ms(work.now()),
    )


def _verdicts(
    items: Iterable[PushItem], new_verdicts: dict[int, PushVerdict | None]
) -> Iterable[PushVerdict]:
    for item in items:
        # Taken out, so that the same row a second time in one push is a duplicate.
        yield new_verdicts.pop(item.sequence, None) or verdict(item, "DUPLICATE")


def _stored_hashes(
    session: Session, station: StationIdentity, request: PushRequest, acknowledged: int
) -> Mapping[int, str]:
    known = [item.sequence for item in request.items if item.sequence <= acknowledged]
    if not known:
        return {}
    bounds = (min(known), max(known))
    c = _QUARANTINE.c
    quarantined = select(c.sequence, c.hash).where(
        c.tenant_id == station.tenant_id,
        c.device_id == station.id,
        c.journal_id == request.journal_id,
        c.sequence.between(*bounds),
    )
    stored = check_in.hashes(session, station.tenant_id, (station.id, request.journal_id), *bounds)
    return {**stored, **{row.sequence: row.hash for row in session.execute(quarantined)}}


def _quarantine(
    work: Work, station: StationIdentity, journal_id: str, checked_items: Sequence[CheckedItem]
) -> None:
    rows: list[dict[str, Any]] = [
        {
            "tenant_id": station.tenant_id,
            "id": work.new_id(),
            "device_id": station.id,
            "journal_id": journal_id,
            "sequence": checked.item.sequence,
            "body": checked.item.body.replace("\0", "\\u0000"),
            "hash": checked.item.hash,
            "code": checked.verdict.code or "SetAside",
            "message": (checked.verdict.message or checked.item.set_aside or "")[:_LONGEST_MESSAGE],
            **work.timestamps(),
        }
        for checked in checked_items
    ]
    if rows:
        work.session.execute(insert(_QUARANTINE), rows)
