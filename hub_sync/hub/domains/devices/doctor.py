"""What `doctor` checks in devices: the hub's clock against what stations were seen at, suspected copies, and wipes that wait."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, select

from hub_sync.contract.fleet import CommandKind
from hub_sync.hub.domains.devices.tables import DeviceCommand, KioskDevice
from hub_sync.hub.kit.domain.doctor import Check, CheckContext, Finding

FUTURE = timedelta(minutes=5)
LONG_WAIT = timedelta(days=7)


def check_last_seen(context: CheckContext) -> Iterator[Finding]:
    """Warn if a station was seen at a time that is yet to come."""
    last = context.work.session.scalar(select(func.max(KioskDevice.last_seen_at)))
    if last is not None and last > context.now + FUTURE:
        message = f"It is behind: a station was seen at {last:%Y-%m-%d %H:%M} UTC, which is yet to come."
        yield Finding("clock", "warn", message)


def check_copies(context: CheckContext) -> Iterator[Finding]:
    """Warn if stations are suspected to run twice."""
    suspected = select(func.count()).select_from(KioskDevice).where(KioskDevice.clone_suspected)
    count = context.work.session.scalar(suspected)
    if count:
        message = f"{count} may run on two machines each: look at their pages in the console."
        yield Finding("stations", "warn", message)


def check_wipes(context: CheckContext) -> Iterator[Finding]:
    """Warn if a wipe has waited for long: the station may be lost for good, with what it knows."""
    c = DeviceCommand
    waiting = (
        select(func.count())
        .select_from(c)
        .where(c.kind == CommandKind.WIPE, c.answered_at.is_(None), c.created_at < context.now - LONG_WAIT)
    )
    count = context.work.session.scalar(waiting)
    if count:
        message = f"{count} wait for their wipe for more than {LONG_WAIT.days} days: they have not come back."
        yield Finding("stations", "warn", message)


CHECKS: tuple[Check, ...] = (check_last_seen, check_copies, check_wipes)
