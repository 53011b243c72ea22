"""The report loop: its reports, and its silence after a refusal."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from hub_sync.client.http.errors import NO_ANSWER, HubRefused, HubUnreachable
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store import Store
from hub_sync.client.sync.backoff import REFUSED_PAUSE_S
from hub_sync.client.sync.engine import SyncEngine
from hub_sync.client.sync.report_loop import ReportLoop
from hub_sync.client.sync.status import ConnectionState
from hub_sync.contract.clock import ManualClock, SystemClock
from hub_sync.contract.enums import ParticipantStatus
from hub_sync.contract.ids import new_id
from hub_sync.contract.ready_check import ReadyPoint, ReadyReport
from hub_sync.contract.station_report import StationAlarm
from hub_sync.hub.domains.devices import service as devices
from tests.hub_sync.client.fake_hub import FakeHub, person, refused, scan
from tests.hub_sync.client.sync.test_engine import wait_for
from tests.support.builders.event import NOON as EVENT_NOON
from tests.support.builders.event import build_event, connect_api, enrolled_store
from tests.support.builders.hub import HubInProcess, HubTransport, migrate

ALARMS = (StationAlarm(code="CAMERA_LOST", sentence="The camera is gone."),)


class ListeningHub(FakeHub):
    """Keeps the reports."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock)
        self.reports: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/report"):
            self.reports.append(orjson.loads(request.content))
        return super().__call__(request)


@pytest.fixture
def hub(clock: ManualClock) -> ListeningHub:
    hub = ListeningHub(clock)
    hub.pages = [{"participants": [person("p1")], "total": 1}]
    return hub


@pytest.fixture
def api(hub: ListeningHub) -> HubApi:
    return HubApi("http://hub", transport=httpx.MockTransport(hub))


@pytest.fixture
def report_loop(store: Store, api: HubApi, clock: ManualClock) -> ReportLoop:
    return ReportLoop(
        store,
        api,
        clock,
        software="doorward 9",
        started_ms=clock.monotonic_ms(),
        clock_offset_ms=lambda: None,
        alarms=lambda: ALARMS,
        served_checkpoint_id=lambda _: "gate-7",
    )


@pytest.fixture
def engine(store: Store, hub: ListeningHub) -> Iterator[SyncEngine]:
    engine = SyncEngine(
        store.open_session,
        lambda: HubApi("http://hub", transport=httpx.MockTransport(hub)),
        clock=SystemClock(),
        random=lambda: 0.1,
        software="doorward 9",
    )
    yield engine
    engine.stop()


def test_a_report_says_what_waits_and_what_is_wrong(
    store: Store, report_loop: ReportLoop, hub: ListeningHub, clock: ManualClock
) -> None:
    store.journal.append(scan("p1"))
    store.journal.append(scan("p1"))
    store.outbox.record_quarantine(store.outbox.acknowledged().journal_id, [1], [])
    clock.advance(timedelta(seconds=90))
    report_loop.run_once()
    assert hub.reports == [
        {
            "unsent": 2,
            "set_aside": 0,
            "quarantined": 1,
            "roster_age_s": None,
            "journal_sequence": 2,
            "software": "doorward 9",
            "uptime_s": 90,
            "clock_offset_ms": None,
            "event_id": None,
            "checkpoint_id": "gate-7",
            "public_key": store.device_key.get_or_create().public.text,
            "lan": None,
            "ready": None,
            "fleet": None,
            "kiosk": None,
            "gives_door_seats": True,
            "alarms": [{"code": "CAMERA_LOST", "sentence": "The camera is gone."}],
        }
    ]


def test_a_hub_that_takes_no_reports_is_left_alone_for_a_while(
    report_loop: ReportLoop, hub: ListeningHub, clock: ManualClock
) -> None:
    hub.fails = lambda path, payload: refused(404, "NotFound")
    for _ in range(5):
        report_loop.run_once()
        clock.advance(timedelta(seconds=15))
    assert len(hub.reports) == 1
    clock.advance(timedelta(seconds=REFUSED_PAUSE_S))
    hub.fails = lambda path, payload: None
    report_loop.run_once()
    report_loop.run_once()
    assert len(hub.reports) == 3


