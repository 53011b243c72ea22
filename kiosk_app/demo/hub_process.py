"""The demo's hub: a child process over its own folder, which can be killed and comes back on the same port."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

START_TIMEOUT_S = 60.0


class HubNotAvailable(RuntimeError):
    """The hub's program is not installed or did not start; the message is a sentence."""


class HubProcess:
    """Runs `doorward-hub` over `folder`. The station never imports the hub: it talks to this process as to any other."""

    def __init__(
        self, folder: Path, *, database_url: str = "", environment: Mapping[str, str] | None = None
    ) -> None:
        """Take the folder. `database_url`: PostgreSQL instead of a file in the folder; `environment` goes over this process's own."""
        self.folder = folder
        self._options = ["--data", str(folder), *(["--database-url", database_url] if database_url else [])]
        self._environment = {**os.environ, **(environment or {})}
        self._program = Path(sys.executable).with_name("doorward-hub")
        if not self._program.exists():
            raise HubNotAvailable("doorward-hub is not installed here: the demo needs the extra [hub] too.")
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port: int = probe.getsockname()[1]

    @property
    def url(self) -> str:
        """The address that the hub listens at."""
        return f"http://127.0.0.1:{self._port}"

    def command(self, *arguments: str) -> Any:
        """Run a command of the hub over the same folder; return its JSON answer.

        Raises:
            HubNotAvailable: the command failed; the message is its own.
        """
        result = subprocess.run(  # noqa: S603 -- our own program
            [str(self._program), *arguments, *self._options, "--json"],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            raise HubNotAvailable(result.stderr.strip() or f"doorward-hub {arguments[0]} failed.")
        return json.loads(result.stdout.strip().splitlines()[-1])

    def start(self) -> None:
        """Start the hub and wait until it answers.

        Raises:
            HubNotAvailable: it did not answer within a minute.
        """
        log = (self.folder / "hub.log").open("ab")
        self._process = subprocess.Popen(  # noqa: S603 -- our own program
            [str(self._program), "serve", *self._options, "--port", str(self._port)],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        log.close()
        with httpx.Client(timeout=1.0, trust_env=False) as client:
            deadline = time.monotonic() + START_TIMEOUT_S
            while time.monotonic() < deadline and self._process.poll() is None:
                with suppress(httpx.HTTPError):
                    if client.get(f"{self.url}/readyz").is_success:
                        return
                time.sleep(0.05)
        self.kill()
        raise HubNotAvailable(f"The hub did not start; see {self.folder / 'hub.log'}.")

    def kill(self) -> None:
        """Kill the hub (SIGKILL), as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """Stop the hub; kill it if it does not end within ten seconds."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def __enter__(self) -> Self:
        """Return itself; nothing runs yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the hub in any case."""
        self.stop()
