"""Measure how long a contact stays on where the station or the board is in trouble; a part of `bench_relay.py --faults`.

The station is a program of its own that pulses an emulated LCUS for 400 ms again and again. Meanwhile it is busy (a Python loop that
holds the interpreter lock, the parsing of a 4 MB JSON text), or the board takes 40 ms for each byte of its answer, or the program or
its door process is killed at a random moment of a pulse.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PULSE_MS = 400
ROOT = Path(__file__).resolve().parents[3]

BOARD = """
import json, sys, time
from pathlib import Path
from hardware.relay.emulators import LcusEmulator
with LcusEmulator(Path(sys.argv[1]), responds_to_status=sys.argv[2] == "slow") as board:
    print("ready", flush=True)
    for line in sys.stdin:
        if line.strip() == "slow":
            board.response_byte_delay_s = 0.04
        if line.strip() == "end":
            break
        print(json.dumps([board.contacts, board.contact_changes]), flush=True)
"""

STATION = """
import json, sys, threading, time
from hardware.relay import DoorState, create_door

def loop():
    number = 0
    while True:
        number += 1

def parse():
    text = json.dumps([{"id": n, "name": "x" * 60} for n in range(48_000)])
    while True:
        json.loads(text)

with create_door(sys.argv[1]) as door:
    while door.health().state is not DoorState.READY:
        time.sleep(0.005)
    for work in {"loop": [loop, loop], "json": [parse]}.get(sys.argv[2], []):
        threading.Thread(target=work, daemon=True).start()
    print("ready", flush=True)
    for line in sys.stdin:
        result = door.pulse(int(sys.argv[3]))
        print(json.dumps([result.sent, result.error_message]), flush=True)
"""


class Process:
    """A child process with a line protocol."""

    def __init__(self, program: str, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self.read()

    def read(self) -> str:
        """Return the next line."""
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def ask(self, line: str) -> str:
        """Send a line and return the next one."""
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.read()

    def end(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.communicate()


@contextlib.contextmanager
def emulated_board(kind: str = "silent") -> Iterator[tuple[Process, str]]:
    """Yield a board in a process of its own, and its address."""
    with tempfile.TemporaryDirectory() as folder:
        board = Process(BOARD, f"{folder}/board", kind)
        yield board, f"lcus:{folder}/board"
        board.end()


def on_times_ms(board: Process) -> list[float]:
    """Return how long each pulse was on; wait until the last one is over."""
    while True:
        contacts, changes = json.loads(board.ask("log"))
        if not contacts[0]:
            break
        time.sleep(0.02)
    return [(off[0] - on[0]) * 1000 for on, off in zip(changes[::2], changes[1::2], strict=True)]


def measure_trouble(trouble: str, pulses: int) -> dict[str, float]:
    """Return how long pulses of 400 ms were on while the station or the board is in `trouble`."""
    with emulated_board("slow" if trouble == "slow board" else "silent") as (board, address):
        station = Process(STATION, address, trouble, str(PULSE_MS))
        if trouble == "slow board":
            board.ask("slow")
        sent = 0
        for _ in range(pulses):
            sent += json.loads(station.ask("pulse"))[0]
            time.sleep(1.0)
        on_ms = sorted(on_times_ms(board))
        station.end()
    return _spread(on_ms, sent=sent)


def measure_kills(victim: str, kills: int) -> dict[str, float]:
    """Return how long pulses of 400 ms were on whose station or door process got SIGKILL in the middle."""
    chance = random.Random(7)
    on_ms: list[float] = []
    with emulated_board() as (board, address):
        for _ in range(kills):
            station = Process(STATION, address, "quiet", str(PULSE_MS))
            pid = station.process.pid if victim == "station" else _door_process_of(station.process.pid)
            station.ask("pulse")
            time.sleep(chance.uniform(0.0, PULSE_MS / 1000 - 0.02))
            os.kill(pid, signal.SIGKILL)
            on_ms = on_times_ms(board)
            time.sleep(0.3)
            station.end()
            time.sleep(0.2)
    assert len(on_ms) == kills, "a pulse too many or too few"
    return _spread(sorted(on_ms), sent=kills)


def _door_process_of(pid: int) -> int:
    children = " ".join(path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children"))
    return int(children.split()[0])


def _spread(on_ms: list[float], *, sent: int) -> dict[str, float]:
    return {
        "pulses": len(on_ms),
        "sent": sent,
        "on_ms_p50": round(on_ms[len(on_ms) // 2], 1),
        "on_ms_max": round(on_ms[-1], 1),
    }


def measure_faults() -> dict[str, dict[str, float]]:
    """Return all figures."""
    figures = {trouble: measure_trouble(trouble, 20) for trouble in ("quiet", "loop", "json", "slow board")}
    figures["station killed"] = measure_kills("station", 40)
    figures["door process killed"] = measure_kills("door process", 40)
    return figures
