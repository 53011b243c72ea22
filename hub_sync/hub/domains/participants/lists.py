"""How participants are listed, and how many an event has, beside it."""

from collections.abc import Mapping, Sequence
from typing import Any

from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.lists import EVENTS
from hub_sync.hub.domains.events.schemas import EventResponse
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.schemas import ParticipantResponse
from hub_sync.hub.domains.participants.tables import Participant
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.lists.listing import Listing


def _event(work: Work, tenant_id: str, rows: Sequence[Any]) -> Mapping[str, Any]:
    found = {
        id_: EventResponse.model_validate(events.get(work, tenant_id, id_))
        for id_ in {row.event_id for row in rows}
    }
    return {row.id: found[row.event_id] for row in rows}


def _counts(work: Work, tenant_id: str, rows: Sequence[Any]) -> Mapping[str, Any]:
    counted = participants.counts(work, tenant_id, [row.id for row in rows])
    return {row.id: counted.get(row.id, 0) for row in rows}


PARTICIPANTS = Listing(
    row=Participant,
    schema=ParticipantResponse,
    sorts={
        "id": Participant.id,
        "last_name": Participant.last_name,
        "first_name": Participant.first_name,
        "registration_code": Participant.registration_code,
        "category": Participant.category,
        "status": Participant.status,
        "created_at": Participant.created_at,
        "updated_at": Participant.updated_at,
    },
    default_sort="id",
    filters={
        "status": Participant.status,
        "category": Participant.category,
        "email": Participant.email,
        "registration_code": Participant.registration_code,
        "created_at": Participant.created_at,
        "updated_at": Participant.updated_at,
    },
    expands={"event": _event},
)
"""By id, which is the order of registration and has an index; others sort the whole event."""

EVENTS.add_expansion("participants_count", _counts)
