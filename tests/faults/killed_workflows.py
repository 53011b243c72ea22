"""Two workers that decide at random in random workflows and are killed at random moments, and what is true of the executions afterwards.

Time goes by `FACTOR` times as fast as on the wall, by the same clock in all workers, so that deadlines of hours pass: not so fast
in the large trial, where an execution waits for its turn, and where all would time out before anybody decided.
"""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.exc import OperationalError

from hub_sync.contract.clock import SystemClock
from hub_sync.contract.ids import new_id
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.workflows.clocks.jobs import SlaSweepJob
from hub_sync.hub.domains.workflows.definition.model import StartTrigger
from hub_sync.hub.domains.workflows.engine import decisions, executions
from hub_sync.hub.domains.workflows.engine.decisions import Answer, Decider
from hub_sync.hub.domains.workflows.engine.jobs import DecisionJob
from hub_sync.hub.domains.workflows.engine.timeouts import on_timeout
from hub_sync.hub.domains.workflows.manifest import ExecutionStatus, TaskDecision
from hub_sync.hub.domains.workflows.sla_manifest import ClockState
from hub_sync.hub.domains.workflows.sla_tables import SlaClock
from hub_sync.hub.domains.workflows.tables import (
    JoinStatus,
    ParallelBranch,
    TaskStatus,
    Workflow,
    WorkflowExecution,
    WorkflowHistoryEntry,
    WorkflowJoin,
    WorkflowTask,
    WorkflowVersion,
)
from hub_sync.hub.hub_context import build_context
from hub_sync.hub.kit.db.database import DatabaseBusy
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.settings import HubSettings
from tests.support.builders.event import build_event
from tests.support.builders.workflow_graphs import RandomGraph
from tests.support.forked_commands import fork
from tests.support.thorough import sized

FACTOR, AT_ONCE, WORKERS = sized(3_000, 300), 40, 2
UNDER_WAY = 200
LONGEST_LIFE_S = 2.0
CATEGORIES = ("Press", "Speaker", "Visitor")
MANAGER = Decider(is_manager=True)


class FastClock(SystemClock):
    """A clock that is `FACTOR` times as fast as that of the wall."""

    def __init__(self, began: float) -> None:
        """Take the second of the wall at which it shows the right time."""
        super().__init__()
        self._began = began

    def now(self) -> datetime:
        """Return the time."""
        elapsed = time.time() - self._began
        return datetime.fromtimestamp(self._began, UTC) + timedelta(seconds=elapsed * FACTOR)


@dataclass(frozen=True)
class Trial:
    """Where the executions are, and when the trial began."""

    data: Path
    url: str | None
    began: float

    def open_hub(self) -> HubContext:
        """Return a hub over the database."""
        settings = HubSettings(data=self.data, database_url=self.url, jobs=False)
        return build_context(settings, FastClock(self.began), new_id)


class RandomStarts:
    """Publishes random workflows, and starts each for somebody."""

    def __init__(self, hub: HubContext, seed: int) -> None:
        """Make the event of all."""
        self._hub, self._random, self.count = hub, Random(seed), 0
        built = build_event(hub)
        self._key = FeedKey(built.tenant_id, built.event_id)

    def add(self, count: int) -> None:
        """Start so many more. Workers may be at work meanwhile."""
        enough = self.count + count
        while self.count < enough:
            with _may_wait_in_vain():
                self._start(*self._make())
                self.count += 1

    def _make(self) -> tuple[dict[str, Any], str]:
        return RandomGraph(self._random, most_steps=14).make().dump(), self._random.choice(CATEGORIES)

    def _start(self, definition: dict[str, Any], category: str) -> None:
        key = self._key
        with self._hub.uow.begin() as work:
            common: dict[str, Any] = {"tenant_id": key.tenant_id}
            workflow = Workflow(
                id=work.new_id(),
                event_id=key.event_id,
                name=f"W{self.count}",
                published_version=1,
                is_enabled=True,
                **common,
            )
            work.session.add(workflow)
            work.session.flush()
            work.session.add(
                WorkflowVersion(
                    id=work.new_id(),
                    workflow_id=workflow.id,
                    number=1,
                    definition=definition,
                    published_at=work.now(),
                    published_by="system",
                    **common,
                )
            )
            new = participants.NewParticipant(first_name=f"P{self.count}", category=category)
            person = participants.create(work, *key, new)
            executions.start(work, key, workflow, person.id, StartTrigger.MANUAL)


def run_with_kills(trial: Trial, seed: int, count: int, kills: int, patience_s: float) -> int:
    """Start so many workflows, and let two workers work until each has ended, one of whom is killed again and again.

    No more than `UNDER_WAY` are under way at once: what a worker reads of them stays small, and the kills are spread over all.
    Return how often a worker was killed.
    """
    random, hub, killed = Random(seed), trial.open_hub(), 0
    starts = RandomStarts(hub, seed + 1)
    starts.add(min(count, UNDER_WAY))
    deadline = time.monotonic() + patience_s
    with _workers(trial, random) as workers:
        while (active := _active(hub)) or starts.count < count:
            assert time.monotonic() < deadline, f"{active} of {starts.count} executions have not ended"
            assert all(worker.is_alive() for worker in workers), "a worker has died by itself"
            if starts.count < count and active < UNDER_WAY:
                starts.add(min(AT_ONCE, count - starts.count))
            if killed * count < kills * starts.count:
                time.sleep(random.uniform(0, LONGEST_LIFE_S))
                place = random.randrange(WORKERS)
                workers[place].kill()
                workers[place].join()
                workers[place] = _start(trial, random)
                killed += 1
            else:
                time.sleep(0.2)
    hub.uow.database.close()
    return killed


