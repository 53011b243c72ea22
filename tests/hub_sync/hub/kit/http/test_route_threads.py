"""Route threads: results, errors and context come back to the event loop, and no more threads start than are needed."""

import asyncio
import gc
import threading
import weakref
from collections.abc import Iterator
from contextvars import ContextVar
from functools import partial

import pytest

from hub_sync.hub.kit.http import route_threads
from hub_sync.hub.kit.http.route_threads import RouteThreads

_who: ContextVar[str] = ContextVar("who", default="nobody")


@pytest.fixture
def threads() -> Iterator[RouteThreads]:
    pool = RouteThreads()
    yield pool
    pool.close()


def test_a_function_runs_on_a_thread_in_the_callers_context(threads: RouteThreads) -> None:
    async def call() -> tuple[str, str]:
        _who.set("ada")
        return await threads.run(lambda: (_who.get(), threading.current_thread().name), reads=True)

    who, thread = asyncio.run(call())
    assert who == "ada"
    assert thread.startswith("read")


def test_an_error_reaches_the_caller_and_leaves_no_cycle(threads: RouteThreads) -> None:
    class Marker(Exception):
        pass

    left: list[weakref.ref[Marker]] = []

    def noted(error: Marker) -> Marker:
        left.append(weakref.ref(error))
        return error

    def fail() -> None:
        raise noted(Marker())

    async def call() -> None:
        with pytest.raises(Marker):
            await threads.run(fail, reads=False)
        await threads.run(lambda: None, reads=False)  # the thread has forgotten the first call by now

    gc.collect()
    gc.disable()
    try:
        asyncio.run(call())
        assert left[0]() is None
    finally:
        gc.enable()


def test_calls_run_side_by_side_up_to_the_size_of_the_pool(
    threads: RouteThreads, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = route_threads.READING_SQLITE
    together = threading.Barrier(size)

    async def call() -> list[str]:
        def meet() -> str:
            together.wait(timeout=30)
            return threading.current_thread().name

        return await asyncio.gather(*[threads.run(meet, reads=True) for _ in range(size * 3)])

    assert len(set(asyncio.run(call()))) == size


def test_one_thread_serves_calls_that_come_one_after_the_other(threads: RouteThreads) -> None:
    async def call() -> set[str]:
        name = lambda: threading.current_thread().name  # noqa: E731 - of the thread that calls it
        return {await threads.run(name, reads=False) for _ in range(20)}

    assert len(asyncio.run(call())) == 1


def test_a_call_that_was_given_up_before_its_turn_is_not_made(threads: RouteThreads) -> None:
    release, calls = threading.Event(), []

    async def call() -> None:
        blocked = [
            asyncio.create_task(threads.run(partial(release.wait, 30), reads=True))
            for _ in range(route_threads.READING_SQLITE)
        ]
        await asyncio.sleep(0)
        given_up = asyncio.create_task(threads.run(lambda: calls.append(1), reads=True))
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.sleep(0)
        release.set()
        await asyncio.gather(*blocked)
        await threads.run(lambda: None, reads=True)

    asyncio.run(call())
    assert calls == []


def test_a_result_after_the_end_of_the_loop_harms_nobody(threads: RouteThreads) -> None:
    release = threading.Event()

    async def give_up() -> None:
        task = asyncio.create_task(threads.run(partial(release.wait, 30), reads=True))
        await asyncio.sleep(0)
        task.cancel()

    asyncio.run(give_up())
    release.set()
    assert asyncio.run(threads.run(lambda: "next", reads=True)) == "next"


def test_a_route_that_raises_stop_iteration_is_answered(threads: RouteThreads) -> None:
    async def call() -> None:
        with pytest.raises(RuntimeError, match="StopIteration"):
            await asyncio.wait_for(threads.run(lambda: next(iter(())), reads=True), 30)

    asyncio.run(call())


def test_a_system_without_threads_to_give_refuses_the_call_and_no_later_one(
    threads: RouteThreads, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    async def call() -> str:
        with monkeypatch.context() as exhausted:
            exhausted.setattr(threading.Thread, "start", refuse)
            for _ in range(route_threads.READING_SQLITE):
                with pytest.raises(RuntimeError, match="new thread"):
                    await threads.run(lambda: "first", reads=True)
        return await asyncio.wait_for(threads.run(lambda: "second", reads=True), 30)

    assert asyncio.run(call()) == "second"


def test_a_call_after_the_end_is_refused_and_does_not_wait() -> None:
    ended = RouteThreads()
    ended.close()
    with pytest.raises(RuntimeError, match="being stopped"):
        asyncio.run(ended.run(lambda: None, reads=True))
