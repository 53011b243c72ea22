"""Record the seals of a station: check signature, order and the rows that the hub has, and answer with an anchor for each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from sqlalchemy import func, select

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.seals import (
    CONTRADICTIONS,
    HeardSealItem,
    SealAnchor,
    SealItem,
    SealRequest,
    SealResponse,
    SealState,
    SealStatement,
)
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.sync.schemas import StationIdentity
from hub_sync.hub.domains.sync.seals import segments
from hub_sync.hub.domains.sync.tables import DeviceJournal, HeardSeal, JournalSeal
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import Unprocessable
from hub_sync.hub.kit.i18n import N_
from hub_sync.rules.evidence.verification import is_signed, seal_hash


class SealUnreadable(Unprocessable):
    """A seal's statement is not what a station writes."""

    template = N_("Seal %(number)s of the request can't be read.")


@dataclass(frozen=True, slots=True)
class _Seal:
    item: SealItem
    statement: SealStatement
    digest: str


def record_seals(work: Work, station: StationIdentity, request: SealRequest) -> SealResponse:
    """Store seals that the hub does not have, each once, and return an anchor for each in order.

    Raises:
        SealUnreadable: nothing was stored.
    """
    seals = [_parse(item, number) for number, item in enumerate(request.items, start=1)]
    devices.lock(work, station.tenant_id, station.id)
    keys = {key.text for key in devices.public_keys_of(work, station.tenant_id, station.id)}
    recheck_waiting(work, station)
    anchors = [_record(work, station, seal, keys) for seal in seals]
    if any(anchor.state in CONTRADICTIONS for anchor in anchors):
        devices.report_seal_disagreement(work, station.tenant_id, station.id)
    return SealResponse(anchors=tuple(anchors), server_time_ms=epoch_ms(work.now()))


def _parse(item: SealItem, number: int) -> _Seal:
    try:
        statement = SealStatement.model_validate_json(item.statement)
    except ValidationError:
        raise SealUnreadable(number=number) from None
    if "\0" in item.statement or "\\u0000" in item.statement:
        raise SealUnreadable(number=number)
    return _Seal(item, statement, seal_hash(item.statement, item.signature))


def _record(work: Work, station: StationIdentity, seal: _Seal, keys: Collection[str]) -> SealAnchor:
    stored = _find(work, station, JournalSeal.seal_hash == seal.digest)
    if stored is not None:
        return _anchor(seal, stored.state, epoch_ms(stored.created_at))
    statement = seal.statement
    own = statement.device_id == station.id and statement.key in keys
    if not own or not is_signed(statement.key, seal.item.statement, seal.item.signature):
        return _anchor(seal, SealState.UNPROVEN, epoch_ms(work.now()))
    state = _order_state(work, station, seal) or row_state(work, station.tenant_id, station.id, statement)
    if state is not SealState.GAP:
        _insert(work, station, seal, state)
    return _anchor(seal, state, epoch_ms(work.now()))


def _order_state(work: Work, station: StationIdentity, seal: _Seal) -> SealState | None:
    """Return what is wrong with a seal's place in its chain, None if nothing is."""
    number, chain = seal.statement.number, seal.statement.chain
    if _find(work, station, JournalSeal.chain == chain, JournalSeal.number == number) is not None:
        return SealState.FORKED
    if number == 1:
        return None
    before = _find(work, station, JournalSeal.chain == chain, JournalSeal.number == number - 1)
    if before is None:
        return SealState.GAP
    return None if before.seal_hash == seal.statement.previous else SealState.FORKED


def row_state(
    work: Work, tenant_id: str, device_id: str, statement: SealStatement | JournalSeal | HeardSeal
) -> SealState:
    """Return if the hub has the row that a seal names."""
    j = DeviceJournal
    query = select(j.sequence, j.head).where(
        j.tenant_id == tenant_id, j.device_id == device_id, j.journal_id == statement.journal_id
    )
    journal = work.session.execute(query).one_or_none()
    if journal is None or journal.sequence < statement.sequence:
        return SealState.WAITING
    digest: str | None = journal.head
    if journal.sequence > statement.sequence:
        place = (tenant_id, device_id, statement.journal_id)
        digest = segments.find_hash(work, *place, statement.sequence) or check_in.hashes(
            work.session, tenant_id, place[1:], statement.sequence, statement.sequence
        ).get(statement.sequence, statement.head)
    return SealState.AGREES if digest == statement.head else SealState.DISAGREES


def recheck_waiting(work: Work, station: StationIdentity) -> None:
    """Check seals again whose rows were not here yet; raise the alarm if they contradict."""
    query = select(JournalSeal).where(
        JournalSeal.tenant_id == station.tenant_id,
        JournalSeal.device_id == station.id,
        JournalSeal.state == SealState.WAITING,
    )
    heard = select(HeardSeal).where(
        HeardSeal.tenant_id == station.tenant_id,
        HeardSeal.device_id == station.id,
        HeardSeal.state == SealState.WAITING,
    )
    for seal in (*work.session.scalars(query), *work.session.scalars(heard)):
        seal.state = row_state(work, station.tenant_id, station.id, seal)
        if seal.state in CONTRADICTIONS:
            devices.report_seal_disagreement(work, station.tenant_id, station.id)


def _find(work: Work, station: StationIdentity, *conditions: object) -> JournalSeal | None:
    query = select(JournalSeal).where(
        JournalSeal.tenant_id == station.tenant_id,
        JournalSeal.device_id == station.id,
        *conditions,  # type: ignore[arg-type]
    )
    return work.session.scalars(query.order_by(JournalSeal.position).limit(1)).first()


def _insert(work: Work, station: StationIdentity, seal: _Seal, state: SealState) -> None:
    last = select(func.coalesce(func.max(JournalSeal.position), 0)).where(
        JournalSeal.tenant_id == station.tenant_id, JournalSeal.device_id == station.id
    )
    row = JournalSeal(
        tenant_id=station.tenant_id,
        id=work.new_id(),
        sealed_at_ms=seal.statement.sealed_at_ms,
        state=state,
        position=(work.session.scalar(last) or 0) + 1,
        **seal_columns(seal.item, seal.statement, seal.digest),
    )
    work.session.add(row)
    work.session.flush()


def seal_columns(item: SealItem | HeardSealItem, statement: SealStatement, digest: str) -> dict[str, Any]:
    """Return the columns that every table of seals has: what a seal states, its text and its signature."""
    return {
        "device_id": statement.device_id,
        "chain": statement.chain,
        "number": statement.number,
        "journal_id": statement.journal_id,
        "sequence": statement.sequence,
        "head": statement.head,
        "seal_hash": digest,
        "statement": item.statement,
        "signature": item.signature,
    }


def _anchor(seal: _Seal, state: SealState, received_at_ms: int) -> SealAnchor:
    statement = seal.statement
    return SealAnchor(
        chain=statement.chain,
        number=statement.number,
        seal=seal.digest,
        journal_id=statement.journal_id,
        sequence=statement.sequence,
        head=statement.head,
        received_at_ms=received_at_ms,
        state=state,
    )


def seals_of(work: Work, tenant_id: str, device_id: str) -> Sequence[JournalSeal]:
    """Return all seals of a station in the order in which they came."""
    query = select(JournalSeal).where(JournalSeal.tenant_id == tenant_id, JournalSeal.device_id == device_id)
    return work.session.scalars(query.order_by(JournalSeal.position)).all()
