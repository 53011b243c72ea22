"""What check-in refuses."""

from hub_sync.hub.kit.errors import Conflict, HubError, NotFound


class CheckpointNotFound(NotFound):
    """There is no such checkpoint at the event."""


class CheckpointExists(Conflict):
    """The event has a checkpoint of this name."""


class CheckpointChanged(HubError):
    """Somebody changed the checkpoint meanwhile."""

    status = 412
