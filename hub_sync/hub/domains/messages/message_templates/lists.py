"""The list of templates."""

from hub_sync.hub.domains.messages.message_templates.schemas import MessageTemplateResponse
from hub_sync.hub.domains.messages.tables import MessageTemplate
from hub_sync.hub.kit.lists.result_pages import Listing

TEMPLATES = Listing(
    row=MessageTemplate,
    schema=MessageTemplateResponse,
    sorts={
        "name": MessageTemplate.name,
        "created_at": MessageTemplate.created_at,
        "updated_at": MessageTemplate.updated_at,
    },
    default_sort="name",
    filters={
        "name": MessageTemplate.name,
        "channel": MessageTemplate.channel,
        "locale": MessageTemplate.locale,
        "event_id": MessageTemplate.event_id,
        "version": MessageTemplate.version,
    },
)
