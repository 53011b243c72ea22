"""Bulletins over REST: create one. Everything else about it is that of a broadcast."""

from fastapi.responses import Response

from hub_sync.hub.domains.events.errors import EventNotFound
from hub_sync.hub.domains.messages.broadcasts.schemas import BroadcastResponse
from hub_sync.hub.domains.messages.bulletins import bulletins
from hub_sync.hub.domains.messages.bulletins.errors import (
    BulletinNobody,
    BulletinStationUnknown,
    BulletinTextMissing,
    BulletinTimesInvalid,
)
from hub_sync.hub.domains.messages.bulletins.schemas import NewBulletin
from hub_sync.hub.domains.messages.manifest import COMMUNICATION_BROADCAST, FF_COMMUNICATION_HUB
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.rest_router import API, Call, RestRouter
from hub_sync.hub.kit.text_types import Id

router = RestRouter(prefix="/events/{event_id}/bulletins", tags=["broadcasts"], flag=FF_COMMUNICATION_HUB)


@router.post(
    "",
    permissions=COMMUNICATION_BROADCAST,
    schema=BroadcastResponse,
    status=201,
    errors=(
        EventNotFound,
        BulletinTimesInvalid,
        BulletinNobody,
        BulletinStationUnknown,
        BulletinTextMissing,
    ),
)
def create_bulletin(call: Call, event_id: Id, new: NewBulletin) -> Response:
    """Show a text on the screens of stations, from a time until another, also while they are offline.

    It is a broadcast with the channel KIOSK: its ledger has one message for each station, it can be paused, and cancelling it takes it off the
    screens.
    """
    with call.begin() as work:
        broadcast = bulletins.create(work, FeedKey(call.tenant_id, event_id), new)
        location = f"{API}/events/{event_id}/broadcasts/{broadcast.id}"
        return call.created(BroadcastResponse.model_validate(broadcast), location, version=broadcast.version)
