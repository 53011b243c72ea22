"""Registration pages over REST: their settings, and what people agreed to."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.registration import service
from hub_sync.hub.domains.registration.errors import RegistrationSettingsChanged, RegistrationWindowReversed
from hub_sync.hub.domains.registration.lists import REGISTRATIONS
from hub_sync.hub.domains.registration.manifest import FF_REGISTRATION_PAGE, REGISTRATION_MANAGE
from hub_sync.hub.domains.registration.schemas import (
    RegistrationSettingsChanges,
    RegistrationSettingsResponse,
)
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.rest_router import Call, RestRouter
from hub_sync.hub.kit.lists.result_pages import ListQuery
from hub_sync.hub.kit.text_types import Id

router = RestRouter(
    prefix="/events/{event_id}/registration", tags=["registration"], flag=FF_REGISTRATION_PAGE
)


@router.get("", permissions=REGISTRATION_MANAGE, schema=RegistrationSettingsResponse, errors=(EventNotFound,))
def get_registration_settings(call: Call, event_id: Id) -> Response:
    """Return how the registration page of an event works. Its ETag is what `If-Match` of a change needs."""
    settings = service.read_settings(call.work, FeedKey(call.tenant_id, event_id))
    return call.ok(RegistrationSettingsResponse.model_validate(settings), version=settings.version)


@router.put(
    "",
    permissions=REGISTRATION_MANAGE,
    schema=RegistrationSettingsResponse,
    errors=(EventNotFound, RegistrationSettingsChanged, RegistrationWindowReversed),
)
def update_registration_settings(call: Call, event_id: Id, changes: RegistrationSettingsChanges) -> Response:
    """Change the members of the body; the others stay. Needs If-Match with the ETag of the last read."""
    version, key = call.expected_version(), FeedKey(call.tenant_id, event_id)
    with call.begin() as work:
        settings = service.update_settings(work, key, changes, version)
        return call.ok(RegistrationSettingsResponse.model_validate(settings), version=settings.version)


@router.get("/consents", permissions=REGISTRATION_MANAGE, listing=REGISTRATIONS, errors=(EventNotFound,))
def list_registration_consents(
    call: Call, event_id: Id, query: Annotated[ListQuery, Depends(REGISTRATIONS.parse_query)]
) -> Response:
    """List who registered on the page with what they agreed to, the text and its version, and when. The newest are first."""
    events.check_exists(call.work, call.tenant_id, event_id)
    return REGISTRATIONS.list_response(
        call, query, service.registrations_of(FeedKey(call.tenant_id, event_id))
    )
