from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub_sync.contract.clock import ManualClock, SystemClock, epoch_ms, from_epoch_ms


def test_time_goes_to_milliseconds_and_back() -> None:
    at = datetime(2026, 6, 1, 12, 30, 1, 500_000, tzinfo=UTC)
    assert from_epoch_ms(epoch_ms(at)) == at


def test_system_clock_is_utc_and_monotonic() -> None:
    clock = SystemClock()
    first = clock.monotonic_ms()
    assert clock.now().utcoffset() == timedelta(0)
    assert clock.monotonic_ms() >= first
    assert clock.boot_id == SystemClock().boot_id


def test_machine_without_a_boot_id_counts_the_process_as_a_boot(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object, **__: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", gone)
    assert SystemClock().boot_id != SystemClock().boot_id


def test_manual_clock_advances_both_and_jumps_one() -> None:
    clock = ManualClock(datetime(2026, 6, 1, tzinfo=UTC))
    clock.advance(timedelta(seconds=2))
    clock.jump(timedelta(days=-1))
    assert (clock.now(), clock.monotonic_ms()) == (datetime(2026, 5, 31, 0, 0, 2, tzinfo=UTC), 2000)
