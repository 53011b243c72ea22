"""Wait for a store that can't be opened yet: a locked keyring, a full disk, another program.

A kiosk that starts by itself has nobody who reads a terminal, so the window shows the sentence. The store is tried again in a
process of its own: a keyring that prompts keeps its caller for ever, and a store belongs to the thread that opened it.
"""

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import structlog

from kiosk_app.messages import GateReadiness, Publish, ReadinessState

_log = structlog.get_logger()

RETRY_S = 5.0
ATTEMPT_TIMEOUT_S = 60.0
_PROGRAM = """
import sys
from pathlib import Path
from hub_sync.client.store import StoreError
from kiosk_app.bootstrap.station import open_station_store
try:
    open_station_store(Path(sys.argv[1])).close()
except StoreError as error:
    sys.stdout.write(str(error))
    sys.exit(3)
"""


class StoreNotOpened(Exception):
    """The store could not be opened; the message is the sentence for the operator, or empty."""


def try_store(folder: Path) -> None:
    """Open the store of a folder in a process of its own, and close it.

    Raises:
        StoreNotOpened: It could not be opened.
    """
    try:
        attempt = subprocess.run(  # noqa: S603 -- our own text
            [sys.executable, "-c", _PROGRAM, str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            timeout=ATTEMPT_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StoreNotOpened from error
    if attempt.returncode != 0:
        raise StoreNotOpened(attempt.stdout)


class StoreWait:
    """Shows why the store can't be opened, and tries again until it can be; then calls `finish`."""

    def __init__(
        self,
        sentence: str,
        attempt: Callable[[], None],
        publish: Publish,
        finish: Callable[[], None],
        *,
        interval: float | None = None,
    ) -> None:
        self._sentence, self._attempt = sentence, attempt
        self._publish, self._finish = publish, finish
        self._interval = RETRY_S if interval is None else interval
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="store wait", daemon=True)
        self.is_over = False

    def start(self) -> None:
        """Show the sentence and start to try."""
        self._show()
        self._thread.start()

    def stop(self) -> None:
        """Try no more. Does not wait for an attempt that runs."""
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.wait(self._interval):
            try:
                self._attempt()
            except StoreNotOpened as fault:
                self._sentence = str(fault) or self._sentence
                self._show()
            except Exception:  # noqa: BLE001 -- a bug of the attempt; a station that tries no more never starts
                _log.exception("store_attempt_failed")
            else:
                self.is_over = True
                self._finish()
                return

    def _show(self) -> None:
        self._publish(GateReadiness(ReadinessState.STORE_CLOSED, detail=self._sentence))
