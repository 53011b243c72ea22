"""A station that has enrolled at the seeded gate."""

from tests.hub_sync.hub.station_client import journal, station

__all__ = ["journal", "station"]
