"""What the operator must know about a recovery: as facts, and as an English sentence for the log and the hub."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from hub_sync.client.store.recovery.contents import StoreContents
from hub_sync.client.store.recovery.rebuild import JournalPlan

_TELL = "Please tell the administrator."


class RecoveryCause(StrEnum):
    """The reason why a file was rebuilt."""

    DAMAGED = "damaged"
    MISSING = "missing"
    ROWS_MISSING = "rows_missing"
    """The file is whole, and lacks scans that its copy has: a lost WAL, or an earlier image of the disk."""
    COPY = "copy"
    """The journal's copy was damaged or missing; the store was not."""
    ROSTER = "roster"
    """The list of participants was damaged or missing. The hub has it."""


NOT_REBUILT = (RecoveryCause.COPY, RecoveryCause.ROSTER)
"""Causes after which no scan was read back, because the store itself is whole."""
_CAUSES = {
    RecoveryCause.DAMAGED: "This station's store was damaged and was put aside.",
    RecoveryCause.MISSING: "This station's store was missing.",
    RecoveryCause.ROWS_MISSING: "The last scans were missing from this station's store; it was put aside.",
    RecoveryCause.COPY: "The second copy of this station's journal was damaged or missing and was written anew.",
    RecoveryCause.ROSTER: (
        "The list of participants on this station was damaged or missing. It is loaded anew from the hub; until then, tickets"
        " are held, and each needs an override."
    ),
}


@dataclass(frozen=True, slots=True)
class RecoveryFacts:
    """The facts about a recovery.

    `scans` were read back (None: there was no copy or backup, the store is empty). `missing` are the numbers of scans that
    can't be read, such as "3, 7-9". `doubtful_after`: scans after this number may be missing; None: the end is known.
    """

    cause: RecoveryCause
    scans: int | None = 0
    missing: str = ""
    doubtful_after: int | None = None

    @property
    def sentence(self) -> str:
        """The English sentence."""
        parts = [_CAUSES[self.cause]]
        if self.scans is None:
            parts.append("There was no copy or backup of it: it starts empty and must be enrolled again.")
            return " ".join([*parts, _TELL])
        if self.cause not in NOT_REBUILT:
            parts.append(f"{self.scans} scans were read back.")
        if self.missing:
            parts.append(f"Missing scans, by their numbers: {self.missing}. They were not sent to the hub.")
        if self.doubtful_after is not None:
            parts.append(f"Scans after number {self.doubtful_after} may be missing.")
        if not self.missing and self.doubtful_after is None:
            parts.append("No scan was lost." if self.cause is RecoveryCause.ROSTER else "Nothing was lost.")
        return " ".join([*parts, _TELL])


def recovery_facts(
    cause: RecoveryCause, contents: StoreContents, plan: JournalPlan, *, is_tail_known: bool
) -> RecoveryFacts:
    """Return the facts about a rebuilt store."""
    if not contents.incarnations:
        return RecoveryFacts(cause, None)
    count = sum(len(rows) for rows in plan.prefixes.values()) + len(plan.strays)
    newest = contents.in_order()[-1]
    return RecoveryFacts(cause, count, format_ranges(plan.missing), None if is_tail_known else newest.last)


def restored(name: str, plan: JournalPlan) -> str:
    """Return the sentence about a backup that a person restored."""
    parts = [f"The backup {name} was restored. Scans made after it were kept as far as they could be read."]
    if plan.missing:
        parts.append(f"Scans that can't be read: {format_ranges(plan.missing)}.")
    return " ".join(parts)


def format_ranges(numbers: Sequence[int]) -> str:
    """Return numbers as a list of ranges: 3, 7-9."""
    ranges = []
    for _, group in groupby(enumerate(sorted(set(numbers))), key=lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        ranges.append(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}")
    return ", ".join(ranges)
