"""The outcome of a scan, as the screen shows it: frozen, so that it may cross threads."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hub_sync.client.store import StoreFault
from hub_sync.contract.enums import ScanType
from hub_sync.rules.admission import Decision


class Trouble(StrEnum):
    """A fault beside the decision itself."""

    NOT_WRITTEN = "not_written"
    """The row could not be committed: the screen is never green, the gate stays shut."""
    GATE_STUCK = "gate_stuck"
    """Admitted and written, but the relay did not answer: the operator lets the person through by hand."""


class Notice(StrEnum):
    """A message for the operator where there was no scan to decide."""

    TWO_CODES = "two_codes"
    NOT_READY = "not_ready"
    """No event, checkpoint or ticket key has been pulled yet."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The person or code at the gate, so that an override can repeat the attempt. One of `text` and `participant_id` is set."""

    scan_type: ScanType
    text: str = ""
    participant_id: str = ""


@dataclass(frozen=True, slots=True)
class GateOutcome:
    """One scan, start to end. Times are UTC, corrected by the measured offset.

    `sequence` is the journal row's number, None where nothing could be written. `captured_at` is when the frame was
    taken and `relay_at` when the relay's bytes were sent, both monotonic seconds, None where there was neither.
    """

    decision: Decision
    subject: Subject
    at: datetime
    sequence: int | None = None
    row_id: str = ""
    name: str = ""
    registration_code: str = ""
    category: str = ""
    checkpoint_name: str = ""
    pulsed: bool = False
    captured_at: float | None = None
    relay_at: float | None = None
    trouble: Trouble | None = None
    trouble_sentence: str = ""
    fault: StoreFault | None = None
    """The reason why the row could not be written."""

    @property
    def frame_to_relay_ms(self) -> float | None:
        """The time from the frame's capture to the relay's bytes in milliseconds; None if one of them is unknown."""
        if self.captured_at is None or self.relay_at is None:
            return None
        return (self.relay_at - self.captured_at) * 1000

    @property
    def is_green(self) -> bool:
        """True if the screen may welcome the person: admitted, and on disk."""
        return self.decision.admits and self.sequence is not None
