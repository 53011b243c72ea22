"""All declarations of domains about cloning, in the order in which rows are copied."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from sqlalchemy import Table

from hub_sync.hub.domains import all_tables, parts
from hub_sync.hub.kit.db.cloning import CopiedTable, LeftOut, Part
from hub_sync.hub.kit.db.references import Clone, Reference
from hub_sync.hub.kit.i18n import N_

EVENTS = "events"
PEOPLE = "participants"
_OF_THE_KIT = (
    LeftOut(
        ("event_feeds", "domain_events"),
        N_("Messages to stations and webhooks"),
        N_("They say what happened at the other event."),
        in_empty=True,
    ),
)


class CopiedReference(NamedTuple):
    """A foreign key of a copied table: its column, the table that it refers to, and what a clone does with it."""

    column: str
    to: str
    clone: Clone


@cache
def event_table() -> CopiedTable:
    """Return the declaration of the events themselves."""
    return next(each for each in _copied() if each.table == EVENTS)


@cache
def copied_tables() -> tuple[CopiedTable, ...]:
    """Return the tables of an event that are copied, each behind those that it refers to."""
    declared = {each.table: each for each in _copied() if each.table != EVENTS}
    return tuple(declared[table.name] for table in all_tables().sorted_tables if table.name in declared)


@cache
def left_out() -> tuple[LeftOut, ...]:
    """Return what is never copied."""
    of_domains = (each for each in _declared() if isinstance(each, LeftOut))
    return (*of_domains, *_OF_THE_KIT)


@cache
def all_parts() -> Mapping[str, Part]:
    """Return the parts that somebody chooses from, by their names and in their order."""
    chosen = {each.part.name: each.part for each in copied_tables()}
    return {part.name: part for part in sorted(chosen.values(), key=lambda part: (part.order, part.name))}


@cache
def references_of(table: str) -> Sequence[CopiedReference]:
    """Return the foreign keys of a table."""
    references: list[Reference] = [
        each for module in parts("tables") for each in getattr(module, "REFERENCES", ())
    ]
    return [
        CopiedReference(each.column_name, each.to, each.clone)
        for each in references
        if each.table_name == table
    ]


def table_of(name: str) -> Table:
    """Return a table by its name."""
    return all_tables().tables[name]


@cache
def parent_of(table: str) -> tuple[str, str]:
    """Return the column and the table by which a row belongs to an event: the event itself, or a row that belongs to it."""
    columns = table_of(table).columns
    if "event_id" in columns:
        return "event_id", EVENTS
    for constraint in sorted(table_of(table).foreign_key_constraints, key=lambda each: each.column_keys[-1]):
        parent = constraint.referred_table.name
        if parent not in ("tenants", table) and _belongs_to_event(parent):
            return constraint.column_keys[-1], parent
    raise LookupError(table)


@cache
def _belongs_to_event(table: str) -> bool:
    try:
        return table == EVENTS or bool(parent_of(table))
    except LookupError:
        return False


def _copied() -> Sequence[CopiedTable]:
    return [each for each in _declared() if isinstance(each, CopiedTable)]


@cache
def _declared() -> tuple[CopiedTable | LeftOut, ...]:
    return tuple(each for module in parts("tables") for each in getattr(module, "CLONING", ()))
