"""Messages that wait or were sent, and addresses that get none, over REST."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.domains.messages.delivery import repeats
from hub_sync.hub.domains.messages.errors import (
    MessageHeaderInvalid,
    MessageNotFound,
    MessageNotRepeatable,
    RecipientInvalid,
    SuppressionExists,
    SuppressionNotFound,
)
from hub_sync.hub.domains.messages.lists import (
    DELIVERIES,
    SUPPRESSIONS,
    NewSuppression,
    OutboxMessage,
    SuppressionResponse,
)
from hub_sync.hub.domains.messages.manifest import COMMUNICATION_BROADCAST, FF_COMMUNICATION_HUB
from hub_sync.hub.domains.messages.suppression import suppressions
from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_READ
from hub_sync.hub.kit.http.rest_router import API, Call, RestRouter
from hub_sync.hub.kit.lists.result_pages import FieldSelection, ListQuery
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="", tags=["messages"], flag=FF_COMMUNICATION_HUB)

_ACCESS = {"permissions": COMMUNICATION_BROADCAST, "also": PARTICIPANTS_READ}
_SUPPRESSIONS = "/message-suppressions"


@router.get("/messages", **_ACCESS, listing=DELIVERIES)
def list_messages(call: Call, query: Annotated[ListQuery, Depends(DELIVERIES.parse_query)]) -> Response:
    """List the messages of all broadcasts and automatic messages, the latest first. Their texts are not shown."""
    return DELIVERIES.list_response(call, query, repeats.deliveries_of(call.tenant_id))


@router.get(
    "/messages/{message_id}", **_ACCESS, schema=OutboxMessage, listing=DELIVERIES, errors=(MessageNotFound,)
)
def get_message(
    call: Call, message_id: Id, selection: Annotated[FieldSelection, Depends(DELIVERIES.parse_selection)]
) -> Response:
    """Return a message, and what became of it."""
    return DELIVERIES.item_response(call, selection, repeats.get(call.work, call.tenant_id, message_id))


@router.post(
    "/messages/{message_id}/repeat",
    **_ACCESS,
    schema=OutboxMessage,
    errors=(MessageNotFound, MessageNotRepeatable),
)
def repeat_message(call: Call, message_id: Id) -> Response:
    """Send a message again at once. One that is UNSURE may arrive twice then."""
    with call.begin() as work:
        return call.ok(OutboxMessage.model_validate(repeats.repeat(work, call.tenant_id, message_id)))


@router.get(_SUPPRESSIONS, **_ACCESS, listing=SUPPRESSIONS)
def list_message_suppressions(
    call: Call, query: Annotated[ListQuery, Depends(SUPPRESSIONS.parse_query)]
) -> Response:
    """List the addresses that get no messages of a purpose, with who or what put them on the list."""
    return SUPPRESSIONS.list_response(call, query, suppressions.suppressions_of(call.tenant_id))


@router.get(
    f"{_SUPPRESSIONS}/{{suppression_id}}",
    **_ACCESS,
    schema=SuppressionResponse,
    listing=SUPPRESSIONS,
    errors=(SuppressionNotFound,),
)
def get_message_suppression(
    call: Call,
    suppression_id: Id,
    selection: Annotated[FieldSelection, Depends(SUPPRESSIONS.parse_selection)],
) -> Response:
    """Return an entry of the list."""
    row = suppressions.get(call.work, call.tenant_id, suppression_id)
    return SUPPRESSIONS.item_response(call, selection, row)


@router.post(
    _SUPPRESSIONS,
    **_ACCESS,
    schema=SuppressionResponse,
    status=201,
    errors=(RecipientInvalid, MessageHeaderInvalid, SuppressionExists),
)
def create_message_suppression(call: Call, new: NewSuppression) -> Response:
    """Put an address on the list for a purpose. Messages that wait for it are not sent any more."""
    with call.begin() as work:
        row = suppressions.add(work, call.tenant_id, new.channel, new.address, new.purpose, new.reason)
        location = f"{API}{_SUPPRESSIONS}/{row.id}"
        return call.created(SuppressionResponse.model_validate(row), location)


@router.delete(f"{_SUPPRESSIONS}/{{suppression_id}}", **_ACCESS, errors=(SuppressionNotFound,))
def delete_message_suppression(call: Call, suppression_id: Id) -> Response:
    """Take an address off the list. Do it only if the person asks for it."""
    with call.begin() as work:
        suppressions.remove(work, call.tenant_id, suppression_id)
        return call.no_content()
