"""The hour: a hub process that is killed twice, four gates, an organiser who cancels; then the comparison of what everybody stored."""

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select

from hub_sync.contract.enums import Direction
from hub_sync.hub.commands.common import open_hub
from hub_sync.hub.domains.check_in.tables import AccessConflict, AccessLog, PassageReport, VenueOccupancy
from hub_sync.hub.domains.sync.tables import QuarantinedScan
from hub_sync.rules.conflicts import ConflictKind
from hub_sync.rules.tickets.ticket_codec import TicketPayload, seal_ticket
from kiosk_app.demo.hub_process import HubProcess
from tests.bench.hub_and_station import DEMO_CHECKPOINT, Hub, spread
from tests.bench.turnstile.crowd import EXIT, GATES, HOUR_S, OUTAGES, Crowd, draw_crowd
from tests.bench.turnstile.invariants import HubScan, HubState, broken_invariants, peak_occupancy
from tests.support.builders.people import KEY

ROOT = Path(__file__).resolve().parents[3]
END_S = 300.0
Outages = tuple[tuple[float, float], ...]


class SimulatorProcess:
    """The parent's side of a gate."""

    def __init__(self, folder: Path, name: str, plan: dict[str, Any]) -> None:
        """Start it."""
        self.folder, self.name = folder, name
        (folder / "plan.json").write_text(json.dumps(plan))
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.bench.turnstile.gate_simulator",
                str(folder),
                name,
                str(folder / "plan.json"),
            ],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def expect(self, word: str) -> None:
        """Wait until the gate says so."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        assert line == word, f"{self.name}: {line or 'ended'} instead of {word}"

    def say(self, word: str) -> None:
        """Tell the gate to go on."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()

    def result(self) -> dict[str, Any]:
        """Return what it stored, once it is done."""
        result: dict[str, Any] = json.loads((self.folder / "result.json").read_text())
        return result

    def end(self) -> None:
        """End the process, whatever it does."""
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


@dataclass(frozen=True, slots=True)
class Venue:
    """The entries of an hour, beside which there is an exit, and when its hub is away."""

    entries: tuple[str, ...] = GATES
    outages: Outages = OUTAGES
    hub: type[HubProcess] = HubProcess

    @property
    def gates(self) -> tuple[str, ...]:
        """The entries and the exit."""
        return (*self.entries, EXIT)


class Organiser(threading.Thread):
    """Stops and starts the hub, and cancels people while it runs, at their times."""

    def __init__(
        self, hub: Hub, crowd: Crowd, factor: float, api_key: str, outages: Outages = OUTAGES
    ) -> None:
        super().__init__(name="organiser", daemon=True)
        self._hub, self._factor, self._key = hub, factor, api_key
        self._began = time.monotonic()
        acts = [(at_s, "cancel", person) for person, at_s in crowd.cancelled.items() if at_s]
        for start, end in outages:
            acts += [(start * HOUR_S, "stop", ""), (end * HOUR_S, "start", "")]
        self._acts = sorted(acts)
        self.outages_s: list[float] = []
        self.failure: Exception | None = None

    def run(self) -> None:
        """Act until the hour is over. What was to be cancelled during an outage is cancelled after it."""
        try:
            self._run()
        except Exception as failure:  # noqa: BLE001 -- raised again by the benchmark's own thread
            self.failure = failure

    def _run(self) -> None:
        stopped_at: float | None = None
        waiting: list[str] = []
        for at_s, act, person in self._acts:
            time.sleep(max(0.0, self._began + at_s / self._factor - time.monotonic()))
            if act == "stop":
                stopped_at = time.monotonic()
                self._hub.process.kill()
            elif act == "start" and stopped_at is not None:
                self._hub.process.start()
                self.outages_s.append(time.monotonic() - stopped_at)
                stopped_at = None
                while waiting:
                    self.cancel(waiting.pop())
            elif stopped_at is None:
                self.cancel(person)
            else:
                waiting.append(person)

    def cancel(self, person: str) -> None:
        """Cancel a participant over the API."""
        path = f"{self._hub.process.url}/api/v1/events/{self._hub.event['event_id']}/participants/{person}"
        with httpx.Client(headers={"X-API-Key": self._key}, timeout=20, trust_env=False) as client:
            there = client.get(path)
            there.raise_for_status()
            answer = client.put(
                path, json={"status": "CANCELLED"}, headers={"If-Match": there.headers["ETag"]}
            )
            answer.raise_for_status()


