"""What each reference between tables means for a merge, a clone and an erasure. Each domain declares those of its `tables.py`.

    REFERENCES = (
        Reference("waitlist_entries.participant_id", "participants", merge=Merge.MOVE, clone=Clone.DROP, erase=Erase.ROW),
    )

A test walks all foreign keys, and all columns that hold the id of a participant without being one, and fails for each
that no domain declares.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Merge(StrEnum):
    """What becomes of the loser's rows when two registrations are merged."""

    MOVE = "move"
    """They become the survivor's. Where the survivor has a row of which there may be only one, the loser's stays as it is."""
    KEEP_SURVIVORS = "keep_survivors"
    """They stay the loser's, and the survivor's count."""
    KEEP_BOTH = "keep_both"
    """They stay as they are, and count as the survivor's by the loser's standing: the access log and other histories."""
    SUM = "sum"
    """The survivor's `columns` get the sum of both, and the loser's row stays as it is."""
    STRICTER = "stricter"
    """The survivor's `columns` get the stricter of both values, and the loser's row stays: consent, suppression."""
    RECOUNTED = "recounted"
    """They follow from other rows and are computed anew."""
    NOT_A_PERSON = "not_a_person"
    """They refer to something else than a participant."""


class Clone(StrEnum):
    """What becomes of a row when an event is cloned."""

    COPY = "copy"
    """It is copied, and refers to the same thing as before."""
    REMAP = "remap"
    """It is copied, and refers to the copy of what it referred to."""
    DROP = "drop"
    """It is not copied."""


class Erase(StrEnum):
    """What becomes of a row when what it refers to is erased."""

    ROW = "row"
    """It goes as well."""
    REFERENCE = "reference"
    """It stays, and refers to nothing."""
    NOTHING = "nothing"
    """It stays as it is: the other row stays, too, as a tombstone without what was personal."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference from a column to a table.

    Attributes:
        column: `table.column`.
        to: the table that it refers to.
        merge: what a merge of two participants does with it.
        clone: what a clone of an event does with it.
        erase: what the erasure of the other row does with it.
        columns: of SUM and STRICTER: the columns; of STRICTER with their values from the mildest to the strictest.
    """

    column: str
    to: str
    clone: Clone
    erase: Erase
    merge: Merge = Merge.NOT_A_PERSON
    columns: Mapping[str, tuple[object, ...]] = field(default_factory=dict)

    @property
    def table_name(self) -> str:
        """The table that has the column."""
        return self.column.partition(".")[0]

    @property
    def column_name(self) -> str:
        """The column."""
        return self.column.partition(".")[2]
