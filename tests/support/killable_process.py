"""The lives of a program that is killed over and over: the next is being imported while one runs."""

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
    """One process. What it says is read by a thread, so that it never waits for its reader."""

    process: "subprocess.Popen[str]"
    lines: list[str] = field(default_factory=list)
    _heard: threading.Condition = field(default_factory=threading.Condition)
    _listener: threading.Thread | None = None

    def listen(self) -> None:
        """Begin to read."""
        self._listener = threading.Thread(target=self._read, daemon=True)
        self._listener.start()

    def write_lines(self, lines: list[str]) -> None:
        """Write to its stdin; what a dead one does not take is lost."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write("".join(f"{line}\n" for line in lines))
            self.process.stdin.flush()

    def wait_for(self, line: str) -> bool:
        """Until it has said so."""
        with self._heard:
            return self._heard.wait_for(lambda: line in self.lines, PATIENCE_S)

    def kill(self) -> list[str]:
        """SIGKILL; returns all that it had said, a line cut in two left out."""
        self.process.kill()
        return self.end()

    def end(self) -> list[str]:
        """Close its stdin and wait for the end; returns all that it said."""
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
                with self._heard:
                    self.lines.append(line.rstrip("\n"))
                    self._heard.notify_all()
        self.process.stdout.close()


@contextlib.contextmanager
def process_runs(program: Path, *arguments: str, log: Path) -> Iterator[Iterator[KillableProcess]]:
    """Lives of a Python program, as many as are asked for; none is left behind. Their stderr goes to `log`."""
    born: list[KillableProcess] = []
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    def bear() -> KillableProcess:
        with log.open("ab") as errors:
            process = subprocess.Popen(
                [sys.executable, str(program), *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=environment,
            )
        born.append(KillableProcess(process))
        born[-1].listen()
        return born[-1]

    def one_after_the_other() -> Iterator[KillableProcess]:
        following = bear()
        while True:
            life, following = following, bear()
            yield life

    try:
        yield one_after_the_other()
    finally:
        for life in born:
            if life.process.poll() is None:
                life.kill()


def monotonic_to_boot_ms() -> float:
    """What to add to `time.monotonic` in milliseconds for the stations' monotonic clock."""
    return (time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic()) * 1000
