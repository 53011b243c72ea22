"""The hub's commands in processes that are forked from one which has imported them: a start costs 0.3 s, not 2."""

import contextlib
import importlib
import json
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

_FORKS = multiprocessing.get_context("forkserver")
_OURS = ("DOORWARD_", "QR_ENCRYPTION_KEY", "SESSION_SECRET", "WEB_CONCURRENCY", "WEBHOOK_")
PATIENCE_S = 60.0

_PRELOADED = "tests.support.speedups.forked_hub"
"""The module that the fork server imports; the tests' own process does not need it."""
_FORKS.set_forkserver_preload([_PRELOADED])


@dataclass
class ForkedCommand:
    """A running command, and the JSON object that it prints once it is ready."""

    process: ForkServerProcess
    out: Path
    log: Path

    def first_output(self) -> dict[str, Any]:
        """Wait for the first line of output, and return it as JSON."""
        until = time.monotonic() + PATIENCE_S
        while True:
            line = self.out.read_text() if self.out.exists() else ""
            if line.endswith("\n"):
                output: dict[str, Any] = json.loads(line.splitlines()[0])
                return output
            assert self.process.is_alive(), self.log.read_text()
            assert time.monotonic() < until, "the command does not start"
            time.sleep(0.005)

    def send_signal(self, number: int) -> None:
        """Send a signal."""
        assert self.process.pid
        os.kill(self.process.pid, number)

    def poll(self) -> int | None:
        """Return the exit code, or None while the process runs."""
        return self.process.exitcode

    def wait(self, within_s: float) -> int:
        """Wait for the end, and return the exit code."""
        self.process.join(within_s)
        code = self.process.exitcode
        assert code is not None, "the command does not end"
        return code

    def kill(self) -> None:
        """Send SIGKILL, and wait for the end."""
        self.process.kill()
        self.process.join()

    def end(self, within_s: float = 20, by: signal.Signals = signal.SIGTERM) -> int | None:
        """Send a signal, and return the exit code, or None if the process does not end in time."""
        self.send_signal(by)
        self.process.join(within_s)
        return self.process.exitcode


def fork(function: Callable[..., None], *arguments: object) -> ForkServerProcess:
    """Call a function in a process that is forked from one which has imported the hub. Somebody has to kill it."""
    process = _FORKS.Process(target=function, args=arguments, daemon=True)
    process.start()
    return process


def start_command(folder: Path, name: str, *arguments: object, **environment: str) -> ForkedCommand:
    """Start a command of the hub with `--json`, its output and log in files of `folder`. Somebody has to kill it."""
    return start_command_line(folder, name, [*map(str, arguments), "--json"], environment)


def start_command_line(
    folder: Path, name: str, command: Sequence[str], environment: Mapping[str, str]
) -> ForkedCommand:
    """Start a command of the hub as it is written, with or without `--json`. Somebody has to kill it."""
    out, log = folder / f"{name}.out", folder / f"{name}.log"
    out.unlink(missing_ok=True)
    process = _FORKS.Process(target=_run, args=(command, dict(environment), str(out), str(log)), daemon=True)
    process.start()
    return ForkedCommand(process, out, log)


@contextlib.contextmanager
def forked_command(
    folder: Path, name: str, *arguments: object, **environment: str
) -> Iterator[ForkedCommand]:
    """Run a command as `start_command` does, and kill it at the end."""
    command = start_command(folder, name, *arguments, **environment)
    try:
        yield command
    finally:
        command.kill()


def _run(arguments: Sequence[str], environment: Mapping[str, str], out: str, log: str) -> None:
    """Run the command in the child process."""
    for name in [name for name in os.environ if name.startswith(_OURS)]:
        del os.environ[name]
    os.environ.update(environment)
    for file, to in ((out, 1), (log, 2)):
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(opened, to)
        os.close(opened)
    sys.stdout, sys.stderr = os.fdopen(1, "w", 1, closefd=False), os.fdopen(2, "w", 1, closefd=False)
    importlib.import_module(_PRELOADED).app(arguments)
