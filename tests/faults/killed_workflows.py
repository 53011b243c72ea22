"""Two workers that decide at random in random workflows and are killed at random moments, and what is true of the executions afterwards.

Time goes by `FACTOR` times as fast as on the wall, by the same clock in all workers, so that deadlines of hours pass: not so fast
in the large trial, where an execution waits for its turn, and where all would time out before anybody decided.
"""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.exc import OperationalError

from hub_sync.contract.clock import SystemClock
from hub_sync.contract.enums import StepType
from hub_sync.contract.ids import new_id
from hub_sync.hub.domains.accounts.service import User
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.updates import get_for_update
from hub_sync.hub.domains.workflows.clocks.jobs import SlaSweepJob
from hub_sync.hub.domains.workflows.definition.model import StartTrigger, Voters
from hub_sync.hub.domains.workflows.definitions.surroundings import deciding_users
from hub_sync.hub.domains.workflows.delegations import delegations
from hub_sync.hub.domains.workflows.delegations.delegations import Delegator
from hub_sync.hub.domains.workflows.delegations.schemas import NewDelegation
from hub_sync.hub.domains.workflows.engine import decisions, executions
from hub_sync.hub.domains.workflows.engine.decisions import Answer, Decider
from hub_sync.hub.domains.workflows.engine.jobs import DecisionJob
from hub_sync.hub.domains.workflows.engine.timeouts import on_timeout
from hub_sync.hub.domains.workflows.listeners import LISTENERS
from hub_sync.hub.domains.workflows.manifest import (
    ExecutionStatus,
    SlaBreached,
    SlaWarned,
    TaskDecision,
    WorkflowParticipantChanged,
)
from hub_sync.hub.domains.workflows.sla_manifest import ClockState
from hub_sync.hub.domains.workflows.sla_tables import SlaClock
from hub_sync.hub.domains.workflows.tables import (
    JoinStatus,
    ParallelBranch,
    TaskStatus,
    Workflow,
    WorkflowDelegation,
    WorkflowExecution,
    WorkflowHistoryEntry,
    WorkflowJoin,
    WorkflowTask,
    WorkflowVersion,
)
from hub_sync.hub.hub_context import build_context
from hub_sync.hub.kit.db.database import DatabaseBusy
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.listeners import ListenerJob
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.permissions import Role
from hub_sync.hub.kit.settings import HubSettings
from tests.support.builders.event import build_event
from tests.support.builders.workflow_graphs import RandomGraph
from tests.support.forked_commands import fork
from tests.support.thorough import sized

FACTOR, AT_ONCE, WORKERS = sized(3_000, 300), 40, 2
PEOPLE, AWAY = 5, 3
UNDER_WAY = 200
LONGEST_LIFE_S = sized(500, 2_000) / 1_000
CATEGORIES = ("Press", "Speaker", "Visitor")
KEY = Decider(is_manager=True)
_HEARD = [each for each in LISTENERS if each.kind in (WorkflowParticipantChanged, SlaWarned, SlaBreached)]
_MANAGER = Delegator(None, is_manager=True)
_T = WorkflowTask


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
        """Make the event of all, and few people who decide: in a vote by persons, they run short."""
        self._hub, self._random, self.count = hub, Random(seed), 0
        built = build_event(hub)
        self._key = FeedKey(built.tenant_id, built.event_id)
        with hub.uow.begin() as work:
            for number in range(PEOPLE):
                role = Role.ADMIN if number % 2 else Role.OPERATOR
                address = f"user{number}@example.org"
                work.session.add(
                    User(
                        tenant_id=built.tenant_id,
                        id=work.new_id(),
                        email=address,
                        password_hash="",
                        role=role,
                    )
                )
            work.session.flush()
            self._users = [each.id for each in deciding_users(work, built.tenant_id)]
            for away, delegate in pairwise(self._users[:4]):
                _let_go(work, built.tenant_id, away, delegate, days=10)

    def add(self, count: int) -> None:
        """Start so many more. Workers may be at work meanwhile."""
        enough = self.count + count
        while self.count < enough:
            with _may_wait_in_vain():
                self._start(*self._make())
                self.count += 1

    def _make(self) -> tuple[dict[str, Any], str]:
        most_steps = self._random.choices((6, 14, 40), (3, 3, 1))[0]
        graph = RandomGraph(self._random, most_steps, self._users).make()
        return graph.dump(), self._random.choice(CATEGORIES)

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


