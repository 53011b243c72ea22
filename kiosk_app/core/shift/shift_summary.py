"""The summary of a shift, for the hand-over: what the operator who leaves has done at this station."""

from datetime import datetime

from hub_sync.client.store import Store
from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.enums import ReasonCode, ScanResult
from kiosk_app.core.shift.operators import Shift
from kiosk_app.messages import ShiftSummary


def shift_summary(store: Store, shift: Shift, now: datetime) -> ShiftSummary:
    """Return the summary of a shift until now, from the journal.

    Raises:
        StoreError: the journal could not be read.
    """
    counts = store.journal.count_scans_of(shift.operator_id, shift.position)
    admitted = sum(number for (result, _), number in counts.scans.items() if result.admits)
    overridden = sum(
        number for (result, _), number in counts.scans.items() if result is ScanResult.MANUAL_OVERRIDE
    )
    refused: dict[ReasonCode, int] = {}
    for (result, reason), number in counts.scans.items():
        if not result.admits:
            refused[reason] = refused.get(reason, 0) + number
    return ShiftSummary(
        name=shift.name,
        since=from_epoch_ms(shift.since_ms),
        until=now,
        scans=sum(counts.scans.values()),
        admitted=admitted,
        refused=tuple(sorted(refused.items(), key=lambda item: (-item[1], item[0].value))),
        overrides=overridden,
        taken_back=counts.taken_back,
    )
