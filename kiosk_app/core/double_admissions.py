"""Tickets that this station and another one admitted without knowing of each other, until somebody here has seen to them."""

from datetime import datetime, timedelta

from hub_sync.client.store import Store
from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.sync import ConflictRow
from kiosk_app.core.assignment import Assignment
from kiosk_app.messages import DoubleAdmission

LISTED_FOR = timedelta(hours=12)
"""An older one is no matter of the gate any more; the hub keeps it."""
_DISMISSED = "dismissed_double_admissions"
_DISMISSED_AT_MOST = 200


def double_admissions(store: Store, assignment: Assignment, now: datetime) -> tuple[DoubleAdmission, ...]:
    """Return the double admissions in which this station took part and that were not dismissed here, newest first.

    A station that is locked or revoked names nobody and lists none.

    Raises:
        StoreError: the store could not be read.
    """
    if not store.access.is_active:
        return ()
    dismissed = frozenset(store.settings.get(_DISMISSED, ()))
    return tuple(
        _double_admission(store, row, assignment.device_id)
        for row in store.venue.conflicts(now - LISTED_FOR)
        if row.access_log_id not in dismissed and assignment.device_id in (row.device_id, row.other_device_id)
    )


def dismiss_double_admission(store: Store, id_: str) -> None:
    """Take a double admission off this station's screen, also after a restart. The hub keeps it open.

    Raises:
        StoreError: this could not be saved.
    """
    dismissed = [each for each in store.settings.get(_DISMISSED, ()) if each != id_]
    store.settings.put(_DISMISSED, [*dismissed, id_][-_DISMISSED_AT_MOST:])


def _double_admission(store: Store, row: ConflictRow, device_id: str) -> DoubleAdmission:
    participant = store.roster.find(row.participant_id)
    later_at = from_epoch_ms(row.at_ms)
    earlier_at = None if row.other_at_ms is None else from_epoch_ms(row.other_at_ms)
    is_later = row.device_id == device_id
    elsewhere = store.venue.checkpoint(row.other_checkpoint_id if is_later else row.checkpoint_id)
    return DoubleAdmission(
        id=row.access_log_id,
        name=(participant.name or participant.code) if participant else "",
        at=later_at if is_later else earlier_at,
        other_at=earlier_at if is_later else later_at,
        other_gate=elsewhere.name if elsewhere else "",
    )