def check(trial: Trial, count: int) -> "Counter[str]":
    """Check that every execution has ended with nothing left of it, and that each join fired at most once.

    Return how often each kind of entry stands in a history, and how often somebody decided in another's place.
    """
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
        steps = _steps(work)
        _check_votes(work, steps)
        _check_details(work, steps)
        told = Counter(dict(read(select(h.kind, func.count()).group_by(h.kind)).all()))
        told["represented"] = sum("represented" in data for data in work.session.scalars(select(h.data)))
    hub.uow.database.close()
    return told


def _check_votes(work: Work, steps: Mapping[str, Mapping[str, Any]]) -> None:
    """Check that nobody decided in two branches of a fork whose join counts persons, and nobody's place was taken in two.

    `steps`: those of each execution by their keys.
    """
    b, j, t = ParallelBranch, WorkflowJoin, WorkflowTask
    joins: dict[str, list[str]] = {}
    for execution_id, step_key, path in work.session.execute(select(j.execution_id, j.step_key, j.path)):
        if steps[execution_id][step_key].get("voters") == Voters.PERSON:
            joins.setdefault(execution_id, []).append(f"{path}/")
    votes = (
        select(t.execution_id, b.path, t.decided_by_id, t.decided_for_id)
        .join(b, (b.tenant_id == t.tenant_id) & (b.id == t.branch_id))
        .where(t.status == TaskStatus.DECIDED, t.decided_by_id.is_not(None))
    )
    branches: dict[tuple[str, str, str], set[str]] = {}
    for execution_id, path, *people in work.session.execute(votes):
        for above in joins.get(execution_id, ()):
            if path.startswith(above):
                branch = path.removeprefix(above).partition("/")[0]
                for person in filter(None, people):
                    branches.setdefault((execution_id, above, person), set()).add(branch)
    assert [vote for vote, where in branches.items() if len(where) > 1] == []


def _check_details(work: Work, steps: Mapping[str, Mapping[str, Any]]) -> None:
    """Check that whoever passed a step that collects details has them: nobody takes one away here."""
    t, e, p = WorkflowTask, WorkflowExecution, participants.Participant
    query = (
        select(t.execution_id, t.step_key, p.extra)
        .join(e, (e.tenant_id == t.tenant_id) & (e.id == t.execution_id))
        .join(p, (p.tenant_id == e.tenant_id) & (p.id == e.participant_id))
        .where(t.type == StepType.COLLECT, t.decision == TaskDecision.APPROVE)
    )
    for execution_id, step_key, extra in work.session.execute(query):
        fields = steps[execution_id][step_key]["collect"]
        assert {field.removeprefix("extra.") for field in fields} <= extra.keys()


def _steps(work: Work) -> dict[str, dict[str, Any]]:
    """Return the steps of each execution's version, by their keys."""
    e, v = WorkflowExecution, WorkflowVersion
    query = select(e.id, v.definition).join(v, (v.tenant_id == e.tenant_id) & (v.id == e.version_id))
    return {
        execution_id: {each["key"]: each for each in definition["steps"]}
        for execution_id, definition in work.session.execute(query)
    }


def work_until_killed(trial: Trial, seed: int, starting: "Connection[str, str]") -> None:
    """Decide tasks at random, take decisions back, fill details in, sweep clocks, hear of changes and apply decisions."""
    hub, random = trial.open_hub(), Random(seed)
    with hub.uow.look_up() as work:
        users = work.session.scalars(select(User).order_by(User.id)).all()
    deciders = RandomDeciders(hub, random, users)
    listeners = ListenerJob(hub.uow, hub.notifier, _HEARD)
    starting.send("started")
    while True:
        with _may_wait_in_vain():
            SlaSweepJob(hub, on_timeout).run_once()
            DecisionJob(hub).run_once()
            listeners.run_once()
        if not deciders.act():
            time.sleep(0.05)


