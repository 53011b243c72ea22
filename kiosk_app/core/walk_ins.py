"""People who are not on the roster: what the blacklist says about a name or an address that an operator types."""

from datetime import datetime

from hub_sync.client.store import Store
from hub_sync.rules.matching.normalization import region_of_time_zone
from hub_sync.rules.screening import is_valid_on, local_day
from hub_sync.rules.times.time_zones import UnknownTimeZone
from kiosk_app.core.assignment import Assignment


def is_restricted(store: Store, assignment: Assignment | None, text: str, now: datetime) -> bool:
    """Return True if an entry that holds today is about whoever has the typed name, address or number.

    It takes some 50 ms for a text that may be one, so ask only if the roster has nobody.

    Args:
        store: the store.
        assignment: the station's event and checkpoint; None: it has none, and no list.
        text: as the operator typed it.
        now: the station's corrected time.

    Raises:
        StoreError: the list could not be read.
    """
    if assignment is None:
        return False
    zone = assignment.event.time_zone
    try:
        day = local_day(now, zone)
    except UnknownTimeZone:
        return False
    listed = store.screening.restrictions_of_text(text, region_of_time_zone(zone))
    return any(is_valid_on(day, each.valid_from, each.valid_until) for each in listed)