def run_hour(
    folder: Path,
    people: int,
    factor: float,
    *,
    seed: int = 1,
    lan_port: int = 0,
    venue: Venue = Venue(),
) -> dict[str, Any]:
    """Run the hour; return figures and, under `broken`, what did not hold."""
    hub = Hub(folder / "hub", people + people // 8 + 20, key=KEY, process=venue.hub)
    gates: list[SimulatorProcess] = []
    try:
        return _run(hub, gates, folder, people, factor, seed, lan_port, venue)
    finally:
        for gate in gates:
            gate.end()
        hub.process.stop()


def _run(
    hub: Hub,
    gates: list[SimulatorProcess],
    folder: Path,
    people: int,
    factor: float,
    seed: int,
    lan_port: int,
    venue: Venue,
) -> dict[str, Any]:
    event = hub.process.command("demo-event", "--with-participants", "--participants", str(people))
    approved = [row["id"] for row in event["participants"] if row["status"] == "APPROVED"][:people]
    crowd = draw_crowd(approved, seed, venue.entries)
    permissions = ("participants:read", "participants:update", "events:read")
    wanted = [argument for each in permissions for argument in ("--permission", each)]
    key = hub.process.command("api-key", "create", "--name", "bench", "--rate-limit", "100000", *wanted)[
        "key"
    ]
    before = Organiser(hub, crowd, factor, key)
    for person, at_s in crowd.cancelled.items():
        if not at_s:
            before.cancel(person)
    tickets = {
        person: seal_ticket(TicketPayload(person, event["tenant_id"], event["event_id"], 1), KEY)
        for person in approved
    }
    for number, name in enumerate(venue.gates):
        visits = crowd.of(name)
        plan = {
            "visits": [asdict(visit) for visit in visits],
            "tickets": {visit.person: tickets[visit.person] for visit in visits},
            "factor": factor,
            "lan_port": lan_port + number if lan_port else 0,
        }
        place = folder / name.replace(" ", "-")
        place.mkdir()
        hub.station(place / "station", name, checkpoint=EXIT if name == EXIT else DEMO_CHECKPOINT).close()
        gates.append(SimulatorProcess(place, name, plan))
    for gate in gates:
        gate.expect("ready")
    organiser, began = Organiser(hub, crowd, factor, key, venue.outages), time.monotonic()
    for gate in gates:
        gate.say("go")
    organiser.start()
    for gate in gates:
        gate.expect("served")
    took_s = time.monotonic() - began
    organiser.join(END_S)
    if organiser.failure is not None:
        raise organiser.failure
    for gate in gates:
        gate.say("finish")
    for gate in gates:
        gate.expect("done")
    hub.process.stop()
    state = read_hub(hub.process.folder)
    results = [gate.result() for gate in gates]
    figures = _figures(results, state, took_s, factor, organiser)
    broken = broken_invariants(results, state, crowd.second_tries)
    return figures | {
        "invariants": {name: "holds" if not faults else "BROKEN" for name, faults in broken.items()},
        "broken": [fault for faults in broken.values() for fault in faults],
    }


def read_hub(folder: Path) -> HubState:
    """Return what the hub of a folder has stored; it must not run."""
    with open_hub(folder, None) as hub, hub.uow.read() as work:
        rows = work.session
        return HubState(
            scans=[
                HubScan(
                    row.id,
                    row.journal_id,
                    row.sequence,
                    row.journal_hash,
                    row.participant_id or "",
                    row.result,
                    row.direction,
                    row.zone,
                    row.effective_at_ms,
                    row.device_id,
                    row.passage,
                )
                for row in rows.scalars(select(AccessLog))
            ],
            others=[
                (row.id, row.journal_id, row.sequence, row.journal_hash)
                for row in rows.scalars(select(PassageReport))
            ],
            double_entries=frozenset(
                row.participant_id or ""
                for row in rows.scalars(select(AccessConflict).filter_by(kind=ConflictKind.DOUBLE_ENTRY))
            ),
            counts={row.zone or "": row.current for row in rows.scalars(select(VenueOccupancy))},
            set_aside=len(list(rows.scalars(select(QuarantinedScan)))),
        )


def _figures(
    gates: list[dict[str, Any]], hub: HubState, took_s: float, factor: float, organiser: Organiser
) -> dict[str, Any]:
    visits = [visit for gate in gates for visit in gate["visits"]]
    decided = [visit for visit in visits if visit["row_id"]]
    at_entries = [visit for visit in visits if visit["gate"] != EXIT]
    refused = Counter(visit["reason"] for visit in decided if not visit["green"])
    passages = Counter(scan.passage for scan in hub.scans if scan.passage is not None)
    return {
        "accelerated_by": factor,
        "seconds": round(took_s, 1),
        "tickets_shown": len(visits),
        "people_a_minute_and_gate": round(len(at_entries) / (len(gates) - 1) / took_s * 60, 1),
        "latest_behind_plan_s": round(max(visit["late_s"] for visit in visits), 1),
        "decide_ms": spread([each for gate in gates for each in gate["decide_ms"]]),
        "scanner_to_verdict_ms": spread([v["verdict_ms"] for v in decided if v["by"] == "scanner"]),
        "camera_to_verdict_ms": spread([v["verdict_ms"] for v in decided if v["by"] == "camera"]),
        "to_green_ms": spread([v["verdict_ms"] for v in decided if v["green"]]),
        "outages_s": ", ".join(f"{each:.1f}" for each in organiser.outages_s),
        "green": sum(visit["green"] for visit in visits),
        "refused": dict(sorted(refused.items())),
        "green_with_a_stuck_turnstile": sum(visit["green"] and not visit["pulsed"] for visit in visits),
        "pulses": sum(len(gate["closures"]) for gate in gates),
        "passages": {key.value: count for key, count in sorted(passages.items())},
        "turns_of_nobody": sum(gate["unexplained_turns"] for gate in gates),
        "double_entries": len(hub.double_entries),
        "rows_at_the_hub": len(hub.scans) + len(hub.others),
        "inside_at_the_end": hub.counts.get("", 0),
        "peak_occupancy": peak_occupancy(hub.scans),
        "entries": sum(scan.counts and scan.direction is Direction.ENTRY for scan in hub.scans),
        "exits": sum(scan.counts and scan.direction is Direction.EXIT for scan in hub.scans),
    }
