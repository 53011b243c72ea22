"""A station's life as the hub commands it: the program that ships, in a process of its own, over a hub in a process of its own.

Enrol, run, lock, unlock, rotate the key, revoke while it is offline, wipe. Codes come on stdin, as typed ones.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub_sync.client.enrolment import enrol, parse_enrolment_code
from hub_sync.client.fleet.wipe import is_wipe_begun
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store import FileKeyStore, open_store
from hub_sync.contract.clock import SystemClock
from hub_sync.contract.ids import new_id
from tests.hub_sync.client.hub_process import RealHub
from tests.support.served_hub import make_key

PATIENCE_S = 60.0
POLL_S = 0.7
"""Between two calls of the API, which takes a hundred a minute."""
PROGRAM = """
import json, os, sys, threading
from hub_sync.contract import clock
from kiosk_app.bootstrap import application
from kiosk_app.commands.cli import app
from kiosk_app.messages import (
    ActiveAlarms, CodeCaptured, EnrolmentUpdate, GateOutcome, GateReadiness, IdentifyStation, Notice, SubmitCode
)

boot = os.environ.get("TEST_BOOT")
if boot:
    clock._read_boot_id = lambda: boot  # another machine
build = application.build_application

def say(message):
    told = None
    if isinstance(message, GateOutcome):
        told = {"scan": message.decision.reason, "row": message.sequence}
    elif isinstance(message, GateReadiness):
        told = {"state": message.state}
    elif isinstance(message, IdentifyStation):
        told = {"identify": message.name}
    elif isinstance(message, ActiveAlarms):
        told = {"cloned": message.cloned, "station": message.station}
    elif isinstance(message, EnrolmentUpdate):
        told = {"enrolled": message.name, "problem": message.problem}
    elif isinstance(message, Notice):
        told = {"notice": message.value}
    if told is not None:
        print(json.dumps(told), flush=True)

def build_and_tell(*arguments, **words):
    built = build(*arguments, **words)
    run, publish = built.run, built.publish
    def tell(message):
        say(message)
        publish(message)
    built.__class__ = type("Told", (built.__class__,), {"publish": property(lambda self: tell)})
    def run_and_read(submit):
        def read():
            while line := os.read(0, 65536).decode():
                for code in line.splitlines():
                    if code.startswith("{"):
                        built.publish(CodeCaptured(code))
                    else:
                        submit(SubmitCode(code))
        threading.Thread(target=read, daemon=True).start()
        return run(submit)
    built.run = run_and_read
    return built

application.build_application = build_and_tell
app(["run", "--window", "--camera", "", "--data", sys.argv[1]])
"""


class Program:
    """The station's program, with what it has said so far."""

    def __init__(self, folder: Path, boot: str = "") -> None:
        self.folder = folder
        environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "DOORWARD_SOUND": "false"}
        if boot:
            environment |= {"TEST_BOOT": boot}
        self.said = folder.parent / f"{folder.name}.said"
        with self.said.open("ab") as out, (folder.parent / f"{folder.name}.err").open("ab") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, str(folder)],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=err,
                env=environment,
            )

    def scan(self, code: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{code}\n".encode())
        self.process.stdin.flush()

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.said.read_text().splitlines()]

    def last(self, key: str) -> Any:
        return next((line[key] for line in reversed(self.lines()) if key in line), None)

    def is_said(self, key: str, value: object) -> bool:
        return bool(self.last(key) == value)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        if self.process.stdin is not None:
            self.process.stdin.close()


class Fleet:
    """A hub, its API, and one station."""

    def __init__(self, folder: Path, hub: RealHub, api: httpx.Client) -> None:
        self.hub, self.api, self.folder = hub, api, folder / "station"
        self.enrol()
        self.before = 0
        self.before = self.scans()

    def enrolment_code(self) -> str:
        """Return the text of a new QR code."""
        words = ("device", "enrol-code", "--event", "demo-fair", "--checkpoint", "Main gate")
        return str(self.hub.run(*words, "--name", "Gate 1", "--hub-url", self.hub.url)["qr"])

    def enrol(self) -> None:
        code = parse_enrolment_code(self.enrolment_code())
        clock = SystemClock()
        with open_store(self.folder, FileKeyStore(self.folder), clock, new_id) as store:
            api = HubApi(self.hub.url, boot_id=clock.boot_id)
            enrolment = enrol(store, api, code, serial=new_id(), software="test")
            self.device_id, self.event_id = enrolment.device_id, enrolment.event_id
            api.close()

    def codes(self) -> list[str]:
        """Return the registration codes of people whom a gate admits."""
        answer = self.api.get(f"/events/{self.event_id}/participants", params={"limit": 100})
        people = answer.raise_for_status().json()["data"]
        return [person["registration_code"] for person in people if person["status"] == "APPROVED"]

    def scans(self) -> int:
        """Return the number of scans that the hub has got from this test."""
        answer = self.api.get(f"/events/{self.event_id}/access-logs", params={"limit": 100})
        return len(answer.raise_for_status().json()["data"]) - self.before

    def device(self) -> dict[str, Any]:
        return dict(self.api.get(f"/devices/{self.device_id}").raise_for_status().json()["data"])

    def command(self, kind: str) -> str:
        answer = self.api.post(f"/devices/{self.device_id}/commands", json={"kind": kind})
        assert answer.is_success, answer.text
        return str(answer.json()["data"]["id"])

    def status_of(self, command_id: str) -> str:
        answer = self.api.get(f"/devices/{self.device_id}/commands/{command_id}").raise_for_status()
        return str(answer.json()["data"]["status"])

    def obeyed(self, command_id: str) -> None:
        wait_for(lambda: self.status_of(command_id) == "DONE", lambda: self.status_of(command_id), POLL_S)


