"""The report's enums, permissions, flags and figures by name, and the small rules of the contract."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from pydantic import ValidationError

from hub_sync.contract import clock as clock_module
from hub_sync.contract.clock import ManualClock, SystemClock, epoch_ms, from_epoch_ms
from hub_sync.contract.enums import (
    CALLS_PER_MINUTE,
    REPORT_ENUMS,
    Direction,
    RateLimitTier,
    ReasonCode,
    ScanResult,
    ScanType,
    StepType,
)
from hub_sync.contract.ids import new_id
from hub_sync.contract.sync import ScanRecord, effective_at_ms


def test_there_are_sixteen_new_enums_and_a_join_step() -> None:
    names = "ApiKeyStatus RateLimitTier WebhookStatus DeliveryStatus ScanType ScanResult BulkOperationType"
    names += (
        " BulkOperationStatus DuplicateStatus WaitlistStatus WaitlistPriority MessageChannel MessageStatus"
    )
    names += " BroadcastStatus CloneStatus QueueStatus"
    assert [enum.__name__ for enum in REPORT_ENUMS] == names.split()
    assert StepType.JOIN in StepType


def test_only_valid_and_manual_override_admit() -> None:
    assert [result for result in ScanResult if result.admits] == [
        ScanResult.VALID,
        ScanResult.MANUAL_OVERRIDE,
    ]


def test_tiers_have_the_reports_figures() -> None:
    assert [CALLS_PER_MINUTE[tier] for tier in list(RateLimitTier)[:3]] == [100, 500, 2000]


def test_ids_are_uuid7_in_order_of_making() -> None:
    ids = [new_id() for _ in range(100)]
    assert {UUID(made).version for made in ids} == {7}
    assert ids == sorted(ids)


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

    monkeypatch.setattr(clock_module.Path, "read_text", gone)
    assert SystemClock().boot_id != SystemClock().boot_id


def test_set_clock_advances_both_and_jumps_one() -> None:
    clock = ManualClock(datetime(2026, 6, 1, tzinfo=UTC))
    clock.advance(timedelta(seconds=2))
    clock.jump(timedelta(days=-1))
    assert (clock.now(), clock.monotonic_ms()) == (datetime(2026, 5, 31, 0, 0, 2, tzinfo=UTC), 2000)


def record(**changes: object) -> ScanRecord:
    members = {
        "id": new_id(),
        "device_id": "d",
        "event_id": "e",
        "checkpoint_id": "c",
        "scan_type": ScanType.QR,
        "direction": Direction.ENTRY,
        "result": ScanResult.VALID,
        "reason": ReasonCode.ADMITTED,
        "scanned_at_ms": 1000,
        "monotonic_ms": 50,
        "boot_id": "boot",
        "clock_sure": True,
    }
    return ScanRecord.model_validate(members | changes)


def test_true_time_is_the_anchors_then_the_offsets_then_as_written() -> None:
    assert effective_at_ms(record(), {"boot": 7000}) == 7050
    assert effective_at_ms(record(clock_offset_ms=-10), {"other": 7000}) == 990
    assert effective_at_ms(record(), {}) == 1000


@pytest.mark.parametrize(
    "change", [{"extra": 1}, {"code_digest": "X"}, {"kind": "annul"}, {"scanned_at_ms": -1}]
)
def test_record_that_is_not_a_scan_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        record(**change)
