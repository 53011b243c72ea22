"""A station is killed (SIGKILL) at thirty random moments of a scripted hour, with a hub, groups, undo, a sensor and two outages.

After each kill the folder is looked at as it is: nothing that was shown is lost, nothing is there twice, nobody came in twice, no pulse
without a row before it and none at a start, and the relay is off. At the end the hub has each row once and counts by the log.
"""

import contextlib
import json
import random
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from hardware.relay.emulators import ModbusEmulator
from hub_sync.client.store import FileKeyStore, JournalRow, PassageRow, Store, open_store
from hub_sync.contract.clock import SystemClock
from hub_sync.contract.enums import CheckpointDirection, Direction, Passage, ScanResult
from hub_sync.contract.ids import new_id
from hub_sync.hub.commands.common import open_hub
from hub_sync.hub.domains.check_in.tables import Checkpoint
from hub_sync.hub.domains.participants.tables import Participant
from hub_sync.rules.admitted_scan import AdmittedScan
from hub_sync.rules.occupancy import count_inside
from hub_sync.rules.tickets.ticket_codec import TicketPayload, seal_ticket
from kiosk_app.demo.hub_process import HubProcess
from tests.bench.turnstile.hour import read_hub
from tests.journeys.test_killed_station_loses_nothing_and_opens_once import check_hub, enrolled_store
from tests.support.killable_process import KillableProcess, monotonic_to_boot_ms, process_runs
from tests.support.thorough import sized
from tests.support.waiting import eventually

PROGRAM = Path(__file__).with_name("hour_program.py")
KILLS = sized(3, thorough=30)
ACTS, FAMILIES, FAMILY = 25, 12, 3
LARGEST_WRITE = FAMILY
HUB_AWAY = ((KILLS // 5, KILLS // 3), (KILLS // 2, KILLS * 2 // 3))
IN_THE_START_S, AFTER_READY_S = 1.0, 2.5
_POSTER = "https://festival.example/line-up"


@dataclass
class Hour:
    """What is known from outside: what was shown, and the journal as it was after each kill."""

    outcomes: list[dict[str, Any]] = field(default_factory=list)
    undone: list[dict[str, Any]] = field(default_factory=list)
    rows: list[tuple[str, str]] = field(default_factory=list)
    kills: int = 0
    lives: list[tuple[float, float]] = field(default_factory=list)
    """Start and end of each life, in the station's monotonic milliseconds."""
    ready_ms: list[float] = field(default_factory=list)
    """When each life was ready to scan; before it nothing may pulse."""


class Walkers(threading.Thread):
    """People at the turnstile: most walk through after a pulse, some do not, and one turns without any."""

    def __init__(self, board: ModbusEmulator, rng: random.Random) -> None:
        super().__init__(name="walkers", daemon=True)
        self._board, self._rng, self._ended = board, rng, threading.Event()

    def run(self) -> None:
        """Follow the pulses."""
        pulses = self._board.count_pulses()
        while not self._ended.wait(0.02):
            if (count := self._board.count_pulses()) == pulses:
                continue
            pulses = count
            if self._rng.random() < 0.7:
                time.sleep(self._rng.uniform(0.02, 0.3))
                self._board.input_contacts[0] = True
                time.sleep(0.08)
                self._board.input_contacts[0] = False

    def end(self) -> None:
        """Stop."""
        self._ended.set()
        self.join()


class HourScript:
    """The acts of an hour, drawn from a seed."""

    def __init__(self, store: Store, people: list[str], rng: random.Random) -> None:
        row = store.venue.event()
        assert row is not None
        self._rng, self._people = rng, people
        key = store.keys.key_ring().sealing_key(SystemClock().now())
        self._codes = {
            person: seal_ticket(TicketPayload(pid=person, tid=row.tenant_id, eid=row.id, iat=1), key)
            for person in people
        }

    def acts(self) -> Iterator[str]:
        """Yield the acts of one life as lines."""
        for _ in range(ACTS):
            kind = self._rng.random()
            if kind < 0.1:
                yield json.dumps({"scan": _POSTER, "way": "entry"})
                continue
            person = self._rng.choice(self._people)
            way = "exit" if kind > 0.8 else "entry"
            yield json.dumps({"scan": self._codes[person], "way": way})
            after = self._rng.random()
            if after < 0.3:
                yield json.dumps({"group": True})
            elif after < 0.5:
                yield json.dumps({"undo": True})


def make_families(hub: HubProcess, event: dict[str, Any]) -> list[str]:
    """Put people into families, and let them leave by the same gate."""
    people = [person["id"] for person in event["participants"] if person["status"] == "APPROVED"]
    with open_hub(hub.folder, None) as context, context.uow.begin() as work:
        for number in range(FAMILIES):
            members = people[number * FAMILY : (number + 1) * FAMILY]
            work.session.execute(
                update(Participant).where(Participant.id.in_(members)).values(group_ref=f"family {number}")
            )
        work.session.execute(update(Checkpoint).values(direction=CheckpointDirection.BIDIRECTIONAL))
    return people[: FAMILIES * FAMILY]


def now_ms() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME) * 1000


def live(
    process: KillableProcess, hour: Hour, script: HourScript, rng: random.Random, *, dies_at_start: bool
) -> None:
    """Let a station live until it is killed."""
    assert process.wait_for("imported"), "the program did not start; see its log"
    began = now_ms()
    process.write_lines(["open", *script.acts()])
    if dies_at_start:
        time.sleep(rng.uniform(0, IN_THE_START_S))
    else:
        assert process.wait_for("ready")
        hour.ready_ms.append(now_ms())
        time.sleep(rng.uniform(0, AFTER_READY_S))
    output = process.kill()
    note(hour, output, began)
    hour.kills += 1


def note(hour: Hour, output: list[str], began: float) -> None:
    hour.lives.append((began, now_ms()))
    messages = [json.loads(line) for line in output if line.startswith("{")]
    hour.outcomes += [each for each in messages if "id" in each]
    hour.undone += [each for each in messages if each.get("done")]


def check_after_kill(folder: Path, copy: Path, hour: Hour, board: ModbusEmulator) -> None:
    """Look at a copy of the folder as the kill has left it: the next life begins with the folder itself."""
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("*-shm", "store.lock"))
    with open_store(copy, FileKeyStore(copy), SystemClock(), new_id) as store:
        assert store.recovery is None
        check_journal(store, hour)
        check_presence(store)
    shutil.rmtree(copy)
    eventually(lambda: not any(board.contacts), within_s=5)
    check_pulses(folder, hour, board)


