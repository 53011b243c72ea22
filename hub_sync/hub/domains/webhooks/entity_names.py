"""Names of webhooks."""

from hub_sync.hub.domains.webhooks.manifest import WEBHOOK
from hub_sync.hub.domains.webhooks.tables import WebhookSubscription
from hub_sync.hub.kit.domain.entity_names import EntityNames

ENTITY_NAMES = (
    EntityNames(
        WEBHOOK,
        WebhookSubscription,
        (WebhookSubscription.description, WebhookSubscription.url),
        lambda description, url: description or url,
    ),
)
