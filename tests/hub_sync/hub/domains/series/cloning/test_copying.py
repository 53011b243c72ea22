"""Copies of rows: each date of each table moves with the event, or stands in the list of those that do not."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from hub_sync.hub.domains.series.cloning.copying import CopyContext, copy_row
from hub_sync.hub.domains.series.cloning.dates import DateShift
from hub_sync.hub.domains.series.cloning.declarations import copied_tables, event_table, table_of
from hub_sync.hub.kit.db.cloning import CopiedTable, ShiftDay, ShiftInstant, ShiftTime
from hub_sync.hub.kit.db.tables import UtcTime

START = datetime(2026, 6, 10, 6, tzinfo=UTC)  # eight o'clock in Berlin
SHIFT = DateShift.by_day(START, "Europe/Berlin", date(2026, 12, 2), time(9))
MOVING: dict[type, tuple[Any, Any]] = {
    ShiftInstant: (datetime(2026, 6, 9, 16, tzinfo=UTC), datetime(2026, 12, 1, 18, tzinfo=UTC)),
    ShiftDay: ("2026-06-09", "2026-12-01"),
    ShiftTime: ("08:30", "09:30"),
}
"""Values of a source, and those of its copy: 175 days and an hour later by the wall clock, in winter."""
STAYING = {
    "automatic_message_rules.active_since",
    "automatic_message_rules.reminded_for",
    "blacklist_entries.valid_from",
    "blacklist_entries.valid_until",
    "events.day_begins_at",
    "events.everyone_leaves_at",
    "queue_counters.state_since",
    "waitlist_settings.evaluated_at",
    "waitlist_settings.look_at",
}
"""What is no date of the event: hours of its zone, days of a decision about somebody, and times at which something happened there."""
_HAPPENED = frozenset(
    {"created_at", "updated_at", "deleted_at", "published_at", "archived_at", "started_at", "ended_at"}
)


def _context() -> CopyContext:
    return CopyContext(SHIFT, {}, {"events": {"source": "copy"}}, {}, (), START, "user:mara", False, False)


@pytest.mark.parametrize("copied", [event_table(), *copied_tables()], ids=lambda each: each.table)
def test_each_date_of_a_table_moves_with_the_event(copied: CopiedTable) -> None:
    moving = {name: each for name, each in copied.columns.items() if type(each) in MOVING}
    row = dict.fromkeys(table_of(copied.table).columns.keys())
    source = row | {name: MOVING[type(each)][0] for name, each in moving.items()}
    copy = copy_row(replace(copied, columns=moving), source, _context())
    assert {name: copy.values[name] for name in moving} == {
        name: MOVING[type(each)][1] for name, each in moving.items()
    }


def test_the_dates_that_stay_are_no_dates_of_the_event() -> None:
    staying = {
        f"{copied.table}.{column.name}"
        for copied in (event_table(), *copied_tables())
        for column in table_of(copied.table).columns
        if isinstance(column.type, UtcTime) or column.name.endswith(("_at", "_from", "_until", "_day", "_on"))
        if type(copied.columns.get(column.name)) not in MOVING and column.name not in _HAPPENED
    }
    assert staying == STAYING
