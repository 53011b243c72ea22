"""Call a function periodically while the hub runs."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from starlette.concurrency import run_in_threadpool


@asynccontextmanager
async def run_periodically(seconds: float, act: Callable[[], object]) -> AsyncIterator[None]:
    """Call `act` on a thread every `seconds`, until the block ends; a call in progress is waited for.

    `act` must not raise.
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
