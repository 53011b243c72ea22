"""A thousand visitors look at their status pages while people are called: no thread for each, and nobody's place grows."""

import asyncio
import json
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hub_sync.contract.ids import new_id
from hub_sync.contract.queue import CallRequest
from hub_sync.hub.commands.common import open_hub
from hub_sync.hub.domains.devices.manifest import FF_KIOSK_MODE
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.queue.queues import counters
from hub_sync.hub.domains.queue.queues import service as queues
from hub_sync.hub.domains.queue.schemas import NewCounter, NewQueue
from hub_sync.hub.domains.queue.tickets.actions import Clerk, call, issue
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from tests.bench.bench_fleet import FleetHub, usage

VISITORS, CALLS = 1_000, 20
_AHEAD = re.compile(r"(\d+) (?:person is|people are) before you|You are (next)|(It is your turn)")


@dataclass
class Phone:
    """What a visitor's page was sent."""

    parts: int = 0
    places: list[int] = field(default_factory=list)
    """People before, -1: called."""

    async def follow(self, port: int, token: str) -> None:
        """Read the stream of a status page until the hub ends it."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET /q/{token}/live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        try:
            while line := await reader.readline():
                if line.startswith(b"event: part"):
                    self.parts += 1
                elif match := _AHEAD.search(line.decode()):
                    ahead, is_next, _ = match.groups()
                    self.places.append(int(ahead) if ahead else 0 if is_next else -1)
        finally:
            writer.close()


@dataclass
class WaitingQueue:
    """A queue with its counters, and the tokens of all who wait, in order."""

    key: FeedKey
    counters: list[str]
    tokens: list[str]


def build_line(hub: HubContext, event: dict[str, str]) -> WaitingQueue:
    with hub.uow.begin() as work:
        tenant_id = work.session.connection().exec_driver_sql("SELECT tenant_id FROM events").scalar_one()
        key = FeedKey(tenant_id, event["event_id"])
        feature_flags.switch(work, tenant_id, FF_KIOSK_MODE, True)
        queue = queues.create(work, key, NewQueue(name="Registration", letter="A"))
        made = [
            counters.create(work, key, NewCounter(name=f"Counter {n}", queue_ids=(queue.id,))).id
            for n in range(CALLS)
        ]
        tokens = [issue(work, key, queue.id, Clerk(), language="en").token for _ in range(VISITORS)]
    return WaitingQueue(key, made, tokens)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[FleetHub]:
    built = FleetHub(tmp_path, database_url="", workers=1, redis_url="")
    yield built
    built.stop()


def threads_of(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_thousand_open_status_pages_take_no_thread_each_and_all_follow(
    hub: FleetHub, tmp_path: Path
) -> None:
    event = hub.command("demo-event", "--participants", "10")
    with open_hub(tmp_path, None) as opened:
        line = build_line(opened, event)
        hub.start()
        (pid,) = hub.processes()
        _, memory_before = usage([pid])
        threads_before = threads_of(pid)
        phones = [Phone() for _ in line.tokens]

        def call_next(counter_id: str) -> None:
            with opened.uow.begin() as work:
                request = CallRequest(
                    id=new_id(), event_id=line.key.event_id, counter_id=counter_id, queue_ids=(), tick=0
                )
                call(work, line.key, request, Clerk())

        async def watch() -> dict[str, float]:
            tasks = [
                asyncio.create_task(phone.follow(hub.port, token))
                for phone, token in zip(phones, line.tokens, strict=True)
            ]
            while not all(phone.places for phone in phones):  # noqa: ASYNC110 -- the streams fill it
                await asyncio.sleep(0.1)
            idle_from, cpu_from = time.monotonic(), usage([pid])[0]
            await asyncio.sleep(5)
            idle = (usage([pid])[0] - cpu_from) / (time.monotonic() - idle_from)
            busy_from, cpu_from = time.monotonic(), usage([pid])[0]
            for counter_id in line.counters:
                await asyncio.to_thread(call_next, counter_id)
                await asyncio.sleep(1)
            while phones[-1].places[-1] != VISITORS - 1 - CALLS:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
            busy = (usage([pid])[0] - cpu_from) / (time.monotonic() - busy_from)
            figures = {
                "cpu_idle_percent": round(100 * idle, 1),
                "cpu_with_a_call_a_second_percent": round(100 * busy, 1),
                "memory_more_mb": round(usage([pid])[1] - memory_before, 1),
                "threads": threads_of(pid),
                "threads_before": threads_before,
            }
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            return figures

        figures = asyncio.run(watch())
    print(json.dumps(figures), file=sys.stderr)  # noqa: T201 -- a figure of the thorough run
    assert figures["threads"] < threads_before + 60, "one for each page would be a thousand"
    for number, phone in enumerate(phones):
        assert phone.places == sorted(phone.places, reverse=True), "nobody's place grows"
        assert phone.places[-1] == max(-1, number - CALLS)
        assert phone.parts <= CALLS + 2
