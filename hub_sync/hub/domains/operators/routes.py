"""Operators over REST."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.domains.devices.manifest import DEVICES_READ, KIOSK_MANAGE
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.operators import service
from hub_sync.hub.domains.operators.errors import (
    OperatorChanged,
    OperatorExists,
    OperatorNotFound,
    PinInvalid,
    PinTooEasy,
    StationNotAtEvent,
    TooManyOperators,
)
from hub_sync.hub.domains.operators.lists import OPERATORS
from hub_sync.hub.domains.operators.schemas import NewOperator, OperatorChanges, OperatorResponse
from hub_sync.hub.domains.operators.tables import StationOperator
from hub_sync.hub.kit.http.rest_router import API, Call, RestRouter
from hub_sync.hub.kit.lists.result_pages import FieldSelection, ListQuery
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/events/{event_id}/operators", tags=["operators"])

_MISSING = (EventNotFound, OperatorNotFound)
_REFUSED = (OperatorExists, PinInvalid, PinTooEasy, StationNotAtEvent)


@router.get("", permissions=DEVICES_READ, listing=OPERATORS, errors=(EventNotFound,))
def list_operators(
    call: Call, event_id: Id, query: Annotated[ListQuery, Depends(OPERATORS.parse_query)]
) -> Response:
    """List the event's operators by name, without deleted ones."""
    events.get(call.work, call.tenant_id, event_id)
    return OPERATORS.list_response(call, query, service.all_of(call.tenant_id, event_id))


@router.get(
    "/{operator_id}", permissions=DEVICES_READ, schema=OperatorResponse, listing=OPERATORS, errors=_MISSING
)
def get_operator(
    call: Call,
    event_id: Id,
    operator_id: Id,
    selection: Annotated[FieldSelection, Depends(OPERATORS.parse_selection)],
) -> Response:
    """Return one operator. The ETag is what `If-Match` of a change needs."""
    events.get(call.work, call.tenant_id, event_id)
    operator = service.get(call.work, call.tenant_id, event_id, operator_id)
    return OPERATORS.item_response(call, selection, operator)


@router.post(
    "",
    permissions=KIOSK_MANAGE,
    schema=OperatorResponse,
    status=201,
    errors=(EventNotFound, TooManyOperators, *_REFUSED),
)
def create_operator(call: Call, event_id: Id, new: NewOperator) -> Response:
    """Create an operator. Stations know them with their next pull; from then on somebody must sign on there."""
    with call.begin() as work:
        operator = service.create(work, call.tenant_id, event_id, new)
        location = f"{API}/events/{event_id}/operators/{operator.id}"
        return call.created(OperatorResponse.model_validate(operator), location, version=operator.version)


@router.put(
    "/{operator_id}",
    permissions=KIOSK_MANAGE,
    schema=OperatorResponse,
    errors=(*_MISSING, OperatorChanged, *_REFUSED),
)
def update_operator(call: Call, event_id: Id, operator_id: Id, changes: OperatorChanges) -> Response:
    """Change the members of the body; the others stay. Needs If-Match with the ETag of the last read."""
    version = call.expected_version()
    with call.begin() as work:
        return _answer(call, service.update(work, call.tenant_id, event_id, operator_id, changes, version))


@router.delete("/{operator_id}", permissions=KIOSK_MANAGE, errors=(*_MISSING, OperatorChanged))
def delete_operator(call: Call, event_id: Id, operator_id: Id) -> Response:
    """Delete an operator; they are signed off with the stations' next pull. Their rows stay in the access log."""
    version = call.optional_expected_version()
    with call.begin() as work:
        service.delete(work, call.tenant_id, event_id, operator_id, version)
        return call.no_content()


def _answer(call: Call, operator: StationOperator) -> Response:
    return call.ok(OperatorResponse.model_validate(operator), version=operator.version)
