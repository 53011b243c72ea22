"""What workflows refuse."""

from hub_sync.hub.kit.errors import NotFound


class WorkflowNotFound(NotFound):
    """There is no such workflow in the event."""
