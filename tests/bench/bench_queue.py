"""Benchmark of queues: a day of 5,000 numbers, simulated at speed over a hub's own services, and what its estimates were worth.

    packaging/run bench queue [--tickets N] [--seed N] [--json]

People come in two waves to three queues, whose services take between one and several minutes and sometimes very long; counters open, close
and have breaks; some people never come. The simulation moves the hub's clock from one happening to the next, and does each by
the function that the routes call, in a transaction of its own on SQLite (`synchronous=FULL`). The estimate of each number is the hub's own,
made at its issue, and is compared with the time until the first call.
"""

import argparse
import heapq
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import structlog  # noqa: E402
from fastapi import FastAPI  # noqa: E402
from sqlalchemy import select  # noqa: E402

from hub_sync.contract.clock import ManualClock  # noqa: E402
from hub_sync.contract.queue import CallRequest, QueueActionKind, QueuePriority  # noqa: E402
from hub_sync.hub.app import create_app  # noqa: E402
from hub_sync.hub.commands.common import upgrade_database  # noqa: E402
from hub_sync.hub.domains.queue.queues import counters  # noqa: E402
from hub_sync.hub.domains.queue.queues import service as queues  # noqa: E402
from hub_sync.hub.domains.queue.schemas import NewCounter, NewQueue  # noqa: E402
from hub_sync.hub.domains.queue.tables import QueueTicket  # noqa: E402
from hub_sync.hub.domains.queue.tickets.actions import (  # noqa: E402
    Clerk,
    act,
    call,
    issue,
    set_counter_state,
)
from hub_sync.hub.domains.queue.tickets.statistics import estimate_error  # noqa: E402
from hub_sync.hub.kit.db.unit_of_work import Work  # noqa: E402
from hub_sync.hub.kit.events.change_feed import FeedKey  # noqa: E402
from hub_sync.hub.kit.http.context import HubContext  # noqa: E402
from hub_sync.hub.kit.settings import HubSettings  # noqa: E402
from hub_sync.rules.queue.estimates import WaitRange  # noqa: E402
from tests.support.builders.event import NOON, build_event  # noqa: E402

T = TypeVar("T")
K = QueueActionKind
TICKETS = 5_000
HOURS = 10
SERVICES_S = {"A": 55.0, "B": 90.0, "C": 180.0}
"""The middle service time of each queue; the spread is that of a lognormal, and one of a hundred takes five times as long."""
SHARES = {"A": 0.5, "B": 0.35, "C": 0.15}
LOAD = 0.93
"""The part of the counters' time that the services take, over the day: in the waves people queue."""
NO_SHOW = 0.04
WALK_S = 20.0
CLERK = Clerk("bench")


