"""Processes of a program that is killed again and again; the next one starts while the current one runs."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0


@dataclass
class KillableProcess:
    """A process whose output a thread reads, so that it never waits for its reader."""

    process: "subprocess.Popen[str]"
    lines: list[str] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _listener: threading.Thread | None = None

    def listen(self) -> None:
        """Start to read the output."""
        self._listener = threading.Thread(target=self._read, daemon=True)
        self._listener.start()

    def write_lines(self, lines: list[str]) -> None:
        """Write to stdin; if the process is dead the lines are lost."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write("".join(f"{line}\n" for line in lines))
            self.process.stdin.flush()

    def wait_for(self, line: str) -> bool:
        """Wait until a line is printed. Return False if it does not come in time."""
        with self._changed:
            return self._changed.wait_for(lambda: line in self.lines, PATIENCE_S)

    def kill(self) -> list[str]:
        """Send SIGKILL. Return all complete lines of output."""
        self.process.kill()
        return self.end()

    def end(self) -> list[str]:
        """Close stdin and wait for the end. Return all lines of output."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait(PATIENCE_S)
        assert self._listener is not None
        self._listener.join()
        return self.lines

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.endswith("\n"):
                with self._changed:
                    self.lines.append(line.rstrip("\n"))
                    self._changed.notify_all()
        self.process.stdout.close()


@contextlib.contextmanager
def process_runs(program: Path, *arguments: str, log: Path) -> Iterator[Iterator[KillableProcess]]:
    """Yield processes of a Python program, any number; at the end all are killed. Their stderr goes to `log`."""
    processes: list[KillableProcess] = []
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    def start_process() -> KillableProcess:
        with log.open("ab") as errors:
            process = subprocess.Popen(
                [sys.executable, str(program), *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=environment,
            )
        processes.append(KillableProcess(process))
        processes[-1].listen()
        return processes[-1]

    def successive_processes() -> Iterator[KillableProcess]:
        next_process = start_process()
        while True:
            current, next_process = next_process, start_process()
            yield current

    try:
        yield successive_processes()
    finally:
        for current in processes:
            if current.process.poll() is None:
                current.kill()


def monotonic_to_boot_ms() -> float:
    """Return the milliseconds from `time.monotonic` to the stations' monotonic clock."""
    return (time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic()) * 1000


def end_at_once(*_: object) -> None:
    """End the process as a worker that fails does. A spawned process imports this module only, not the hub."""
    os._exit(3)
