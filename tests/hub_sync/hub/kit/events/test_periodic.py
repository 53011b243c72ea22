"""A periodic task that fails once goes on."""

import asyncio

from hub_sync.hub.kit.events.periodic import run_periodically


def test_a_task_that_raises_is_called_again() -> None:
    calls: list[int] = []

    async def run() -> None:
        loop, third_call = asyncio.get_running_loop(), asyncio.Event()

        def act() -> None:
            calls.append(1)
            if len(calls) == 3:
                loop.call_soon_threadsafe(third_call.set)
            raise KeyError("a fault that nobody foresaw")

        async with run_periodically(0.001, act):
            await asyncio.wait_for(third_call.wait(), 10)

    asyncio.run(run())
    assert len(calls) >= 3
