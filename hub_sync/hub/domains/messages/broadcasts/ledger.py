"""The ledger of a broadcast: for each person what happened, as a list and as a file."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, select

from hub_sync.hub.domains.messages.broadcasts.lists import LEDGER_EXPORT
from hub_sync.hub.domains.messages.tables import BroadcastMessage, MessageDelivery
from hub_sync.hub.domains.participants.service import Participant
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work
from hub_sync.hub.kit.lists.query_parameters import ListQuery

COLUMNS = (
    "first_name",
    "last_name",
    "registration_code",
    "channel",
    "recipient",
    "language",
    "status",
    "attempts",
    "sent_at",
    "reason",
    "response",
)
_D = MessageDelivery


def rows_of(broadcast: BroadcastMessage) -> Select[MessageDelivery]:
    """Return the query of the messages of a broadcast."""
    return select(_D).where(_D.tenant_id == broadcast.tenant_id, _D.broadcast_id == broadcast.id)


def export_rows(uow: UnitOfWork, broadcast: BroadcastMessage, query: ListQuery) -> Iterator[tuple[Any, ...]]:
    """Return the rows of a file, from one snapshot.

    Raises:
        BadRequest: 400, an invalid query parameter.
    """
    columns: tuple[Any, ...] = (
        Participant.first_name,
        Participant.last_name,
        Participant.registration_code,
        _D.channel,
        _D.recipient,
        _D.locale,
        _D.status,
        _D.attempts,
        _D.sent_at,
        _D.error_code,
        _D.error,
    )
    statement = (
        select(*columns)
        .select_from(_D)
        .outerjoin(
            Participant, (Participant.tenant_id == _D.tenant_id) & (Participant.id == _D.participant_id)
        )
        .where(_D.tenant_id == broadcast.tenant_id, _D.broadcast_id == broadcast.id)
    )
    rows = LEDGER_EXPORT.rows(uow, query, statement)
    return (tuple("" if value is None else value for value in row) for row in rows)


def names_of(work: Work, tenant_id: str, participant_ids: list[str]) -> dict[str, str]:
    """Return the names of participants by id, of deleted ones too."""
    if not participant_ids:
        return {}
    query = select(
        Participant.id, Participant.first_name, Participant.last_name, Participant.registration_code
    ).where(Participant.tenant_id == tenant_id, Participant.id.in_(participant_ids))
    return {id_: f"{first} {last}".strip() or code for id_, first, last, code in work.session.execute(query)}
