"""The demo from start to end: a hub, an enrolled gate with virtual hardware, visitors, an outage, a report."""

import hashlib
import time
from collections.abc import Callable
from typing import Any

from hub_sync.client.store import Store
from hub_sync.client.store.journal.evidence import verify_store
from hub_sync.contract.clock import SystemClock
from hub_sync.contract.sync import EventRow
from hub_sync.rules.tickets.ticket_keys import KeyRing
from kiosk_app.bootstrap.station import StationRuntime, build_devices, build_station
from kiosk_app.demo.environment import DemoEnvironment, demo_environment
from kiosk_app.demo.report import build_report
from kiosk_app.demo.scenario import TIMEOUT_S, ScanRecorder, Scenario, ScenarioPlan
from kiosk_app.demo.visitor_camera import VisitorCamera
from kiosk_app.demo.visitors import TicketIssuer, VisitorGenerator
from kiosk_app.messages import Publish, WorkerMessage
from kiosk_app.settings import StationSettings

Show = Callable[[StationRuntime, Scenario, Callable[[], None]], None]
"""Runs the scenario (the third argument) while it shows the station: on this thread, or beside a window."""


def headless(_: StationRuntime, __: Scenario, run_scenario: Callable[[], None]) -> None:
    """Run the scenario without a window."""
    run_scenario()


def run_demo(
    plan: ScenarioPlan, seed: int, settings: StationSettings, publish: Publish, show: Show = headless
) -> dict[str, Any]:
    """Run the demo; return its report as one JSON object. `publish` receives the workers' messages too.

    Raises:
        HubNotAvailable, HubClientError, StoreError: with a sentence.
    """
    clock = SystemClock()
    recorder = ScanRecorder()

    def record_and_publish(message: WorkerMessage) -> None:
        recorder.record(message)
        publish(message)

    with demo_environment(seed) as environment:
        station = build_station(
            environment.store,
            build_devices(settings, source=environment.camera.source, door=environment.door),
            settings,
            record_and_publish,
            clock=clock,
        )

        def make_visitors(event: EventRow, ring: KeyRing) -> VisitorGenerator:
            now = clock.now()
            issuer = TicketIssuer(ring.sealing_key(now), event.tenant_id, event.id, int(now.timestamp()))
            return VisitorGenerator(environment.holders, issuer, seed)

        scenario = Scenario(
            plan=plan,
            hub=environment.hub,
            camera=VisitorCamera(environment.camera, seed),
            make_visitors=make_visitors,
            submit=station.submit,
            recorder=recorder,
            clock=clock,
        )

        def run_scenario() -> None:
            with environment.store.open_session() as session:
                scenario.run(session)
                _wait_until_sent(session)

        station.start()
        try:
            show(station, scenario, run_scenario)
            report = _report(environment, recorder, scenario)
        finally:
            station.stop()
    return report


def _wait_until_sent(store: Store) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while store.journal.backlog().rows and time.monotonic() < deadline:
        time.sleep(0.05)


def _report(environment: DemoEnvironment, recorder: ScanRecorder, scenario: Scenario) -> dict[str, Any]:
    journal, enrolment = environment.store.journal, environment.store.settings.enrolment()
    device_id = enrolment.device_id if enrolment else ""
    hub = environment.hub.command("access-log", "digest", "--device", device_id)
    digest, rows = hashlib.sha256(), 0
    for row in journal.rows():
        digest.update(f"{row.sequence}:{row.hash}\n".encode())
        rows += 1
    switch_ons = [switch.changed_at for switch in environment.board.contact_changes if switch.on]
    pulsed = [outcome for outcome in recorder.tally.outcomes if outcome.pulsed]
    relay_ms = [
        (at - outcome.captured_at) * 1000
        for at, outcome in zip(switch_ons, pulsed, strict=False)
        if outcome.captured_at is not None
    ]
    waiting = journal.backlog()
    return build_report(recorder.tally, relay_ms) | {
        "relay_pulses": len(switch_ons),
        "journal_rows": rows,
        "journal_whole": verify_store(environment.store, SystemClock().now()).is_whole,
        "hub_rows": hub["rows"],
        "hub_rows_match": hub["rows"] == rows and hub["digest"] == digest.hexdigest(),
        "outage_seconds": round(scenario.outage_seconds, 2),
        "unacknowledged_at_end": waiting.rows,
        "set_aside": waiting.set_aside,
    }
