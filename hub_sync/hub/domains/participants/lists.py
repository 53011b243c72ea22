"""The list of participants, on pages and as a file, and the number of participants as an expansion of the list of events."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Select

from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.schemas import ParticipantResponse
from hub_sync.hub.domains.participants.tables import Participant
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work
from hub_sync.hub.kit.lists.exports import Export
from hub_sync.hub.kit.lists.query_parameters import ListQuery
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


_OPTIONS: dict[str, Any] = {
    "row": Participant,
    "schema": ParticipantResponse,
    "sorts": {
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
    "default_sort": "id",
    "filters": {
        "status": Participant.status,
        "category": Participant.category,
        "group_ref": Participant.group_ref,
        "email": Participant.email,
        "registration_code": Participant.registration_code,
        "external_id": Participant.external_id,
        "created_at": Participant.created_at,
        "updated_at": Participant.updated_at,
    },
}
PARTICIPANTS = Listing(**_OPTIONS, expands={"event": _load_events})
"""The default is by id: that is the order of registration and has an index. Other keys sort the whole event."""

DELETED = Listing(
    row=Participant,
    schema=ParticipantResponse,
    sorts={
        "deleted_at": Participant.deleted_at,
        "last_name": Participant.last_name,
        "category": Participant.category,
    },
    default_sort="-deleted_at",
    filters={"status": Participant.status, "category": Participant.category},
)
EXPORT = Export(**_OPTIONS)
_FIRST = (
    "registration_code",
    "first_name",
    "last_name",
    "email",
    "phone",
    "category",
    "group_ref",
    "status",
)
_LEFT_OUT = frozenset(("event_id", "version"))
COLUMNS = tuple(
    dict.fromkeys([*_FIRST, *(name for name in ParticipantResponse.model_fields if name not in _LEFT_OUT)])
)
"""The heading of a file, by the names of the API: every field that REST shows, which is what an import reads."""
_EXTRA = COLUMNS.index("extra")


def export_rows(uow: UnitOfWork, query: ListQuery, statement: Select[Any]) -> Iterator[tuple[Any, ...]]:
    """Yield the participants of a statement as rows of `COLUMNS`, from one snapshot.

    Raises:
        BadRequest: 400, an invalid query parameter; before the first row.
    """
    columns = [getattr(Participant, name) for name in COLUMNS]
    for row in EXPORT.rows(uow, query, statement.with_only_columns(*columns)):
        values = tuple(row)
        yield values if values[_EXTRA] else (*values[:_EXTRA], None, *values[_EXTRA + 1 :])


events.add_list_expansion("participants_count", _load_counts)
