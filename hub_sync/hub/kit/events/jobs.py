"""Background work: what a hub process does beside answering. A domain's `jobs.py` has `jobs(hub) -> list[Job]`."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Protocol


class Job(Protocol):
    """Something that works on a thread of its own until it is told to stop."""

    def start(self) -> None:
        """Begin; returns at once."""

    def stop(self) -> None:
        """End in good order, and return when that is done; what can't be ended is left for who comes next."""


@contextmanager
def running_jobs(jobs: Iterable[Job]) -> Iterator[None]:
    """Have them work while the block runs."""
    with ExitStack() as ends:
        for job in jobs:
            job.start()
            ends.callback(job.stop)
        yield
