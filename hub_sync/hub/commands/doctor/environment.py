"""Checks of `doctor` on the environment: disk, clock, Redis, addresses and the process that serves the folder."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from hub_sync.contract.clock import SystemClock
from hub_sync.hub.commands.serving import folder_lock
from hub_sync.hub.health import disk_warning, redis_warning
from hub_sync.hub.kit.db.database import Database, max_connections
from hub_sync.hub.kit.domain.doctor import Finding
from hub_sync.hub.kit.networks import parse_network_setting
from hub_sync.hub.kit.settings import HubSettings

_EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)
"""An earlier time is wrong: this program did not exist."""
_CLOCK_OFF = timedelta(seconds=5)
_SPARE_CONNECTIONS = 10


def disk(settings: HubSettings) -> Iterator[Finding]:
    """Check the free space of the data folder's disk."""
    folder = next(
        (folder for folder in (settings.data, *settings.data.absolute().parents) if folder.exists()),
        settings.data,
    )
    fault = disk_warning(folder)
    yield Finding(
        "disk", "warn" if fault else "ok", f"Where {folder} is {fault}." if fault else "There is room."
    )


def redis(settings: HubSettings) -> Iterator[Finding]:
    """Check that Redis answers, and that several processes have it."""
    fault = redis_warning(settings.redis_url)
    if fault:
        several = settings.workers > 1
        message = f"Redis {fault}: calls are counted by process, and live streams find out by polling."
        yield Finding("redis", "fail" if several else "warn", message)
    elif settings.redis_url:
        yield Finding("redis", "ok", "It answers.")
    if settings.workers > 1 and not (settings.redis_url and settings.database_url.startswith("postgres")):
        yield Finding("workers", "fail", f"{settings.workers} workers need PostgreSQL and Redis.")


def addresses(settings: HubSettings) -> Iterator[Finding]:
    """Check the configured networks and the public address."""
    for name in ("trusted_proxies", "metrics_networks", "webhook_allowed_networks"):
        try:
            parse_network_setting(getattr(settings, name))
        except ValueError as error:
            yield Finding(name, "fail", f"DOORWARD_{name.upper()}: {error}.")
    if settings.trusted_proxies and not (settings.public_url or settings.trusted_hosts):
        yield Finding(
            "public address",
            "warn",
            "There is a proxy (DOORWARD_TRUSTED_PROXIES) and neither DOORWARD_PUBLIC_URL nor DOORWARD_TRUSTED_HOSTS: "
            "invitations, password links and enrolment codes can't be created through it.",
        )


def serving(settings: HubSettings) -> Iterator[Finding]:
    """Report the process that serves the folder."""
    pid = folder_lock.find_holder(settings.data)
    if pid:
        yield Finding("serving", "ok", f"A hub serves this folder: process {pid}.")


def clock(_: HubSettings) -> Iterator[Finding]:
    """Check that the clock's time is plausible."""
    now = SystemClock().now()
    if now < _EARLIEST:
        yield Finding("clock", "fail", f"It says {now:%Y-%m-%d}: set it, tickets and keys depend on it.")
    else:
        yield Finding("clock", "ok", f"It says {now:%Y-%m-%d %H:%M} UTC.")


def database_surroundings(database: Database, processes: int) -> Iterator[Finding]:
    """Check differences of clocks, and the number of database connections that so many serving processes may open."""
    now = SystemClock().now()
    with database.engine.connect() as connection:
        if not database.is_sqlite:
            there = connection.scalar(text("SELECT clock_timestamp()"))
            if there is not None and abs(there - now) > _CLOCK_OFF:
                seconds = abs((there - now).total_seconds())
                yield Finding("clock", "warn", f"The database server's differs by {seconds:.0f} s.")
            limit = int(connection.scalar(text("SHOW max_connections")) or 0)
            wanted = max_connections(processes) + _SPARE_CONNECTIONS
            if limit < wanted:
                message = f"The server takes {limit}, a busy hub up to {wanted}: raise max_connections."
                yield Finding("connections", "warn", message)