def check_journal(store: Store, hour: Hour) -> None:
    """Check that nothing that was shown is lost or there twice, and that the past is as it was."""
    rows = list(scans_and_passages(store))
    assert store.journal.verify() is None
    assert [row.sequence for row in rows] == list(range(1, len(rows) + 1)), "a gap"
    ids = [row.record.id for row in rows]
    assert len(set(ids)) == len(ids), "one scan, two rows"
    now = [(row.record.id, row.hash) for row in rows]
    assert now[: len(hour.rows)] == hour.rows, "the journal's past changed"
    hour.rows = now
    by_id = {row.record.id: row for row in rows}
    for outcome in hour.outcomes:
        row = by_id[outcome["id"]]
        assert isinstance(row, JournalRow)
        assert (row.record.result, row.sequence) == (outcome["result"], outcome["sequence"])
    for undone in hour.undone:
        row = rows[undone["sequence"] - 1]
        assert isinstance(row, PassageRow)
        assert (row.record.scan_id, row.record.outcome) == (undone["undone"], Passage.NO_PASSAGE)
    scans = [row for row in rows if isinstance(row, JournalRow)]
    assert len(scans) - len(hour.outcomes) <= (hour.kills + 1) * LARGEST_WRITE, "rows of nobody"
    check_entries(rows)


def scans_and_passages(store: Store) -> Iterator[JournalRow | PassageRow]:
    return (row for row in store.journal.all_rows() if isinstance(row, JournalRow | PassageRow))


def annulled(rows: list[JournalRow | PassageRow]) -> set[str]:
    """Return the ids of the admissions that were given back."""
    outcomes = {
        row.record.scan_id: row.record.outcome
        for row in rows
        if isinstance(row, PassageRow) and row.record.scan_id and row.record.outcome is not None
    }
    return {scan_id for scan_id, outcome in outcomes.items() if scan_id and outcome is Passage.NO_PASSAGE}


def check_entries(rows: list[JournalRow | PassageRow]) -> None:
    """Check that nobody was let in by the rules who was inside, as the journal stood then."""
    before: list[JournalRow | PassageRow] = []
    for row in rows:
        if isinstance(row, JournalRow) and row.record.result is ScanResult.VALID:
            record = row.record
            if record.direction is Direction.ENTRY:
                assert record.participant_id not in inside(before), "somebody came in twice"
        before.append(row)


def inside(rows: list[JournalRow | PassageRow]) -> set[str | None]:
    """Return who is inside by the scans that were not given back."""
    annulled_ids, people = annulled(rows), set[str | None]()
    for row in rows:
        if isinstance(row, JournalRow) and row.record.result.admits and row.record.id not in annulled_ids:
            change = people.add if row.record.direction is Direction.ENTRY else people.discard
            change(row.record.participant_id)
    return people


