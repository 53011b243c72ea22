"""Taking in a station's journal: each row once, in its order, all of a push or nothing of it.

    rows that are known      -> DUPLICATE
    rows that are scans      -> the access log, its facts, presence, conflicts, counts   ACCEPTED
    rows that are not        -> quarantine, with the reason                              QUARANTINED
    rows the station omits   -> quarantine, with its own words                           SET_ASIDE

The journal's row is locked first and the event's feed after it, here as in `check_in.scans`, so that two pushes
never wait for each other crosswise.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.enums import ReasonCode
from hub_sync.contract.sync import (
    Acknowledged,
    PushItem,
    PushRequest,
    PushResponse,
    PushVerdict,
    ScanRecord,
    effective_at_ms,
)
from hub_sync.hub.domains.check_in import sync_rows
from hub_sync.hub.domains.check_in.access_log import late_refusals, repository
from hub_sync.hub.domains.check_in.occupancy import projection
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.participants import persons
from hub_sync.hub.domains.sync.push import journals
from hub_sync.hub.domains.sync.push.hash_chain import Broken, Followed, Forked, Gap, follow
from hub_sync.hub.domains.sync.push.scan_records import Origin, Unfit, read_record
from hub_sync.hub.domains.sync.schemas import Station
from hub_sync.hub.domains.sync.tables import QuarantinedScan
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import Conflict, Unprocessable
from hub_sync.hub.kit.events.change_feed import FeedKey
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


@dataclass(frozen=True, slots=True)
class _Judged:
    item: PushItem
    verdict: PushVerdict
    entry: repository.Entry | None = None


def push(work: Work, station: Station, request: PushRequest) -> PushResponse | JournalForked:
    """Take in a push.

    A fork is returned, not raised: that it was seen is written down and must be kept, though the push is refused.

    Raises:
        JournalGap, ChainBroken: nothing of the push was stored.
        LookupError: the station's event has no feed.
    """
    journal = journals.locked(work, station, request.journal_id)
    held = Acknowledged(
        journal_id=journal.journal_id, sequence=journal.prefix.sequence, head=journal.prefix.head
    )
    walked = follow(
        journal.prefix, request.items, _stored_hashes(work.session, station, request, held.sequence)
    )
    match walked:
        case Forked(sequence):
            device = devices.get(work, station.tenant_id, station.id)
            suspected = devices.DeviceCloneSuspected(
                entity_id=device.id,
                event_id=device.event_id,
                journal_id=request.journal_id,
                sequence=sequence,
            )
            devices.suspect_clone(work, device, suspected)
            return JournalForked(sequence=sequence, acknowledged=held.model_dump())
        case Gap(expected, sequence):
            raise JournalGap(
                expected=expected,
                last=expected - 1,
                sequence=sequence,
                acknowledged=held.model_dump(),
            )
        case Broken(sequence):
            raise ChainBroken(sequence=sequence, acknowledged=held.model_dump())
        case Followed():
            return _take_in(work, station, request, journal, walked)


def _take_in(
    work: Work, station: Station, request: PushRequest, journal: journals.Journal, walked: Followed
) -> PushResponse:
    judged = _judge(work, station, request, walked.new)
    entries = _flagged(work, station, [one.entry for one in judged if one.entry is not None])
    repository.append(work, station.tenant_id, entries)
    _quarantine(work, station, request.journal_id, [one for one in judged if one.entry is None])
    admitted = {entry.record.participant_id for entry in entries if entry.record.result.admits}
    projection.settle(work, station.tenant_id, station.event_id, {who for who in admitted if who})
    journals.advance(work, journal, walked.prefix)
    fresh: dict[int, PushVerdict | None] = {one.item.sequence: one.verdict for one in judged}
    return PushResponse(
        verdicts=tuple(_verdicts(request.items, fresh)),
        acknowledged=Acknowledged(
            journal_id=request.journal_id, sequence=walked.prefix.sequence, head=walked.prefix.head
        ),
        server_time_ms=epoch_ms(work.now()),
    )


def _verdicts(items: Iterable[PushItem], fresh: dict[int, PushVerdict | None]) -> Iterable[PushVerdict]:
    for item in items:
        # Taken out, so that the same row a second time in one push is a duplicate.
        yield fresh.pop(item.sequence, None) or _verdict(item, "DUPLICATE")


def _stored_hashes(session: Session, station: Station, request: PushRequest, held: int) -> Mapping[int, str]:
    known = [item.sequence for item in request.items if item.sequence <= held]
    if not known:
        return {}
    stretch = (min(known), max(known))
    c = _QUARANTINE.c
    aside = select(c.sequence, c.hash).where(
        c.tenant_id == station.tenant_id,
        c.device_id == station.id,
        c.journal_id == request.journal_id,
        c.sequence.between(*stretch),
    )
    stored = repository.hashes(session, station.tenant_id, (station.id, request.journal_id), *stretch)
    return {**stored, **{row.sequence: row.hash for row in session.execute(aside)}}


# --- judging ------------------------------------------------------------------------------------


def _judge(work: Work, station: Station, request: PushRequest, new: Sequence[PushItem]) -> list[_Judged]:
    origin = Origin(station.id, station.event_id, sync_rows.checkpoint_ids(work.session, _key(station)))
    read = [(item, None if item.set_aside is not None else read_record(item.body, origin)) for item in new]
    records = [record for _, record in read if isinstance(record, ScanRecord)]
    taken = repository.taken_ids(work.session, station.tenant_id, [record.id for record in records])
    clashing = [repository.success_id(record.id) for record in records if record.id in taken]
    taken |= repository.taken_ids(work.session, station.tenant_id, clashing)
    return [_judge_one(item, record, request, taken) for item, record in read]


def _judge_one(
    item: PushItem, record: ScanRecord | Unfit | None, request: PushRequest, taken: dict[str, bool]
) -> _Judged:
    if record is None:
        return _Judged(item, _verdict(item, "SET_ASIDE"))
    if isinstance(record, Unfit):
        return _unfit(item, record)
    id_ = _free_id(record, taken)
    if id_ is None:
        return _unfit(item, Unfit("DuplicateId", "a scan with this id is stored already"))
    taken[id_] = record.result.admits
    entry = repository.Entry(
        id=id_,
        record=record,
        journal_id=request.journal_id,
        sequence=item.sequence,
        hash=item.hash,
        effective_at_ms=effective_at_ms(record, request.anchors),
        anchored=record.boot_id in request.anchors,
    )
    return _Judged(item, _verdict(item, "ACCEPTED"), entry)


def _free_id(record: ScanRecord, taken: Mapping[str, bool]) -> str | None:
    """The id to store a scan under; None: it is stored already. A refusal never stands in a success's way."""
    if record.id not in taken:
        return record.id
    second = repository.success_id(record.id)
    if record.result.admits and not taken[record.id] and second not in taken:
        return second
    return None