def test_a_report_that_does_not_arrive_is_not_kept_for_later(
    report_loop: ReportLoop, hub: ListeningHub
) -> None:
    def down(path: str, payload: Any) -> None:
        raise httpx.ConnectError("refused")

    hub.fails = down
    with pytest.raises(HubUnreachable, match=NO_ANSWER):
        report_loop.run_once()
    hub.fails = lambda path, payload: None
    report_loop.run_once()
    assert len(hub.reports) == 2


def test_the_engine_reports_by_itself_and_at_once_when_an_alarm_comes_or_goes(
    engine: SyncEngine, hub: ListeningHub
) -> None:
    engine.start()
    wait_for(lambda: hub.reports)
    began = time.monotonic()
    engine.report_alarms(ALARMS)
    wait_for(lambda: hub.reports[-1]["alarms"])
    engine.report_alarms(ALARMS)
    engine.report_alarms(())
    wait_for(lambda: not hub.reports[-1]["alarms"])
    assert time.monotonic() - began < 2
    time.sleep(0.2)
    assert len(hub.reports) == 3, "the same alarms again are no news"


def test_a_hub_that_refuses_or_swallows_reports_costs_neither_scans_nor_the_roster(
    store: Store, engine: SyncEngine, hub: ListeningHub
) -> None:
    def fails(path: str, payload: Any) -> httpx.Response | None:
        if path == "report":
            time.sleep(1.5)
            return refused(404, "NotFound")
        return None

    hub.fails = fails
    store.journal.append(scan("p1"))
    engine.start()
    wait_for(lambda: hub.scans() and store.roster.count == 1, 1.4)
    wait_for(lambda: hub.reports)
    time.sleep(0.2)
    assert (engine.status.connection, engine.status.sentence) == (
        ConnectionState.ONLINE,
        "Connected to the hub.",
    )


def test_a_report_arrives_at_the_hub_that_ships(tmp_path: Path) -> None:
    clock = ManualClock(EVENT_NOON, monotonic=5_000)
    migrate(tmp_path / "hub")
    hub = HubInProcess(tmp_path / "hub", clock, new_id)
    event = build_event(hub.context, {"ada": ParticipantStatus.APPROVED})
    station = enrolled_store(tmp_path / "station", hub, event, "A", clock, new_id)
    api = connect_api(station, clock, HubTransport(hub))
    report_loop = ReportLoop(
        station,
        api,
        clock,
        software="doorward 9",
        started_ms=0,
        clock_offset_ms=lambda: None,
        alarms=lambda: ALARMS,
    )
    report_loop.run_once()
    with hub.context.uow.read() as work:
        (device,) = [
            device
            for device in work.session.scalars(devices.all_of(work, event.tenant_id))
            if device.name == "A"
        ]
        report, software = device.report, device.software_version
    api.close()
    station.close()
    hub.close()
    assert report is not None
    assert (report["uptime_s"], report["alarms"][0]["code"]) == (5, "CAMERA_LOST")
    assert software == "doorward 9"


@pytest.mark.parametrize("code", ["DeviceLocked", "DeviceRevoked"])
def test_a_hub_that_refuses_the_station_is_reported_and_hears_of_it_as_soon_as_it_does_not(
    hub: ListeningHub, report_loop: ReportLoop, code: str
) -> None:
    hub.fails = lambda path, payload: refused(403, code)
    with pytest.raises(HubRefused):
        report_loop.run_once()
    hub.fails = lambda path, payload: None
    report_loop.run_once()
    assert len(hub.reports) == 2


def test_the_last_ready_check_is_reported(
    store: Store, api: HubApi, clock: ManualClock, hub: ListeningHub
) -> None:
    ready = ReadyReport(
        at_ms=1, operator="Grace", points=(ReadyPoint(part="relay", state="warn", cause="untested"),)
    )
    loop = ReportLoop(
        store,
        api,
        clock,
        software="doorward 9",
        started_ms=0,
        clock_offset_ms=lambda: None,
        alarms=tuple,
        ready_report=lambda _: ready,
    )
    loop.run_once()
    assert hub.reports[-1]["ready"] == ready.model_dump(mode="json")
