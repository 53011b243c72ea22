"""Push: store a station's journal, each row once, in order, a push as a whole or not at all.

    known rows               -> DUPLICATE
    valid scans and passages -> the access log, domain events, projections               ACCEPTED
    valid queue actions      -> the actions, and the tickets that they add up to         ACCEPTED
    seats given at the door  -> the waitlist's entry, its registration, the seats        ACCEPTED
    invalid rows             -> quarantine, with the reason                              QUARANTINED
    rows the station omits   -> quarantine, with the station's reason                    SET_ASIDE

Journals are locked first and the events' feeds after them (`row_storage`), as in `check_in.scans`, so that two pushes
cannot deadlock. Pushes of several stations that share a transaction share its statements, too: what they need is read for all of
them at once, and written at once.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

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
from hub_sync.hub.domains.sync.push.journal_events import EventPlaces, JournalEvents
from hub_sync.hub.domains.sync.push.journals import LockedJournal
from hub_sync.hub.domains.sync.push.row_checks import CheckedItem, NewRows, check_items, verdict
from hub_sync.hub.domains.sync.push.row_storage import CheckedPush, store_rows
from hub_sync.hub.domains.sync.schemas import StationIdentity
from hub_sync.hub.domains.sync.seals import segments
from hub_sync.hub.domains.sync.tables import QuarantinedScan
from hub_sync.hub.kit.db.group_commit import GroupPart
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import Conflict, Unprocessable
from hub_sync.hub.kit.i18n import N_

_QUARANTINE: Table = QuarantinedScan.metadata.tables[QuarantinedScan.__tablename__]
_LONGEST_MESSAGE = 500
T = TypeVar("T")


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


@dataclass(frozen=True, slots=True)
class _VerifiedPush:
    """A push whose rows follow from its journal's acknowledged prefix."""

    station: StationIdentity
    request: PushRequest
    journal: LockedJournal
    chain: ChainVerified
    run: Callable[..., Any]
    """Calls a function about this push alone with its arguments."""


def push(work: Work, station: StationIdentity, request: PushRequest) -> PushResponse | JournalForked:
    """Store a push.

    A fork is returned, not raised: the suspicion is stored and must be committed, though the push is refused.

    Raises:
        JournalGap, ChainBroken: nothing of the push was stored.
        LookupError: an event of the rows has no feed.
    """
    if request.items:
        (journal,) = journals.get_for_update(work, [(station, request.journal_id)])
    else:  # a question: it creates no journal
        journal = journals.read(work, station, request.journal_id)
    chain = _verify(work, station, request, journal)
    if isinstance(chain, ChainForked):
        devices.report_journal_fork(work, station.tenant_id, station.id, request.journal_id, chain.sequence)
        return _fork(journal, chain)
    (response,) = _store(work, [_VerifiedPush(station, request, journal, chain, _call)])
    return response


def push_together(parts: Sequence[GroupPart[tuple[StationIdentity, PushRequest]]]) -> list[PushResponse]:
    """Store pushes of several stations of a tenant in one transaction, with the statements of one push.

    Raises:
        JournalForked: to suspect the station is to lock its row, which comes before the feeds; nothing was stored.
        JournalGap, ChainBroken, LookupError: as `push`.
    """
    work = parts[0].work
    named = [(station, request.journal_id) for station, request in (part.payload for part in parts)]
    locked = journals.get_for_update(work, named)
    verified = []
    for part, journal in zip(parts, locked, strict=True):
        station, request = part.payload
        chain = part.run(_verify_unforked, work, station, request, journal)
        verified.append(_VerifiedPush(station, request, journal, chain, part.run))
    return _store(work, verified)


def _call(function: Callable[..., T], *arguments: Any) -> T:
    return function(*arguments)


def _verify(
    work: Work, station: StationIdentity, request: PushRequest, journal: LockedJournal
) -> ChainVerified | ChainForked:
    """Return the new rows of a push, or where the hub has another row.

    Raises:
        JournalGap, ChainBroken: it does not follow from what is stored.
    """
    acknowledged = journal.acknowledged()
    outcome = verify_chain(
        journal.prefix, request.items, _stored_hashes(work.session, station, request, acknowledged.sequence)
    )
    match outcome:
        case ChainGap(expected, sequence):
            raise JournalGap(
                expected=expected,
                last=expected - 1,
                sequence=sequence,
                acknowledged=acknowledged.model_dump(),
            )
        case ChainBreak(sequence):
            raise ChainBroken(sequence=sequence, acknowledged=acknowledged.model_dump())
        case ChainVerified() | ChainForked():
            return outcome


def _verify_unforked(
    work: Work, station: StationIdentity, request: PushRequest, journal: LockedJournal
) -> ChainVerified:
    """Return the new rows of a push.

    Raises:
        JournalForked, JournalGap, ChainBroken: it does not follow from what is stored.
    """
    chain = _verify(work, station, request, journal)
    if isinstance(chain, ChainForked):
        raise _fork(journal, chain)
    return chain


def _fork(journal: LockedJournal, fork: ChainForked) -> JournalForked:
    return JournalForked(sequence=fork.sequence, acknowledged=journal.acknowledged().model_dump())


def _store(work: Work, pushes: Sequence[_VerifiedPush]) -> list[PushResponse]:
    """Store pushes of different stations of a tenant: what all of them need is read and written once."""
    places: EventPlaces = {}
    new = [
        NewRows(
            push.station, push.request, JournalEvents(work, push.station, places), push.chain.new, push.run
        )
        for push in pushes
    ]
    checked, settlement = check_items(work, new)
    store_rows(work, [CheckedPush(*each) for each in zip(new, checked, strict=True)], settlement)
    _quarantine(work, zip(pushes, checked, strict=True))
    grown = [push for push in pushes if push.chain.new]
    segments.add_segments(work, [(push.station, push.request.journal_id, push.chain.new) for push in grown])
    journals.acknowledge(
        work, pushes[0].station.tenant_id, [(push.journal, push.chain.prefix) for push in grown]
    )
    return [_response(work, push, items) for push, items in zip(pushes, checked, strict=True)]


def _response(work: Work, push: _VerifiedPush, items: Iterable[CheckedItem]) -> PushResponse:
    prefix = push.chain.prefix
    new_verdicts: dict[int, PushVerdict | None] = {
        checked.item.sequence: checked.verdict for checked in items
    }
    return PushResponse(
        verdicts=tuple(_verdicts(push.request.items, new_verdicts)),
        acknowledged=Acknowledged(
            journal_id=push.request.journal_id, sequence=prefix.sequence, head=prefix.head
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


def _quarantine(work: Work, pushed: Iterable[tuple[_VerifiedPush, Iterable[CheckedItem]]]) -> None:
    rows: list[dict[str, Any]] = [
        {
            "tenant_id": push.station.tenant_id,
            "id": work.new_id(),
            "device_id": push.station.id,
            "journal_id": push.request.journal_id,
            "sequence": checked.item.sequence,
            "body": checked.item.body.replace("\0", "\\u0000"),
            "hash": checked.item.hash,
            "code": checked.verdict.code or "SetAside",
            "message": (checked.verdict.message or checked.item.set_aside or "")[:_LONGEST_MESSAGE],
            **work.timestamps(),
        }
        for push, items in pushed
        for checked in items
        if checked.is_unfit
    ]
    if rows:
        work.session.execute(insert(_QUARANTINE), rows)
