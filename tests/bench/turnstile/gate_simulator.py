"""A gate in a process of its own: a whole station, its boards and its scanner on ptys, and the people who come.

    python -m tests.bench.turnstile.gate_simulator FOLDER NAME PLAN   (a JSON file: visits, tickets, factor)

Standard input: `go`, then `finish` once the hub is there for good. Standard output: `ready`, `served`, `done`; the results are in
FOLDER/result.json.
"""

import json
import logging
import os
import sys
import threading
import time
import tty
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from hardware.camera import VirtualCamera
from hardware.relay import DoorState
from hardware.relay.emulators import LcusEmulator, ModbusEmulator, PtyBoard
from hub_sync.client.store import Store
from hub_sync.contract.enums import ParticipantStatus, Passage
from kiosk_app.bootstrap.log_config import configure_logging
from kiosk_app.bootstrap.station import StationRuntime, build_devices, build_station, open_station_store
from kiosk_app.core.gate import Gate
from kiosk_app.demo.scenes import gate_frame
from kiosk_app.demo.visitor_camera import qr_modules
from kiosk_app.messages import GateOutcome, PassageUpdate, WorkerMessage
from kiosk_app.settings import StationSettings
from tests.bench.turnstile.crowd import JAMMED_GATE, UNPLUGGED_GATE, Visit, VisitKind

WINDOW_S, PULSE_MS = 1.0, 100
ANSWER_S, READY_S, SYNCED_S = 10.0, 60.0, 180.0
_SAME_CODE_REST_S = 3.2
_FRAME_S, _TURN_S, _STUCK_VISITS, _AWAY_VISITS = 0.06, 0.05, 4, 3


@dataclass
class Messages:
    """The messages that the station published; filled on the gate's thread."""

    outcomes: list[tuple[float, GateOutcome]] = field(default_factory=list)
    passages: dict[str, Passage] = field(default_factory=dict)
    unexplained_turns: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    def receive(self, message: WorkerMessage) -> None:
        """Keep what the gate waits for."""
        with self.changed:
            if isinstance(message, GateOutcome):
                self.outcomes.append((time.monotonic(), message))
            elif isinstance(message, PassageUpdate):
                if message.scan_id and message.outcome:
                    self.passages[message.scan_id] = message.outcome
                self.unexplained_turns += not message.scan_id
            else:
                return
            self.changed.notify_all()


