"""What webhooks refuse."""

from hub_sync.hub.kit.errors import Conflict, NotFound, PreconditionFailed, Unprocessable


class WebhookNotFound(NotFound):
    """There is no such webhook in the tenant."""


class WebhookChanged(PreconditionFailed):
    """Somebody changed the webhook meanwhile."""


class TooManyWebhooks(Conflict):
    """The tenant has as many webhooks as one may have."""


class WebhookNotActive(Conflict):
    """The webhook sends nothing, so this can't be done before it is resumed."""


class EventTypeUnknown(Unprocessable):
    """There is no such event type in the catalogue."""


class DeliveryNotFound(NotFound):
    """There is no such delivery of this webhook."""


class DeliveryUnderWay(Conflict):
    """The delivery is being sent just now."""


class SinceOutOfReach(Unprocessable):
    """What is to be recovered lies ahead, or further back than the log goes."""


class WebhookUrlUnusable(Unprocessable):
    """The URL is no web address, or carries what a webhook's may not."""


class WebhookAddressRefused(Unprocessable):
    """The URL leads into a network that webhooks may not reach."""
