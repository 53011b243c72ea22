"""Background jobs of a hub process. A domain's `jobs.py` has `jobs(hub) -> list[Job]`."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Protocol


class Job(Protocol):
    """A job that runs on a thread of its own until it is stopped."""

    def start(self) -> None:
        """Start; return at once."""

    def stop(self) -> None:
        """Stop, and return once the job has ended; work that can't be finished is left to the next process."""


@contextmanager
def running_jobs(jobs: Iterable[Job]) -> Iterator[None]:
    """Run the jobs until the block ends."""
    with ExitStack() as ends:
        for job in jobs:
            job.start()
            ends.callback(job.stop)
        yield
