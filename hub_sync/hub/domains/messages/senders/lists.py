"""The list of accounts."""

from hub_sync.hub.domains.messages.senders.schemas import SenderResponse
from hub_sync.hub.domains.messages.tables import MessageSender
from hub_sync.hub.kit.lists.result_pages import Listing

SENDERS = Listing(
    row=MessageSender,
    schema=SenderResponse,
    sorts={"created_at": MessageSender.created_at, "name": MessageSender.name},
    default_sort="name",
    filters={"channel": MessageSender.channel, "is_enabled": MessageSender.is_enabled},
)
