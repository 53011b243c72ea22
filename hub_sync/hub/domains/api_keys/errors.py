"""What API keys refuse."""

from hub_sync.hub.kit.errors import (
    Conflict,
    Forbidden,
    NotFound,
    PreconditionFailed,
    Unauthorized,
    Unprocessable,
)


class ApiKeyNotFound(NotFound):
    """There is no such key in the tenant."""


class ApiKeyInvalid(Unauthorized):
    """Not a key, or none that is known: mistyped, made up, or of another hub."""


class ApiKeyExpired(Unauthorized):
    """The key's time is over."""


class ApiKeyRevoked(Unauthorized):
    """The key was taken back, or rotated and its grace is over."""


class AddressNotAllowed(Forbidden):
    """The key is not good from this address."""


class PermissionNotHeld(Forbidden):
    """A key would be able to do what its maker may not."""


class ExceedsCreatorGrant(Forbidden):
    """A key would be good from where, or when, the key that makes it is not."""


class ApiKeyNotActive(Conflict):
    """The key was revoked, rotated or has expired, and can't be changed any more."""


class ApiKeyChanged(PreconditionFailed):
    """Somebody changed the key meanwhile."""


class ExpiryInThePast(Unprocessable):
    """The key would have expired before it was made."""


class RateLimitMismatch(Unprocessable):
    """Only the tier CUSTOM has a rate limit of its own, and it needs one."""