def wait_for(
    condition: Callable[[], Any], why: Callable[[], object] = lambda: "", every_s: float = 0.05
) -> None:
    until = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < until, why()
        time.sleep(every_s)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHub]:
    built = RealHub(tmp_path_factory.mktemp("fleet") / "hub", 20)
    yield built
    built.kill()


@pytest.fixture
def fleet(tmp_path: Path, hub: RealHub) -> Iterator[Fleet]:
    rights = ("kiosk:manage", "devices:read", "participants:read", "events:read", "access-logs:read")
    headers = make_key(hub.data, "", *rights)
    with httpx.Client(base_url=f"{hub.url}/api/v1", headers=headers, timeout=20) as api:
        yield Fleet(tmp_path, hub, api)


@pytest.mark.thorough
def test_enrol_run_lock_unlock_rotate_revoke_while_offline_and_wipe(fleet: Fleet) -> None:
    station = Program(fleet.folder)
    try:
        wait_for(lambda: station.last("state") == "ready", lambda: station.lines()[-3:])
        codes = iter(fleet.codes())
        station.scan(next(codes))
        wait_for(lambda: station.last("row") == 1, lambda: station.lines()[-3:])

        identify = fleet.command("identify")
        fleet.obeyed(identify)
        assert station.last("identify") == "Gate 1"

        lock = fleet.command("lock")
        fleet.obeyed(lock)
        station.scan(next(codes))
        wait_for(lambda: station.last("scan") == "station_locked", lambda: station.lines()[-3:])
        fleet.obeyed(fleet.command("unlock"))
        station.scan(next(codes))
        wait_for(lambda: station.last("row") == 3)
        assert station.last("scan") != "station_locked"

        fleet.obeyed(fleet.command("rotate-key"))
        fleet.obeyed(fleet.command("reload"))
        fleet.obeyed(fleet.command("upload-log"))
        fleet.obeyed(fleet.command("restart"))
        wait_for(lambda: fleet.scans() == 3, fleet.scans, POLL_S)

        fleet.hub.kill()
        station.scan(next(codes))
        wait_for(lambda: station.last("row") == 4)
        station.kill()  # a revocation can't reach it
        fleet.hub.start()
        revoked = fleet.api.post(f"/devices/{fleet.device_id}/status", json={"status": "REVOKED"})
        assert revoked.is_success, revoked.text
        station = Program(fleet.folder)
        wait_for(lambda: station.last("station") == "REVOKED", lambda: station.lines()[-3:])
        station.scan(next(codes))
        wait_for(lambda: station.last("scan") == "station_revoked", lambda: station.lines()[-3:])
        wait_for(lambda: fleet.scans() == 5, fleet.scans, POLL_S)

        wipe = fleet.command("wipe")
        fleet.obeyed(wipe)
        wait_for(lambda: station.last("state") == "not_enrolled", lambda: station.lines()[-3:])
        station.scan(fleet.enrolment_code())  # held up to the camera of the first start
        wait_for(lambda: station.last("enrolled") == "Gate 1", lambda: station.lines()[-3:])
        assert not is_wipe_begun(fleet.folder)
        assert fleet.scans() == 5
    finally:
        station.kill()


@pytest.mark.thorough
def test_two_machines_with_one_disk_both_say_so_and_lose_no_scan(fleet: Fleet, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(fleet.folder, copy)
    programs = [Program(fleet.folder, "machine-1"), Program(copy, "machine-2")]
    try:
        codes = iter(fleet.codes())
        for program in programs:
            wait_for(partial(program.is_said, "state", "ready"), program.lines)
            program.scan(next(codes))
            wait_for(partial(program.is_said, "row", 1), program.lines)
        for program in programs:
            wait_for(partial(program.is_said, "cloned", True), program.lines)
        for program in programs:
            program.scan(next(codes))
        wait_for(lambda: fleet.scans() == 4, fleet.scans, POLL_S)
    finally:
        for program in programs:
            program.kill()
