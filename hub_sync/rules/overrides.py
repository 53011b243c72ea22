"""Overrides: an operator admits a refused person with a reason, and the result is MANUAL_OVERRIDE.

`admission.decide` collects the refusals of all its steps; this module says which of them no override lifts, turns the others
into an admission, and says which marks an override leaves on a scan that it did not admit.
"""

from dataclasses import replace

from hub_sync.contract.enums import Mark, ReasonCode, ScanResult
from hub_sync.contract.sync import Override
from hub_sync.rules.admission_result import Decision

NEVER_OVERRIDDEN = frozenset(
    {
        ReasonCode.NOT_A_TICKET,
        ReasonCode.TICKET_DAMAGED,
        ReasonCode.TICKET_FORGED,
        ReasonCode.TICKET_OUTDATED,
        ReasonCode.TICKET_UNSUPPORTED,
        ReasonCode.TICKET_MALFORMED,
        ReasonCode.UNKNOWN_CODE,
        ReasonCode.WRONG_TENANT,
        ReasonCode.WRONG_EVENT,
        ReasonCode.PARTICIPANT_DELETED,
        ReasonCode.BLACKLISTED,
        ReasonCode.PARTICIPANT_UNCLEAR,
        ReasonCode.STATION_LOCKED,
        ReasonCode.STATION_REVOKED,
        ReasonCode.STATION_OFFLINE,
        ReasonCode.CHECKPOINT_INACTIVE,
        ReasonCode.EVENT_CANCELLED,
    }
)
"""An override admits a known person, not an unknown code. A block or an inactive checkpoint is lifted at the hub.

One of these reasons rules an override out even where another reason comes first.
"""


def is_final(reason: ReasonCode) -> bool:
    """Return True if no override lifts a refusal for this reason."""
    return reason in NEVER_OVERRIDDEN


def apply_override(refused: Decision, override: Override, occupancy_change: int) -> Decision:
    """Return the decision on a refused scan that an operator overrides: a final refusal stays, another is lifted.

    Args:
        refused: The refusal.
        override: Operator and reason.
        occupancy_change: The change of the zone's occupancy if the person is admitted.
    """
    if not refused.overridable:
        return refused
    return replace(
        refused,
        result=ScanResult.MANUAL_OVERRIDE,
        overridable=False,
        override=override,
        occupancy_change=occupancy_change,
    )


def override_marks(result: ScanResult, *, is_requested: bool) -> dict[Mark, bool]:
    """Return the marks of overrides, each with True if it applies to a scan.

    Args:
        result: the result of the scan.
        is_requested: True if the operator asked for an override.
    """
    return {
        Mark.OVERRIDE_NOT_NEEDED: is_requested and result is ScanResult.VALID,
        Mark.OVERRIDE_NOT_ALLOWED: is_requested and not result.admits,
    }
