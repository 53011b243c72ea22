"""Record what stations have heard of each other's seals: a witness outside the station that sealed, and outside the hub.

What a station says of another proves nothing by itself: a seal is taken only if it is signed with a key that the hub knows of the
station which it is about. So a stolen station can keep quiet, and can't accuse another.
"""

from collections.abc import Iterable, Sequence

import structlog
from pydantic import ValidationError
from sqlalchemy import ColumnElement, delete, select

from hub_sync.contract.seals import CONTRADICTIONS, HeardSealItem, SealState, SealStatement
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.sync import tables
from hub_sync.hub.domains.sync.schemas import StationIdentity
from hub_sync.hub.domains.sync.seals.recording import row_state, seal_columns
from hub_sync.hub.domains.sync.tables import JournalSeal
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.rules.evidence.verification import is_signed, seal_hash

KEPT = 200
"""Heard seals that agree, of one station by one witness, of which the newest stay. Others stay all."""
_log = structlog.get_logger(__name__)


def record_heard(work: Work, witness: StationIdentity, heard: Iterable[HeardSealItem]) -> None:
    """Store the seals of other stations that can be proven, each once; raise the alarm of a station whose seal contradicts the hub.

    The caller has locked no station: two that report about each other at once would wait for each other.
    """
    concerned = set()
    for seal in sorted(heard, key=lambda seal: seal.statement):
        statement = _parse(seal)
        if (
            statement is None
            or statement.device_id == witness.id
            or not _is_proven(work, witness, seal, statement)
        ):
            _log.warning("heard_seal_not_proven", witness=witness.id)
        elif _record(work, witness, seal, statement) in CONTRADICTIONS:
            concerned.add(statement.device_id)
    for device_id in sorted(concerned):
        devices.report_seal_disagreement(work, witness.tenant_id, device_id)


def _parse(seal: HeardSealItem) -> SealStatement | None:
    try:
        statement = SealStatement.model_validate_json(seal.statement)
    except ValidationError:
        return None
    is_storable = "\0" not in seal.statement and "\\u0000" not in seal.statement
    return statement if is_storable else None


def _is_proven(work: Work, witness: StationIdentity, seal: HeardSealItem, statement: SealStatement) -> bool:
    known = {key.text for key in devices.public_keys_of(work, witness.tenant_id, statement.device_id)}
    return statement.key in known and is_signed(statement.key, seal.statement, seal.signature)


def _record(
    work: Work, witness: StationIdentity, seal: HeardSealItem, statement: SealStatement
) -> SealState | None:
    """Store a seal; return the result of its check, None if it is stored already."""
    digest, of_witness = seal_hash(seal.statement, seal.signature), _of(witness, statement.device_id)
    h = tables.HeardSeal
    if work.session.scalar(select(h.id).where(*of_witness, h.seal_hash == digest)) is not None:
        return None
    state = _state(work, witness.tenant_id, statement, digest)
    row = h(
        tenant_id=witness.tenant_id,
        id=work.new_id(),
        witness_id=witness.id,
        heard_at_ms=seal.heard_at_ms,
        state=state,
        **seal_columns(seal, statement, digest),
    )
    work.session.add(row)
    work.session.flush()
    agreeing = select(h.id).where(*of_witness, h.state == SealState.AGREES)
    old = work.session.scalars(agreeing.order_by(h.created_at.desc(), h.id.desc()).offset(KEPT)).all()
    if old:
        work.session.execute(delete(h).where(h.tenant_id == witness.tenant_id, h.id.in_(old)))
    return state


def _of(witness: StationIdentity, device_id: str) -> tuple[ColumnElement[bool], ...]:
    h = tables.HeardSeal
    return h.tenant_id == witness.tenant_id, h.device_id == device_id, h.witness_id == witness.id


def _state(work: Work, tenant_id: str, statement: SealStatement, digest: str) -> SealState:
    """Return if a seal agrees with the seals and rows that the hub has of the station."""
    s = JournalSeal
    query = select(s.seal_hash).where(
        s.tenant_id == tenant_id,
        s.device_id == statement.device_id,
        s.chain == statement.chain,
        s.number == statement.number,
    )
    recorded = set(work.session.scalars(query))
    if recorded and digest not in recorded:
        return SealState.FORKED
    return row_state(work, tenant_id, statement.device_id, statement)


def heard_of(work: Work, tenant_id: str, device_id: str) -> Sequence[tables.HeardSeal]:
    """Return the seals of a station that others have heard, in the order in which they came."""
    h = tables.HeardSeal
    query = select(h).where(h.tenant_id == tenant_id, h.device_id == device_id)
    return work.session.scalars(query.order_by(h.created_at, h.id)).all()
