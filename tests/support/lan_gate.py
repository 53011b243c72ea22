"""A gate in a process of its own, with the engine of the local network on a real socket, that obeys lines of JSON.

    python tests/support/lan_gate.py FOLDER NUMBER ADDRESS PORT PEOPLE
    {"do": "peers", "rows": [...]}   {"do": "scan", "person": "p-1"}   {"do": "await", "person": "p-1"}
    {"do": "scans", "first": 1, "count": 200}   {"do": "status"}

Each is answered by a line of JSON. Times are of the system's monotonic clock, which all processes share.
"""

import json
import logging
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from hub_sync.client.lan.engine import LanEngine, LanOptions
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.clock import SystemClock, epoch_ms
from hub_sync.contract.ids import new_id
from hub_sync.contract.lan import PeerRow
from hub_sync.contract.sync import EventRow
from kiosk_app.bootstrap.log_config import configure_logging
from kiosk_app.core.gate import Gate
from kiosk_app.messages import GateOutcome
from tests.support.builders.lan import enrol_as, peer_row
from tests.support.builders.people import EVENT, participant_row, seal_ticket_for
from tests.support.builders.station import (
    EVENT_ROW,
    RecordingSpeaker,
    RecordingTurnstile,
    build_station_store,
)

PROGRAM = Path(__file__)
_AWAITED_S = 10.0


class LanGate:
    """The parent's side of such a process."""

    def __init__(
        self,
        folder: Path,
        number: int,
        *,
        address: str = "127.0.0.1",
        port: int = 0,
        people: int = 1_000,
        prefix: tuple[str, ...] = (),
    ) -> None:
        """Start a gate. `prefix` is put before the command, such as `ip netns exec NAME`."""
        self.number, self.address = number, address
        arguments = [str(folder), str(number), address, str(port), str(people)]
        self.process = subprocess.Popen(
            [*prefix, sys.executable, str(PROGRAM), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.row = PeerRow.model_validate(self.answer()["row"])

    def ask(self, do: str, **members: Any) -> None:
        """Send a command."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": do, **members}) + "\n")
        self.process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """Return the next answer."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the gate's process ended"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def call(self, do: str, **members: Any) -> dict[str, Any]:
        """Send a command and return its answer."""
        self.ask(do, **members)
        return self.answer()

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(20)


def introduce(*gates: LanGate, addresses: bool = True) -> None:
    """Give each gate the list of the others, as the hub's pull does."""
    for gate in gates:
        others = [other.row for other in gates if other is not gate]
        rows = others if addresses else [row.model_copy(update={"addresses": ()}) for row in others]
        gate.call("peers", rows=[row.model_dump() for row in rows])


def wait_until_heard(*gates: LanGate, count: int | None = None, timeout_s: float = 20.0) -> float:
    """Wait until each gate hears `count` others (all). Return the seconds that it took."""
    began = time.monotonic()
    expected = len(gates) - 1 if count is None else count
    while any(gate.call("status")["heard"] != expected for gate in gates):
        assert time.monotonic() < began + timeout_s, [gate.call("status") for gate in gates]
        time.sleep(0.05)
    return time.monotonic() - began


def serve(folder: Path, number: int, address: str, port: int, people: int) -> None:
    """Run the gate until the input ends."""
    configure_logging(level=logging.ERROR)
    clock = SystemClock()
    now = clock.now()
    event = EVENT_ROW | {
        "starts_at_ms": epoch_ms(now - timedelta(hours=2)),
        "ends_at_ms": epoch_ms(now + timedelta(hours=12)),
    }
    rows = [participant_row(f"p-{each}") for each in range(1, people + 1)]
    store = build_station_store(folder, rows, clock, at=now, events=(EventRow.model_validate(event),))
    enrol_as(store, number)

    def nudge() -> None:
        engine.nudge()

    gate = Gate(
        store=store,
        timekeeper=Timekeeper(clock, store),
        clock=clock,
        new_id=new_id,
        turnstile=RecordingTurnstile(),
        speaker=RecordingSpeaker(),
        on_written=nudge,
    )
    enrolment = store.settings.enrolment()
    assert enrolment is not None
    multicast = port == 0
    port = port or 47_500 + number
    options = LanOptions(port=port, address=address, multicast=multicast)
    engine = LanEngine(store.open_session, enrolment, clock=clock, options=options)
    engine.start()
    _say({"row": peer_row(store, address=address, port=port).model_dump()})
    for line in sys.stdin:
        command = json.loads(line)
        match command["do"]:
            case "peers":
                store.peers.replace(PeerRow.model_validate(row) for row in command["rows"])
                _say({})
            case "scan":
                _say(_scan(gate, command["person"]))
            case "scans":
                began, busy = time.monotonic(), time.process_time()
                each = [
                    _scan(gate, f"p-{person}")
                    for person in range(command["first"], command["first"] + command["count"])
                ]
                wall = time.monotonic() - began
                _say({"scans": each, "cpu": (time.process_time() - busy) / wall})
            case "await":
                _say(_await(gate, command["person"]))
            case "status":
                status = engine.status
                _say(
                    {
                        "heard": status.heard,
                        "address": status.address,
                        "source": [peer.source for peer in status.peers],
                        "cpu_s": time.process_time(),
                    }
                )
    engine.stop()
    store.close()


def _scan(gate: Gate, person: str) -> dict[str, Any]:
    began = time.monotonic()
    outcome = gate.decide_scan(seal_ticket_for(person))
    assert isinstance(outcome, GateOutcome)
    at = time.monotonic()
    return {
        "at": at,
        "ms": (at - began) * 1000,
        "result": outcome.decision.result.value,
        "gate": outcome.earlier_gate,
    }


def _await(gate: Gate, person: str) -> dict[str, Any]:
    """Wait until another gate's admission is known here, then scan the same ticket."""
    until = time.monotonic() + _AWAITED_S
    while not gate.store.presence.get(person, "hall-a", EVENT).inside and time.monotonic() < until:
        time.sleep(0.0005)
    known_at = time.monotonic()
    return _scan(gate, person) | {"known_at": known_at}


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
