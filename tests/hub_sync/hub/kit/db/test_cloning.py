"""Every table that belongs to an event says what a clone does with it, and with each of its columns that is not plain."""

import re

from sqlalchemy import JSON, LargeBinary, Table

from hub_sync.hub.domains import all_tables, registry
from hub_sync.hub.domains.events.schemas import NewEvent
from hub_sync.hub.domains.series.cloning.declarations import (
    all_parts,
    copied_tables,
    event_table,
    left_out,
    parent_of,
    references_of,
)
from hub_sync.hub.kit.db.cloning import CopiedTable, Never, Rewrite, ShiftInstant, StartAnew
from hub_sync.hub.kit.db.references import Clone
from hub_sync.hub.kit.db.tables import UtcTime

_TIMESTAMPS = frozenset({"created_at", "updated_at"})
_EVENT = re.compile(r"(^|_)event_id$")
_TEMPORAL = re.compile(r"_(at|on|day|until|from|since|for|hour|date)$|_at_ms$")
_SECRET = re.compile(r"hash|secret|token|sealed|credential|password|(^|_)(pin|key|kid)($|_)|material")
_COUNTER = re.compile(r"^(version|revision|status|state|is_paused)$")


def _tables_of_events() -> set[str]:
    """Return the tables with a key of an event, directly or through other tables."""
    tables = all_tables().tables.values()
    names = {table.name for table in tables if any(_EVENT.search(column.name) for column in table.columns)}
    while True:
        more = {
            table.name
            for table in tables
            for constraint in table.foreign_key_constraints
            if constraint.referred_table.name in names | {"events"}
        }
        if more <= names:
            return names - {"events"}
        names |= more


def test_every_table_of_an_event_is_copied_or_left_out_with_a_reason() -> None:
    declared = [each.table for each in copied_tables()] + [
        name for each in left_out() for name in each.tables
    ]
    assert len(declared) == len(set(declared)), "declared twice"
    missing = _tables_of_events() - set(declared)
    assert sorted(missing) == [], "declare these in CLONING of their tables.py (kit.db.cloning)"
    assert sorted(set(declared) - _tables_of_events()) == []
    assert all(each.title and each.reason for each in left_out())


def _special_columns(table: Table) -> set[str]:
    """Return the columns that must say what becomes of them."""
    referring = {each.column for each in references_of(table.name)}
    return {
        column.name
        for column in table.columns
        if column.name not in _TIMESTAMPS | referring
        and (
            isinstance(column.type, UtcTime | JSON | LargeBinary)
            or any(pattern.search(column.name) for pattern in (_TEMPORAL, _SECRET, _COUNTER))
        )
    }


def test_every_time_json_and_secret_of_a_copied_table_has_a_policy() -> None:
    undecided = {
        f"{copied.table}.{column}"
        for copied in (event_table(), *copied_tables())
        for column in _special_columns(all_tables().tables[copied.table]) - copied.columns.keys()
    }
    assert sorted(undecided) == [], "classify these in CLONING of their tables.py"


def test_what_is_declared_fits_its_table() -> None:
    for copied in (event_table(), *copied_tables()):
        table = all_tables().tables[copied.table]
        assert {*copied.columns, *copied.names, *copied.volatile} <= set(table.columns.keys()), copied.table
        for name, policy in copied.columns.items():
            where, column = f"{copied.table}.{name}", table.columns[name]
            if isinstance(policy, ShiftInstant):
                assert isinstance(column.type, UtcTime), where
                assert not policy.after or isinstance(copied.columns[policy.after], ShiftInstant), where
            if isinstance(policy, StartAnew | Never):
                value = policy.value if isinstance(policy, StartAnew) else policy.make
                assert value is not None or column.nullable, where
            if isinstance(policy, Rewrite) and policy.keeps:
                assert set(policy.keeps) <= all_tables().tables.keys(), where


def test_a_copied_row_leads_to_its_event_and_copies_no_row_that_is_left_out() -> None:
    names = {each.table for each in copied_tables()} | {"events"}
    for copied in copied_tables():
        column, parent = parent_of(copied.table)
        keys = {each.column: each for each in references_of(copied.table)}
        assert (keys[column].to, keys[column].clone) == (parent, Clone.REMAP), copied.table
        for key in keys.values():
            assert (key.to in names) is (key.clone is Clone.REMAP), (copied.table, key.column)
            nullable = all_tables().tables[copied.table].columns[key.column].nullable
            assert key.clone is not Clone.DROP or nullable, (copied.table, key.column)
    for name in (name for each in left_out() for name in each.tables):
        assert all(each.clone is not Clone.REMAP for each in references_of(name)), name


def test_whatever_a_new_event_may_have_is_copied_from_its_source() -> None:
    started = {name for name, policy in event_table().columns.items() if isinstance(policy, StartAnew)}
    columns = set(all_tables().tables["events"].columns.keys())
    own = {"id", "tenant_id", "created_at", "updated_at", "feed_seq", "searched"}
    assert columns - own - started == set(NewEvent.model_fields) - {"status"}


def test_the_parts_are_named_once_and_need_known_permissions() -> None:
    by_name: dict[str, set[int]] = {}
    for each in (event_table(), *copied_tables()):
        by_name.setdefault(each.part.name, set()).add(id(each.part))
    assert all(len(parts) == 1 for parts in by_name.values())
    for part in all_parts().values():
        assert all(permission in registry().permissions for permission in part.permissions), part.name


def test_no_part_takes_people_logs_keys_or_stations_along() -> None:
    never = {"participants", "access_logs", "kiosk_devices", "station_operators", "queue_tickets"}
    never |= {"waitlist_entries", "message_deliveries", "bulk_operations", "imports", "kiosk_sessions"}
    assert not never & {each.table for each in copied_tables()}
    secrets = [
        f"{each.table}.{column}"
        for each in copied_tables()
        for column in all_tables().tables[each.table].columns.keys()  # noqa: SIM118 - of a collection, no dict
        if _SECRET.search(column) and not isinstance(_policy(each, column), Never | StartAnew)
    ]
    assert secrets == ["blacklist_entries.station_hash"], "of a value that the entry has in full"


def _policy(copied: CopiedTable, column: str) -> object:
    return copied.columns.get(column)
