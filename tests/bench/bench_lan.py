"""Benchmark of the local network: how soon a ticket that one gate admitted is refused at another, without a hub.

    packaging/run bench lan [--gates N] [--scans N] [--flood-seconds S] [--json]

Each gate is a process of its own with store, gate and engine; datagrams go over real sockets on the loopback interface. Then strangers
flood one gate with datagrams while it decides.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from hub_sync.rules.device_keys import DevicePublicKey
from tests.support.lan_gate import LanGate, introduce, wait_until_heard

FLOODER = """
import os, socket, sys, time
target = (sys.argv[1], int(sys.argv[2]))
until = time.monotonic() + float(sys.argv[3])
flood = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
junk = [os.urandom(200), b"DWL1" + os.urandom(200), b"DWL1\\x03" + bytes.fromhex(sys.argv[4]) + os.urandom(200)]
sent = 0
while time.monotonic() < until:
    for _ in range(200):
        flood.sendto(junk[sent % 3], target)
        sent += 1
print(sent)
"""


def percentiles(name: str, values: list[float]) -> dict[str, float]:
    return {
        f"{name}_p50": round(float(np.percentile(values, 50)), 2),
        f"{name}_p99": round(float(np.percentile(values, 99)), 2),
        f"{name}_max": round(max(values), 2),
    }


def tell(gates: list[LanGate], scans: int, first: int = 1, name: str = "told") -> dict[str, Any]:
    """Admit at the first gate, and wait at the last one."""
    teller, listener = gates[0], gates[-1]
    delays, refused = [], 0
    for person in range(first, first + scans):
        listener.ask("await", person=f"p-{person}")
        admitted = teller.call("scan", person=f"p-{person}")
        second = listener.answer()
        assert admitted["result"] == "VALID", admitted
        delays.append((second["known_at"] - admitted["at"]) * 1000)
        refused += second["result"] == "ALREADY_SCANNED" and second["gate"] == "Main entrance"
    return {name: scans, f"{name}_and_refused": refused, **percentiles(f"{name}_ms", delays)}


def decide(gate: LanGate, first: int, count: int, name: str) -> dict[str, Any]:
    answer = gate.call("scans", first=first, count=count)
    results = {scan["result"] for scan in answer["scans"]}
    assert results == {"VALID"}, results
    return percentiles(f"decide_ms_{name}", [scan["ms"] for scan in answer["scans"]])


def flood(gates: list[LanGate], first: int, seconds: float, sender: str) -> dict[str, Any]:
    """Flood the last gate from two processes while it decides, and while another one tells it of admissions."""
    gate = gates[-1]
    command = [sys.executable, "-c", FLOODER, gate.address, str(gate.row.port), str(seconds), sender]
    before, began = gate.call("status")["cpu_s"], time.monotonic()
    flooders = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    time.sleep(0.3)
    figures = decide(gate, first, 100, "flooded")
    figures |= tell(gates, 20, first + 100, "told_in_flood")
    assert all(process.poll() is None for process in flooders), "the flood was over too soon"
    sent = sum(int(process.communicate()[0]) for process in flooders)
    share = (gate.call("status")["cpu_s"] - before) / (time.monotonic() - began)
    return figures | {"junk_a_second": round(sent / seconds), "cpu_share_flooded": round(share, 3)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gates", type=int, default=4)
    parser.add_argument("--scans", type=int, default=200)
    parser.add_argument("--flood-seconds", type=float, default=8.0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    people = 3 * options.scans + 600
    with tempfile.TemporaryDirectory() as folder:
        gates = [
            LanGate(
                Path(folder) / str(number),
                number,
                port=48_000 + os.getpid() % 1_000 * 10 + number,
                people=people,
            )
            for number in range(options.gates)
        ]
        try:
            introduce(*gates)
            figures: dict[str, Any] = {
                "gates": options.gates,
                "heard_after_s": round(wait_until_heard(*gates), 2),
            }
            figures |= tell(gates, options.scans)
            figures |= decide(gates[-1], options.scans + 1, 100, "quiet")
            sender = gates[0].row.public_key
            key = DevicePublicKey.parse(sender)
            assert key is not None
            figures |= flood(gates, options.scans + 101, options.flood_seconds, key.fingerprint[:8].hex())
            wait_until_heard(*gates)
            after = tell_after(gates, options.scans + 300)
            figures |= after
        finally:
            for gate in gates:
                gate.close()
    sys.stdout.write(
        json.dumps(figures) + "\n"
        if options.json
        else "".join(f"{name:28} {value}\n" for name, value in figures.items())
    )


def tell_after(gates: list[LanGate], person: int) -> dict[str, float]:
    """Return how soon an admission is known after the flood."""
    gates[-1].ask("await", person=f"p-{person}")
    admitted = gates[0].call("scan", person=f"p-{person}")
    return {"told_ms_after_flood": round((gates[-1].answer()["known_at"] - admitted["at"]) * 1000, 2)}


if __name__ == "__main__":
    main()
