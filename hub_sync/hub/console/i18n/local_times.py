"""Times as a form's `datetime-local` field sends and shows them: to the minute, without a zone."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator

from hub_sync.hub.console.i18n.translation import _
from hub_sync.rules.time_zones import load_time_zone_or_utc

LOCAL = "%Y-%m-%dT%H:%M"
_LATEST = 9000


def _naive(value: datetime) -> datetime:
    if value.year > _LATEST:
        raise ValueError(_("That is too far away."))
    return value.replace(tzinfo=None)


LocalTime = Annotated[datetime, AfterValidator(_naive)]


def as_local(at: datetime, zone: str) -> str:
    """Return an instant as the value of a `datetime-local` field."""
    return at.astimezone(load_time_zone_or_utc(zone)).strftime(LOCAL)
