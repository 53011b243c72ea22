"""Conflicts: what happened at the gates that somebody should look into. Decided here alone, for station and hub alike.

Two admissions of one ticket become one conflict (`is_double_entry`). A scan may be a conflict by itself
(`conflicts_of_scan`): scans of one subject, such as all those of an unsure clock since it was started, are one conflict
that grows (`ConflictFold`). Everything follows from the scans, whatever the order and repetition of their deliveries; what people
do about a conflict is its state (`state_after`).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from hub_sync.contract.enums import Passage, ReasonCode, ScanResult
from hub_sync.rules.admitted_scan import AdmittedScan


class ConflictKind(StrEnum):
    """The kinds of conflicts."""

    DOUBLE_ENTRY = "double-entry"
    """Two stations admitted one ticket without knowing of each other."""
    OVERRIDE = "override"
    """An operator admitted somebody whom the rules refused."""
    AGAINST_RULES = "against-rules"
    """A station that was offline admitted somebody whom the hub would have refused."""
    UNKNOWN_ADMITTED = "unknown-admitted"
    """A station admitted a genuine ticket of a participant whom it, or the hub, does not know."""
    UNKNOWN_REFUSED = "unknown-refused"
    """A genuine ticket of an unknown participant was sent to the help desk."""
    CLOCK_UNSURE = "clock-unsure"
    """A station decided scans while its clock could not be trusted."""
    NO_PASSAGE = "no-passage"
    """The gate opened, and nobody went through."""


class ConflictState(StrEnum):
    """The state of a conflict."""

    OPEN = "open"
    RESOLVED = "resolved"
    CHANGED = "changed"
    """It was resolved, and a scan that arrived since has changed it."""
    WITHDRAWN = "withdrawn"
    """A scan that arrived later shows that there was none."""

    @property
    def needs_attention(self) -> bool:
        """True if somebody should look at it."""
        return self in (ConflictState.OPEN, ConflictState.CHANGED)


def is_double_entry(entered: AdmittedScan, again: AdmittedScan) -> bool:
    """Return True if an entry by somebody who is inside already is a conflict: neither gate knew of the other.

    Args:
        entered: the entry since which the person has been inside.
        again: the entry after it, in the same zone.
    """
    return entered.device_id != again.device_id and not (again.override or again.entered_again)


@dataclass(frozen=True, slots=True)
class ScanFacts:
    """The part of a scan by which it may be a conflict of its own. `flag`: why the hub would have refused it."""

    id: str
    device_id: str
    boot_id: str
    at_ms: int
    result: ScanResult
    reason: ReasonCode
    participant_id: str | None = None
    zone: str = ""
    flag: str | None = None
    clock_sure: bool = True
    passage: Passage | None = None


@dataclass(frozen=True, slots=True)
class ConflictFold:
    """A conflict as far as some scans tell it. `scan_id` and `at_ms` are those of the first of its scans."""

    kind: ConflictKind
    subject: str
    """What it is about; scans of one kind and subject are one conflict."""
    verdict: ReasonCode | None
    """What the rules would have said, or said before somebody overrode them; None: nothing else."""
    scan_id: str
    device_id: str
    participant_id: str | None
    zone: str
    at_ms: int
    until_ms: int
    scans: int = 1

    def merge(self, other: Self) -> Self:
        """Return the conflict as both together tell it, in whichever order."""
        first = min(self, other, key=lambda fold: (fold.at_ms, fold.scan_id))
        return type(self)(
            first.kind,
            first.subject,
            first.verdict,
            first.scan_id,
            first.device_id,
            first.participant_id,
            first.zone,
            first.at_ms,
            max(self.until_ms, other.until_ms),
            self.scans + other.scans,
        )


def conflicts_of_scan(scan: ScanFacts) -> tuple[ConflictFold, ...]:
    """Return the conflicts that a scan is by itself, or is part of: mostly none."""
    kinds: list[tuple[ConflictKind, str, ReasonCode | None]] = []
    if scan.result is ScanResult.MANUAL_OVERRIDE:
        kinds.append((ConflictKind.OVERRIDE, scan.id, scan.reason))
    elif scan.result.admits:
        unknown = ReasonCode.UNKNOWN_PARTICIPANT
        if scan.flag == unknown or (scan.flag is None and scan.reason is ReasonCode.ADMITTED_UNKNOWN):
            kinds.append((ConflictKind.UNKNOWN_ADMITTED, scan.id, unknown))
        elif scan.flag is not None:
            kinds.append((ConflictKind.AGAINST_RULES, scan.id, _reason(scan.flag)))
    elif scan.reason is ReasonCode.UNKNOWN_PARTICIPANT:
        # Whoever is sent to the help desk tries again: at one gate, all tries are one conflict.
        subject = f"{scan.participant_id or scan.id}:{scan.device_id}"
        kinds.append((ConflictKind.UNKNOWN_REFUSED, subject, scan.reason))
    if not scan.clock_sure:
        kinds.append((ConflictKind.CLOCK_UNSURE, f"{scan.device_id}:{scan.boot_id}", ReasonCode.CLOCK_UNSURE))
    if scan.passage is Passage.NO_PASSAGE:
        kinds.append((ConflictKind.NO_PASSAGE, scan.id, None))
    return tuple(
        ConflictFold(
            kind,
            subject,
            verdict,
            scan.id,
            scan.device_id,
            None if kind is ConflictKind.CLOCK_UNSURE else scan.participant_id,
            "" if kind is ConflictKind.CLOCK_UNSURE else scan.zone,
            scan.at_ms,
            scan.at_ms,
        )
        for kind, subject, verdict in kinds
    )


def state_after(state: ConflictState, *, changed: bool, upheld: bool) -> ConflictState:
    """Return the state of a conflict after more scans have arrived.

    What nobody has resolved follows the scans. What somebody resolved is never opened or taken back silently: it says that it
    changed.

    Args:
        state: the state before.
        changed: True if the scans tell something else of it than before.
        upheld: True if it is still a conflict.
    """
    if state in (ConflictState.RESOLVED, ConflictState.CHANGED):
        return ConflictState.CHANGED if changed or not upheld else state
    return ConflictState.OPEN if upheld else ConflictState.WITHDRAWN


def _reason(flag: str) -> ReasonCode | None:
    """Return the reason of a flag; None for the word of a newer hub."""
    return ReasonCode(flag) if flag in set(ReasonCode) else None
