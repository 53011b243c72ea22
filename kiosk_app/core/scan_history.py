"""The last scans, read from the journal when a station starts."""

from datetime import timedelta

from hub_sync.client.store import JournalRow, Store
from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.enums import PassageCause
from hub_sync.rules.admission import Decision
from hub_sync.rules.overrides import is_final
from kiosk_app.messages import GateOutcome, Subject

LAST_SCANS = 50


def last_scans(store: Store, event_id: str) -> tuple[GateOutcome, ...]:
    """Return the last scans of this station at an event, newest first. What a journal row does not hold (a detail, a pulse) is empty.

    Raises:
        StoreError: the store could not be read.
    """
    return tuple(_outcome(store, row) for row in store.journal.recent_of_all(event_id, LAST_SCANS))


def _outcome(store: Store, row: JournalRow) -> GateOutcome:
    record = row.record
    participant = store.roster.find(record.participant_id) if record.participant_id else None
    at = from_epoch_ms(record.scanned_at_ms) + timedelta(milliseconds=record.clock_offset_ms or 0)
    decision = Decision(
        result=record.result,
        reason=record.reason,
        direction=record.direction,
        participant_id=record.participant_id,
        overridable=not record.result.admits and not is_final(record.reason),
        override=record.override,
        override_asked=record.override_asked,
        marks=record.marks,
    )
    is_taken_back = record.result.admits and store.journal.taken_back(record.id)
    return GateOutcome(
        decision=decision,
        subject=Subject(record.scan_type, participant_id=record.participant_id or ""),
        at=at,
        sequence=row.sequence,
        row_id=record.id,
        name=participant.name if participant else "",
        registration_code=participant.code if participant else "",
        category=participant.category if participant else "",
        passage=store.journal.passage_of(record.id) if record.passage_sensor and not is_taken_back else None,
        passage_cause=PassageCause.OPERATOR if is_taken_back else None,
    )
