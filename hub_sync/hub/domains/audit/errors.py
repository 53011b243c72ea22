"""What the audit log refuses."""

from hub_sync.hub.kit.errors import NotFound


class AuditEntryNotFound(NotFound):
    """There is no such entry in the tenant's audit log."""
