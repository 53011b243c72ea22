"""Wait for a store that can't be opened yet: a locked keyring, a full disk.

A kiosk that starts by itself has nobody who reads a terminal, so the window shows the sentence. The store is tried again in a
process of its own: a keyring that prompts keeps its caller for ever, and a store belongs to the thread that opened it.

A folder that another program has is no reason for a window: that program may be the station, which it would cover, and whose
scanner it would listen to. Such a start waits a moment for a program that is just ending, and ends with the sentence.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import structlog

from hub_sync.client.store import Store, StoreCause, StoreError, StoreFault
from kiosk_app.bootstrap.station import open_station_store
from kiosk_app.messages import GateReadiness, Publish

_log = structlog.get_logger()

RETRY_S = 5.0
ATTEMPT_TIMEOUT_S = 60.0
_PROGRAM = """
import contextlib, json, os, sys
from pathlib import Path
from hub_sync.client.store import StoreError
from kiosk_app.bootstrap.station import open_station_store
try:
    open_station_store(Path(sys.argv[1])).close()
except StoreError as error:
    with contextlib.suppress(OSError):  # the station was closed meanwhile
        os.write(1, json.dumps([error.fault, str(error), error.cause]).encode())
    os._exit(3)
"""


RUNNING_PATIENCE_S = 10.0
"""The time for which a start waits for another program that has the folder."""
RUNNING_ATTEMPTS = 3
"""Attempts in a row that meet another program, after which a station that waits for its store gives way to it."""


class StoreNotOpened(Exception):
    """The store could not be opened, and nobody knows why."""


def open_when_free(folder: Path, *, patience_s: float | None = None) -> Store:
    """Open the store of a folder; wait a moment if another program has it.

    Raises:
        StoreError: It can't be opened.
    """
    until = time.monotonic() + (RUNNING_PATIENCE_S if patience_s is None else patience_s)
    while True:
        try:
            return open_station_store(folder)
        except StoreError as error:
            if error.cause is not StoreCause.PROGRAM_RUNNING or time.monotonic() >= until:
                raise
        time.sleep(0.2)


def try_store(folder: Path) -> None:
    """Open the store of a folder in a process of its own, and close it.

    Raises:
        StoreError: It could not be opened.
        StoreNotOpened: It could not be opened, and the process did not say why.
    """
    try:
        attempt = subprocess.run(  # noqa: S603 -- our own text
            [sys.executable, "-c", _PROGRAM, str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            timeout=ATTEMPT_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StoreNotOpened from error
    if attempt.returncode == 0:
        return
    try:
        fault, sentence, cause = json.loads(attempt.stdout)
    except ValueError as error:
        raise StoreNotOpened from error
    raise StoreError(StoreFault(fault), sentence, StoreCause(cause) if cause else None)


class StoreWait:
    """Shows why the store can't be opened, and tries again until it can be, or another station has it; then calls `finish`."""

    def __init__(
        self,
        error: StoreError,
        attempt: Callable[[], None],
        publish: Publish,
        finish: Callable[[], None],
        *,
        interval: float | None = None,
    ) -> None:
        self._error, self._attempt = error, attempt
        self._publish, self._finish = publish, finish
        self._interval = RETRY_S if interval is None else interval
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="store wait", daemon=True)
        self.is_over = False
        """True if the store can be opened now."""

    def start(self) -> None:
        """Show the fault and start to try."""
        self._show()
        self._thread.start()

    def stop(self) -> None:
        """Try no more. Does not wait for an attempt that runs."""
        self._stopping.set()

    def _run(self) -> None:
        running = 0
        while not self._stopping.wait(self._interval) and running < RUNNING_ATTEMPTS:
            try:
                self._attempt()
            except StoreError as error:
                self._error = error
                running = running + 1 if error.cause is StoreCause.PROGRAM_RUNNING else 0
                self._show()
            except StoreNotOpened:
                self._show()
            except Exception:  # noqa: BLE001 -- a bug of the attempt; a station that tries no more never starts
                _log.exception("store_attempt_failed")
            else:
                self.is_over = True
                break
        self._finish()

    def _show(self) -> None:
        self._publish(GateReadiness.store_closed(self._error))
