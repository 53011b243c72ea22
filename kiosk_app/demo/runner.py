"""The demo, start to end: a hub, an enrolled gate with virtual hardware, a crowd, an outage, a count."""

import hashlib
import time
from collections.abc import Callable
from typing import Any

from hub_sync.client.store import Store
from hub_sync.contract.clock import SystemClock
from hub_sync.contract.sync import EventRow
from hub_sync.rules.ticket_codec import KeyRing
from kiosk_app.bootstrap.station import Listeners, Station, build_devices, build_station
from kiosk_app.core.outcome import GateOutcome, Notice
from kiosk_app.demo.environment import World, built_world
from kiosk_app.demo.report import summary
from kiosk_app.demo.scenario import PATIENCE_S, Ears, Plan, Play
from kiosk_app.demo.virtual_camera import Stage
from kiosk_app.demo.visitors import Cast, TicketPrinter
from kiosk_app.settings import StationSettings

WithStation = Callable[[Station, Play, Callable[[], None]], None]
"""Runs the crowd (the third argument) while showing the station: on this thread, or beside a window."""


def headless(_: Station, __: Play, crowd: Callable[[], None]) -> None:
    """Run the crowd with nobody watching."""
    crowd()


def run_demo(
    plan: Plan, seed: int, settings: StationSettings, listeners: Listeners, show: WithStation = headless
) -> dict[str, Any]:
    """Play the demo; what happened, as one object.

    Raises:
        HubNotAvailable, HubError, StoreError: with a sentence.
    """
    clock = SystemClock()
    ears = Ears()
    with built_world(seed) as world:
        station = build_station(
            world.store,
            build_devices(settings, source=world.camera.source, door=world.door),
            settings,
            _heard_by(ears, listeners),
            clock=clock,
        )

        def make_cast(event: EventRow, ring: KeyRing) -> Cast:
            now = clock.now()
            printer = TicketPrinter(ring.sealing_key(now), event.tenant_id, event.id, int(now.timestamp()))
            return Cast(world.holders, printer, seed)

        play = Play(
            plan=plan,
            hub=world.hub,
            stage=Stage(world.camera, seed),
            make_cast=make_cast,
            desk=station.desk,
            ears=ears,
            clock=clock,
        )

        def crowd() -> None:
            with world.store.open_session() as session:
                play.run(session)
                _drain(session)

        station.start()
        try:
            show(station, play, crowd)
            report = _count(world, ears, play)
        finally:
            station.stop()
    return report


def _heard_by(ears: Ears, others: Listeners) -> Listeners:
    def on_scan(told: GateOutcome | Notice) -> None:
        ears.scanned(told)
        others.on_scan(told)

    return Listeners(
        on_scan=on_scan,
        on_read=ears.read,
        on_fact=others.on_fact,
        on_frame=others.on_frame,
        on_sync=others.on_sync,
    )


def _drain(store: Store) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while store.journal.backlog().rows and time.monotonic() < deadline:
        time.sleep(0.05)


def _count(world: World, ears: Ears, play: Play) -> dict[str, Any]:
    enrolment = world.store.settings.enrolment()
    hub = world.hub.command("access-log", "digest", "--device", enrolment.device_id if enrolment else "")
    digest, rows = hashlib.sha256(), 0
    for row in world.store.journal.rows():
        digest.update(f"{row.sequence}:{row.hash}\n".encode())
        rows += 1
    ons = [switch.changed_at for switch in world.board.contact_changes if switch.on]
    admitted = [outcome for outcome in ears.tally.outcomes if outcome.pulsed]
    relay_ms = [
        (at - outcome.captured_at) * 1000
        for at, outcome in zip(ons, admitted, strict=False)
        if outcome.captured_at is not None
    ]
    broken = world.store.journal.verify()
    return summary(ears.tally, relay_ms) | {
        "relay_pulses": len(ons),
        "journal_rows": rows,
        "journal_whole": broken is None,
        "hub_rows": hub["rows"],
        "hub_rows_match": hub["rows"] == rows and hub["digest"] == digest.hexdigest(),
        "outage_seconds": round(play.outage_seconds, 2),
        "unacknowledged_at_end": world.store.journal.backlog().rows,
        "set_aside": world.store.journal.backlog().set_aside,
    }
