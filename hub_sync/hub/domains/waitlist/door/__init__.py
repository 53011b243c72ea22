"""Seats of people who did not come, given by gates to those who wait: the leases, the list of a station, and what a push brings."""

from hub_sync.hub.domains.waitlist.door.settlement import DoorFill, lock_people, settle_fills, taken_ids
from hub_sync.hub.domains.waitlist.door.station_list import changed_door_list

__all__ = ["DoorFill", "changed_door_list", "lock_people", "settle_fills", "taken_ids"]
