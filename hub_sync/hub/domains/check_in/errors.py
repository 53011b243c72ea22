"""What check-in refuses."""

from hub_sync.hub.kit.errors import Conflict, HubError, NotFound


class CheckpointNotFound(NotFound):
    """There is no such checkpoint at the event."""


class ZoneNotFound(NotFound):
    """No checkpoint of the event leads to this zone."""


class ConflictNotFound(NotFound):
    """There is no such conflict at the event."""


class ScanNotFound(NotFound):
    """The event's access log has no such row."""


class CheckpointExists(Conflict):
    """The event has a checkpoint of this name."""


class CheckpointChanged(HubError):
    """Somebody changed the checkpoint meanwhile."""

    status = 412
