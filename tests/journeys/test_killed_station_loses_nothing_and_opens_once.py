"""A station's process is killed again and again at random moments, over one folder, one board and a real hub.

Invariants 1, 2, 3, 5 and 6: whatever was shown is on disk and arrives once; no pulse without a row, none twice.
"""

import hashlib
import json
import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hardware.relay.emulators import ContactChange, LcusEmulator
from hub_sync.client.enrolment import enrol, parse_enrolment_code
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store import FileKeyStore, JournalRow, Store, open_store
from hub_sync.client.sync.pull_loop import PullLoop
from hub_sync.contract.clock import SystemClock
from hub_sync.contract.enums import ScanResult
from hub_sync.contract.ids import new_id
from hub_sync.rules.tickets.ticket_codec import TicketPayload, seal_ticket
from hub_sync.rules.tickets.ticket_keys import TicketKey
from kiosk_app.demo.hub_process import HubProcess
from tests.support.killable_process import KillableProcess, monotonic_to_boot_ms, process_runs
from tests.support.speedups.forked_hub_process import ForkedHubProcess
from tests.support.thorough import sized

PROGRAM = Path(__file__).with_name("gate_program.py")
KILLS = sized(4, thorough=100)
FROM_ITS_START_S, FROM_READY_S = 0.35, 0.25
"""Every other run is killed within so long of its start, the others within so long of their first scan."""
HUB_AWAY = range(KILLS * 2 // 5, KILLS * 2 // 3)


@dataclass
class ProgramRun:
    """One run of the station's program, as measured from outside; times are the station's monotonic milliseconds."""

    began_ms: float
    ended_ms: float = 0.0
    outcomes: list[dict[str, Any]] = field(default_factory=list)


def now_ms() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME) * 1000


class Crowd:
    """Tickets of people, some for a second time, and what people hold up by mistake."""

    def __init__(self, event: dict[str, Any], store: Store, rng: random.Random) -> None:
        row = store.venue.event()
        assert row is not None
        self._tenant_id, self._event_id, self._rng = row.tenant_id, row.id, rng
        self._key = store.keys.key_ring().sealing_key(SystemClock().now())
        self._people = [person["id"] for person in event["participants"]]

    def next_codes(self) -> list[str]:
        return [self._next_code() for _ in range(60)]

    def _next_code(self) -> str:
        if self._rng.random() < 0.1:
            return "https://festival.example/line-up"
        key = TicketKey(self._key.kid, bytes(32)) if self._rng.random() < 0.1 else self._key
        pid = self._rng.choice(self._people)
        return seal_ticket(TicketPayload(pid=pid, tid=self._tenant_id, eid=self._event_id, iat=1), key)


def enrolled_store(folder: Path, hub: HubProcess, event: dict[str, Any]) -> Store:
    options = ("--event", event["event_id"], "--checkpoint", "Main gate", "--name", "Gate 1")
    code = hub.command("device", "enrol-code", *options)
    clock = SystemClock()
    store = open_store(folder, FileKeyStore(folder), clock, new_id)
    api = HubApi(hub.url, boot_id=clock.boot_id)
    enrolment = enrol(
        store, api, parse_enrolment_code(code["code"], hub.url), serial="killed", software="test"
    )
    api.close()
    api = HubApi.for_enrolment(enrolment, clock)
    pull = PullLoop(store, api, clock)
    while pull.run_once():
        pass
    api.close()
    return store


def run_until_killed(
    process: KillableProcess, codes: list[str], rng: random.Random, *, is_ready_first: bool
) -> ProgramRun:
    assert process.wait_for("imported"), "the program did not start; see its log"
    run = ProgramRun(began_ms=now_ms())
    process.write_lines(["open", *codes])
    if is_ready_first:
        assert process.wait_for("ready")
    time.sleep(rng.uniform(0, FROM_READY_S if is_ready_first else FROM_ITS_START_S))
    output = process.kill()
    run.ended_ms = now_ms()
    run.outcomes = [json.loads(line) for line in output if line.startswith("{")]
    return run


def run_until_drained(process: KillableProcess) -> ProgramRun:
    assert process.wait_for("imported")
    run = ProgramRun(began_ms=now_ms())
    process.write_lines(["open", "drain"])
    assert process.wait_for("drained")
    process.end()
    assert process.process.returncode == 0
    run.ended_ms = now_ms()
    return run


