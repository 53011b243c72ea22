"""The lists of broadcasts and of their ledgers."""

from typing import Any

from hub_sync.hub.domains.messages.broadcasts.schemas import BroadcastResponse, LedgerRowResponse
from hub_sync.hub.domains.messages.tables import BroadcastMessage, MessageDelivery
from hub_sync.hub.kit.lists.exports import Export
from hub_sync.hub.kit.lists.result_pages import Listing

BROADCASTS = Listing(
    row=BroadcastMessage,
    schema=BroadcastResponse,
    sorts={"created_at": BroadcastMessage.created_at, "updated_at": BroadcastMessage.updated_at},
    default_sort="-created_at",
    filters={"status": BroadcastMessage.status, "purpose": BroadcastMessage.purpose},
)
_LEDGER: dict[str, Any] = {
    "row": MessageDelivery,
    "schema": LedgerRowResponse,
    "sorts": {"created_at": MessageDelivery.created_at, "updated_at": MessageDelivery.updated_at},
    "default_sort": "created_at",
    "filters": {
        "status": MessageDelivery.status,
        "channel": MessageDelivery.channel,
        "error_code": MessageDelivery.error_code,
        "participant_id": MessageDelivery.participant_id,
    },
}
LEDGER, LEDGER_EXPORT = Listing(**_LEDGER), Export(**_LEDGER)
