"""A real hub in its own process, with the demo event. It can be killed and restarted."""

import signal
import socket
from functools import partial
from pathlib import Path
from typing import Any

from hub_sync.client.enrolment import enrol, parse_enrolment_code
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store import FileKeyStore, StationEnrolment, Store, open_store
from hub_sync.client.sync.engine import SyncEngine
from hub_sync.client.sync.status import SyncStatus
from hub_sync.contract.clock import SystemClock, epoch_ms
from hub_sync.contract.ids import new_id
from hub_sync.contract.sync import ScanRecord
from tests.hub_sync.client.fake_hub import scan
from tests.support.forked_commands import ForkedCommand, start_command
from tests.support.served_hub import run


class RealHub:
    """`doorward-hub serve` on a free port, which it keeps over restarts."""

    def __init__(self, data: Path, participants: int) -> None:
        self.data = data
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: ForkedCommand | None = None
        self.start()
        self.run("demo-event", "--participants", str(participants))

    def start(self) -> None:
        serve = ("serve", "--data", self.data, "--port", self.port)
        self.process = start_command(self.data.parent, self.data.name, *serve)
        self.process.first_output()

    def kill(self, how: int = signal.SIGKILL) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(10)
            self.process = None

    def run(self, *words: str) -> dict[str, Any]:
        return run(*words, "--data", self.data)


class Station:
    """An enrolled station over the real hub, with its engine."""

    def __init__(self, folder: Path, hub: RealHub, name: str) -> None:
        self.clock = SystemClock()
        self.store: Store = open_store(folder, FileKeyStore(folder), self.clock, new_id)
        words = ("device", "enrol-code", "--event", "demo-fair", "--checkpoint", "Main gate")
        code = parse_enrolment_code(hub.run(*words, "--name", name, "--hub-url", hub.url)["qr"])
        api = HubApi(hub.url)
        self.enrolment: StationEnrolment = enrol(self.store, api, code, serial=new_id(), software="test")
        api.close()
        self.statuses: list[SyncStatus] = []
        self.engine = self.new_engine()

    @classmethod
    def again(cls, folder: Path, before: "Station") -> "Station":
        """Return the same station after the end of its process."""
        station = cls.__new__(cls)
        station.clock, station.statuses = SystemClock(), []
        station.store = open_store(folder, FileKeyStore(folder), station.clock, new_id)
        station.enrolment = station.store.settings.enrolment() or before.enrolment
        station.engine = station.new_engine()
        return station

    def new_engine(self) -> SyncEngine:
        return SyncEngine(
            self.store.open_session, self.connect(), clock=self.clock, on_change=self.statuses.append
        )

    def connect(self) -> "partial[HubApi]":
        return partial(HubApi.for_enrolment, self.enrolment, self.clock)

    @property
    def zone(self) -> str | None:
        point = self.store.venue.checkpoint(self.enrolment.checkpoint_id or "")
        assert point is not None
        return point.zone

    def people(self, count: int) -> list[str]:
        rows = self.store.roster._people.rows("SELECT id FROM participants ORDER BY id LIMIT ?", (count,))
        return [row[0] for row in rows]

    def record(self, participant_id: str, **changes: Any) -> ScanRecord:
        fields: dict[str, Any] = {
            "device_id": self.enrolment.device_id,
            "event_id": self.enrolment.event_id,
            "checkpoint_id": self.enrolment.checkpoint_id,
            "zone": self.zone,
            "scanned_at_ms": epoch_ms(self.clock.now()),
            "monotonic_ms": self.clock.monotonic_ms(),
            "boot_id": self.clock.boot_id,
        }
        return self.store.journal.append(scan(participant_id, **(fields | changes))).record

    def close(self) -> None:
        self.engine.stop()
        self.store.close()