@pytest.mark.slow
def test_killed_station_loses_nothing_and_opens_once(tmp_path: Path) -> None:
    rng = random.Random(20261124)
    (tmp_path / "hub").mkdir()
    history: list[ProgramRun] = []
    started = time.monotonic()
    with ForkedHubProcess(tmp_path / "hub") as hub, LcusEmulator(tmp_path / "turnstile") as board:
        event = hub.command("demo-event", "--participants", "400", "--with-participants")
        hub.start()
        with enrolled_store(tmp_path / "station", hub, event) as store:
            crowd = Crowd(event, store, rng)
        log = tmp_path / "station.log"
        with process_runs(PROGRAM, str(tmp_path / "station"), str(board.link), log=log) as following:
            for number in range(KILLS):
                if number == HUB_AWAY.start:
                    hub.kill()
                if number == HUB_AWAY.stop:
                    hub.start()
                process = next(following)
                history.append(
                    run_until_killed(process, crowd.next_codes(), rng, is_ready_first=number % 2 == 0)
                )
            history.append(run_until_drained(next(following)))
        with open_store(
            tmp_path / "station", FileKeyStore(tmp_path / "station"), SystemClock(), new_id
        ) as store:
            assert store.recovery is None
            assert store.journal.verify() is None
            assert store.journal.backlog().rows == 0
            rows = list(store.journal.rows())
            check_hub(hub, store, rows)
        assert board.contacts == [False]
        lost = check_pulses(rows, history, board.contact_changes)
    check_rows(rows, history)
    outcome_count = sum(len(run.outcomes) for run in history)
    print(  # noqa: T201 - figures
        f"{KILLS} kills in {time.monotonic() - started:.1f} s: {len(rows)} rows, {outcome_count} outcomes, "
        f"{board.count_pulses()} pulses, {lost} pulses taken by a kill, "
        f"{sum(not run.outcomes for run in history)} runs without a scan"
    )
    assert outcome_count >= KILLS // 2


def check_rows(rows: list[JournalRow], history: list[ProgramRun]) -> None:
    """Check invariants 5 and 6, and that no gate admitted anybody twice."""
    assert [row.sequence for row in rows] == list(range(1, len(rows) + 1)), "a gap"
    by_id = {row.record.id: row for row in rows}
    assert len(by_id) == len(rows), "one scan, two rows"
    for outcome in (outcome for run in history for outcome in run.outcomes):
        row = by_id[outcome["id"]]
        assert (row.record.result, row.sequence) == (outcome["result"], outcome["sequence"])
    unseen = len(rows) - sum(len(run.outcomes) for run in history)
    assert 0 <= unseen <= KILLS, "a kill may hide the one scan that it interrupts"
    admitted = [row.record.participant_id for row in rows if row.record.result is ScanResult.VALID]
    assert len(set(admitted)) == len(admitted), "somebody came in twice"


def check_pulses(rows: list[JournalRow], history: list[ProgramRun], events: list[ContactChange]) -> int:
    """Check invariants 1 and 2: each process pulsed for its admitted rows, in order; at most the last is missing."""
    lost, shift = 0, monotonic_to_boot_ms()
    ons = [event.changed_at * 1000 + shift for event in events if event.on]
    assert sum(any(run.began_ms <= at <= run.ended_ms + 50 for run in history) for at in ons) == len(ons)
    for run in history:
        begun = [
            row.record.monotonic_ms
            for row in rows
            if row.record.result.admits and run.began_ms - 1 <= row.record.monotonic_ms <= run.ended_ms
        ]
        pulses = [at for at in ons if run.began_ms <= at <= run.ended_ms + 50]
        assert len(begun) - 1 <= len(pulses) <= len(begun), "pulses and rows part"
        assert all(at >= written - 2 for at, written in zip(pulses, begun, strict=False)), (
            "a pulse before its row"
        )
        assert len(pulses) >= sum(outcome["pulsed"] for outcome in run.outcomes)
        assert all(outcome["pulsed"] == outcome["green"] for outcome in run.outcomes)
        lost += len(begun) - len(pulses)
    return lost


def check_hub(hub: HubProcess, store: Store, rows: list[JournalRow]) -> None:
    """Hub rows are journal rows, once each."""
    enrolment = store.settings.enrolment()
    assert enrolment is not None
    at_hub = hub.command("access-log", "digest", "--device", enrolment.device_id)
    digest = hashlib.sha256("".join(f"{row.sequence}:{row.hash}\n" for row in rows).encode()).hexdigest()
    assert at_hub == {"rows": len(rows), "digest": digest}
