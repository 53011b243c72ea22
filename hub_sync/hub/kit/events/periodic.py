"""Call a function periodically while the hub runs."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import structlog
from starlette.concurrency import run_in_threadpool

log = structlog.get_logger(__name__)


@asynccontextmanager
async def run_periodically(seconds: float, act: Callable[[], object]) -> AsyncIterator[None]:
    """Call `act` on a thread every `seconds`, until the block ends; a call in progress is waited for.

    An exception is a bug of `act`: it is logged, and `act` is called again when it is due.
    """

    async def tick() -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await run_in_threadpool(act)
            except Exception:
                log.exception("periodic_task_failed", task=getattr(act, "__qualname__", repr(act)))

    task = asyncio.create_task(tick())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
