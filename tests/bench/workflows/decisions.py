"""Decisions while 20,000 executions wait, and one execution of a fork of 5 and of 20 from its start to its end, beside SpiffWorkflow."""

import json
import os
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from statistics import quantiles
from typing import Any

from sqlalchemy import ColumnElement, event, select

from hub_sync.contract.clock import SystemClock
from hub_sync.contract.ids import new_id
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.workflows.definition.model import Definition, StartTrigger
from hub_sync.hub.domains.workflows.engine import decisions, executions
from hub_sync.hub.domains.workflows.engine.decisions import Answer, Decider
from hub_sync.hub.domains.workflows.manifest import TaskDecision
from hub_sync.hub.domains.workflows.sla_tables import SlaClock
from hub_sync.hub.domains.workflows.tables import (
    ParallelBranch,
    TaskStatus,
    Workflow,
    WorkflowExecution,
    WorkflowHistoryEntry,
    WorkflowJoin,
    WorkflowTask,
    WorkflowTaskAssignee,
    WorkflowVersion,
)
from hub_sync.hub.hub_context import build_context
from hub_sync.hub.kit.db.bulk import insert_many
from hub_sync.hub.kit.db.database import WAL_PAGES
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.settings import HubSettings
from hub_sync.hub.migrations import state
from tests.bench.workflows.filled_hub import new_database
from tests.support.builders.event import build_event
from tests.support.builders.workflow_graphs import definition, step

EXECUTIONS, DECISIONS, ASKED_MS = 20_000, 2_000, 5.0
FORKS = (5, 20)
RUNS, WARM_UP, AT_ONCE, REPLAYED = 20, 200, 1_000, 1_000
APPROVE = Answer(decision=TaskDecision.APPROVE)
ANYBODY = Decider()
_TABLES: tuple[Any, ...] = (
    WorkflowExecution,
    ParallelBranch,
    WorkflowJoin,
    WorkflowTask,
    WorkflowTaskAssignee,
    WorkflowHistoryEntry,
    SlaClock,
)


def fork_of(size: int) -> Definition:
    """Return a workflow that forks into approvals with a deadline, all of which it waits for."""
    branches = [{"key": f"b{i}", "name": f"B{i}", "first": f"a{i}"} for i in range(size)]
    return definition(
        step("fork", "FORK", branches=branches, join="join"),
        *(step(f"a{i}", next="join", sla={"minutes": 600}) for i in range(size)),
        step("join", "JOIN"),
        take_back_seconds=0,
    )


def measure_decisions(kind: str, count: int = EXECUTIONS) -> dict[str, Any]:
    """Return the times of decisions, and of whole executions, in milliseconds."""
    with _hub(kind) as (hub, key):
        workflow_id = _publish(hub, key, fork_of(FORKS[0]))
        _fill(hub, key, workflow_id, count)
        t = WorkflowTask
        with hub.uow.read() as work:
            open_ids = list(work.session.scalars(select(t.id).where(t.status == TaskStatus.OPEN)))
        chosen = Random(15).sample(open_ids, min(WARM_UP + DECISIONS, len(open_ids)))
        times = [_decide(hub, key, task_id) for task_id in chosen][WARM_UP:]
        figures: dict[str, Any] = {
            "executions": count,
            **_percentiles("decision", times),
            "asked_p99_ms": ASKED_MS,
        }
        if kind == "sqlite":
            more = Random(16).sample(sorted(set(open_ids).difference(chosen)), min(REPLAYED, count))
            figures |= _percentiles("bare_statements", _replay(hub, key, more))
        return figures | {f"fork_of_{size}": _runs(hub, key, size) for size in FORKS}


@contextmanager
def _hub(kind: str) -> Iterator[tuple[HubContext, FeedKey]]:
    with tempfile.TemporaryDirectory() as folder, new_database(kind, Path(folder)) as url:
        settings = HubSettings(data=Path(folder), database_url=url, jobs=False)
        hub = build_context(settings, SystemClock(), new_id)
        state.upgrade(hub.uow.database)
        built = build_event(hub)
        yield hub, FeedKey(built.tenant_id, built.event_id)
        hub.uow.database.close()


def _publish(hub: HubContext, key: FeedKey, workflow: Definition) -> str:
    with hub.uow.begin() as work:
        id_, common = work.new_id(), {"tenant_id": key.tenant_id}
        work.session.add(
            Workflow(id=id_, event_id=key.event_id, name=id_, published_version=1, is_enabled=True, **common)
        )
        work.session.flush()
        work.session.add(
            WorkflowVersion(
                id=work.new_id(),
                workflow_id=id_,
                number=1,
                definition=workflow.dump(),
                published_at=work.now(),
                published_by="system",
                **common,
            )
        )
    return id_


def _start(work: Work, key: FeedKey, workflow_id: str, participant_id: str) -> str:
    workflow = work.session.get_one(Workflow, (key.tenant_id, workflow_id))
    return executions.start(work, key, workflow, participant_id, StartTrigger.MANUAL).id


def _register(work: Work, key: FeedKey, count: int) -> list[str]:
    new = [participants.NewParticipant(first_name=f"Person {number}") for number in range(count)]
    return list(participants.create_many(work, *key, new))


