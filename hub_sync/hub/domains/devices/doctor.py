"""What `doctor` checks in devices: that the hub's clock is not behind what stations were seen at."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, select

from hub_sync.hub.domains.devices.tables import KioskDevice
from hub_sync.hub.kit.domain.doctor import Check, CheckContext, Finding

FUTURE = timedelta(minutes=5)


def check_last_seen(context: CheckContext) -> Iterator[Finding]:
    """Warn if a station was seen at a time that is yet to come."""
    last = context.work.session.scalar(select(func.max(KioskDevice.last_seen_at)))
    if last is not None and last > context.now + FUTURE:
        message = f"It is behind: a station was seen at {last:%Y-%m-%d %H:%M} UTC, which is yet to come."
        yield Finding("clock", "warn", message)


CHECKS: tuple[Check, ...] = (check_last_seen,)
