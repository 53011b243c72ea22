"""The event with participants and scans that the console's tests share."""

from tests.hub_sync.hub.console.conftest import fair

__all__ = ["fair"]
