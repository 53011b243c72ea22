"""A time that can't be true is bounded by what is known: the arrival, the enrolment, the clock at sending."""

import pytest

from hub_sync.contract.enums import Direction, ReasonCode, ScanResult, ScanType
from hub_sync.contract.sync import ScanRecord
from hub_sync.rules.times.scan_times import TOLERANCE_MS, TimeBounds, possible_time

RECEIVED, ENROLLED = 1_781_085_600_000, 1_781_000_000_000
Y2100 = 4_102_444_800_000


def record(scanned_at_ms: int) -> ScanRecord:
    return ScanRecord(
        id="0" * 36,
        device_id="d",
        event_id="e",
        checkpoint_id="c",
        scan_type=ScanType.QR,
        direction=Direction.ENTRY,
        result=ScanResult.VALID,
        reason=ReasonCode.ADMITTED,
        scanned_at_ms=scanned_at_ms,
        monotonic_ms=0,
        boot_id="b",
        clock_sure=False,
    )


@pytest.mark.parametrize(
    ("claimed", "true"),
    [
        (RECEIVED, RECEIVED),
        (RECEIVED + TOLERANCE_MS, RECEIVED + TOLERANCE_MS),
        (RECEIVED + TOLERANCE_MS + 1, RECEIVED),
        (Y2100, RECEIVED),
        (ENROLLED, ENROLLED),
        (ENROLLED - TOLERANCE_MS, ENROLLED - TOLERANCE_MS),
        (ENROLLED - TOLERANCE_MS - 1, ENROLLED),
        (0, ENROLLED),
    ],
)
def test_a_time_out_of_bounds_becomes_the_nearest_bound(claimed: int, true: int) -> None:
    assert possible_time(claimed, TimeBounds(RECEIVED, ENROLLED)) == true


def test_without_an_enrolment_only_the_arrival_bounds() -> None:
    assert possible_time(0, TimeBounds(RECEIVED)) == 0
    assert possible_time(Y2100, TimeBounds(RECEIVED)) == RECEIVED


def test_an_enrolment_by_a_hub_whose_clock_was_ahead_bounds_nothing() -> None:
    assert possible_time(RECEIVED - 5, TimeBounds(RECEIVED, Y2100)) == RECEIVED - 5
    assert possible_time(Y2100 + 10 * TOLERANCE_MS, TimeBounds(RECEIVED, Y2100)) == RECEIVED


@pytest.mark.parametrize("clock", [Y2100, 600_000])
def test_a_clock_that_is_as_wrong_at_sending_tells_how_long_ago_it_was(clock: int) -> None:
    bounds = TimeBounds(RECEIVED, ENROLLED, sent_at_ms=clock + 90_000)
    assert possible_time(clock, bounds, record(clock)) == RECEIVED - 90_000


def test_a_clock_that_was_set_since_tells_nothing() -> None:
    bounds = TimeBounds(RECEIVED, ENROLLED, sent_at_ms=RECEIVED)
    assert possible_time(Y2100, bounds, record(Y2100)) == RECEIVED