class RandomDeciders:
    """A few people, some of them away now and then, and a key that needs no assignment."""

    def __init__(self, hub: HubContext, random: Random, users: Sequence[User]) -> None:
        self._hub, self._random, self._users = hub, random, users
        self._decided = deque[Row[Any]](maxlen=AT_ONCE)

    def act(self) -> bool:
        """Decide some of the oldest open tasks; return False if none is open."""
        open_tasks = self._tasks(_T.status == TaskStatus.OPEN, _T.opened_at, 5 * AT_ONCE)
        for row in self._random.sample(open_tasks, min(AT_ONCE, len(open_tasks))):
            self._decide(row)
        if self._decided:
            self._decide(self._random.choice(self._decided))  # an answer to what was decided already
        decided = (_T.status == TaskStatus.DECIDED) & _T.applied_at.is_(None)
        waiting = self._tasks(decided, _T.effective_at, AT_ONCE)
        for row in self._random.sample(waiting, -(-len(waiting) // 4)):
            act = self._random.choice((decisions.take_back, decisions.apply_now))
            self._attempt(partial(act, key=_key(row), task_id=row.id, decider=KEY))
        if self._random.random() < 0.05:
            self._delegate()
        return bool(open_tasks)

    def _tasks(self, condition: ColumnElement[bool], order: Any, most: int) -> Sequence[Row[Any]]:
        v, e = WorkflowVersion, WorkflowExecution
        query = (
            select(_T.tenant_id, _T.event_id, _T.id, _T.step_key, e.participant_id, v.definition)
            .join(e, (e.tenant_id == _T.tenant_id) & (e.id == _T.execution_id))
            .join(v, (v.tenant_id == e.tenant_id) & (v.id == e.version_id))
            .where(_T.tenant_id == self._users[0].tenant_id, condition)
            .order_by(order)
            .limit(most)
        )
        with self._hub.uow.look_up() as work:
            return work.session.execute(query).all()

    def _decide(self, row: Row[Any]) -> None:
        random = self._random
        step = next(each for each in row.definition["steps"] if each["key"] == row.step_key)
        weights = {TaskDecision.APPROVE: 20, TaskDecision.BYPASS: 1, TaskDecision.REJECT: 1}
        decision, return_to = random.choices(list(weights), list(weights.values()))[0], None
        if step.get("return_to") and random.random() < 0.1:
            decision, return_to = TaskDecision.RETURN, random.choice(step["return_to"])
        if step.get("collect") and random.random() < 0.7:
            self._attempt(lambda work: _fill_in(work, row, step["collect"]))
            if random.random() < 0.5:
                return  # a listener hears of it
        user = random.choice(self._users)
        is_key, is_manager = random.random() < 0.2, random.random() < 0.5
        answer = Answer(decision=decision, reason="at random", return_to=return_to)

        def decide(work: Work) -> None:
            away = delegations.represented_by(work, user.tenant_id, user.id)
            person = Decider(user_id=user.id, role=user.role, in_place_of=away, is_manager=is_manager)
            decisions.decide(work, _key(row), row.id, KEY if is_key else person, answer)

        if self._attempt(decide):
            self._decided.append(row)

    def _delegate(self) -> None:
        """Let somebody go away for some time, or come back."""
        tenant_id = self._users[0].tenant_id
        away, delegate = self._random.sample(self._users, 2)

        def change(work: Work) -> None:
            existing = work.session.scalars(select(WorkflowDelegation).limit(AWAY)).all()
            if len(existing) == AWAY:
                delegations.remove(work, tenant_id, _MANAGER, existing[0].id)
            _let_go(work, tenant_id, away.id, delegate.id, self._random.randint(1, 30))

        self._attempt(change)

    def _attempt(self, act: Callable[[Work], object]) -> bool:
        """Return True if an act was not refused, and its transaction committed."""
        refused = suppress(HubError)
        with _may_wait_in_vain(), refused, self._hub.uow.begin("user:ada@example.org") as work:
            act(work)
            return True
        return False


def _key(row: Row[Any]) -> FeedKey:
    return FeedKey(row.tenant_id, row.event_id)


def _let_go(work: Work, tenant_id: str, away: str, delegate: str, days: int) -> None:
    now = work.now()
    new = NewDelegation(user_id=away, delegate_id=delegate, starts_at=now, ends_at=now + timedelta(days=days))
    delegations.create(work, tenant_id, _MANAGER, new)


def _fill_in(work: Work, row: Row[Any], fields: Sequence[str]) -> None:
    person = get_for_update(work, *_key(row), row.participant_id, None)
    details = {field.removeprefix("extra."): "there" for field in fields}
    changes = participants.ParticipantChanges(extra={**person.extra, **details})
    participants.update(work, *_key(row), row.participant_id, changes)


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
