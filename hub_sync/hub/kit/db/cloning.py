"""Declarations of tables for clones of events: what is copied, and how each column goes along. Each domain declares its tables beside `REFERENCES`.

    CLONING = (
        CopiedTable(
            "checkpoints",
            CHECKPOINTS_PART,
            label=N_("Checkpoint"),
            names=("name",),
            columns={"opens_at": ShiftTime(N_("Opens")), "allowed_categories": Keep(), "version": StartAnew(1)},
        ),
        LeftOut(("access_logs",), N_("Scans"), N_("They happened at the event that is copied.")),
    )

A column without a policy is copied as it is. That is allowed for texts, numbers, choices and switches alone: a test walks all tables
that belong to an event, and fails for a table without a declaration, and for a time, a day, a JSON value or a secret without a policy.
Foreign keys have their policy in `Reference.clone`.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Values = Mapping[str, Any]
"""The columns of a row."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an event that somebody chooses to copy or to leave.

    Attributes:
        name: as requests name it.
        label: for people, marked with `N_`.
        hint: what else is to be known of it, marked with `N_`.
        is_default: it is copied unless somebody leaves it out.
        permissions: what somebody needs beside the permission to clone.
        order: its place in a plan.
    """

    name: str
    label: str
    hint: str = ""
    is_default: bool = True
    permissions: tuple[str, ...] = ()
    order: int = 50


@dataclass(frozen=True, slots=True)
class Copying:
    """One row that is copied, for policies that compute a value.

    Attributes:
        row: the columns of the source.
        rows: all rows of the source that were read, by table.
        now: the time of the copy.
        actor: who copies.
        event_id: the id of the copy.
        stays_active: what was switched on in the source is switched on in the copy.
        publishes: what was published in the source is published in the copy.
        incomplete: ids of rows that are not copied, since something would be missing in them (`CopiedTable.needs_all`).
    """

    row: Values
    rows: Mapping[str, Sequence[Values]]
    now: datetime
    actor: str
    event_id: str
    stays_active: bool
    publishes: bool
    incomplete: Collection[str] = ()


Compute = Callable[[Copying], Any]


@dataclass(frozen=True, slots=True)
class Keep:
    """It is copied as it is, though it is a time or JSON: it says nothing about the event's dates, and names no row."""


@dataclass(frozen=True, slots=True)
class ShiftInstant:
    """An instant that moves with the event by the wall clock.

    Attributes:
        label: what people call it, marked with `N_`.
        after: the column that it must come after.
    """

    label: str
    after: str = ""


@dataclass(frozen=True, slots=True)
class ShiftDay:
    """A day, as ISO text, that moves with the event; `label` is what people call it."""

    label: str


@dataclass(frozen=True, slots=True)
class ShiftTime:
    """A time of day, `HH:MM`, that moves if the event starts at another time of day; `label` is what people call it."""

    label: str


@dataclass(frozen=True, slots=True)
class Rewrite:
    """JSON or text in which ids of copied rows are replaced by those of their copies.

    In JSON, an id that is in no copied row fails the plan, unless it is one of a table in `keeps`; in a text of people, it stays. In a
    list, the id of a row that is not copied since it was deleted is left out.

    Attributes:
        keeps: tables of the tenant whose rows are not copied, and referred to as before; with `empties`, unless they are deleted.
        compute: returns the value in place of the source's.
        empties: True: an id that is in no copied row does not fail the plan. The copy is without it, and the plan warns.
    """

    keeps: tuple[str, ...] = ()
    compute: Compute | None = None
    empties: bool = False


@dataclass(frozen=True, slots=True)
class StartAnew:
    """It starts anew: a status, a counter, a version.

    Attributes:
        value: that of the copy; it may be a function of the row.
        label: what people call that by which two events are compared, marked with `N_`.
        compares: returns of a value that by which two events are compared. Without it, only a switch is compared.
    """

    value: Any = None
    label: str = ""
    compares: Callable[[Any], Any] | None = None


@dataclass(frozen=True, slots=True)
class Never:
    """A secret, a token or a key. The copy has none, or one of its own that `make` returns."""

    make: Callable[[], Any] | None = None


Policy = Keep | ShiftInstant | ShiftDay | ShiftTime | Rewrite | StartAnew | Never


def if_active(column: str) -> StartAnew:
    """Return the policy of a switch that is off in the copy, unless what was active stays so."""
    return StartAnew(lambda copying: copying.row[column] if copying.stays_active else False)


@dataclass(frozen=True, slots=True)
class SourceRows:
    """All that a choice of rows may look at.

    Attributes:
        rows: the rows of all tables that are read, by table.
        publishes: what was published in the source is published in the copy.
    """

    rows: Mapping[str, Sequence[Values]]
    publishes: bool


def _all_rows(rows: Sequence[Values], _: SourceRows) -> Iterable[Values]:
    return rows


@dataclass(frozen=True, slots=True, eq=False)
class CopiedTable:
    """A table of which a clone has copies.

    Attributes:
        table: its name.
        part: what somebody chooses.
        label: what people call one of its rows, marked with `N_`.
        names: the columns that a row is called by.
        columns: the policies.
        select: returns the rows that are copied, of all that are not deleted.
        versions_by: the columns that all versions of a thing share. References to a version that is not copied lead to the one that is.
        volatile: columns that change without anybody's doing: an undo does not look at them.
        comes_by_itself: says of a row of the copy that nobody added it.
        needs_all: True: a row is not copied if an id would be missing in it (`Rewrite.empties`).
        entity: the entity in whose words its columns are read; empty: that which is called like the table.
        is_detail: two events are compared by what another table computes of its rows, not by the rows themselves.
    """

    table: str
    part: Part
    label: str
    names: tuple[str, ...]
    columns: Mapping[str, Policy]
    select: Callable[[Sequence[Values], SourceRows], Iterable[Values]] = _all_rows
    versions_by: tuple[str, ...] = ()
    volatile: frozenset[str] = field(default_factory=frozenset)
    comes_by_itself: Callable[[Values], bool] = lambda _: False
    entity: str = ""
    is_detail: bool = False
    needs_all: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class LeftOut:
    """Tables that belong to an event and are never copied.

    Attributes:
        tables: their names.
        title: what they hold, marked with `N_`.
        reason: why no copy has it, marked with `N_`.
        in_empty: an event counts as empty though it has such rows, and a clone can be taken back: they come by themselves.
    """

    tables: tuple[str, ...]
    title: str
    reason: str
    in_empty: bool = False
