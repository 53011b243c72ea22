"""Online state: a station that has not called for a minute counts as offline."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

ONLINE_FOR = timedelta(seconds=60)
"""A station reports every 15 s: one that misses four reports is offline."""
_REFERENCE_TIME = "devices_reference_time"


class DeviceState(StrEnum):
    """The connection state of a station."""

    ONLINE = "online"
    OFFLINE = "offline"


def is_online(last_seen_at: datetime | None, now: datetime) -> bool:
    """Return True if a station that called last at `last_seen_at` (None: never) counts as online."""
    return last_seen_at is not None and now - last_seen_at <= ONLINE_FOR


def online_state(last_seen_at: datetime | None, session: Session | None) -> DeviceState:
    """Return the state at the reference time of the row's session.

    Raises:
        RuntimeError: the session has no reference time (`set_reference_time`).
    """
    if session is None or _REFERENCE_TIME not in session.info:
        raise RuntimeError("call `set_reference_time` first")
    is_now_online = is_online(last_seen_at, session.info[_REFERENCE_TIME])
    return DeviceState.ONLINE if is_now_online else DeviceState.OFFLINE


def set_reference_time(session: Session, now: datetime) -> None:
    """Set the time to which `KioskDevice.state` refers in this session."""
    session.info[_REFERENCE_TIME] = now
