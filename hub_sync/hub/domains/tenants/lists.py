"""List options of a tenant's ticket keys."""

from hub_sync.hub.domains.tenants.schemas import TicketKeyResponse
from hub_sync.hub.domains.tenants.tables import QrKey
from hub_sync.hub.kit.lists.result_pages import Listing

TICKET_KEYS = Listing(
    row=QrKey,
    schema=TicketKeyResponse,
    sorts={"created_at": QrKey.created_at, "kid": QrKey.kid, "id": QrKey.id},
    default_sort="-created_at",
    filters={"source": QrKey.source, "not_after": QrKey.not_after},
)