class GateSimulator:
    """The people of one gate, one after another."""

    def __init__(
        self,
        name: str,
        store: Store,
        station: StationRuntime,
        messages: Messages,
        board: PtyBoard,
        port: int,
        camera: VirtualCamera,
    ) -> None:
        """Take the parts. `store` is the gate's own session, `port` the scanner's end of its serial line."""
        self._name, self._store, self._station, self._messages = name, store, station, messages
        self.board, self._port = board, port
        self._camera = camera
        self._rng = np.random.default_rng(1)
        self._nobody = gate_frame(None, self._rng)
        self._last_shown: dict[str, float] = {}
        self.results: list[dict[str, Any]] = []

    @property
    def _sensor(self) -> list[bool] | None:
        return self.board.input_contacts if isinstance(self.board, ModbusEmulator) else None

    def is_ready(self) -> bool:
        """Return True if the station has a roster, and its board can be switched."""
        door = self._station.devices.door
        inputs = door.inputs() if door else None
        return (
            door is not None
            and door.health().state is DoorState.READY
            and (self._sensor is None or (inputs is not None and inputs.is_ready))
            and self._store.venue.as_of() is not None
        )

    def serve(self, visits: list[Visit], tickets: dict[str, str], factor: float) -> None:
        """Serve the visits at their times, or as soon as the gate is free."""
        began, middle = time.monotonic(), len(visits) // 2
        for number, visit in enumerate(visits):
            time.sleep(max(0.0, began + visit.at_s / factor - time.monotonic()))
            late_s = time.monotonic() - began - visit.at_s / factor
            kind = visit.kind
            if self._name == JAMMED_GATE and middle <= number <= middle + _STUCK_VISITS:
                kind = VisitKind.JAMMED if number == middle else VisitKind.SENSOR_STUCK
            elif self._name == UNPLUGGED_GATE and middle <= number < middle + _AWAY_VISITS:
                kind = VisitKind.UNPLUGGED
            with self._disturbance(kind, is_last=number == middle + _AWAY_VISITS - 1):
                result = self._show(visit, kind, tickets[visit.person], late_s)
            if kind is VisitKind.JAMMED and result["green"]:
                time.sleep(0.2)  # the arm is free again, and the person tries once more
                self._show(visit, VisitKind.ENTRY, tickets[visit.person], late_s)

    @contextmanager
    def _disturbance(self, kind: VisitKind, *, is_last: bool) -> Iterator[None]:
        sensor = self._sensor
        if kind is VisitKind.UNPLUGGED:
            self.board.unplug()
        if sensor is not None and kind in (VisitKind.JAMMED, VisitKind.SENSOR_STUCK):
            sensor[2 if kind is VisitKind.JAMMED else 0] = True
            time.sleep(0.4)
        yield
        if sensor is not None and kind in (VisitKind.JAMMED, VisitKind.SENSOR_STUCK):
            sensor[0] = sensor[2] = False
            time.sleep(0.2)
        if kind is VisitKind.UNPLUGGED and is_last:
            self.board.plug()
            wait_for(self.is_ready, READY_S)

    def _show(self, visit: Visit, kind: VisitKind, code: str, late_s: float) -> dict[str, Any]:
        rest_s = self._last_shown.get(code, 0) + _SAME_CODE_REST_S - time.monotonic()
        time.sleep(max(0.0, rest_s))
        known = self._store.roster.find(visit.person)
        count, began = len(self._messages.outcomes), time.monotonic()
        while len(self._messages.outcomes) == count and time.monotonic() < began + ANSWER_S:
            self._hold_up(code, count, by_camera=visit.by_camera)
        self._last_shown[code] = time.monotonic()
        result: dict[str, Any] = {"person": visit.person, "kind": kind, "gate": self._name, "late_s": late_s}
        result |= {
            "by": "camera" if visit.by_camera else "scanner",
            "known_cancelled": known is not None and known.status is ParticipantStatus.CANCELLED,
            "row_id": "",
            "green": False,
            "pulsed": False,
        }
        self.results.append(result)
        if len(self._messages.outcomes) == count:
            return result
        at, outcome = self._messages.outcomes[count]
        began = outcome.captured_at or began
        result |= {
            "row_id": outcome.row_id,
            "green": outcome.is_green,
            "result": outcome.decision.result,
            "reason": outcome.decision.reason,
            "pulsed": outcome.pulsed,
            "relay_at": outcome.relay_at,
            "verdict_ms": (at - began) * 1000,
        }
        if outcome.is_green:
            self._walk(outcome, kind)
        return result

    def _hold_up(self, code: str, count: int, *, by_camera: bool) -> None:
        """Show the code once, and wait until it is decided or may be shown again."""
        if not by_camera:
            os.write(self._port, code.encode() + b"\r")
            self._await(lambda: len(self._messages.outcomes) > count, _SAME_CODE_REST_S)
            return
        frame = gate_frame(qr_modules(code), self._rng)
        for number in range(40):
            self._camera.push(np.roll(frame, number % 3, axis=1) if number < 4 else self._nobody)
            if self._await(lambda: len(self._messages.outcomes) > count, _FRAME_S):
                return
        time.sleep(_SAME_CODE_REST_S)  # not read: held up again

    def _walk(self, outcome: GateOutcome, kind: VisitKind) -> None:
        """Turn the arm as somebody who walks through, or do not."""
        is_watched = self._sensor is not None and outcome.passage is Passage.GRANTED
        time.sleep(_TURN_S)
        if not is_watched or self._sensor is None:
            return
        if kind in (VisitKind.ENTRY, VisitKind.SECOND_TRY):
            self._sensor[0] = True
            self._await(lambda: outcome.row_id in self._messages.passages, 0.9)
            self._sensor[0] = False
            time.sleep(_TURN_S)
        self._await(lambda: outcome.row_id in self._messages.passages, WINDOW_S + 5)

    def _await(self, condition: Any, within_s: float) -> bool:
        with self._messages.changed:
            return bool(self._messages.changed.wait_for(condition, within_s))


