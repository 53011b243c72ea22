"""A hub with an event, and executions that stand at a task with a clock, by the thousand."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import create_engine, make_url, text

from hub_sync.contract.clock import ManualClock, SystemClock
from hub_sync.contract.ids import new_id
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.workflows.clocks.clocks import start
from hub_sync.hub.domains.workflows.definition.model import Sla
from hub_sync.hub.domains.workflows.sla_tables import SlaClock
from hub_sync.hub.domains.workflows.tables import ParallelBranch, WorkflowExecution, WorkflowTask
from hub_sync.hub.hub_context import build_context
from hub_sync.hub.kit.db.bulk import insert_many
from hub_sync.hub.kit.db.tables import Base
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.settings import HubSettings
from hub_sync.hub.migrations import state
from tests.support import services
from tests.support.builders.deadlines import open_task
from tests.support.builders.event import build_event

KINDS = ("sqlite", "postgresql")
_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class FilledHub:
    """A hub, the clock that it looks at, and its event."""

    hub: HubContext
    clock: ManualClock
    key: FeedKey


@contextmanager
def filled_hub(kind: str, sla: Sla, count: int, apart: timedelta) -> Iterator[FilledHub]:
    """Yield a hub over a new database with so many executions.

    Args:
        kind: one of `KINDS`.
        sla: the deadline of their task.
        count: how many.
        apart: the time between the starts of two clocks; the first starts now.
    """
    with tempfile.TemporaryDirectory() as folder, new_database(kind, Path(folder)) as url:
        clock = ManualClock(SystemClock().now())
        hub = build_context(HubSettings(data=Path(folder), database_url=url, jobs=False), clock, new_id)
        state.upgrade(hub.uow.database)
        built = build_event(hub)
        key = FeedKey(built.tenant_id, built.event_id)
        _fill(hub, key, sla, count, apart)
        yield FilledHub(hub, clock, key)
        hub.uow.database.close()


@contextmanager
def new_database(kind: str, folder: Path) -> Iterator[str]:
    """Yield the URL of an empty database, which is dropped afterwards."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'hub.db'}"
        return
    name = f"doorward_{uuid4().hex}"
    server = create_engine(services.postgres_url(), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        url = make_url(services.postgres_url()).set(drivername="postgresql+psycopg", database=name)
        yield url.render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        server.dispose()


def _fill(hub: HubContext, key: FeedKey, sla: Sla, count: int, apart: timedelta) -> None:
    """Store the first execution as the engine would, and the others as its copies."""
    with hub.uow.begin() as work:
        people = [participants.NewParticipant(first_name=f"Person {number}") for number in range(count)]
        ids = participants.create_many(work, *key, people)
        task = open_task(work, key, ids[0])
        clock = start(work, task.start(sla))
        if clock is None:
            raise LookupError("the first clock was not started")
        work.session.flush()
        first = (
            work.session.get_one(WorkflowExecution, (key.tenant_id, task.execution_id)),
            work.session.query(ParallelBranch).one(),
            work.session.get_one(WorkflowTask, (key.tenant_id, task.task_id)),
            clock,
        )
        values = [_columns(row) for row in first]
    for begin in range(1, count, _AT_ONCE):
        with hub.uow.begin() as work:
            _copy(work, key, values, ids[begin : begin + _AT_ONCE], begin, apart)


def _columns(row: Base) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in type(row).__table__.columns}


def _copy(
    work: Work,
    key: FeedKey,
    values: list[dict[str, Any]],
    people: Sequence[str],
    begin: int,
    apart: timedelta,
) -> None:
    execution, line, task, clock = values
    tables = (WorkflowExecution, ParallelBranch, WorkflowTask, SlaClock)
    rows: list[list[dict[str, Any]]] = [[], [], [], []]
    for number, person in enumerate(people, start=begin):
        of_execution, of_line, of_task = work.new_id(), work.new_id(), work.new_id()
        rows[0].append(execution | {"id": of_execution, "participant_id": person})
        rows[1].append(line | {"id": of_line, "execution_id": of_execution})
        rows[2].append(task | {"id": of_task, "execution_id": of_execution, "branch_id": of_line})
        times = {
            name: value + apart * number
            for name in ("started_at", "due_at", "warn_at", "next_at")
            if (value := clock[name]) is not None
        }
        rows[3].append(
            clock | times | {"id": work.new_id(), "execution_id": of_execution, "task_id": of_task}
        )
    for table, copies in zip(tables, rows, strict=True):
        plain = [{name: value for name, value in row.items() if name != "tenant_id"} for row in copies]
        insert_many(
            work.session, table.metadata.tables[table.__tablename__], plain, {"tenant_id": key.tenant_id}
        )
