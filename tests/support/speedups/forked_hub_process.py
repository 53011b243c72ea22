"""The demo's hub process, quicker: its commands run in this process, and the hub is forked from one that has imported it."""

import signal
from pathlib import Path
from typing import Any

from kiosk_app.demo.hub_process import HubProcess
from tests.support.forked_commands import ForkedCommand, start_command
from tests.support.served_hub import run

_PATIENCE_S = 20.0


class ForkedHubProcess(HubProcess):
    """A `HubProcess` over a folder with a file for a database."""

    _forked: ForkedCommand | None = None

    def command(self, *arguments: str) -> Any:
        """Run a command of the hub over the same folder; return its JSON answer."""
        return run(*arguments, *self._options, **self._own_environment())

    def start(self) -> None:
        """Start the hub and wait until it answers."""
        folder = Path(self.folder)
        serve = ("serve", *self._options, "--port", self._port)
        self._forked = start_command(folder.parent, f"{folder.name}-hub", *serve, **self._own_environment())
        self._forked.first_output()

    def kill(self) -> None:
        """Kill the hub (SIGKILL), as a power cut would."""
        if (forked := self._forked) is not None:
            forked.kill()
            self._forked = None

    def stop(self) -> None:
        """Stop the hub; kill it if it does not end."""
        if (forked := self._forked) is not None:
            if forked.end(_PATIENCE_S, signal.SIGTERM) is None:
                forked.kill()
            self._forked = None

    def _own_environment(self) -> dict[str, str]:
        """Return what goes over the environment of the process that was imported."""
        names = ("QR_ENCRYPTION_KEY",)
        return {name: self._environment[name] for name in names if name in self._environment}
