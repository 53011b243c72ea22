"""Accounts that send, over REST. Their secrets go in and never come out."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.domains.messages.delivery.compose import RenderedMessage
from hub_sync.hub.domains.messages.errors import (
    BounceSecretNeeded,
    MessageHeaderInvalid,
    RecipientInvalid,
    SecretNeeded,
    SenderChanged,
    SenderChannelFixed,
    SenderIncomplete,
    SenderInUse,
    SenderNameTaken,
    SenderNotFound,
    SenderTestFailed,
    ServiceUrlInvalid,
)
from hub_sync.hub.domains.messages.manifest import COMMUNICATION_BROADCAST, FF_COMMUNICATION_HUB
from hub_sync.hub.domains.messages.senders import accounts, trials
from hub_sync.hub.domains.messages.senders.lists import SENDERS
from hub_sync.hub.domains.messages.senders.schemas import (
    NewSender,
    SenderChanges,
    SenderResponse,
    SenderTest,
)
from hub_sync.hub.kit.http import etags
from hub_sync.hub.kit.http.rest_router import API, Call, RestRouter
from hub_sync.hub.kit.lists.result_pages import ListQuery
from hub_sync.hub.kit.schemas import dump_json
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/message-senders", tags=["message-senders"], flag=FF_COMMUNICATION_HUB)

_ACCESS = {"permissions": COMMUNICATION_BROADCAST}
_INCOMPLETE = (SenderNameTaken, SenderIncomplete, ServiceUrlInvalid, MessageHeaderInvalid)
_TEST = RenderedMessage("Test of your mail account", "This account works.")


@router.get("", **_ACCESS, listing=SENDERS)
def list_message_senders(call: Call, query: Annotated[ListQuery, Depends(SENDERS.parse_query)]) -> Response:
    """List the accounts, each with what is wrong with it."""
    return SENDERS.list_response(call, query, accounts.senders_of(call.work, call.tenant_id))


@router.get("/{sender_id}", **_ACCESS, schema=SenderResponse, errors=(SenderNotFound,))
def get_message_sender(call: Call, sender_id: Id) -> Response:
    """Return an account. A change takes its ETag as `If-Match`.

    Its problems come and go without its version: so this response is never "not modified", and not cached.
    """
    row = accounts.get(call.work, call.tenant_id, sender_id)
    headers = call.headers | {"ETag": etags.version_etag(row.version), "Cache-Control": "no-store"}
    body = b'{"data":' + dump_json(SenderResponse.model_validate(row)) + b"}"
    return Response(body, headers=headers, media_type="application/json")


@router.post("", **_ACCESS, schema=SenderResponse, status=201, errors=_INCOMPLETE)
def create_message_sender(call: Call, new: NewSender) -> Response:
    """Create an account; the first of its channel is the default one. `test` tries it."""
    with call.begin() as work:
        row = accounts.create(work, call.tenant_id, new)
        location = f"{API}/message-senders/{row.id}"
        return call.created(SenderResponse.model_validate(row), location, version=row.version)


@router.put(
    "/{sender_id}",
    **_ACCESS,
    schema=SenderResponse,
    errors=(
        SenderNotFound,
        SenderChanged,
        SenderChannelFixed,
        SecretNeeded,
        BounceSecretNeeded,
        *_INCOMPLETE,
    ),
)
def update_message_sender(call: Call, sender_id: Id, changes: SenderChanges) -> Response:
    """Change the members of the body; the others stay, and what waits is tried at once. Needs If-Match.

    With another server or user name, or without encryption, the password has to be sent again: a stored one never goes anywhere else. The
    default account stays it until another one becomes it.
    """
    version = call.expected_version()
    with call.begin() as work:
        row = accounts.update_sender(work, call.tenant_id, sender_id, changes, version)
        return call.ok(SenderResponse.model_validate(row), version=row.version)


@router.delete("/{sender_id}", **_ACCESS, errors=(SenderNotFound, SenderChanged, SenderInUse))
def delete_message_sender(call: Call, sender_id: Id) -> Response:
    """Delete an account with its secrets. `If-Match` is optional."""
    version = call.optional_expected_version()
    with call.begin() as work:
        accounts.delete(work, call.tenant_id, sender_id, version)
        return call.no_content()


@router.post(
    "/{sender_id}/test",
    **_ACCESS,
    status=204,
    errors=(SenderNotFound, RecipientInvalid, SenderTestFailed),
)
def test_message_sender(call: Call, sender_id: Id, request: SenderTest) -> Response:
    """Send a test to an address, at once; a refusal has what the server answered."""
    call.replay_if_stored()
    trials.try_account(call.hub, call.caller.actor, call.tenant_id, sender_id, request.recipient, _TEST)
    with call.begin():
        return call.no_content()
