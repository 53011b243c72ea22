"""The sentences that tell the operator what a recovery could save, and what is missing."""

from collections.abc import Sequence
from enum import StrEnum
from itertools import groupby

from hub_sync.client.store.recovery.contents import StoreContents
from hub_sync.client.store.recovery.rebuild import JournalPlan

COPY_REWRITTEN = (
    "The second copy of this station's journal was damaged or missing and was written anew. No scan was lost. "
    "Please tell the administrator: the disk may be failing."
)
_TELL = "Please tell the administrator."


class RecoveryCause(StrEnum):
    """The reason why a store is rebuilt."""

    DAMAGED = "damaged"
    MISSING = "missing"
    ROWS_MISSING = "rows_missing"
    """The file is whole, and lacks scans that its copy has: a lost WAL, or an earlier image of the disk."""


_CAUSES = {
    RecoveryCause.DAMAGED: "This station's store was damaged and was put aside.",
    RecoveryCause.MISSING: "This station's store was missing.",
    RecoveryCause.ROWS_MISSING: "The last scans were missing from this station's store; it was put aside.",
}


def recovered(
    cause: RecoveryCause, contents: StoreContents, plan: JournalPlan, *, is_tail_known: bool
) -> str:
    """Return the sentence about a rebuilt store."""
    count = sum(len(rows) for rows in plan.prefixes.values()) + len(plan.strays)
    parts = [_CAUSES[cause]]
    if not contents.incarnations:
        parts.append("There was no copy or backup of it: it starts empty and must be enrolled again.")
    else:
        parts.append(f"{count} scans were read back.")
        parts.append(_missing(plan, count, is_tail_known=is_tail_known))
    return " ".join([*parts, _TELL])


def restored(name: str, plan: JournalPlan) -> str:
    """Return the sentence about a backup that a person restored."""
    parts = [f"The backup {name} was restored. Scans made after it were kept as far as they could be read."]
    if plan.missing:
        parts.append(f"Scans that can't be read: {_ranges(plan.missing)}.")
    return " ".join(parts)


def _missing(plan: JournalPlan, count: int, *, is_tail_known: bool) -> str:
    if plan.missing:
        ranges = _ranges(plan.missing)
        tail = "" if is_tail_known else f" Scans after number {count + len(plan.missing)} may be missing too."
        return f"Missing scans, by their numbers: {ranges}. They were not sent to the hub.{tail}"
    if not is_tail_known:
        return f"Scans after number {count} may be missing."
    return "Nothing was lost."


def _ranges(numbers: Sequence[int]) -> str:
    """Return numbers as a list of ranges: 3, 7-9."""
    ranges = []
    for _, group in groupby(enumerate(sorted(set(numbers))), key=lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        ranges.append(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}")
    return ", ".join(ranges)
