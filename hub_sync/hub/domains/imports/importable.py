"""The declaration of an importable entity: a domain's entity declares its fields, how a row is parsed, and how rows find what exists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from hub_sync.hub.domains.imports.issues import Issue, RowOutcome
from hub_sync.hub.domains.imports.options import ImportOptions
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey

EXTRA = "extra:"
"""A column whose field begins so is stored under its name among the further details."""


@dataclass(frozen=True, slots=True)
class ImportField:
    """A field that a column may be mapped to.

    Attributes:
        name: `first_name`.
        label: marked with `N_`.
        headers: names of columns that mean it, in several languages, as `mapping.guessing.fold` returns them; none:
            only the column of an export does.
        is_text: True if a cell with a number may have lost something (leading zeros, a plus sign).
    """

    name: str
    label: str
    headers: frozenset[str] = frozenset()
    is_text: bool = False


@dataclass(slots=True)
class ParsedRow:
    """A row as it would be stored.

    Attributes:
        line: in the file.
        values: by field, as JSON holds them; fields that the row says nothing of are left out, None removes.
        issues: what is wrong, or worth a look.
        outcome: what becomes of it.
        target_id, target_version: what exists.
        before: the values that change, as they are.
        keys: (field, text) of what no other row may have, once it was matched.
    """

    line: int
    values: dict[str, Any]
    issues: list[Issue] = field(default_factory=list)
    outcome: RowOutcome = RowOutcome.CREATE
    target_id: str | None = None
    target_version: int | None = None
    before: dict[str, Any] = field(default_factory=dict)
    keys: tuple[tuple[str, str], ...] = ()

    @property
    def is_refused(self) -> bool:
        """True if one of its issues is an error."""
        return any(issue.is_error for issue in self.issues)


class Matcher(Protocol):
    """Finds what exists for the rows of one file; it remembers the rows before."""

    def match(self, work: Work, rows: Sequence[ParsedRow]) -> None:
        """Set outcome, target, `before`, keys and issues of some rows."""

    def line_above(self, line: int, keys: Sequence[tuple[str, str]]) -> int | None:
        """Remember the keys of a row; return the line of a row above with one of them, None if there is none."""


class Importable(Protocol):
    """An entity that can be imported."""

    entity: str
    fields: Mapping[str, ImportField]
    keys: Sequence[str]
    """The fields by which a row may find what exists."""
    export_marks: frozenset[str]
    """The names of columns that only an export of the entity has together."""
    export_only: frozenset[str]
    """The columns of an export that an import leaves alone."""

    def parse(self, line: int, texts: dict[str, str], options: ImportOptions) -> ParsedRow:
        """Return a row from the texts of its fields, none of which is empty; "" as a value removes."""

    def matcher(self, work: Work, key: FeedKey, options: ImportOptions, *, of_few: bool = False) -> Matcher:
        """Return the matcher for one file; `of_few`: a few of its rows are matched, the others are only remembered."""
