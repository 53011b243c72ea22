"""The outcome of an admission at the turnstile. Station and hub call `settle` for each row about a passage.

The rows of one admission are written by one station, in one journal and in order, so the first outcome stands. Two things
may still change it: a late turn counts an admission again that was given back, because somebody is inside; and an operator
may take back what no sensor saw pass. A refused row is logged and changes nothing.
"""

from dataclasses import dataclass
from enum import StrEnum

from hub_sync.contract.enums import Passage, PassageCause
from hub_sync.contract.passage import MAX_PASSAGE_WINDOW_S, PassageRecord
from hub_sync.contract.sync import ScanRecord

ANNUL_LATEST_MS = (MAX_PASSAGE_WINDOW_S + 30) * 1000
"""The longest time from an admission until it may be given back, by the monotonic clock of one boot."""


class PassageRefusal(StrEnum):
    """The reason for which a row about a passage changes nothing."""

    UNKNOWN_SCAN = "unknown_scan"
    FOREIGN_SCAN = "foreign_scan"
    """The admission was made by another station."""
    NOT_ADMITTED = "not_admitted"
    ALREADY_SETTLED = "already_settled"
    TOO_LATE = "too_late"


@dataclass(frozen=True, slots=True)
class GrantedScan:
    """The scan that a row about a passage names. `passage` None: it admitted nobody."""

    device_id: str
    passage: Passage | None
    boot_id: str
    monotonic_ms: int


def first_passage(record: ScanRecord) -> Passage | None:
    """Return the passage of a scan before any row about it; None if it admits nobody."""
    if not record.result.admits:
        return None
    return Passage.GRANTED if record.passage_sensor else Passage.WITHOUT_SENSOR


def settle(scan: GrantedScan | None, record: PassageRecord) -> Passage | PassageRefusal:
    """Return the passage of a scan after a row that settles it, or why the row changes nothing.

    `scan` None: there is no scan of that id.
    """
    if scan is None:
        return PassageRefusal.UNKNOWN_SCAN
    if scan.device_id != record.device_id:
        return PassageRefusal.FOREIGN_SCAN
    if scan.passage is None or record.outcome is None:
        return PassageRefusal.NOT_ADMITTED
    if not _may_follow(scan.passage, record):
        return PassageRefusal.ALREADY_SETTLED
    if _changes_count(scan.passage, record.outcome) and not _is_in_time(scan, record):
        return PassageRefusal.TOO_LATE
    return record.outcome


def _may_follow(passage: Passage, record: PassageRecord) -> bool:
    if passage in (Passage.GRANTED, Passage.WITHOUT_SENSOR):
        return True
    if passage is Passage.UNKNOWN:
        return record.outcome is Passage.PASSED or record.cause is PassageCause.OPERATOR
    return passage is Passage.NO_PASSAGE and record.cause is PassageCause.LATE_TURN


def _changes_count(before: Passage, after: Passage) -> bool:
    return before.counts != after.counts


def _is_in_time(scan: GrantedScan, record: PassageRecord) -> bool:
    return scan.boot_id == record.boot_id and 0 <= record.monotonic_ms - scan.monotonic_ms <= ANNUL_LATEST_MS
