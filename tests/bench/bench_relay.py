"""Latency from `pulse()` to the byte at the board: `packaging/run bench relay [--pulses N] [--faults] [--json]`.

With `--faults`, how long a contact stays on in trouble (see `relay_faults.py`) is measured, too; it takes three minutes.
Pulses are apart like people: a board gets no command within 60 ms of another, and a pulse that comes then waits.

The emulated board runs in a process of its own, so that the two share no interpreter lock, as a real board doesn't. Both
read the same monotonic clock. A real line adds 4 bytes (LCUS) or 8 bytes (Modbus) at 9600 baud: 4.2 and 8.3 ms.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from hardware.relay import DoorState, create_door
from tests.bench.relay.relay_faults import measure_faults

BOARD = """
import json, sys
from pathlib import Path
from hardware.relay.emulators import LcusEmulator, ModbusEmulator
kind, link = sys.argv[1], Path(sys.argv[2])
board = ModbusEmulator(link) if kind == "modbus" else LcusEmulator(link, responds_to_status=kind != "lcus")
with board:
    print("ready", flush=True)
    sys.stdin.readline()
print(json.dumps(board.contact_changes))
"""


def measure(kind: str, pulses: int) -> dict[str, float]:
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        link = f"{folder}/board"
        board = subprocess.Popen(
            [sys.executable, "-c", BOARD, kind, link],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert board.stdin
        assert board.stdout
        board.stdout.readline()
        calls, returns = [], []
        with create_door(f"{'modbus' if kind == 'modbus' else 'lcus'}:{link}") as door:
            while door.health().state is not DoorState.READY:
                time.sleep(0.01)
            for _ in range(pulses):
                time.sleep(0.6 + chance.random() * 0.3)
                calls.append(time.monotonic())
                result = door.pulse(100)
                returns.append(time.monotonic())
                assert result.sent, result.error_message
            time.sleep(0.2)
        output, _ = board.communicate("\n")
    events = json.loads(output)
    ons = [at for at, _, on in events if on]
    offs = [at for at, _, on in events if not on]
    assert len(ons) == len(offs) == pulses
    delay = (np.array(ons) - np.array(calls)) * 1000
    took = (np.array(returns) - np.array(calls)) * 1000
    width = (np.array(offs) - np.array(ons)) * 1000
    figures: dict[str, float] = {"pulses": pulses}
    for name, values in (("call_to_board_ms", delay), ("call_ms", took), ("on_for_ms_of_100", width)):
        for share in (50, 99, 100):
            figures[f"{name}_p{share}"] = round(float(np.percentile(values, share)), 3)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pulses", type=int, default=200)
    parser.add_argument("--faults", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = {kind: measure(kind, options.pulses) for kind in ("lcus", "lcus that answers", "modbus")}
    if options.faults:
        figures |= measure_faults()
    if options.json:
        sys.stdout.write(json.dumps(figures) + "\n")
        return
    for kind, values in figures.items():
        sys.stdout.write(f"{kind}\n" + "".join(f"  {name:26} {value}\n" for name, value in values.items()))


if __name__ == "__main__":
    main()
