"""A station with a fleet agent over a fake hub that commands it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx
import pytest

from hub_sync.client.fleet.agent import AgentSignals, FleetAgent
from hub_sync.client.fleet.program import StationProgram
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.http.verification import StationCredential
from hub_sync.client.store import Store
from hub_sync.client.sync.pull_loop import PullLoop
from hub_sync.client.sync.push_loop import PushLoop
from hub_sync.client.sync.report_loop import ReportLoop
from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import DeviceStatus
from tests.hub_sync.client.fleet.commanding_hub import CommandingHub
from tests.support.builders.station import NOON, build_station_store, reopen_store


@dataclass
class CommandedStation:
    """A station whose program records what it is asked for. `restart` is another run of it over the same store."""

    folder: Path
    clock: ManualClock
    hub: CommandingHub
    store: Store
    acts: list[str] = field(default_factory=list)
    log: bytes = b"log"
    runs: int = 0

    def __post_init__(self) -> None:
        self._build()

    def _build(self) -> None:
        self.runs += 1
        enrolment = self.store.settings.enrolment()
        assert enrolment is not None
        self.credential = StationCredential(enrolment.credential)
        self.api = HubApi(
            "http://hub",
            credential=self.credential,
            transport=httpx.MockTransport(self.hub),
            boot_id="boot-1",
        )
        self.api.listen_to_status(self._record_status)
        program = StationProgram(
            mode="gate",
            run_id=f"run-{self.runs}",
            identify=lambda name, seconds: self.acts.append(f"identify {name} {seconds}"),
            restart=partial(self.acts.append, "restart"),
            read_log=lambda: self.log,
        )
        self.agent = FleetAgent(
            self.store,
            self.api,
            self.clock,
            program=program,
            credential=self.credential,
            signals=AgentSignals(
                pull=partial(self.acts.append, "pull"), push=partial(self.acts.append, "push")
            ),
        )
        self.reports = ReportLoop(
            self.store,
            self.api,
            self.clock,
            software="doorward 9",
            started_ms=0,
            clock_offset_ms=lambda: None,
            alarms=tuple,
            agent=self.agent,
        )
        self.push_loop = PushLoop(self.store, self.api, self.clock)
        self.pull_loop = PullLoop(self.store, self.api, self.clock)

    def _record_status(self, status: DeviceStatus) -> None:
        self.store.access.record(status)

    def report(self) -> None:
        """Report until nothing more is due at once."""
        for _ in range(10):
            if not self.reports.run_once():
                return
        pytest.fail("reports for ever")

    def push(self) -> None:
        while self.push_loop.run_once().more:
            pass

    def pull(self) -> None:
        while self.pull_loop.run_once():
            pass

    def restart(self) -> None:
        """End the program at once, and start it again."""
        self.api.close()
        self.pull_loop.discard_snapshot()
        self.store.close()
        self.store = reopen_store(self.folder, self.clock)
        self._build()


@pytest.fixture
def station(tmp_path: Path) -> Iterator[CommandedStation]:
    clock = ManualClock(NOON, monotonic=1_000_000)
    store = build_station_store(tmp_path / "station", clock=clock)
    built = CommandedStation(tmp_path / "station", clock, CommandingHub(clock), store)
    yield built
    built.api.close()
    built.store.close()


Build = Callable[[], CommandedStation]
