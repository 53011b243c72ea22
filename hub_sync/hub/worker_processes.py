"""Several processes behind one listening socket: a parent that answers no request, and workers that are whole hubs.

The parent binds the socket and starts the workers (spawned: they share nothing but the socket). A worker that dies is
replaced. Signals go to the parent, which stops the workers and waits for them. Workers whose parent is gone stop.
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
from hub_sync.hub.cpu_affinity import least_used, pin_thread
from hub_sync.hub.kit import log_config
from hub_sync.hub.kit.settings import CpuAffinity, HubSettings
from hub_sync.hub.server import EXIT_INTERRUPTED, GRACE_S, HubServer, stopping_signals

log = structlog.get_logger(__name__)

GIVE_UP_AFTER = 3
"""The number of consecutive workers that may end before they answer."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 10.0
SETTLED_S = 5.0
"""A worker that ran as long is replaced at once."""
_LAST_S = 10.0
"""Seconds beyond the workers' own shutdown time before they are killed."""


class WorkersFailed(Exception):
    """No worker starts; the message is one sentence for a person."""


def run_worker(
    settings: HubSettings, as_json: bool, listening: socket.socket, ready: Connection, cpu: int | None
) -> None:
    """Run a worker until it is stopped; `cpu` is the one that it stays on, None: any."""
    if cpu is not None:
        pin_thread(cpu)
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
    cpu: int | None
    """The CPU that it stays on; None: any."""
    answers: bool = False


@dataclass
class WorkerSupervisor:
    """The parent process: starts, replaces and stops the workers."""

    settings: HubSettings
    as_json: bool
    listening: socket.socket
    metrics_folder: str
    on_ready: Callable[[list[int]], None]
    """Called once with the workers' pids, when all of them answer."""
    _alive: list[_Worker] = field(default_factory=list)
    _due: list[float] = field(default_factory=list)
    _failed: int = 0
    _is_ready: bool = False
    _stopping: float | None = None
    _stop_signals: int = 0
    _code: int = 0

    def run(self) -> int:
        """Serve until stopped; return the exit code.

        Raises:
            WorkersFailed: several workers in a row ended before they answered.
        """
        woken, wake = os.pipe()

        def count_signal(*_: object) -> None:
            self._stop_signals += 1
            os.write(wake, b".")

        for stopping in stopping_signals():
            signal.signal(stopping, count_signal)
        for _ in range(self.settings.workers):
            self._start()
        while self._alive or (self._due and self._stopping is None):
            waitables = [woken, *(worker.process.sentinel for worker in self._alive)]
            waitables += [worker.ready for worker in self._alive if not worker.answers]  # type: ignore[misc]
            if woken in wait(waitables, self._timeout()):
                os.read(woken, 64)
            if self._stop_signals > 1:
                return self._end_at_once()
            if self._stop_signals and self._stopping is None:
                self._stop()
            self._check_workers()
        if self._failed >= GIVE_UP_AFTER:
            raise WorkersFailed(
                f"{GIVE_UP_AFTER} workers in a row ended before they answered; what is above says why."
            )
        return self._code

    def _check_workers(self) -> None:
        for worker in list(self._alive):
            if not worker.answers and worker.ready.poll():
                with suppress(EOFError):
                    worker.ready.recv()
                    worker.answers, self._failed = True, 0
            if worker.process.exitcode is not None:
                self._handle_exit(worker)
        if self._stopping is not None:
            if time.monotonic() > self._stopping:
                self._code = self._end_at_once()
            return
        now = time.monotonic()
        for due in [due for due in self._due if due <= now]:
            self._due.remove(due)
            self._start()
        pids = [worker.process.pid or 0 for worker in self._alive if worker.answers]
        if not self._is_ready and len(pids) == self.settings.workers:
            self._is_ready = True
            self.on_ready(pids)

    def _handle_exit(self, worker: _Worker) -> None:
        self._alive.remove(worker)
        worker.ready.close()
        mark_process_dead(worker.process.pid, self.metrics_folder)  # type: ignore[no-untyped-call]
        if self._stopping is not None:
            if worker.answers and worker.process.exitcode:
                self._code = EXIT_INTERRUPTED
            return
        log.error(
            "worker_ended",
            pid=worker.process.pid,
            exit_code=worker.process.exitcode,
            answered=worker.answers,
        )
        now = time.monotonic()
        if not worker.answers:
            self._failed += 1
            if self._failed >= GIVE_UP_AFTER:
                self._stop()
                return
        settled = worker.answers and now - worker.began > SETTLED_S
        pause = 0.0 if settled else min(FIRST_PAUSE_S * 2**self._failed, LONGEST_PAUSE_S)
        self._due.append(now + pause)

    def _start(self) -> None:
        is_pinned = self.settings.cpu_affinity is CpuAffinity.ONE
        cpu = least_used(worker.cpu for worker in self._alive) if is_pinned else None
        ready, worker_end = multiprocessing.get_context("spawn").Pipe(duplex=False)
        process = multiprocessing.get_context("spawn").Process(
            target=run_worker,
            args=(self.settings, self.as_json, self.listening, worker_end, cpu),
            name="doorward-hub worker",
        )
        process.start()
        worker_end.close()
        self._alive.append(_Worker(process, ready, time.monotonic(), cpu))

    def _stop(self) -> None:
        self._stopping = time.monotonic() + self.settings.drain_s + GRACE_S + _LAST_S
        for worker in self._alive:
            worker.process.terminate()

    def _end_at_once(self) -> int:
        log.warning("workers_killed", pids=[worker.process.pid for worker in self._alive])
        for worker in self._alive:
            worker.process.kill()
            worker.process.join()
        self._alive.clear()
        return EXIT_INTERRUPTED

    def _timeout(self) -> float | None:
        times = [*self._due, *([self._stopping] if self._stopping is not None else [])]
        return max(0.0, min(times) - time.monotonic()) if times else None
