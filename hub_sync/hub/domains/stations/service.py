"""The service of stations' pages: what other domains may call."""

from hub_sync.hub.domains.stations.ready_check import ready_summary
from hub_sync.hub.domains.stations.rows import StationRow, list_station_rows

__all__ = ["StationRow", "list_station_rows", "ready_summary"]
