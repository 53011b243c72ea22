import pytest
from pydantic import ValidationError

from hub_sync.contract.enums import Direction, Mark, ReasonCode, ScanResult, ScanType
from hub_sync.contract.ids import new_id
from hub_sync.contract.sync import MAX_BOOTS, MAX_MARKS, PushRequest, ScanRecord, effective_at_ms


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


def test_a_record_has_a_bounded_number_of_marks_and_one_error_for_wrong_ones() -> None:
    mark = next(iter(Mark))
    assert len(record(marks=[mark] * MAX_MARKS).marks) == MAX_MARKS
    for marks in ([mark] * (MAX_MARKS + 1), ["x"] * 1000):
        with pytest.raises(ValidationError) as refused:
            record(marks=marks)
        assert refused.value.error_count() == 1


@pytest.mark.parametrize("anchor", [7000, "wrong"])
def test_a_push_speaks_of_a_bounded_number_of_boots_and_says_so_once(anchor: int | str) -> None:
    def push(boots: int) -> PushRequest:
        anchors = {str(number): anchor for number in range(boots)}
        members = {"journal_id": new_id(), "sent_at_ms": 1, "anchors": anchors, "items": []}
        return PushRequest.model_validate(members)

    with pytest.raises(ValidationError) as refused:
        push(MAX_BOOTS + 1)
    assert refused.value.error_count() == 1
    if anchor == 7000:
        assert len(push(MAX_BOOTS).anchors) == MAX_BOOTS
