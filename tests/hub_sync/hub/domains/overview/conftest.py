"""The event with people and scans that the console's tests use."""

from tests.hub_sync.hub.console.conftest import fair

__all__ = ["fair"]
