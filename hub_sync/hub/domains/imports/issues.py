"""Problems of rows, and the outcomes of rows."""

import dataclasses
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from hub_sync.hub.kit.i18n import N_


class RowOutcome(StrEnum):
    """The outcome of a row."""

    CREATE = "create"
    CHANGE = "change"
    UNCHANGED = "unchanged"
    SKIP = "skip"
    REFUSE = "refuse"


class Cause(StrEnum):
    """A kind of problem."""

    EMAIL_INVALID = "email_invalid"
    PHONE_INVALID = "phone_invalid"
    TOO_LONG = "too_long"
    CODE_UNUSABLE = "code_unusable"
    STATUS_UNKNOWN = "status_unknown"
    VALUE_INVALID = "value_invalid"
    CUT = "cut"
    NOBODY = "nobody"
    CODE_TAKEN = "code_taken"
    EXTERNAL_ID_TAKEN = "external_id_taken"
    TWICE = "twice"
    AMBIGUOUS = "ambiguous"
    UNMATCHED = "unmatched"
    BLOCKED = "blocked"
    NUMBER_CELL = "number_cell"
    CATEGORY_NEW = "category_new"
    PHONE_UNKNOWN = "phone_unknown"
    FLAGGED = "flagged"
    SIMILAR = "similar"
    TOTAL_ROW = "total_row"


WARNINGS = frozenset(
    (
        Cause.NUMBER_CELL,
        Cause.CATEGORY_NEW,
        Cause.PHONE_UNKNOWN,
        Cause.FLAGGED,
        Cause.SIMILAR,
        Cause.TOTAL_ROW,
    )
)
SENTENCES: Mapping[Cause, str] = {
    Cause.EMAIL_INVALID: N_("Not an e-mail address, such as ada@example.org."),
    Cause.PHONE_INVALID: N_("A phone number has digits, spaces and + ( ) . / - only."),
    Cause.TOO_LONG: N_("Longer than the %(limit)s characters that can be stored."),
    Cause.CODE_UNUSABLE: N_("A registration code needs 4 to 64 letters and digits."),
    Cause.STATUS_UNKNOWN: N_("Not a status that the hub knows."),
    Cause.VALUE_INVALID: N_("This can't be stored."),
    Cause.CUT: N_(
        "The end is missing: a cell of a workbook holds %(limit)s characters. Export this as CSV, which holds all of it."
    ),
    Cause.NOBODY: N_("The row has no name, no e-mail address, no code and no id."),
    Cause.CODE_TAKEN: N_("Another participant has this registration code."),
    Cause.EXTERNAL_ID_TAKEN: N_("Another participant has this external id."),
    Cause.TWICE: N_("A row above has the same."),
    Cause.AMBIGUOUS: N_("Several participants have this."),
    Cause.UNMATCHED: N_("Nobody is registered with this, and new participants are refused."),
    Cause.BLOCKED: N_("This person may not be registered."),
    Cause.NUMBER_CELL: N_(
        "The cells are numbers: leading zeros and plus signs that they once had are lost already. Check them, or format the column as text in the workbook."
    ),
    Cause.CATEGORY_NEW: N_("A category that nobody has yet."),
    Cause.PHONE_UNKNOWN: N_("Not a number that can be dialled; it is stored as it is written."),
    Cause.FLAGGED: N_("Look twice at this person."),
    Cause.SIMILAR: N_("Somebody like this may be registered already."),
    Cause.TOTAL_ROW: N_("This looks like a total below a list, not like a person."),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Issue:
    """A problem of one row.

    Attributes:
        cause: its kind.
        field: the field; "" if it is about the row.
        text: what the file has there.
        parameters: what fills the sentence in.
    """

    cause: Cause
    field: str = ""
    text: str = ""
    parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def is_error(self) -> bool:
        """True if the row can't be imported with it."""
        return self.cause not in WARNINGS

    def to_list(self) -> list[Any]:
        """Return the issue as JSON holds it."""
        return [self.cause.value, self.field, self.text[:LONGEST_TEXT], dict(self.parameters)]

    @classmethod
    def of_list(cls, values: list[Any]) -> "Issue":
        """Return the issue of `to_list`."""
        cause, name, text, parameters = values
        return cls(Cause(cause), name, text, parameters)


LONGEST_TEXT = 200
