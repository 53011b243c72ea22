"""Errors of webhooks."""

from hub_sync.hub.kit.errors import Conflict, NotFound, PreconditionFailed, Unprocessable
from hub_sync.hub.kit.i18n import N_


class WebhookNotFound(NotFound):
    """There is no such webhook in the tenant."""

    template = N_("There is no such webhook.")


class WebhookChanged(PreconditionFailed):
    """Somebody changed the webhook meanwhile."""

    template = N_("The webhook was changed meanwhile; read it again.")


class TooManyWebhooks(Conflict):
    """The tenant has as many webhooks as one may have."""

    template = N_("There are %(limit)s webhooks already, as many as there may be: delete one first.")


class WebhookNotActive(Conflict):
    """The webhook sends nothing, so this can't be done before it is resumed."""

    template = N_("The webhook is not active any more: resume it first.")


class EventTypeUnknown(Unprocessable):
    """There is no such event type in the catalogue."""

    template = N_("There is no event type %(event_types)s.")


class EventTypeMissing(EventTypeUnknown, variant=True):
    """No event type is named at all."""

    template = N_("Name at least one event type, or * for all.")


class DeliveryNotFound(NotFound):
    """There is no such delivery of this webhook."""

    template = N_("There is no such delivery of this webhook.")


class DeliveryUnderWay(Conflict):
    """The delivery is being sent just now."""

    template = N_("The delivery is being sent just now; wait for what becomes of it.")


class SinceOutOfReach(Unprocessable):
    """What is to be recovered lies ahead, or further back than the log goes."""

    template = N_("Recover from a time within the last %(log_days)s days.")


class WebhookUrlUnusable(Unprocessable):
    """The URL is no web address, or carries what a webhook's may not: by itself, it has no host that is one."""

    template = N_("The URL's host is neither a name nor an address.")


class UrlTooLong(WebhookUrlUnusable, variant=True):
    """The URL has more characters than are taken."""

    template = N_("The URL is longer than %(limit)s characters.")


class UrlHasSpaces(WebhookUrlUnusable, variant=True):
    """The URL has white space or a control character in it."""

    template = N_("The URL has white space or a control character in it.")


class UrlSchemeUnknown(WebhookUrlUnusable, variant=True):
    """The URL is not of the web."""

    template = N_("The URL does not begin with http:// or https://.")


class UrlHasFragment(WebhookUrlUnusable, variant=True):
    """The URL has a part that browsers keep to themselves."""

    template = N_("The URL has a fragment (#), which is never sent.")


class UrlHasCredentials(WebhookUrlUnusable, variant=True):
    """The URL has credentials in it."""

    template = N_("The URL has a user name or a password in it.")


class UrlNotEncoded(WebhookUrlUnusable, variant=True):
    """The URL has characters beyond those of RFC 3986."""

    template = N_("The URL has characters that must be percent-encoded.")


class UrlAuthorityUnreadable(WebhookUrlUnusable, variant=True):
    """The URL's host and port are not written as they must be."""

    template = N_("The URL's host or port can't be read.")


class UrlHasNoHost(WebhookUrlUnusable, variant=True):
    """The URL's host is empty."""

    template = N_("The URL names no host.")


class UrlPortUnusable(WebhookUrlUnusable, variant=True):
    """There is no such port."""

    template = N_("The URL's port is not between 1 and 65535.")


class UrlHostNotAscii(WebhookUrlUnusable, variant=True):
    """Readers disagree on what an international name becomes."""

    template = N_("The URL's host has letters beyond ASCII: write it in its xn-- form.")


class UrlHostEndsInNumber(WebhookUrlUnusable, variant=True):
    """Readers disagree on whether it is an address."""

    template = N_("The URL's host ends in a number, and is no address.")


class WebhookAddressRefused(Unprocessable):
    """The URL leads into a network that webhooks may not reach."""

    template = N_("Webhooks may not reach %(host)s: give an address of the public internet.")
