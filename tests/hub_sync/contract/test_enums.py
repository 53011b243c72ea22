"""The report's enums, flags, event types and figures by name."""

from hub_sync.contract.enums import CALLS_PER_MINUTE, REPORT_ENUMS, RateLimitTier, ScanResult, StepType
from hub_sync.contract.event_types import EVENT_TYPES
from hub_sync.contract.flags import FeatureFlag
from hub_sync.contract.permissions import REPORT_PERMISSIONS


def test_there_are_sixteen_new_enums_and_a_join_step() -> None:
    names = "ApiKeyStatus RateLimitTier WebhookStatus DeliveryStatus ScanType ScanResult BulkOperationType"
    names += (
        " BulkOperationStatus DuplicateStatus WaitlistStatus WaitlistPriority MessageChannel MessageStatus"
    )
    names += " BroadcastStatus CloneStatus QueueStatus"
    assert [enum.__name__ for enum in REPORT_ENUMS] == names.split()
    assert StepType.JOIN in StepType


def test_there_are_seven_flags_ten_permissions_and_ten_event_types() -> None:
    assert len(FeatureFlag) == 7
    assert len(REPORT_PERMISSIONS) == 10
    assert sum(len(types) for types in EVENT_TYPES.values()) == 10


def test_only_valid_and_manual_override_admit() -> None:
    assert [result for result in ScanResult if result.admits] == [
        ScanResult.VALID,
        ScanResult.MANUAL_OVERRIDE,
    ]


def test_tiers_have_the_reports_figures() -> None:
    assert [CALLS_PER_MINUTE[tier] for tier in list(RateLimitTier)[:3]] == [100, 500, 2000]
