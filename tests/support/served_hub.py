"""A hub as a process of its own, and callers that do not let go."""

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import httpx
from typer.testing import CliRunner

from hub_sync.contract.sync import BOOT_HEADER
from hub_sync.hub.commands.cli import app
from hub_sync.hub.commands.common import open_hub, select_tenant
from hub_sync.hub.domains.api_keys import service as api_keys
from tests.support.forked_commands import forked_command

COMMAND = [sys.executable, "-m", "hub_sync.hub.commands.cli"]
OURS = ("DOORWARD_", "QR_ENCRYPTION_KEY", "SESSION_SECRET", "WEB_CONCURRENCY")


def environment(**more: str) -> dict[str, str]:
    """Return the environment of the tests without variables that configure a hub."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)} | more


@dataclass(frozen=True)
class CommandResult:
    """What came of a command."""

    code: int
    out: str
    err: str


def command(*arguments: object, **more: str) -> CommandResult:
    """Run a command in this process: a Python that starts anew for each would take minutes."""
    absent: dict[str, str | None] = dict.fromkeys(name for name in os.environ if name.startswith(OURS))
    before = os.umask(0o022)  # the commands tighten the umask of their process
    try:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments], env=absent | more)
    finally:
        os.umask(before)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return CommandResult(result.exit_code, result.stdout, result.stderr)


def run(*arguments: object, **more: str) -> dict[str, Any]:
    """Run a command, and return its JSON output."""
    done = command(*arguments, "--json", **more)
    assert done.code == 0, done.err
    answer: dict[str, Any] = json.loads(done.out.splitlines()[-1])
    return answer


def refused(saying: str, *arguments: object, **more: str) -> None:
    """Check that a command fails with this message on stderr and nothing on stdout."""
    done = command(*arguments, **more)
    assert (done.code, done.out) == (1, "")
    assert saying in done.err


class HubProcess(Protocol):
    """What tests do with the process of a hub."""

    def send_signal(self, number: int, /) -> None:
        """Send a signal."""

    def poll(self) -> int | None:
        """Return the exit code, or None while the process runs."""

    def wait(self, within_s: float, /) -> int:
        """Wait for the end, and return the exit code."""

    def kill(self) -> None:
        """Send SIGKILL."""


@dataclass
class ServedHub:
    """A hub that serves."""

    process: HubProcess
    url: str
    pids: list[int]
    log_file: Path

    def log(self) -> list[dict[str, Any]]:
        """Return the log entries."""
        return [json.loads(line) for line in self.log_file.read_text().splitlines() if line.startswith("{")]

    def end(self, signal_: int, within_s: float = 20) -> int:
        """Ask it to stop; its exit code."""
        self.process.send_signal(signal_)
        return self.process.wait(within_s)


@contextmanager
def serving(data: Path, *arguments: object, **more: str) -> Iterator[ServedHub]:
    """Serve a hub on a free port, in a process that is forked from one which has imported the hub."""
    (data.parent / f"{data.name}.log").unlink(missing_ok=True)
    serve = ("serve", "--data", data, "--port", 0, *arguments)
    with forked_command(data.parent, data.name, *serve, **more) as command:
        output = command.first_output()
        yield ServedHub(command, output["listening"], output["pids"], command.log)


@contextmanager
def serving_program(
    data: Path, *arguments: object, program: Sequence[str] = COMMAND, **more: str
) -> Iterator[ServedHub]:
    """Serve a hub as `serving` does, by a program that starts anew: two seconds of imports."""
    log_file = data.parent / f"{data.name}.log"
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            [*program, "serve", "--data", str(data), "--port", "0", "--json", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=log,
            env=environment(**more),
        )
        try:
            assert process.stdout
            line = process.stdout.readline()
            assert line, log_file.read_text()
            output = json.loads(line)
            yield ServedHub(process, output["listening"], output["pids"], log_file)
        finally:
            process.kill()
            process.communicate()


@dataclass
class CallingThreads:
    """Threads that call again and again, and what they were answered."""

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def calling(self, *acts: Callable[[httpx.Client], httpx.Response]) -> Iterator[None]:
        """Call while the block runs."""
        threads = [threading.Thread(target=self._call, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def _call(self, act: Callable[[httpx.Client], httpx.Response]) -> None:
        with httpx.Client(timeout=20) as client:
            while not self._over.is_set():
                try:
                    answer = act(client)
                    self.answers[answer.request.url.path, answer.status_code] += 1
                except httpx.HTTPError as error:
                    self.broken.append(repr(error))
                time.sleep(0.002)

    def statuses(self) -> set[int]:
        """Return the statuses of all responses."""
        return {status for _, status in self.answers}


def enrol(url: str, where: tuple[object, ...]) -> dict[str, str]:
    """Enrol a station at the demo event, and return the headers of its calls."""
    code = run("device", "enrol-code", *where, "--event", "demo-fair")["code"]
    enrolled = httpx.post(f"{url}/api/v1/sync/enrol", json={"token": code, "serial": code}).json()
    return {"Authorization": f"Bearer {enrolled['credential']}", BOOT_HEADER: "boot"}


def make_key(data: Path, database_url: str, *permissions: str) -> dict[str, str]:
    """Create an API key of the only tenant, and return the header that carries it."""
    with open_hub(data, database_url) as hub, hub.uow.begin() as work:
        new = api_keys.NewApiKey(name="tests", permissions=list(permissions))
        _, raw = api_keys.create(work, select_tenant(work, None).id, new)
    return {"X-API-Key": raw}
