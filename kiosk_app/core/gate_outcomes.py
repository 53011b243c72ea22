"""The outcomes of a scan at the gate, built from its decision and from what happened to it."""

from dataclasses import replace
from datetime import datetime

from hardware.relay import PulseResult
from hub_sync.client.store import JournalRow, RosterParticipant, StoreError
from hub_sync.contract.enums import Direction, ReasonCode, ScanResult
from hub_sync.rules.admission import Decision
from kiosk_app.core.assignment import Assignment
from kiosk_app.messages import GateOutcome, Subject, Trouble


def build_outcome(
    assignment: Assignment,
    subject: Subject,
    decision: Decision,
    participant: RosterParticipant | None,
    at: datetime,
    row_id: str,
    captured_at: float | None,
) -> GateOutcome:
    """Return the outcome of a decision that is not written yet."""
    known = (
        participant if decision.participant_id is not None else None
    )  # None: a foreign ticket with our id in it
    return GateOutcome(
        decision=decision,
        subject=subject,
        at=at,
        row_id=row_id,
        name=known.name if known else "",
        registration_code=known.code if known else "",
        category=known.category if known else "",
        checkpoint_name=assignment.checkpoint.name,
        captured_at=captured_at,
    )


def outcome_after_pulse(outcome: GateOutcome, sequence: int, pulse: PulseResult | None) -> GateOutcome:
    """Return the outcome of a written scan, after its pulse (None: there was none to send)."""
    stuck = pulse is not None and not pulse.sent
    return replace(
        outcome,
        sequence=sequence,
        pulsed=pulse is not None and pulse.sent,
        relay_at=pulse.sent_at if pulse else None,
        trouble=Trouble.GATE_STUCK if stuck else None,
        trouble_sentence=(pulse.error_message or "") if pulse is not None and stuck else "",
        door_fault=pulse.fault if pulse is not None and stuck else None,
    )


def unread_outcome(subject: Subject, at: datetime, failure: StoreError) -> GateOutcome:
    """Return a refusal, whatever the ticket says: the store could not be read."""
    return GateOutcome(
        decision=Decision(ScanResult.INVALID, ReasonCode.UNKNOWN_PARTICIPANT, Direction.ENTRY),
        subject=subject,
        at=at,
        trouble=Trouble.NOT_WRITTEN,
        trouble_sentence=str(failure),
        fault=failure.fault,
    )


def failed_outcome(subject: Subject, at: datetime, row: JournalRow | None) -> GateOutcome:
    """Return a refusal, whatever the ticket says: this program failed. `row` None: the refusal is not written either."""
    direction = row.record.direction if row else Direction.ENTRY
    return GateOutcome(
        decision=Decision(ScanResult.INVALID, ReasonCode.STATION_FAILED, direction),
        subject=subject,
        at=at,
        sequence=row.sequence if row else None,
        row_id=row.record.id if row else "",
        trouble=None if row else Trouble.NOT_WRITTEN,
    )
