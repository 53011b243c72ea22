"""The list of participants, and the number of participants as an expansion of the list of events."""

from collections.abc import Mapping, Sequence
from typing import Any

from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.schemas import ParticipantResponse
from hub_sync.hub.domains.participants.tables import Participant
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.lists.result_pages import Listing


def _load_events(work: Work, tenant_id: str, rows: Sequence[Any]) -> Mapping[str, Any]:
    responses = {
        id_: events.EventResponse.model_validate(events.get(work, tenant_id, id_))
        for id_ in {row.event_id for row in rows}
    }
    return {row.id: responses[row.event_id] for row in rows}


def _load_counts(work: Work, tenant_id: str, rows: Sequence[Any]) -> Mapping[str, Any]:
    counts = participants.counts(work, tenant_id, [row.id for row in rows])
    return {row.id: counts.get(row.id, 0) for row in rows}


PARTICIPANTS = Listing(
    row=Participant,
    schema=ParticipantResponse,
    sorts={
        "id": Participant.id,
        "last_name": Participant.last_name,
        "first_name": Participant.first_name,
        "registration_code": Participant.registration_code,
        "category": Participant.category,
        "group_ref": Participant.group_ref,
        "status": Participant.status,
        "created_at": Participant.created_at,
        "updated_at": Participant.updated_at,
    },
    default_sort="id",
    filters={
        "status": Participant.status,
        "category": Participant.category,
        "group_ref": Participant.group_ref,
        "email": Participant.email,
        "registration_code": Participant.registration_code,
        "external_id": Participant.external_id,
        "created_at": Participant.created_at,
        "updated_at": Participant.updated_at,
    },
    expands={"event": _load_events},
)
"""The default is by id: that is the order of registration and has an index. Other keys sort the whole event."""

events.add_list_expansion("participants_count", _load_counts)
