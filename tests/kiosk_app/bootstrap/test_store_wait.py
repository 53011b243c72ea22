"""A station whose store can't be opened: the window says why, and the station starts once it can be."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub_sync.client.store import StoreCause, StoreError, StoreFault
from hub_sync.client.store.disk.keystore import KEY_FILE
from kiosk_app.bootstrap import store_wait
from kiosk_app.bootstrap.store_wait import (
    RUNNING_ATTEMPTS,
    StoreNotOpened,
    StoreWait,
    open_when_free,
    try_store,
)
from kiosk_app.messages import GateReadiness, WorkerMessage
from tests.support.builders.station import build_gate, reopen_store


def test_each_reason_is_shown_until_the_store_opens() -> None:
    locked = StoreError(StoreFault.KEY, "The keyring is locked.", StoreCause.KEYRING_LOCKED)
    full = StoreError(StoreFault.FULL)
    faults: Iterator[Exception | None] = iter([locked, StoreNotOpened(), full, None])
    messages: list[WorkerMessage] = []
    finished = threading.Event()

    def attempt() -> None:
        if (fault := next(faults)) is not None:
            raise fault

    wait = StoreWait(locked, attempt, messages.append, finished.set, interval=0.001)
    wait.start()
    assert finished.wait(10)
    assert wait.is_over
    assert messages == [GateReadiness.store_closed(error) for error in (locked, locked, locked, full)]


def test_a_wait_ends_where_another_station_has_opened_the_store() -> None:
    finished = threading.Event()
    attempts: list[str] = []

    def attempt() -> None:
        attempts.append("attempt")
        raise StoreError(StoreFault.LOCKED, "It runs.", StoreCause.PROGRAM_RUNNING)

    wait = StoreWait(StoreError(StoreFault.IO), attempt, lambda _: None, finished.set, interval=0.001)
    wait.start()
    assert finished.wait(10)
    assert (wait.is_over, len(attempts)) == (False, RUNNING_ATTEMPTS)


def test_a_second_start_of_a_station_opens_no_window_over_the_first(tmp_path: Path) -> None:
    build_gate(tmp_path, []).store.close()
    with reopen_store(tmp_path):
        second = subprocess.run(
            [sys.executable, "-c", STATION, str(tmp_path)],
            capture_output=True,
            text=True,
            env=OFFSCREEN,
            check=False,
        )
    assert (second.returncode, second.stdout) == (1, "")
    assert "Another program of this station is running" in second.stderr


def test_a_start_waits_for_a_station_that_is_just_ending(tmp_path: Path) -> None:
    first = build_gate(tmp_path, []).store
    with pytest.raises(StoreError, match="running"):
        open_when_free(tmp_path, patience_s=0)
    threading.Timer(0.1, first._lock.release).start()  # type: ignore[union-attr]
    with open_when_free(tmp_path) as opened:
        assert opened.journal.backlog().rows == 0
    first.close()


def test_a_folder_that_cannot_be_used_is_a_fault_with_a_card(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreError) as raised:
        open_when_free(tmp_path / "file")
    assert raised.value.cause is StoreCause.FOLDER_UNUSABLE


@pytest.mark.thorough
def test_a_store_is_tried_in_a_process_of_its_own(tmp_path: Path) -> None:
    build_gate(tmp_path, []).store.close()
    try_store(tmp_path)
    (tmp_path / KEY_FILE).chmod(0o644)
    with pytest.raises(StoreError, match="may be read by others") as raised:
        try_store(tmp_path)
    assert (raised.value.fault, raised.value.cause) == (StoreFault.KEY, StoreCause.KEY_READABLE)


STATION = """
import sys
from kiosk_app.bootstrap import store_wait
from kiosk_app.commands import run
from kiosk_app.commands.cli import app
from kiosk_app.screens.gate.screen import GateScreen
store_wait.RETRY_S = store_wait.RUNNING_PATIENCE_S = 0.1
receive = GateScreen.receive
def tell(self, message):
    receive(self, message)
    verdict = self.presenter.state.verdict
    print("CARD", verdict.word if verdict else "", verdict.note if verdict else "", flush=True)
GateScreen.receive = tell
run.start_again = lambda: sys.exit(77)
app(["run", "--window", "--data", sys.argv[1], "--language", "de"])
"""
OFFSCREEN = os.environ | {"QT_QPA_PLATFORM": "offscreen"}


def test_a_station_whose_store_cannot_be_opened_shows_a_card_and_starts_once_it_can(tmp_path: Path) -> None:
    build_gate(tmp_path, []).store.close()
    key = tmp_path / KEY_FILE
    key.chmod(0o644)
    with subprocess.Popen(
        [sys.executable, "-c", STATION, str(tmp_path)], stdout=subprocess.PIPE, text=True, env=OFFSCREEN
    ) as station:
        assert station.stdout is not None
        card = next((line for line in station.stdout if line.startswith("CARD")), "")
        assert "AUSSER BETRIEB" in card
        assert "Andere dürfen die Schlüsseldatei" in card
        key.chmod(0o600)
        station.stdout.read()
        assert station.wait(30) == 77


@pytest.mark.thorough
def test_a_window_that_is_closed_meanwhile_ends_the_station_with_its_fault(tmp_path: Path) -> None:
    build_gate(tmp_path, []).store.close()
    (tmp_path / KEY_FILE).chmod(0o644)
    with subprocess.Popen(
        [sys.executable, "-c", STATION, str(tmp_path)], stdout=subprocess.PIPE, text=True, env=OFFSCREEN
    ) as station:
        assert station.stdout is not None
        assert next(line for line in station.stdout if line.startswith("CARD"))
        station.send_signal(signal.SIGTERM)
        assert station.wait(30) == 1


def test_an_attempt_that_nobody_foresaw_ends_no_wait() -> None:
    faults: Iterator[Exception | None] = iter([ValueError("a bug"), None])
    finished = threading.Event()

    def attempt() -> None:
        if (fault := next(faults)) is not None:
            raise fault

    StoreWait(StoreError(StoreFault.IO), attempt, lambda _: None, finished.set, interval=0.001).start()
    assert finished.wait(10)


def test_a_keyring_that_waits_for_a_person_ends_the_attempt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_wait, "_PROGRAM", "import time; time.sleep(60)")
    monkeypatch.setattr(store_wait, "ATTEMPT_TIMEOUT_S", 0.3)
    with pytest.raises(StoreNotOpened):
        try_store(tmp_path)