def _fill(hub: HubContext, key: FeedKey, workflow_id: str, count: int) -> None:
    """Store the first execution as the engine does, and the others as its copies."""
    with hub.uow.begin() as work:
        people = _register(work, key, count)
        first = _start(work, key, workflow_id, people[0])
    with hub.uow.read() as work:
        rows = {row: _rows(work, row, first) for row in _TABLES}
    for begin in range(1, count, AT_ONCE):
        with hub.uow.begin() as work:
            copies: dict[Any, list[dict[str, Any]]] = {row: [] for row in _TABLES}
            for person in people[begin : begin + AT_ONCE]:
                _copy(work, rows, person, copies)
            for row, values in copies.items():
                table = row.metadata.tables[row.__tablename__]
                insert_many(work.session, table, values, {"tenant_id": key.tenant_id})


def _rows(work: Work, row: Any, execution_id: str) -> list[dict[str, Any]]:
    is_of: ColumnElement[bool]
    if row is WorkflowTaskAssignee:
        is_of = row.task_id.in_(select(WorkflowTask.id).where(WorkflowTask.execution_id == execution_id))
    else:
        is_of = (row.id if row is WorkflowExecution else row.execution_id) == execution_id
    query = select(*row.__table__.columns).where(is_of).order_by(row.id)
    return [dict(each._mapping) for each in work.session.execute(query)]


def _copy(
    work: Work, rows: dict[Any, list[dict[str, Any]]], person: str, copies: dict[Any, list[dict[str, Any]]]
) -> None:
    ids: dict[str, str] = {}
    for row in _TABLES:
        for values in rows[row]:
            ids[values["id"]] = work.new_id()
    for row in _TABLES:
        for values in rows[row]:
            copy = {
                name: ids.get(value, value) if isinstance(value, str) else value
                for name, value in values.items()
                if name != "tenant_id"
            }
            if row is WorkflowExecution:
                copy["participant_id"] = person
            copies[row].append(copy)


def _decide(hub: HubContext, key: FeedKey, task_id: str) -> float:
    began = time.perf_counter()
    with hub.uow.begin("user:ada@example.org") as work:
        decisions.decide(work, key, task_id, ANYBODY, APPROVE)
    return (time.perf_counter() - began) * 1_000


def _percentiles(name: str, times: list[float]) -> dict[str, float]:
    percentiles = quantiles(times, n=100)
    return {f"{name}_p50_ms": round(percentiles[49], 2), f"{name}_p99_ms": round(percentiles[98], 2)}


def _replay(hub: HubContext, key: FeedKey, task_ids: list[str]) -> list[float]:
    """Return the times of the same statements on a copy of the database, sent by the bare driver.

    That is what the disk and SQLite take of a decision; the rest is the hub's.
    """
    file = Path(hub.uow.database.url.database or "")
    copy = file.with_name("copy.db")
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    recorded: list[list[tuple[str, Any, bool]]] = []

    def record(_: Any, __: Any, statement: str, values: Any, ___: Any, executemany: bool) -> None:
        recorded[-1].append((statement, values, executemany))

    event.listen(hub.uow.database.engine, "before_cursor_execute", record)
    for task_id in task_ids:
        recorded.append([])
        _decide(hub, key, task_id)
    event.remove(hub.uow.database.engine, "before_cursor_execute", record)
    with closing(sqlite3.connect(copy, isolation_level=None)) as bare:
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "cache_size = -32768",
        ):
            bare.execute(f"PRAGMA {pragma}")
        bare.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")
        return [_send(bare, statements) for statements in recorded]


def _send(bare: sqlite3.Connection, statements: list[tuple[str, Any, bool]]) -> float:
    began = time.perf_counter()
    for statement, values, executemany in statements:
        if executemany:
            bare.executemany(statement, values)
        else:
            bare.execute(statement, values).fetchall()
    bare.execute("COMMIT")
    return (time.perf_counter() - began) * 1_000


def _runs(hub: HubContext, key: FeedKey, size: int) -> dict[str, float]:
    """Return the milliseconds of executions from their start until their participant is approved, each decision a transaction."""
    workflow_id = _publish(hub, key, fork_of(size))
    with hub.uow.begin() as work:
        people = _register(work, key, RUNS)
    t, began = WorkflowTask, time.perf_counter()
    for person in people:
        with hub.uow.begin() as work:
            execution_id = _start(work, key, workflow_id, person)
        with hub.uow.look_up() as work:
            tasks = list(work.session.scalars(select(t.id).where(t.execution_id == execution_id)))
        for task_id in tasks:
            _decide(hub, key, task_id)
    run_ms = (time.perf_counter() - began) * 1_000 / RUNS
    return {"run_ms": round(run_ms, 2), "decision_ms": round(run_ms / size, 2)}


def measure_spiff() -> dict[str, Any]:
    """Return SpiffWorkflow's figures on the same forks, if the interpreter in SPIFF_PYTHON has it."""
    interpreter = os.environ.get("SPIFF_PYTHON")
    if not interpreter:
        return {}
    script = Path(__file__).with_name("spiff_comparison.py")
    done = subprocess.run(
        [interpreter, str(script), *map(str, FORKS)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        return {"error": (done.stderr.strip().splitlines() or ["?"])[-1]}
    figures: dict[str, Any] = json.loads(done.stdout)
    return {f"fork_of_{size}": values for size, values in figures.items()}
