"""A station that has enrolled at the seeded gate."""

from tests.hub_sync.hub.stations import journal, line

__all__ = ["journal", "line"]
