"""Clocks. No other code in Doorward reads the time.

A station stores with every scan its wall clock, monotonic clock, boot id and measured offset (`ScanRecord`), so that the
hub can correct a scan made by a wrong clock without rewriting it.
"""

import contextlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol
from uuid import uuid4

_FIRST_MS, _LAST_MS = -62_000_000_000_000, 253_370_764_800_000
"""The years 5 and 9999 (its first day). A wire time beyond them must not stop a gate, in any time zone."""


class Clock(Protocol):
    """Interface of a clock."""

    def now(self) -> datetime:
        """Return the wall clock: UTC, aware."""
        ...

    def monotonic_ms(self) -> int:
        """Return milliseconds since a fixed time of this boot. It never jumps."""
        ...

    @property
    def boot_id(self) -> str:
        """Id of this boot. It changes when the machine restarts."""
        ...


def _read_boot_id() -> str:
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return str(uuid4())  # no such file (not Linux): each process counts as a boot


class SystemClock:
    """The machine's own clock."""

    def __init__(self) -> None:
        self.boot_id = _read_boot_id()

    def now(self) -> datetime:
        """Return the wall clock, UTC."""
        return datetime.now(UTC)

    def monotonic_ms(self) -> int:
        """Return CLOCK_BOOTTIME if there is one, so that time asleep counts."""
        clock_id = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
        return time.clock_gettime_ns(clock_id) // 1_000_000


@dataclass
class ManualClock:
    """A clock that a test, a benchmark or a simulation sets."""

    at: datetime
    monotonic: int = 0
    boot_id: str = "boot-1"

    def now(self) -> datetime:
        """Return the time that was set."""
        return self.at

    def monotonic_ms(self) -> int:
        """Return the milliseconds that `advance` added."""
        return self.monotonic

    def advance(self, by: timedelta) -> None:
        """Advance both clocks."""
        self.at += by
        self.monotonic += int(by.total_seconds() * 1000)

    def jump(self, by: timedelta) -> None:
        """Change the wall clock alone, as a wrong setting does."""
        self.at += by


def epoch_ms(at: datetime) -> int:
    """Return milliseconds since 1970, UTC.

    >>> epoch_ms(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000
    """
    return round(at.timestamp() * 1000)  # a float: truncating would lose a millisecond now and then


def from_epoch_ms(ms: int) -> datetime:
    """Return the aware UTC time of milliseconds since 1970, limited to the years 5 to 9999.

    >>> from_epoch_ms(2**52).year
    9999
    """
    return datetime.fromtimestamp(min(max(ms, _FIRST_MS), _LAST_MS) / 1000, UTC)