def _unfit(item: PushItem, why: Unfit) -> _Judged:
    return _Judged(item, _verdict(item, "QUARANTINED", why))


def _verdict(item: PushItem, verdict: str, why: Unfit | None = None) -> PushVerdict:
    """A verdict without pydantic's checks: there are a thousand in a push, and all are written here."""
    code, message = (why.code, why.message) if why else (None, None)
    return PushVerdict.model_construct(sequence=item.sequence, verdict=verdict, code=code, message=message)


def _flagged(work: Work, station: Station, entries: list[repository.Entry]) -> list[repository.Entry]:
    """The entries, those flagged whose people the hub would have refused."""
    asked = {
        entry.record.participant_id or "" for entry in entries if late_refusals.wants_flag_check(entry.record)
    }
    if not asked:
        return entries
    known, doubtful = persons.find_irregular(work.session, _key(station), asked)
    looked_at = persons.find_by_ids(work.session, _key(station), doubtful)
    refused = late_refusals.standing_refusals({named.person for named in looked_at.values()}, work.now())
    flags: dict[str, ReasonCode] = dict.fromkeys(asked - known, ReasonCode.UNKNOWN_PARTICIPANT)
    flags |= {who: refused[named.person.id] for who, named in looked_at.items() if named.person.id in refused}
    if not flags:
        return entries
    return [late_refusals.flag(entry, flags) for entry in entries]


def _quarantine(work: Work, station: Station, journal_id: str, judged: Sequence[_Judged]) -> None:
    rows: list[dict[str, Any]] = [
        {
            "tenant_id": station.tenant_id,
            "id": work.new_id(),
            "device_id": station.id,
            "journal_id": journal_id,
            "sequence": one.item.sequence,
            "body": one.item.body.replace("\0", "\\u0000"),
            "hash": one.item.hash,
            "code": one.verdict.code or "SetAside",
            "message": (one.verdict.message or one.item.set_aside or "")[:_LONGEST_MESSAGE],
            **work.timestamps(),
        }
        for one in judged
    ]
    if rows:
        work.session.execute(insert(_QUARANTINE), rows)


def _key(station: Station) -> FeedKey:
    return FeedKey(station.tenant_id, station.event_id)