def wait_for(condition: Any, within_s: float) -> bool:
    """Wait until `condition` is true; return False if it does not become so."""
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _time_decisions() -> list[float]:
    """Return a list to which the gate adds the milliseconds of each decision, with its commit and its pulse."""
    durations, decide = [], Gate.decide_scan

    def timed(gate: Gate, *arguments: Any, **more: Any) -> Any:
        began = time.perf_counter()
        try:
            return decide(gate, *arguments, **more)
        finally:
            durations.append((time.perf_counter() - began) * 1000)

    setattr(Gate, "decide_scan", timed)  # noqa: B010 -- mypy takes no assignment to a method
    return durations


def _say(word: str) -> None:
    print(word, flush=True)


def run(folder: Path, name: str, plan: dict[str, Any]) -> None:
    """Run the gate from start to end."""
    configure_logging(level=logging.ERROR)
    decide_ms, messages = _time_decisions(), Messages()
    has_sensor, is_serial_only = name == JAMMED_GATE, not any(v["by_camera"] for v in plan["visits"])
    with ExitStack() as stack:
        board: PtyBoard = stack.enter_context(
            ModbusEmulator(folder / "board") if has_sensor else LcusEmulator(folder / "board")
        )
        station_end = folder / "scanner"
        port, other = os.openpty()
        tty.setraw(other)
        station_end.symlink_to(os.ttyname(other))
        settings = StationSettings(
            camera="",
            relay=f"{'modbus' if has_sensor else 'lcus'}:{board.link}",
            inputs="passage=1,jam=3" if has_sensor else "",
            scanner=f"serial://{station_end}?suffix=cr",
            passage_window_s=WINDOW_S,
            pulse_ms=PULSE_MS,
            sound=False,
            lan=plan["lan_port"] > 0,
            lan_port=plan["lan_port"] or 48_500,
            lan_address="127.0.0.1",
            lan_multicast=False,
        )
        store = stack.enter_context(open_station_store(folder / "station"))
        own = stack.enter_context(store.open_session())
        camera = VirtualCamera(max_frame_interval=5.0)
        devices = build_devices(settings, source=None if is_serial_only else camera.source)
        station = build_station(store, devices, settings, messages.receive)
        gate = GateSimulator(name, own, station, messages, board, port, camera)
        station.start()
        stack.callback(station.stop)
        if not wait_for(gate.is_ready, READY_S):
            sys.exit(f"{name} is not ready")
        _say("ready")
        sys.stdin.readline()
        visits = [Visit(**visit | {"kind": VisitKind(visit["kind"])}) for visit in plan["visits"]]
        gate.serve(visits, plan["tickets"], plan["factor"])
        _say("served")
        sys.stdin.readline()
        wait_for(lambda: not own.journal.backlog().rows, SYNCED_S)
        result = {
            "gate": name,
            "visits": gate.results,
            "decide_ms": decide_ms,
            "unexplained_turns": messages.unexplained_turns,
            "closures": [change.changed_at for change in board.contact_changes if change.on],
            "verify": own.journal.verify(),
            "backlog": own.journal.backlog().rows,
            "rows": [
                [row.record.id, row.journal_id, row.sequence, row.hash] for row in own.journal.all_rows()
            ],
        }
    (folder / "result.json").write_text(json.dumps(result))
    _say("done")


if __name__ == "__main__":
    run(Path(sys.argv[1]), sys.argv[2], json.loads(Path(sys.argv[3]).read_text()))
