"""What feature flags refuse."""

from hub_sync.hub.kit.errors import NotFound


class FeatureFlagUnknown(NotFound):
    """There is no such flag."""
