"""The event with people and scans of the console's tests."""

from tests.hub_sync.hub.console.conftest import fair

__all__ = ["fair"]