class Day:
    """One simulated day."""

    def __init__(self, hub: HubContext, clock: ManualClock, tickets: int, seed: int) -> None:
        self.hub, self.clock, self.random = hub, clock, random.Random(seed)
        self.key = FeedKey("", "")
        self.begin = clock.now()
        self.happenings: list[tuple[float, int, Callable[[], None]]] = []
        self.order = 0
        self.took: dict[str, list[float]] = {"issue": [], "call": [], "serve": [], "complete": []}
        self.queue_ids: dict[str, str] = {}
        self.idle: set[str] = set()
        self.on_break: set[str] = set()
        self._build(tickets)

    def _build(self, tickets: int) -> None:
        event = build_event(self.hub, checkpoints={"main": ""}, stations={})
        self.key = FeedKey(event.tenant_id, event.event_id)
        needed_s = tickets * sum(SHARES[each] * (SERVICES_S[each] * 1.2 + WALK_S) for each in SHARES)
        desks = max(2, round(needed_s / (LOAD * HOURS * 3600)))
        with self.hub.uow.begin() as work:
            for letter in SERVICES_S:
                new = NewQueue(name=f"Queue {letter}", letter=letter)
                self.queue_ids[letter] = queues.create(work, self.key, new).id
            made = [
                counters.create(
                    work, self.key, NewCounter(name=f"Counter {n}", queue_ids=tuple(self.queue_ids.values()))
                ).id
                for n in range(1, desks + 1)
            ]
        self.counters = made
        for number, counter in enumerate(made):
            self.at(number * 5.0, lambda counter=counter: self.open(counter))  # type: ignore[misc]
            lunch = (3.5 + 2 * self.random.random()) * 3600
            self.at(lunch, lambda counter=counter: self.start_break(counter))  # type: ignore[misc]
        for _ in range(tickets):
            wave = self.random.random()
            middle, width = (2.2, 1.1) if wave < 0.5 else (6.5, 1.6)
            hour = min(max(self.random.gauss(middle, width), 0.0), HOURS - 0.5)
            self.at(hour * 3600, self.arrive)

    def at(self, seconds: float, happening: Callable[[], None]) -> None:
        """Plan a happening."""
        self.order += 1
        heapq.heappush(self.happenings, (seconds, self.order, happening))

    def run(self) -> None:
        """Let everything happen in its order."""
        while self.happenings:
            seconds, _, happening = heapq.heappop(self.happenings)
            self.now_s = seconds
            self.clock.jump(self.begin + timedelta(seconds=seconds) - self.clock.now())
            happening()

    def do(self, name: str, function: Callable[[Work], T]) -> T:
        """Run a function in a transaction, and note how long it took."""
        began = time.perf_counter()
        with self.hub.uow.begin() as work:
            result = function(work)
        self.took.setdefault(name, []).append(time.perf_counter() - began)
        return result

    def open(self, counter: str) -> None:
        """Open a counter."""
        self.on_break.discard(counter)
        self.do("state", lambda work: set_counter_state(work, self.key, counter, K.COUNTER_OPENED, CLERK))
        self.idle.add(counter)
        self.call(counter)

    def start_break(self, counter: str) -> None:
        """Begin a break of half an hour once nobody is at the counter."""
        if counter not in self.idle:
            self.on_break.add(counter)
            return
        self.idle.discard(counter)
        self.do(
            "state",
            lambda work: set_counter_state(work, self.key, counter, K.BREAK_STARTED, CLERK, "Lunch"),
        )
        self.at(self.now_s + 1800, lambda: self.open(counter))

    def arrive(self) -> None:
        """Give somebody a number."""
        letter = self.random.choices(list(SHARES), list(SHARES.values()))[0]
        priority = QueuePriority.PRIORITY if self.random.random() < 0.03 else QueuePriority.PLAIN
        self.do(
            "issue",
            lambda work: issue(work, self.key, self.queue_ids[letter], CLERK, priority=priority),
        )
        if self.idle:
            self.call(min(self.idle))

    def call(self, counter: str) -> None:
        """Call whoever is next."""
        request = CallRequest(
            id=self.hub.uow.new_id(),
            event_id=self.key.event_id,
            counter_id=counter,
            queue_ids=tuple(self.queue_ids.values()),
            tick=0,
        )
        action = self.do("call", lambda work: call(work, self.key, request, CLERK)).action
        if action is None or action.ticket_id is None:
            return
        self.idle.discard(counter)
        ticket_id, queue_id = action.ticket_id, action.queue_id
        if self.random.random() < NO_SHOW:
            self.at(self.now_s + 90, lambda: self.end(counter, ticket_id, K.NO_SHOW))
            return
        letter = next(each for each, id_ in self.queue_ids.items() if id_ == queue_id)
        service_s = SERVICES_S[letter] * self.random.lognormvariate(0, 0.55)
        if self.random.random() < 0.01:
            service_s *= 5
        self.at(self.now_s + WALK_S, lambda: self.serve(counter, ticket_id, service_s))

    def serve(self, counter: str, ticket_id: str, service_s: float) -> None:
        """Begin a service."""
        self.do("serve", lambda work: act(work, self.key, ticket_id, K.SERVING, CLERK, counter_id=counter))
        self.at(self.now_s + service_s, lambda: self.end(counter, ticket_id, K.COMPLETED))

    def end(self, counter: str, ticket_id: str, kind: K) -> None:
        """End a service or a call, and call the next one."""
        self.do("complete", lambda work: act(work, self.key, ticket_id, kind, CLERK))
        self.idle.add(counter)
        if counter in self.on_break:
            self.start_break(counter)
        else:
            self.call(counter)