def check_presence(store: Store) -> None:
    """Check that the station knows who is inside, by its own rows alone."""
    rows = list(scans_and_passages(store))
    people = inside(rows)
    for row in rows:
        if isinstance(row, JournalRow) and row.record.participant_id:
            record = row.record
            known = store.presence.get(record.participant_id or "", record.zone, record.event_id).inside
            assert known == (record.participant_id in people), record.participant_id


def check_pulses(folder: Path, hour: Hour, board: ModbusEmulator) -> None:
    """Check that each pulse of a life follows an admitted row of that life, one each at most, and none comes before the station is ready."""
    shift = monotonic_to_boot_ms()
    ons = [change.changed_at * 1000 + shift for change in board.contact_changes if change.on]
    began, ended = hour.lives[-1]
    pulses = [at for at in ons if began <= at <= ended + 100]
    copy = folder.with_name("pulses")
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("*-shm", "store.lock"))
    with open_store(copy, FileKeyStore(copy), SystemClock(), new_id) as store:
        written = [
            row.record.monotonic_ms
            for row in store.journal.rows()
            if row.record.result.admits and began - 1 <= row.record.monotonic_ms <= ended
        ]
    shutil.rmtree(copy)
    assert len(pulses) <= len(written), "a pulse without a row"
    assert all(at >= of_row - 2 for at, of_row in zip(pulses, written, strict=False)), (
        "a pulse before its row"
    )
    elsewhere = [at for at in ons if not any(start <= at <= end + 100 for start, end in hour.lives)]
    assert not elsewhere, "a pulse while no station lived"


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_an_hour_of_a_killed_station_loses_nothing_and_counts_nothing_twice(tmp_path: Path) -> None:
    rng = random.Random(20261129)
    hour, folder = Hour(), tmp_path / "station"
    (tmp_path / "hub").mkdir()
    with contextlib.ExitStack() as stack:
        hub = stack.enter_context(HubProcess(tmp_path / "hub"))
        board = stack.enter_context(ModbusEmulator(tmp_path / "turnstile"))
        event = hub.command("demo-event", "--participants", "200", "--with-participants")
        people = make_families(hub, event)
        hub.start()
        with enrolled_store(folder, hub, event) as store:
            script = HourScript(store, people, rng)
        walkers = Walkers(board, random.Random(7))
        walkers.start()
        stack.callback(walkers.end)
        runs = stack.enter_context(
            process_runs(PROGRAM, str(folder), str(board.link), log=tmp_path / "station.log")
        )
        for number in range(KILLS):
            for away, back in HUB_AWAY:
                if number == away:
                    hub.kill()
                if number == back:
                    hub.start()
            live(next(runs), hour, script, rng, dies_at_start=number % 3 == 2)
            check_after_kill(folder, tmp_path / "copy", hour, board)
        last = next(runs)
        assert last.wait_for("imported")
        began = now_ms()
        last.write_lines(["open", "drain"])
        assert last.wait_for("drained")
        note(hour, last.end(), began)
        with open_store(folder, FileKeyStore(folder), SystemClock(), new_id) as store:
            check_journal(store, hour)
            check_presence(store)
            rows = list(scans_and_passages(store))
            assert store.journal.backlog().rows == 0
            check_hub(hub, store, rows)  # type: ignore[arg-type]
        hub.stop()
        check_counts(hub, rows)
        assert not any(board.contacts)
    scans = [row for row in rows if isinstance(row, JournalRow)]
    passages = [row.record.outcome for row in rows if isinstance(row, PassageRow)]
    figures = {kind: passages.count(kind) for kind in (*Passage, None)}
    print(  # noqa: T201 - figures
        f"{KILLS} kills: {len(scans)} scans, {len(hour.outcomes)} shown, {len(hour.undone)} undone, {figures}, "
        f"{board.count_pulses()} pulses, {len(inside(rows))} inside"
    )
    if KILLS >= 30:
        assert hour.undone
        assert all(figures[kind] for kind in (Passage.PASSED, Passage.NO_PASSAGE, Passage.UNKNOWN))


def check_counts(hub: HubProcess, rows: list[JournalRow | PassageRow]) -> None:
    """Check that the hub has each scan once, with its outcome, and counts by the log."""
    state = read_hub(hub.folder)
    assert sorted(scan.id for scan in state.scans) == sorted(
        row.record.id for row in rows if isinstance(row, JournalRow)
    )
    admitted: list[AdmittedScan] = [scan.admitted() for scan in state.scans if scan.counts and scan.person]
    true = count_inside(admitted)
    assert {zone: count for zone, count in state.counts.items() if count} == {
        zone: count for zone, count in true.items() if count
    }
    assert true.get("", 0) == len(inside(rows))
    assert state.set_aside == 0
