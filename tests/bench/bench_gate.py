"""Benchmark of a scan: decide and commit over a roster of 250,000; camera frame to relay bytes; quiet and under load.

    packaging/run bench gate [--roster N] [--scans N] [--frames N] [--json]

Every scan is followed by a bare insert into a plain SQLite database (WAL, synchronous=FULL) and a bare fdatasync on the
same disk, so that the three see the same machine. Under load a hub process on the same two cores serves a snapshot of
100,000 participants to this station while it pushes 10,000 scans, and both begin again until the figures are taken. The
whole window runs meanwhile (Qt offscreen): the longest stall is the longest time that its event loop did not turn.
"""

import argparse
import os
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np  # noqa: E402
from PySide6.QtCore import QCoreApplication, QTimer  # noqa: E402

from hardware.camera import VirtualCamera  # noqa: E402
from hardware.relay import create_door  # noqa: E402
from hardware.relay.emulators import LcusEmulator  # noqa: E402
from hardware.tones import Tone  # noqa: E402
from hub_sync.client.http.hub_api import HubApi  # noqa: E402
from hub_sync.client.process_memory import limit_heap  # noqa: E402
from hub_sync.client.store import Store  # noqa: E402
from hub_sync.client.sync import snapshot_review  # noqa: E402
from hub_sync.client.sync.engine import BACKUP_EVERY_RUNS, MAINTENANCE_EVERY_S, SyncEngine  # noqa: E402
from hub_sync.client.sync.maintenance_loop import MaintenanceLoop  # noqa: E402
from hub_sync.client.sync.time_loop import TimeLoop  # noqa: E402
from hub_sync.client.timekeeper import Timekeeper  # noqa: E402
from hub_sync.contract.clock import SystemClock, epoch_ms  # noqa: E402
from hub_sync.contract.ids import new_id  # noqa: E402
from hub_sync.contract.sync import CheckpointRow, EventRow  # noqa: E402
from hub_sync.rules.tickets.ticket_codec import TicketPayload, seal_ticket  # noqa: E402
from hub_sync.rules.tickets.ticket_keys import TicketKey  # noqa: E402
from kiosk_app.bootstrap.application import build_application  # noqa: E402
from kiosk_app.bootstrap.station import StationRuntime, build_devices, build_station  # noqa: E402
from kiosk_app.core.gate import Gate  # noqa: E402
from kiosk_app.demo.scenes import draw_backdrop, draw_code  # noqa: E402
from kiosk_app.demo.visitor_camera import qr_modules  # noqa: E402
from kiosk_app.messages import GateOutcome, Notice  # noqa: E402
from kiosk_app.settings import StationSettings  # noqa: E402
from kiosk_app.shell.application import StationApplication  # noqa: E402
from kiosk_app.workers.status_reporter import GateDevices  # noqa: E402
from tests.bench.hub_and_station import Hub, fill_roster, memory_mb, people, say, spread  # noqa: E402
from tests.support.builders.people import KEY  # noqa: E402
from tests.support.builders.station import CHECKPOINT_ROW, EVENT_ROW  # noqa: E402

LOAD_PARTICIPANTS, LOAD_SCANS = 100_000, 10_000
FRAME_EVERY_S = (
    0.3  # after the pulse, its first repeated "off" and the gap of 60 ms: a pulse between them waits
)
PULSE_MS = 100
HEARTBEAT_MS = 2


class NoSound:
    """No tone: sound is measured elsewhere."""

    def play(self, tone: Tone) -> None:
        """Play nothing."""


class Reference:
    """A bare SQLite insert committed at FULL, and a bare fdatasync, on the station's disk."""

    def __init__(self, folder: Path) -> None:
        self._database = sqlite3.connect(folder / "reference.db", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.execute("CREATE TABLE journal (position INTEGER PRIMARY KEY, hash BLOB, body TEXT)")
        self._file = (folder / "reference.bin").open("wb", buffering=0)
        self.insert_ms: list[float] = []
        self.fsync_ms: list[float] = []

    def take(self) -> None:
        """Record the size of each file."""
        start = time.perf_counter()
        self._database.execute("INSERT INTO journal (hash, body) VALUES (?, ?)", (b"h" * 32, "b" * 600))
        between = time.perf_counter()
        self.insert_ms.append((between - start) * 1000)
        self._file.write(b"p" * 4096)
        os.fdatasync(self._file.fileno())
        self.fsync_ms.append((time.perf_counter() - between) * 1000)


class Load:
    """A snapshot pulled and scans pushed, over and over, until `stop`."""

    def __init__(self, store: Store, hub: Hub) -> None:
        self._store, self._hub = store, hub
        self._stopping = threading.Event()
        self.snapshots = 0
        self.pushed = 0

    def run(self) -> None:
        """Start the sync loops again and again until stopped."""
        snapshot_review.BELIEVED_ANSWERS = 1  # the hub has other people than the filled roster
        clock = SystemClock()
        with self._store.open_session() as session:
            enrolment = session.settings.enrolment()
            assert enrolment is not None
            engine = SyncEngine(
                self._store.open_session, partial(HubApi.for_enrolment, enrolment, clock), clock=clock
            )
            before = session.outbox.acknowledged().sequence
            outdated = session.feed.position()  # of an epoch that the hub does not know: it sends a snapshot
            engine.start()
            while not self._stopping.wait(0.02):
                if session.feed.position() != outdated:
                    self.snapshots += 1
                    outdated = _of_another_epoch(session)
                    engine.retry_now()
            engine.stop()
            self.pushed = session.outbox.acknowledged().sequence - before

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self.run, name="load")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()