def figures_of(day: Day) -> dict[str, Any]:
    """Return what the simulation shows."""
    with day.hub.uow.read() as work:
        rows = work.session.scalars(
            select(QueueTicket).where(QueueTicket.tenant_id == day.key.tenant_id)
        ).all()
        error = estimate_error(work, day.key)
    called = [row for row in rows if row.first_called_at is not None]
    waits = sorted(_waited_s(row) for row in called)
    estimated = [row for row in called if row.estimate_high_s is not None]
    misses = [_miss_s(row) for row in estimated]
    return {
        "tickets": len(rows),
        "numbers": len({row.number for row in rows}),
        "counters": len(day.counters),
        "wait_s": {
            "median": round(statistics.median(waits)),
            "p90": round(waits[int(0.9 * len(waits))]),
            "longest": round(waits[-1]),
        },
        "estimates": {
            "with_estimate": len(estimated),
            "inside_percent": round(100 * error.inside / max(1, error.count), 1),
            "called_sooner_percent": round(100 * error.early / max(1, error.count), 1),
            "called_later_percent": round(100 * error.late / max(1, error.count), 1),
            "late_by_s_median": error.late_s,
            "late_by_s_p90": _late_s(misses),
            "width_min_median": statistics.median(
                ((row.estimate_high_s or 0) - (row.estimate_low_s or 0)) / 60 for row in estimated
            )
            if estimated
            else None,
        },
        "per_second": {name: round(len(took) / sum(took), 1) for name, took in day.took.items() if took},
        "ms": {
            name: {
                "median": round(1000 * statistics.median(took), 2),
                "p99": round(1000 * sorted(took)[int(0.99 * len(took))], 2),
            }
            for name, took in day.took.items()
            if took
        },
    }


def _waited_s(row: QueueTicket) -> float:
    assert row.first_called_at is not None
    return (row.first_called_at - row.issued_at).total_seconds()


def _miss_s(row: QueueTicket) -> float:
    return WaitRange(row.estimate_low_s or 0, row.estimate_high_s or 0).misses_by_s(_waited_s(row))


def _late_s(misses: list[float]) -> int | None:
    late = sorted(miss for miss in misses if miss > 0)
    return round(late[int(0.9 * len(late))]) if late else None


def _open_hub(folder: Path, now: datetime) -> tuple[FastAPI, ManualClock]:
    settings = HubSettings(data=folder, database_url=f"sqlite:///{folder / 'hub.db'}", jobs=False)
    clock = ManualClock(now)
    app = create_app(settings, clock)
    upgrade_database(app.state.hub.uow.database)
    return app, clock


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=TICKETS)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with tempfile.TemporaryDirectory() as folder:
        app, clock = _open_hub(Path(folder), NOON - timedelta(hours=4))
        day = Day(app.state.hub, clock, arguments.tickets, arguments.seed)
        began = time.perf_counter()
        day.run()
        figures = figures_of(day) | {"seconds": round(time.perf_counter() - began, 1)}
        app.state.hub.authenticator.close()
        app.state.hub.uow.database.close()
    if arguments.json:
        print(json.dumps(figures, indent=2))
        return
    estimates, waits = figures["estimates"], figures["wait_s"]
    print(
        f"{figures['tickets']} numbers at {figures['counters']} counters, {figures['numbers']} different ones"
    )
    print(f"wait: median {waits['median']} s, p90 {waits['p90']} s, longest {waits['longest']} s")
    print(
        f"estimates: {estimates['inside_percent']} % inside, {estimates['called_sooner_percent']} % sooner, "
        f"{estimates['called_later_percent']} % later (median {estimates['late_by_s_median']} s)"
    )
    for name, rate in figures["per_second"].items():
        print(f"{name}: {rate} a second, p99 {figures['ms'][name]['p99']} ms")


if __name__ == "__main__":
    main()
