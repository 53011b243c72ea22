"""The repository of journals."""

from typing import Any

import pytest
from sqlalchemy import event

from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.station_client import Journal, StationClient


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_journals_are_locked_by_their_names_without_statistics(
    hub: HubContext, station: StationClient, journal: Journal
) -> None:
    """SQLite read all journals of the tenant, and for each of them the list of those that a push locks: a fresh database has no statistics."""
    locks: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT device_journals.id,") and "json_each" in statement:
            locks.append((statement, parameters))

    event.listen(hub.uow.database.engine, "before_cursor_execute", note)
    journal.scan()
    assert station.push(journal.request()).status_code == 200
    statement, parameters = locks[0]
    with hub.uow.read() as work:
        steps = work.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    assert "(tenant_id=? AND device_id=? AND journal_id=?)" in str(steps), steps
