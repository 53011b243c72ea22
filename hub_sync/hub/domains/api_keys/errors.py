"""What API keys refuse."""

from hub_sync.hub.kit.errors import Forbidden, NotFound, Unauthorized


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
