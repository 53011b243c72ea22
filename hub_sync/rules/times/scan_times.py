"""The time of a scan, where what its station says can't be true.

A scan was not made after the hub received it, nor before its station was enrolled. A row of a clock that stands in 2100
would otherwise hold its person inside until then: no later scan could win over it.
"""

from dataclasses import dataclass

from hub_sync.contract.sync import ScanRecord

TOLERANCE_MS = 120_000
"""Milliseconds by which a time may be out of bounds: two clocks that are set well differ by less."""


@dataclass(frozen=True, slots=True)
class TimeBounds:
    """The bounds of a row's true time.

    `sent_at_ms` is the station's wall clock when the row was sent: a clock that has not been set since the scan is as
    wrong at both. None: not known.
    """

    received_ms: int
    enrolled_ms: int | None = None
    sent_at_ms: int | None = None


def possible_time(claimed_ms: int, bounds: TimeBounds, record: ScanRecord | None = None) -> int:
    """Return a time that can be true: the claimed one, or an estimate within the bounds.

    The estimate is as long before the row's arrival as the station's wall clock went on between scan and sending. If that is
    out of bounds, too, it is the nearest bound. Rows of one station then have the same time, and their sequence decides.
    """
    latest = bounds.received_ms
    earliest = min(latest, bounds.enrolled_ms if bounds.enrolled_ms is not None else claimed_ms)
    if earliest - TOLERANCE_MS <= claimed_ms <= latest + TOLERANCE_MS:
        return claimed_ms
    if record is not None and bounds.sent_at_ms is not None:
        estimate = record.scanned_at_ms + latest - bounds.sent_at_ms
        if earliest <= estimate <= latest:
            return estimate
    return max(earliest, min(latest, claimed_ms))
