"""A station with a turnstile and a passage sensor, to be killed: what happens at the gate comes on stdin, what came of it goes to stdout.

    hour_program.py FOLDER LINK    then on stdin: "open", acts as JSON a line each, "drain" or the end

Acts: `{"scan": code, "way": "entry"}`, `{"group": true}` for the rest of the group of whoever was scanned last, `{"undo": true}`.
Says "imported", "ready", a JSON object a row that was shown, and "drained".
"""

import contextlib
import faulthandler
import json
import logging
import queue
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

from hardware.inputs import parse_inputs
from hardware.relay import DoorState, create_door
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store import FileKeyStore, open_store
from hub_sync.client.sync.engine import SyncEngine
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.clock import SystemClock
from hub_sync.contract.enums import Direction
from hub_sync.contract.ids import new_id
from kiosk_app.bootstrap.log_config import configure_logging
from kiosk_app.core.gate import Gate
from kiosk_app.core.passage.monitor import PassageMonitor
from kiosk_app.messages import GateOutcome, GroupOutcome, UndoResult
from tests.journeys.gate_program import drain, say
from tests.support.builders.station import RecordingSpeaker

WINDOW_S, PULSE_MS, TURN_S, READY_S, STUCK_S = 1.0, 100, 0.01, 30.0, 45.0


class Life:
    """The gate from one start to the next kill."""

    def __init__(self, gate: Gate, monitor: PassageMonitor) -> None:
        self._gate, self._monitor = gate, monitor
        self._last: GateOutcome | None = None

    def act(self, act: dict[str, Any]) -> None:
        """Do one thing at the gate, and say what was shown."""
        if code := act.get("scan"):
            self._gate.choose_direction(Direction(act["way"]))
            outcome = self._gate.decide_scan(code)
            assert isinstance(outcome, GateOutcome), outcome
            self._show(outcome)
            self._last = outcome
        elif "group" in act and self._last is not None and self._last.group is not None:
            members = [member.participant_id for member in self._last.group.may_enter]
            group = self._gate.admit_group(self._last.subject, members)
            if isinstance(group, GroupOutcome):
                for outcome in group.outcomes:
                    self._show(outcome)
                self._gate.release_group(group, self.pause)
        elif "undo" in act and self._last is not None and self._last.is_green:
            result, sequence = self._gate.take_back(self._last, "Kim")
            say(
                json.dumps(
                    {"undone": self._last.row_id, "done": result is UndoResult.DONE, "sequence": sequence}
                )
            )

    def pause(self, seconds: float) -> bool:
        """Watch the sensor for a time."""
        until = time.monotonic() + seconds
        while True:
            self._monitor.update(self._gate)
            if time.monotonic() >= until:
                return True
            time.sleep(TURN_S)

    def _show(self, outcome: GateOutcome) -> None:
        shown = {"id": outcome.row_id, "result": outcome.decision.result, "green": outcome.is_green}
        say(json.dumps({**shown, "sequence": outcome.sequence}))


def main(folder: Path, link: str) -> None:
    """Run one life."""
    configure_logging(
        level=logging.ERROR
    )  # to stderr: a warning of a thread would land within a line of the output
    say("imported")
    faulthandler.dump_traceback_later(STUCK_S)  # into the log of the test
    if sys.stdin.readline().strip() != "open":
        return
    clock = SystemClock()
    with (
        open_store(folder, FileKeyStore(folder), clock, new_id) as store,
        create_door(f"modbus:{link}", inputs=parse_inputs("passage=1:5")) as door,
    ):
        enrolment = store.settings.enrolment()
        assert enrolment is not None
        engine = SyncEngine(store.open_session, partial(HubApi.for_enrolment, enrolment, clock), clock=clock)
        engine.start()
        monitor = PassageMonitor(door, window_s=WINDOW_S)
        gate = Gate(
            store=store,
            timekeeper=Timekeeper(clock, store),
            clock=clock,
            new_id=new_id,
            turnstile=door,
            speaker=RecordingSpeaker(),
            pulse_ms=PULSE_MS,
            on_written=engine.nudge,
            passages=monitor,
        )
        life, until = Life(gate, monitor), time.monotonic() + READY_S
        while not (monitor.watches and door.health().state is DoorState.READY) and time.monotonic() < until:
            time.sleep(0.005)
        say("ready")
        lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        threading.Thread(target=read_lines, args=(lines,), daemon=True).start()
        while (line := next_line(lines, life)) is not None:
            if line.strip() == "drain":
                life.pause(2 * WINDOW_S)
                drain(store, engine)
            else:
                life.act(json.loads(line))
                life.pause(0.05)
        engine.stop()


def read_lines(lines: "queue.SimpleQueue[str | None]") -> None:
    """Read stdin to its end."""
    for line in sys.stdin:
        lines.put(line)
    lines.put(None)


def next_line(lines: "queue.SimpleQueue[str | None]", life: Life) -> str | None:
    """Return the next line, and watch the sensor meanwhile."""
    while True:
        with contextlib.suppress(queue.Empty):
            return lines.get_nowait()
        life.pause(TURN_S)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
