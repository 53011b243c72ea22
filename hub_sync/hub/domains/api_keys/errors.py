"""Errors of API keys."""

from hub_sync.hub.kit.errors import (
    Conflict,
    Forbidden,
    NotFound,
    PreconditionFailed,
    Unauthorized,
    Unprocessable,
)
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.rate_limits import TooManyRequests


class ApiKeyNotFound(NotFound):
    """There is no such key in the tenant."""

    template = N_("There is no such API key.")


class ApiKeyInvalid(Unauthorized):
    """The text is no key of this hub: mistyped, invented, or of another hub."""

    template = N_("This API key is not known.")


class ApiKeyMalformed(ApiKeyInvalid, variant=True):
    """The checksum is wrong."""

    template = N_("This is not an API key: it is mistyped or cut off.")


class ApiKeyExpired(Unauthorized):
    """The key has expired."""

    template = N_("This API key has expired.")


class ApiKeyRevoked(Unauthorized):
    """The key was revoked, or rotated and its grace period is over."""

    template = N_("This API key was revoked.")


class ApiKeyGraceOver(ApiKeyRevoked, variant=True):
    """The key was rotated, and its grace period is over."""

    template = N_("This API key was rotated, and its grace period is over: use the new one.")


class ApiKeySuspended(Unauthorized):
    """The person who made the key is deactivated."""

    template = N_(
        "The person who made this API key is deactivated. It is refused until an administrator takes it over."
    )


class AddressNotAllowed(Forbidden):
    """The key may not be used from this address."""

    template = N_("This API key is not good from this address.")


class ApiKeyNotActive(Conflict):
    """The key was revoked, rotated or has expired, and can't be changed any more."""

    template = N_("This API key is not active any more: it can't be changed.")


class ApiKeyChanged(PreconditionFailed):
    """Somebody changed the key meanwhile."""

    template = N_("The API key was changed meanwhile; read it again.")


class ExpiryInThePast(Unprocessable):
    """The key would have expired before it was created."""

    template = N_("That is over already: choose a later time. To end a key, revoke it.")


class RateLimitMismatch(Unprocessable):
    """Only the tier CUSTOM has a rate limit of its own, and it needs one."""

    template = N_("The tier CUSTOM needs a rate limit, and no other tier has one.")


class TooManyValidations(TooManyRequests, variant=True):
    """More keys are validated than the window allows."""

    template = N_("More than %(limit)s keys in a minute. Try again in %(retry_after_s)s s.")


class TooManyWrongKeys(TooManyRequests, variant=True):
    """The address has sent too many wrong keys."""

    template = N_("Too many wrong API keys from this address. Try again in %(retry_after_s)s s.")
