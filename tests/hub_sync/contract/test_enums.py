"""The report's enums and figures by name."""

from hub_sync.contract.enums import REPORT_ENUMS, ScanResult, StepType


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
