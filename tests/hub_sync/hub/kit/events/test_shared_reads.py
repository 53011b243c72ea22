"""One reading for all streams that show the same, and none while nobody looks."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sqlalchemy.exc import OperationalError

from hub_sync.hub.kit.errors import NotFound
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.live_streams import LiveStreams
from hub_sync.hub.kit.events.shared_reads import SharedRead, SharedReads

KEY = FeedKey("t", "e")


def build() -> tuple[LiveStreams, SharedReads]:
    live = LiveStreams(lambda _: {}, poll_s=60)
    return live, SharedReads(live, pace_s=0.0, stale_s=60)


@asynccontextmanager
async def two(
    reads: SharedReads, read: Callable[[], int]
) -> AsyncIterator[tuple[SharedRead[int], SharedRead[int]]]:
    async with reads.follow("kind", KEY, read) as first, reads.follow("kind", KEY, read) as second:
        yield first, second


def test_one_read_a_change_serves_all_streams() -> None:
    live, reads = build()
    results = iter(range(10))

    async def scenario() -> None:
        async with two(reads, lambda: next(results)) as (first, second):
            assert [await first.next(), await second.next()] == [0, 0]
            live.notify({KEY})
            assert [await first.next(), await second.next()] == [1, 1]
            async with reads.follow("kind", KEY, lambda: 99) as late:
                assert await late.next() == 1, "who comes later sees at once what the others see"
        assert reads._rooms == {}

    asyncio.run(asyncio.wait_for(scenario(), 5))


def test_a_database_that_is_away_for_a_while_ends_no_stream_and_a_deleted_event_ends_all() -> None:
    live, reads = build()
    answers: list[int | Exception] = [0, OperationalError("select", {}, Exception("away")), 1, NotFound()]

    def read() -> int:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def scenario() -> None:
        async with two(reads, read) as (first, second):
            assert await first.next() == 0
            pending = asyncio.ensure_future(first.next())
            while not pending.done():
                live.notify({KEY})
                await asyncio.sleep(0.01)
            assert pending.result() == 1
            live.notify({KEY})
            assert await first.next() is None
            assert await second.next() is None

    asyncio.run(asyncio.wait_for(scenario(), 5))


def test_the_end_of_the_hub_ends_the_streams() -> None:
    live, reads = build()

    async def scenario() -> None:
        async with two(reads, lambda: 1) as (first, _):
            assert await first.next() == 1
            live.close()
            assert await first.next() is None

    asyncio.run(asyncio.wait_for(scenario(), 5))


def test_who_waits_for_something_else_as_well_is_called_and_takes_what_is_new() -> None:
    live, reads = build()
    value = ["first"]
    answers = [value, value, ["second"]]

    def read() -> list[str]:
        return answers.pop(0) if len(answers) > 1 else answers[0]

    async def scenario() -> None:
        calls: list[int] = []
        called = asyncio.Event()

        def note() -> None:
            calls.append(1)
            called.set()

        async with reads.follow("kind", KEY, read, pace_s=0.0, on_change=note) as results:
            await called.wait()
            assert (results.take(), results.take()) == (value, None)
            called.clear()
            while not called.is_set():
                live.notify({KEY})
                await asyncio.sleep(0.01)
            assert results.take() == ["second"]
            assert len(calls) == 2, "what was read last is nothing new"

    asyncio.run(asyncio.wait_for(scenario(), 5))
