"""What tenants refuse."""

from hub_sync.hub.kit.errors import Conflict, NotFound


class TenantExists(Conflict):
    """The slug is taken."""


class TenantNotFound(NotFound):
    """There is no such tenant."""


class QrKeyExists(Conflict):
    """The tenant has a key of this name already."""
