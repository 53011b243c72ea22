"""A periodic task, or a job, that fails once goes on."""

import asyncio
import threading
from pathlib import Path
from typing import Any

from hub_sync.hub import domains
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.events.notifier import Notification, Notifier
from hub_sync.hub.kit.events.periodic import PeriodicJob, run_periodically


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


class Failing(PeriodicJob):
    """A job whose first looks fail, with and without a text."""

    name = "failing"
    interval_s = 0.001
    begins_at_once = True

    def __init__(self, notifier: Notifier | None = None) -> None:
        super().__init__(notifier, ("TeaMade",))
        self.looks = 0
        self.has_recovered = threading.Event()

    def run_once(self) -> None:
        """Fail four times."""
        self.looks += 1
        if self.looks <= 4:
            raise (HubError(), LookupError(), LookupError(""), RuntimeError("a bug"))[self.looks - 1]
        self.has_recovered.set()


class WatchedNotifier(Notifier):
    """A notifier that says when somebody listens."""

    def __init__(self) -> None:
        super().__init__()
        self.has_subscriber = threading.Event()

    def add_subscriber(self, kind: type[Any], subscriber: Any) -> None:
        """Add the subscriber."""
        super().add_subscriber(kind, subscriber)
        self.has_subscriber.set()


class Waiting(Failing):
    """A job that nothing but a domain event wakes."""

    interval_s = 3_600.0
    begins_at_once = False

    def run_once(self) -> None:
        """Say that it was woken."""
        self.has_recovered.set()


def test_no_error_ends_the_thread_of_a_job() -> None:
    job = Failing()
    job.start()
    assert job.has_recovered.wait(60)
    job.stop()
    assert job.is_stopping


def test_jobs_of_domains_have_no_thread_that_an_error_could_end() -> None:
    """A busy database ended the thread that deletes registrations which nobody confirmed."""
    jobs = (
        path
        for path in Path(domains.__file__).parent.rglob("*.py")
        if "jobs" in (path.stem, path.parent.name)
    )
    assert [path for path in jobs if "threading.Thread(" in path.read_text()] == []


def test_a_job_is_woken_by_its_domain_event_and_ends_while_it_waits() -> None:
    notifier = WatchedNotifier()
    job = Waiting(notifier)
    job.start()
    assert notifier.has_subscriber.wait(60)
    notifier.publish([Notification("t", "CakeMade")])
    assert not job.has_recovered.is_set()
    notifier.publish([Notification("t", "TeaMade")])
    assert job.has_recovered.wait(60)
    job.stop()
    assert not notifier._subscribers
