"""A station without a camera, to be killed: what is held up comes on stdin, what happened goes to stdout.

    gate_program.py FOLDER LINK    then on stdin: "open", codes a line each, "drain" or the end

Says "imported", "ready", one JSON object a scan after it happened, and "drained". Imports come before "open", so that who
starts it can have the next one waiting.
"""

import json
import logging
import sys
import time
from functools import partial
from pathlib import Path

from hardware.relay import Door, DoorState, create_door
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store import FileKeyStore, Store, open_store
from hub_sync.client.sync.engine import SyncEngine
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.clock import SystemClock
from hub_sync.contract.ids import new_id
from kiosk_app.bootstrap.log_config import configure_logging
from kiosk_app.core.gate import Gate
from kiosk_app.messages import GateOutcome
from tests.support.builders.station import RecordingSpeaker

PATIENCE_S = 30.0


def main(folder: Path, link: str) -> None:
    """Run one life."""
    configure_logging(
        level=logging.ERROR
    )  # to stderr: a warning of a thread would land within a line of the output
    say("imported")
    if sys.stdin.readline().strip() != "open":
        return
    clock = SystemClock()
    with (
        open_store(folder, FileKeyStore(folder), clock, new_id) as store,
        create_door(f"lcus:{link}") as door,
    ):
        enrolment = store.settings.enrolment()
        assert enrolment is not None
        engine = SyncEngine(store.open_session, partial(HubApi.for_enrolment, enrolment, clock), clock=clock)
        engine.start()
        gate = Gate(
            store=store,
            timekeeper=Timekeeper(clock, store),
            clock=clock,
            new_id=new_id,
            turnstile=door,
            speaker=RecordingSpeaker(),
            pulse_ms=100,
            on_written=engine.nudge,
        )
        wait_for(door)
        say("ready")
        for line in sys.stdin:
            if line.strip() == "drain":
                drain(store, engine)
            else:
                report(gate.decide_scan(line.rstrip("\n")))
        engine.stop()


def wait_for(door: Door) -> None:
    """Wait until the board has received "off"."""
    until = time.monotonic() + PATIENCE_S
    while door.health().state is not DoorState.READY and time.monotonic() < until:
        time.sleep(0.001)


def report(outcome: object) -> None:
    """Say what was shown."""
    assert isinstance(outcome, GateOutcome)
    result = {"id": outcome.row_id, "result": outcome.decision.result, "green": outcome.is_green}
    say(json.dumps({**result, "pulsed": outcome.pulsed, "sequence": outcome.sequence}))


def drain(store: Store, engine: SyncEngine) -> None:
    """Push until the hub has acknowledged everything."""
    engine.retry_now()
    until = time.monotonic() + PATIENCE_S
    while store.journal.backlog().rows and time.monotonic() < until:
        time.sleep(0.02)
    say("drained")


def say(line: str) -> None:
    """Print a line, and flush."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
