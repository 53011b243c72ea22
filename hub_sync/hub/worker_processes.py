"""Several processes behind one listening socket: a parent that answers nobody, and workers that are whole hubs.

The parent binds the socket and starts the workers (spawned: nothing is shared but the socket). One that dies is replaced.
Signals go to the parent; it asks the workers to stop and waits for them. Workers whose parent is gone stop by themselves.
"""

import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

import structlog
from prometheus_client.multiprocess import mark_process_dead

from hub_sync.contract.clock import SystemClock
from hub_sync.hub.app import create_app
from hub_sync.hub.kit import log_config
from hub_sync.hub.kit.settings import HubSettings
from hub_sync.hub.server import EXIT_INTERRUPTED, GRACE_S, HubServer, stopping_signals

log = structlog.get_logger(__name__)

GIVE_UP_AFTER = 3
"""Workers in a row that end before they answer."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 10.0
SETTLED_S = 5.0
"""A worker that lived as long is replaced at once."""
_LAST_S = 10.0
"""What workers get beyond their own time for stopping before they are killed."""


class WorkersFailed(Exception):
    """No worker comes up; one sentence for a person."""


def run_worker(settings: HubSettings, as_json: bool, listening: socket.socket, ready: Connection) -> None:
    """A worker's whole life."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the parent says when to stop
    os.umask(0o077)
    log_config.configure(as_json=as_json)
    app = create_app(settings, SystemClock())
    server = HubServer(app, lambda: ready.send(os.getpid()), exit_on_second_signal=False)
    threading.Thread(target=_stop_with_the_parent, daemon=True).start()
    server.serve_until_asked_to_stop(listening)


def _stop_with_the_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


@dataclass(slots=True)
class _Worker:
    process: SpawnProcess
    ready: Connection
    began: float
    answers: bool = False


@dataclass
class WorkerSupervisor:
    """The parent's part."""

    settings: HubSettings
    as_json: bool
    listening: socket.socket
    metrics_folder: str
    on_ready: Callable[[list[int]], None]
    """Told the workers' pids once, when all of them answer."""
    _alive: list[_Worker] = field(default_factory=list)
    _due: list[float] = field(default_factory=list)
    _failed: int = 0
    _told: bool = False
    _stopping: float | None = None
    _asked: int = 0
    _code: int = 0

    def run(self) -> int:
        """Serve until asked to stop; the exit code.

        Raises:
            WorkersEndAtOnce: they do.
        """
        woken, wake = os.pipe()

        def ask(*_: object) -> None:
            self._asked += 1
            os.write(wake, b".")

        for stopping in stopping_signals():
            signal.signal(stopping, ask)
        for _ in range(self.settings.workers):
            self._start()
        while self._alive or (self._due and self._stopping is None):
            waited_for = [woken, *(one.process.sentinel for one in self._alive)]
            waited_for += [one.ready for one in self._alive if not one.answers]  # type: ignore[misc]
            if woken in wait(waited_for, self._patience()):
                os.read(woken, 64)
            if self._asked > 1:
                return self._end_at_once()
            if self._asked and self._stopping is None:
                self._stop()
            self._look()
        if self._failed >= GIVE_UP_AFTER:
            raise WorkersFailed(
                f"{GIVE_UP_AFTER} workers in a row ended before they answered; what is above says why."
            )
        return self._code

    def _look(self) -> None:
        for one in list(self._alive):
            if not one.answers and one.ready.poll():
                with suppress(EOFError):
                    one.ready.recv()
                    one.answers, self._failed = True, 0
            if one.process.exitcode is not None:
                self._buried(one)
        if self._stopping is not None:
            if time.monotonic() > self._stopping:
                self._code = self._end_at_once()
            return
        now = time.monotonic()
        for due in [due for due in self._due if due <= now]:
            self._due.remove(due)
            self._start()
        everyone = [one.process.pid or 0 for one in self._alive if one.answers]
        if not self._told and len(everyone) == self.settings.workers:
            self._told = True
            self.on_ready(everyone)

    def _buried(self, one: _Worker) -> None:
        self._alive.remove(one)
        one.ready.close()
        mark_process_dead(one.process.pid, self.metrics_folder)  # type: ignore[no-untyped-call]
        if self._stopping is not None:
            if one.answers and one.process.exitcode:
                self._code = EXIT_INTERRUPTED
            return
        log.error("a worker ended", pid=one.process.pid, exit_code=one.process.exitcode, answered=one.answers)
        now = time.monotonic()
        if not one.answers:
            self._failed += 1
            if self._failed >= GIVE_UP_AFTER:
                self._stop()
                return
        settled = one.answers and now - one.began > SETTLED_S
        pause = 0.0 if settled else min(FIRST_PAUSE_S * 2**self._failed, LONGEST_PAUSE_S)
        self._due.append(now + pause)

    def _start(self) -> None:
        ready, said = multiprocessing.get_context("spawn").Pipe(duplex=False)
        process = multiprocessing.get_context("spawn").Process(
            target=run_worker,
            args=(self.settings, self.as_json, self.listening, said),
            name="doorward-hub worker",
        )
        process.start()
        said.close()
        self._alive.append(_Worker(process, ready, time.monotonic()))

    def _stop(self) -> None:
        self._stopping = time.monotonic() + self.settings.drain_s + GRACE_S + _LAST_S
        for one in self._alive:
            one.process.terminate()

    def _end_at_once(self) -> int:
        log.warning("workers are ended as they stand", pids=[one.process.pid for one in self._alive])
        for one in self._alive:
            one.process.kill()
            one.process.join()
        self._alive.clear()
        return EXIT_INTERRUPTED

    def _patience(self) -> float | None:
        times = [*self._due, *([self._stopping] if self._stopping is not None else [])]
        return max(0.0, min(times) - time.monotonic()) if times else None