def _of_another_epoch(session: Store) -> tuple[str, str] | None:
    """Create the roster look as if the hub had begun a new epoch since, so that it is pulled whole again."""
    file = session.feed._current()
    assert file is not None
    file.run("UPDATE feed SET epoch = 'an-older-one'")
    return session.feed.position()


@dataclass
class Figures:
    """Results of one phase."""

    scan_ms: list[float] = field(default_factory=list)
    relay_ms: list[float] = field(default_factory=list)
    reference: Reference | None = None

    def to_dict(self) -> dict[str, Any]:
        assert self.reference is not None
        scan, insert, fsync = (
            spread(self.scan_ms),
            spread(self.reference.insert_ms),
            spread(self.reference.fsync_ms),
        )
        return {
            "decide_and_commit_ms": scan,
            "bare_insert_full_ms": insert,
            "bare_fdatasync_ms": fsync,
            "ratio_p50": round(scan["p50"] / insert["p50"], 2),
            "ratio_p99": round(scan["p99"] / insert["p99"], 2),
            "fsync_share": round(fsync["p50"] / scan["p50"], 2),
            "frame_to_relay_ms": spread(self.relay_ms),
        }


def tickets(count: int, roster: int, event: EventRow, key: TicketKey) -> list[str]:
    """Return tickets of people spread over the roster."""
    ids = [row[0] for number, row in enumerate(people(roster)) if number % max(1, roster // count) == 0][
        :count
    ]
    return [
        seal_ticket(TicketPayload(participant_id, event.tenant_id, event.id, 1), key)
        for participant_id in ids
    ]


def decide_and_commit(store: Store, codes: list[str], folder: Path, figures: Figures) -> None:
    """Time `gate.scan`, one reference after each."""
    clock = SystemClock()
    with store.open_session() as session:
        gate = Gate(
            store=session,
            timekeeper=Timekeeper(clock, session),
            clock=clock,
            new_id=new_id,
            turnstile=None,
            speaker=NoSound(),
        )
        figures.reference = Reference(folder)
        upkeep = MaintenanceLoop(session, BACKUP_EVERY_RUNS, SystemClock())
        upkept = time.monotonic()
        for number, code in enumerate(codes):
            if time.monotonic() - upkept > MAINTENANCE_EVERY_S:
                upkeep.run_once()  # as the engine does beside every gate, online or not
                upkept = time.monotonic()
            start = time.perf_counter()
            outcome = gate.decide_scan(code)
            took = (time.perf_counter() - start) * 1000
            if not isinstance(outcome, GateOutcome) or outcome.sequence is None:
                raise RuntimeError(f"the gate did not write scan {number}: {outcome}")
            figures.scan_ms.append(took)
            figures.reference.take()


def frames_to_relay(feed: VirtualCamera, board: LcusEmulator, codes: list[str], figures: Figures) -> None:
    """Show each code in one frame, and wait for the relay's bytes."""
    rng = np.random.default_rng(1)
    scene = draw_backdrop(rng)
    before = len(board.contact_changes)
    for code in codes:
        frame = scene.copy()  # one at a time: all of them together were half of the process's memory
        draw_code(frame, qr_modules(code))
        presented_at = time.monotonic()
        feed.push(frame)
        time.sleep(FRAME_EVERY_S / 2)
        feed.push(scene)
        time.sleep(FRAME_EVERY_S / 2)
        ons = [switch.changed_at for switch in board.contact_changes[before:] if switch.on]
        before = len(board.contact_changes)
        if ons:
            figures.relay_ms.append((ons[0] - presented_at) * 1000)


def in_qt(app: QCoreApplication, work: Callable[[], None]) -> float:
    """Run `work` on a thread while the event loop turns; the loop's longest stall, ms."""
    longest, last = 0.0, time.perf_counter()
    failed: list[Exception] = []

    def beat() -> None:
        nonlocal longest, last
        now = time.perf_counter()
        longest, last = max(longest, (now - last) * 1000 - HEARTBEAT_MS), now

    def perform() -> None:
        try:
            work()
        except Exception as fault:  # noqa: BLE001 -- raised again below
            failed.append(fault)

    thread = threading.Thread(target=perform, name="bench")
    timer = QTimer()
    timer.timeout.connect(beat)
    timer.timeout.connect(lambda: None if thread.is_alive() else app.exit(0))
    thread.start()
    last = time.perf_counter()
    timer.start(HEARTBEAT_MS)
    app.exec()
    timer.stop()
    thread.join()
    if failed:
        raise failed[0]
    return longest


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--roster", type=int, default=250_000)
    options.add_argument("--scans", type=int, default=2_000)
    options.add_argument("--frames", type=int, default=120)
    options.add_argument("--json", action="store_true")
    arguments = options.parse_args()
    limit_heap()  # as `doorward-station run` does
    with tempfile.TemporaryDirectory(prefix="doorward-bench-") as name:
        say(measure(Path(name), arguments.roster, arguments.scans, arguments.frames), as_json=arguments.json)


def measure(folder: Path, roster: int, scans: int, frames: int) -> dict[str, Any]:
    """Run the whole benchmark."""
    hub = Hub(folder / "hub", LOAD_PARTICIPANTS, key=KEY)
    store = hub.station(folder / "station")
    try:
        return _measure(hub, store, folder, roster, scans, frames)
    finally:
        store.close()
        hub.process.stop()


def _measure(hub: Hub, store: Store, folder: Path, roster: int, scans: int, frames: int) -> dict[str, Any]:
    enrolment = store.settings.enrolment()
    assert enrolment is not None
    now = epoch_ms(SystemClock().now())
    event = EventRow.model_validate(
        EVENT_ROW
        | {"id": enrolment.event_id, "tenant_id": enrolment.tenant_id}
        | {"starts_at_ms": now - 3_600_000, "ends_at_ms": now + 86_400_000}
    )
    point = CheckpointRow.model_validate(
        CHECKPOINT_ROW | {"id": enrolment.checkpoint_id, "event_id": event.id}
    )
    clock = SystemClock()
    api = HubApi.for_enrolment(enrolment, clock)
    TimeLoop(store, api, clock).run_once()  # a station that has met its hub in this boot, as nearly all have
    api.close()
    begun = time.perf_counter()
    fill_roster(store, roster, events=(event,), checkpoints=(point,))
    filled = time.perf_counter() - begun

    app = build_application(StationSettings(camera="", window="window"), store)
    app.window.show()
    feed = VirtualCamera(max_frame_interval=30)
    board = LcusEmulator(folder / "turnstile")
    codes = tickets(2 * (scans + frames), roster, event, KEY)
    with board:
        settings = StationSettings(camera="", sound=False, pulse_ms=PULSE_MS)
        devices = build_devices(settings, source=feed.source, door=create_door(f"lcus:{board.link}"))
        station = _station(store, devices, settings, app)
        station.start()
        quiet, loaded = Figures(), Figures()

        def phase(figures: Figures, part: list[str]) -> None:
            decide_and_commit(store, part[:scans], folder, figures)
            frames_to_relay(feed, board, part[scans:], figures)

        time.sleep(1)
        stall_quiet = in_qt(app.qt, lambda: phase(quiet, codes[: scans + frames]))
        memory_quiet = memory_mb()
        for left in folder.glob("reference.*"):
            left.unlink()
        queue_scans(store, codes[scans + frames :][:200], LOAD_SCANS)
        with Load(store, hub) as load:
            stall_loaded = in_qt(app.qt, lambda: phase(loaded, codes[scans + frames :]))
        station.stop()
    return {
        "roster": roster,
        "roster_filled_s": round(filled, 1),
        "quiet": quiet.to_dict() | {"longest_qt_stall_ms": round(stall_quiet, 1)},
        "under_load": loaded.to_dict()
        | {
            "longest_qt_stall_ms": round(stall_loaded, 1),
            "snapshots_of_100000_pulled": load.snapshots,
            "scans_pushed": load.pushed,
        },
        "memory_mb": {
            "resident": memory_quiet["resident"],
            "peak_while_snapshots_are_pulled": memory_mb()["peak"],
            "resident_after_them": memory_mb()["resident"],
        },
    }


def _station(
    store: Store, devices: GateDevices, settings: StationSettings, app: StationApplication
) -> StationRuntime:
    """Return the window's station; its debounce clock runs ten times as fast so that visitors need not wait."""
    return build_station(
        store, devices, settings, app.publish, sync=False, monotonic=lambda: 10 * time.monotonic()
    )


def queue_scans(store: Store, codes: list[str], count: int) -> None:
    """Write scans down that wait to be pushed."""
    clock = SystemClock()
    with store.open_session() as session:
        gate = Gate(
            store=session,
            timekeeper=Timekeeper(clock, session),
            clock=clock,
            new_id=new_id,
            turnstile=None,
            speaker=NoSound(),
        )
        for number in range(count):
            outcome = gate.decide_scan(codes[number % len(codes)])
            assert not isinstance(outcome, Notice), outcome


if __name__ == "__main__":
    main()
