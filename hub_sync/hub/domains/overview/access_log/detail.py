"""One scan with its evidence: clock, journal, override, conflicts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.enums import Mark
from hub_sync.hub.console import N_, _
from hub_sync.hub.console.i18n.formats import number
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.manifest import CONFLICT_KINDS, CONFLICT_STATES
from hub_sync.hub.domains.check_in.service import AccessLog, JournalNeighbour, ScannedBy
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey

MARKS: dict[Mark, str] = {
    Mark.UNKNOWN_PARTICIPANT: N_("not on the station's list"),
    Mark.CLOCK_UNSURE: N_("clock unsure"),
    Mark.ROSTER_STALE: N_("list too old"),
    Mark.OVERRIDE_NOT_NEEDED: N_("override was not needed"),
    Mark.OVERRIDE_NOT_ALLOWED: N_("override was not allowed"),
    Mark.BLACKLIST_FLAG: N_("flagged by the blacklist"),
    Mark.ENTERED_AGAIN: N_("entered again"),
    Mark.IN_GROUP: N_("admitted with the group"),
    Mark.TIME_IMPOSSIBLE: N_("time can't be true"),
    Mark.CHECKPOINT_DIFFERS: N_("the checkpoint was changed since"),
}
SCANNERS: dict[ScannedBy, str] = {
    ScannedBy.DEVICE: N_("Station"),
    ScannedBy.KEY: N_("API key"),
    ScannedBy.USER: N_("User of the console"),
}
_A_SECOND_MS = 1_000


@dataclass(frozen=True, slots=True)
class ClockEvidence:
    """What is known of the time of a scan."""

    station_at: datetime
    used_at: datetime
    received_at: datetime
    difference: str
    """How far the used time is from the station's, such as +2.5 s; empty if it is the same."""
    corrected_by: str
    is_sure: bool
    monotonic_s: float
    boot_id: str
    offset: str
    roster_age_s: float | None
    claimed_at: datetime | None


@dataclass(frozen=True, slots=True)
class JournalPlace:
    """The place of a row in its journal, and the rows before and after it."""

    journal_id: str
    sequence: int
    hash: str
    previous: JournalNeighbour | None
    following: JournalNeighbour | None
    sentence: str
    is_whole: bool


@dataclass(frozen=True, slots=True)
class ConflictOfScan:
    """A conflict of a scan: what it is, and the other scan of a double entry."""

    conflict_id: str
    words: str
    state: str
    is_open: bool
    other_id: str | None
    other_at: datetime | None


def clock_evidence(scan: AccessLog) -> ClockEvidence:
    """Return the evidence of the clock for a scan."""
    clock = scan.clock
    offset_ms, claimed = clock.get("offset_ms"), clock.get("claimed_at_ms")
    used_at, station_at = from_epoch_ms(scan.effective_at_ms), from_epoch_ms(scan.scanned_at_ms)
    return ClockEvidence(
        station_at=station_at,
        used_at=used_at,
        received_at=scan.received_at,
        difference=_seconds(scan.effective_at_ms - scan.scanned_at_ms),
        corrected_by=_correction(scan),
        is_sure=scan.clock_sure,
        monotonic_s=(clock.get("monotonic_ms") or 0) / _A_SECOND_MS,
        boot_id=clock.get("boot_id") or "",
        offset="" if offset_ms is None else _seconds(offset_ms) or _("none"),
        roster_age_s=clock.get("roster_age_s"),
        claimed_at=None if claimed is None else from_epoch_ms(claimed),
    )


def journal_place(work: Work, scan: AccessLog) -> JournalPlace:
    """Return the place of a scan in its journal.

    The hub stores a row only if its hash follows from the row before it, so that a stored row was verified when it arrived.
    """
    beside = check_in.neighbours(work, scan)
    previous, following = beside.get(scan.sequence - 1), beside.get(scan.sequence + 1)
    is_first = scan.sequence == 1
    if is_first:
        sentence = _("The first entry of its journal.")
    elif previous is not None:
        sentence = _("Its hash follows from entry %(number)s; the hub verified this when it arrived.") % {
            "number": number(scan.sequence - 1)
        }
    else:
        sentence = _(
            "Its hash follows from entry %(number)s; the hub verified this when it arrived. The hub could not read that entry: it was set aside."
        ) % {"number": number(scan.sequence - 1)}
    return JournalPlace(
        scan.journal_id,
        scan.sequence,
        scan.journal_hash,
        previous,
        following,
        sentence,
        is_first or previous is not None,
    )


def marks_of(scan: AccessLog) -> Sequence[str]:
    """Return the marks of a scan in the language of the page; those of a newer hub as they are."""
    known: Mapping[str, str] = {mark.value: label for mark, label in MARKS.items()}
    return [_(known[mark]) if mark in known else mark for mark in scan.marks]


def conflicts_of(work: Work, key: FeedKey, scan: AccessLog) -> Sequence[ConflictOfScan]:
    """Return the conflicts that a scan belongs to."""
    return [
        ConflictOfScan(
            conflict.id,
            _(CONFLICT_KINDS[conflict.kind]) if conflict.other_id is None else _double_entry(conflict),
            _(CONFLICT_STATES[conflict.state]),
            conflict.state.needs_attention,
            conflict.other_id,
            None if conflict.other_at_ms is None else from_epoch_ms(conflict.other_at_ms),
        )
        for conflict in check_in.conflicts_of_scan(work, key, scan)
    ]


def _double_entry(conflict: check_in.ScanConflict) -> str:
    if conflict.is_later:
        return _("The same ticket was admitted by another station before.")
    return _("The same ticket was admitted by another station afterwards.")


def _correction(scan: AccessLog) -> str:
    clock = scan.clock
    if ScannedBy.of_journal(scan.journal_id) is not ScannedBy.DEVICE:
        return _("The hub's own clock.")
    if clock.get("claimed_at_ms") is not None:
        return _("The time that the station says can't be true. The hub estimated it from its arrival.")
    if clock.get("anchored"):
        return _("By the hub's time, which the station measured since it was started.")
    offset_ms = clock.get("offset_ms")
    if offset_ms:
        return _("By the difference to the hub's clock that the station had measured.")
    if offset_ms == 0:
        return _("Not needed: the station had measured no difference to the hub's clock.")
    return _("Not corrected: the station had not measured the hub's time.")


def _seconds(milliseconds: int) -> str:
    """Return a difference such as +2.5 s; empty for none."""
    if not milliseconds:
        return ""
    size = timedelta(milliseconds=abs(milliseconds))
    sign = "+" if milliseconds > 0 else "−"  # noqa: RUF001 - a minus sign
    if size < timedelta(minutes=1):
        return f"{sign}{number(size.total_seconds())} s"
    return f"{sign}{str(size).split('.', maxsplit=1)[0]}"
