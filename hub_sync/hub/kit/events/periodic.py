"""Doing something again and again while the hub runs."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from starlette.concurrency import run_in_threadpool


@asynccontextmanager
async def run_periodically(seconds: float, act: Callable[[], object]) -> AsyncIterator[None]:
    """Call `act` on a thread every so many seconds, until the block ends; a call that runs is waited for.

    `act` must not raise: there is nobody to tell.
    """

    async def tick() -> None:
        while True:
            await asyncio.sleep(seconds)
            await run_in_threadpool(act)

    task = asyncio.create_task(tick())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