def check(trial: Trial, count: int) -> None:
    """Check that every execution has ended with nothing left of it, and that each join fired at most once."""
    hub = trial.open_hub()
    e, b, j, t, c, h = (
        WorkflowExecution,
        ParallelBranch,
        WorkflowJoin,
        WorkflowTask,
        SlaClock,
        WorkflowHistoryEntry,
    )
    with hub.uow.read() as work:
        read = work.session.execute
        assert work.session.scalar(select(func.count()).where(e.status == ExecutionStatus.ACTIVE)) == 0
        assert work.session.scalar(select(func.count()).select_from(e)) == count
        assert read(select(b.id).where(b.ended_at.is_(None))).all() == []
        assert read(select(j.id).where(j.status == JoinStatus.WAITING)).all() == []
        assert read(select(t.id).where(t.ended_at.is_(None))).all() == []
        assert read(select(c.id).where(c.state.in_((ClockState.RUNNING, ClockState.PAUSED)))).all() == []
        joins = Counter(
            tuple(row)
            for row in read(
                select(h.execution_id, h.branch_path, h.step_key).where(h.kind.in_(("JOINED", "JOIN_FAILED")))
            )
        )
        assert set(joins.values()) <= {1}, joins.most_common(3)
        fired = select(j.execution_id, b.path, j.step_key).join(
            b, (b.tenant_id == j.tenant_id) & (b.id == j.branch_id)
        )
        ended = {tuple(row) for row in read(fired.where(j.status != JoinStatus.CANCELLED))}
        assert ended == set(joins), "a join has fired without an entry, or an entry has no join"
        rounds = read(
            select(t.branch_id).group_by(t.branch_id, t.step_key, t.round).having(func.count() > 1)
        ).all()
        assert rounds == [], "a step was opened twice in one round"
        lengths = dict(read(select(h.execution_id, func.count()).group_by(h.execution_id)).all())
        newest = dict(read(select(h.execution_id, func.max(h.number)).group_by(h.execution_id)).all())
        assert lengths == newest, "the history has a gap"
        endings = read(
            select(h.execution_id)
            .where(h.kind.in_(("COMPLETED", "REJECTED", "CANCELLED")))
            .group_by(h.execution_id)
            .having(func.count() > 1)
        ).all()
        assert endings == []
    hub.uow.database.close()


def work_until_killed(trial: Trial, seed: int, starting: "Connection[str, str]") -> None:
    """Decide tasks at random, sweep clocks and apply decisions."""
    hub, random = trial.open_hub(), Random(seed)
    starting.send("started")
    while True:
        with _may_wait_in_vain():
            SlaSweepJob(hub, on_timeout).run_once()
            DecisionJob(hub).run_once()
        t, v, e = WorkflowTask, WorkflowVersion, WorkflowExecution
        query = (
            select(t.tenant_id, t.event_id, t.id, t.step_key, v.definition)
            .join(e, (e.tenant_id == t.tenant_id) & (e.id == t.execution_id))
            .join(v, (v.tenant_id == e.tenant_id) & (v.id == e.version_id))
            .where(t.status == TaskStatus.OPEN)
            .order_by(t.id)
            .limit(5 * AT_ONCE)
        )
        with hub.uow.look_up() as work:
            rows = work.session.execute(query).all()
        for row in random.sample(rows, min(AT_ONCE, len(rows))):
            _decide(hub, random, row)
        if not rows:
            time.sleep(0.05)


def _decide(hub: HubContext, random: Random, row: Row[Any]) -> None:
    step = next(each for each in row.definition["steps"] if each["key"] == row.step_key)
    weights = {TaskDecision.APPROVE: 10, TaskDecision.BYPASS: 1, TaskDecision.REJECT: 1}
    decision, return_to = random.choices(list(weights), list(weights.values()))[0], None
    if step.get("return_to") and random.random() < 0.1:
        decision, return_to = TaskDecision.RETURN, random.choice(step["return_to"])
    answer = Answer(decision=decision, reason="at random", return_to=return_to)
    too_late = suppress(HubError)
    with _may_wait_in_vain(), too_late, hub.uow.begin("user:ada@example.org") as work:
        decisions.decide(work, FeedKey(row.tenant_id, row.event_id), row.id, MANAGER, answer)


@contextmanager
def _may_wait_in_vain() -> Iterator[None]:
    """Let a writer of SQLite give up that another process keeps from writing for long, as a slow machine does; a deadlock is a fault."""
    try:
        yield
    except DatabaseBusy:
        return
    except OperationalError as error:
        if "database is locked" not in str(error):
            raise


@contextmanager
def _workers(trial: Trial, random: Random) -> Iterator[list[ForkServerProcess]]:
    workers = [_start(trial, random) for _ in range(WORKERS)]
    try:
        yield workers
    finally:
        for worker in workers:
            worker.kill()
            worker.join()


def _start(trial: Trial, random: Random) -> ForkServerProcess:
    started, starting = Pipe(duplex=False)
    worker = fork(work_until_killed, trial, random.randrange(2**31), starting)
    starting.close()
    started.recv()
    started.close()
    return worker


def _active(hub: HubContext) -> int:
    query = select(func.count()).where(WorkflowExecution.status == ExecutionStatus.ACTIVE)
    with hub.uow.look_up() as work:
        return work.session.scalar(query) or 0
