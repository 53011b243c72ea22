"""Errors of webhooks."""

from hub_sync.hub.domains.webhooks.failures import Failure
from hub_sync.hub.kit.errors import Conflict, NotFound, PreconditionFailed, Unprocessable
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.rate_limits import TooManyRequests


class WebhookNotFound(NotFound):
    """There is no such webhook in the tenant."""

    template = N_("There is no such webhook.")


class WebhookChanged(PreconditionFailed):
    """Somebody changed the webhook meanwhile."""

    template = N_("The webhook was changed meanwhile; read it again.")


class TooManyWebhooks(Conflict):
    """The tenant has as many webhooks as one may have."""

    template = N_("There are %(max_webhooks)s webhooks already, the most that a tenant may have.")


class WebhookNotActive(Conflict):
    """The webhook sends nothing, so this can't be done before it is resumed."""

    template = N_("The webhook is not active any more: see what stopped it, or resume it first.")


class EventTypeUnknown(Unprocessable):
    """There is no such event type in the catalogue."""

    template = N_("There is no event type %(names)s.")


class EventTypesMissing(EventTypeUnknown, variant=True):
    """No event type is named."""

    template = N_("Name at least one event type, or * for all.")


class DeliveryNotFound(NotFound):
    """There is no such delivery of this webhook."""

    template = N_("There is no such delivery of this webhook.")


class DeliveryUnderWay(Conflict):
    """The delivery is being sent just now."""

    template = N_("The delivery is being sent now. Wait for its result.")


class SinceOutOfReach(Unprocessable):
    """The time to recover from lies ahead, or before the log begins."""

    template = N_("Recover from a time within the last %(log_days)s days.")


class WebhookUrlUnusable(Unprocessable):
    """The URL is no web address, or has a part that a webhook's URL may not have."""

    template = N_("This URL can't be used for a webhook.")

    def __init__(self, failure: Failure) -> None:
        """Take the sentence and the parameters of `failure`; its code is the parameter `reason`."""
        self.failure = failure
        self.template = failure.template
        super().__init__(reason=failure.code.value, **failure.parameters)


class WebhookAddressRefused(Unprocessable):
    """The URL leads into a network that webhooks may not reach."""

    template = N_("This URL leads to an address that webhooks may not reach.")

    def __init__(self, failure: Failure) -> None:
        """Take the sentence and the parameters of `failure`; its code is the parameter `reason`."""
        self.failure = failure
        self.template = failure.template
        super().__init__(reason=failure.code.value, **failure.parameters)


class TooManyPings(TooManyRequests, variant=True):
    """More endpoints are pinged than the window allows."""

    template = N_("More than %(limit)s pings in a minute. Try again in %(retry_after_s)s s.")
