"""A station whose store can't be opened: the window says why, and the station starts once it can be."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub_sync.client.store.disk.keystore import KEY_FILE
from kiosk_app.bootstrap import store_wait
from kiosk_app.bootstrap.store_wait import StoreNotOpened, StoreWait, try_store
from kiosk_app.messages import GateReadiness, ReadinessState, WorkerMessage
from tests.support.builders.station import build_gate


def test_each_reason_is_shown_until_the_store_opens() -> None:
    faults: Iterator[str | None] = iter(["The keyring is locked.", "", "The disk is full.", None])
    messages: list[WorkerMessage] = []
    finished = threading.Event()

    def attempt() -> None:
        if (fault := next(faults)) is not None:
            raise StoreNotOpened(fault)

    wait = StoreWait("The keyring is locked.", attempt, messages.append, finished.set, interval=0.001)
    wait.start()
    assert finished.wait(10)
    assert wait.is_over
    assert messages == [
        GateReadiness(ReadinessState.STORE_CLOSED, detail=sentence)
        for sentence in (*["The keyring is locked."] * 3, "The disk is full.")
    ]


def test_a_store_is_tried_in_a_process_of_its_own(tmp_path: Path) -> None:
    build_gate(tmp_path, []).store.close()
    try_store(tmp_path)
    (tmp_path / KEY_FILE).chmod(0o644)
    with pytest.raises(StoreNotOpened, match="may be read by others"):
        try_store(tmp_path)


STATION = """
import sys
from kiosk_app.bootstrap import store_wait
from kiosk_app.commands import run
from kiosk_app.commands.cli import app
from kiosk_app.screens.gate.screen import GateScreen
store_wait.RETRY_S = 0.1
receive = GateScreen.receive
def tell(self, message):
    receive(self, message)
    verdict = self.presenter.state.verdict
    print("CARD", verdict.word if verdict else "", verdict.note if verdict else "", flush=True)
GateScreen.receive = tell
run.restart = lambda: sys.exit(77)
app(["run", "--window", "--data", sys.argv[1], "--language", "en"])
"""


def test_a_station_whose_store_cannot_be_opened_shows_a_card_and_starts_once_it_can(tmp_path: Path) -> None:
    build_gate(tmp_path, []).store.close()
    key = tmp_path / KEY_FILE
    key.chmod(0o644)
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    with subprocess.Popen(
        [sys.executable, "-c", STATION, str(tmp_path)], stdout=subprocess.PIPE, text=True, env=environment
    ) as station:
        assert station.stdout is not None
        card = next((line for line in station.stdout if line.startswith("CARD")), "")
        assert "OUT OF ORDER" in card
        assert "may be read by others" in card
        key.chmod(0o600)
        station.stdout.read()
        assert station.wait(30) == 77


def test_a_window_that_is_closed_meanwhile_ends_the_station_with_its_fault(tmp_path: Path) -> None:
    build_gate(tmp_path, []).store.close()
    (tmp_path / KEY_FILE).chmod(0o644)
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    with subprocess.Popen(
        [sys.executable, "-c", STATION, str(tmp_path)], stdout=subprocess.PIPE, text=True, env=environment
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

    StoreWait("The keyring is locked.", attempt, lambda _: None, finished.set, interval=0.001).start()
    assert finished.wait(10)


def test_a_keyring_that_waits_for_a_person_ends_the_attempt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_wait, "_PROGRAM", "import time; time.sleep(60)")
    monkeypatch.setattr(store_wait, "ATTEMPT_TIMEOUT_S", 0.3)
    with pytest.raises(StoreNotOpened, match=r"^$"):
        try_store(tmp_path)
