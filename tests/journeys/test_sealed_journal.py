"""A gate seals its journal, the hub and the gate export evidence, and a third party compares both with the script of the docs."""

import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub_sync.client.store.journal.evidence import station_evidence, verify_store
from hub_sync.client.sync.report_loop import ReportLoop
from hub_sync.client.sync.sealing import SEAL_AFTER_MS, JournalSealer, SealPush
from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.seals import SealState
from hub_sync.hub.domains.sync import service as sync
from hub_sync.rules.evidence.archive import write_archive
from tests.faults.killable_station import KillableStation
from tests.hub_sync.client.fake_hub import scan
from tests.support.builders.event import connect_api
from tests.support.two_gates import TwoGates, two_gates

SCRIPT = Path("docs/evidence/verify_evidence.py")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[TwoGates]:
    with two_gates(tmp_path) as built:
        yield built


def seal_and_send(here: TwoGates, station: KillableStation) -> None:
    """Run the loops that seal and send as an engine does."""
    sealer = JournalSealer(station.store, station.clock)
    sealer.run_once()
    here.wait(milliseconds=SEAL_AFTER_MS)
    sealer.run_once()
    assert station.push()
    api = connect_api(station.store, station.clock, station.network)
    report = ReportLoop(
        station.store,
        api,
        station.clock,
        software="test",
        started_ms=0,
        clock_offset_ms=lambda: None,
        alarms=lambda: (),
    )
    report.run_once()
    SealPush(station.store, api, station.clock).run_once()
    api.close()


def hub_evidence(here: TwoGates, station: KillableStation, file: Path) -> Path:
    enrolment = station.store.settings.enrolment()
    assert enrolment is not None
    pieces = sync.write_evidence(
        here.hub.context.uow, enrolment.tenant_id, enrolment.device_id, with_names=True
    )
    file.write_bytes(b"".join(pieces))
    return file


def gate_evidence(station: KillableStation, file: Path) -> Path:
    file.write_bytes(b"".join(write_archive(station_evidence(station.store, station.clock.now()))))
    return file


def verify(file: Path, anchors: Path) -> tuple[int, str]:
    arguments = [sys.executable, "-I", str(SCRIPT), str(file), "--anchors", str(anchors)]
    run = subprocess.run(arguments, capture_output=True, text=True, check=False)
    return run.returncode, run.stdout + run.stderr


def test_evidence_of_gate_and_hub_agree_until_somebody_cuts_one_of_them(
    here: TwoGates, tmp_path: Path
) -> None:
    here.sync(here.a)
    for person in ("ada", "bo"):
        here.scan(here.a, person)
        seal_and_send(here, here.a)
    assert {line["state"] for line in here.a.store.seals.anchors()} == {SealState.AGREES.value}
    gate, hub = gate_evidence(here.a, tmp_path / "gate.zip"), hub_evidence(here, here.a, tmp_path / "hub.zip")
    for side, other_side in ((gate, hub), (hub, gate)):
        code, output = verify(side, other_side)
        assert (code, "2 rows, 2 seals" in output) == (0, True), output
    file = here.a.store._file
    for trigger in ("journal_refuses_delete", "seals_refuse_delete"):
        file.run(f"DROP TRIGGER {trigger}")
    file.run("DELETE FROM journal WHERE position = 2")
    file.run("DELETE FROM seals WHERE position = 2")
    file.run("DELETE FROM seal_anchors")
    file.run("UPDATE incarnations SET acknowledged = 1, head = (SELECT hash FROM journal WHERE position = 1)")
    assert verify_store(here.a.store, here.a.clock.now()).faults == [], "a shorter journal is whole by itself"
    code, output = verify(gate_evidence(here.a, tmp_path / "cut.zip"), hub)
    assert (code, "seal 2 (up to row 2) is missing: the hub has it" in output) == (1, True), output


def test_a_journal_that_a_gate_writes_at_full_speed_is_whole_at_every_look(here: TwoGates) -> None:
    """Scans come without a pause and seals after every few, while another session verifies again and again."""
    looked, stop = [], threading.Event()

    def look() -> None:
        with here.a.store.open_session() as session:
            while not stop.is_set():
                looked.append(tuple(verify_store(session, here.a.clock.now()).faults))

    reader = threading.Thread(target=look)
    reader.start()
    try:
        for number in range(1, 301):
            here.a.store.journal.append(scan(scanned_at_ms=epoch_ms(here.a.clock.now())))
            if number % 7 == 0:
                JournalSealer(here.a.store, here.a.clock).stop()
    finally:
        stop.set()
        reader.join()
    assert set(looked) == {()}
    assert verify_store(here.a.store, here.a.clock.now()).is_whole


def test_the_file_that_a_third_party_gets_has_all_that_it_needs(here: TwoGates, tmp_path: Path) -> None:
    here.sync(here.a)
    here.scan(here.a, "ada")
    seal_and_send(here, here.a)
    with zipfile.ZipFile(hub_evidence(here, here.a, tmp_path / "hub.zip")) as archive:
        assert archive.read("verify_evidence.py") == SCRIPT.read_bytes()
        assert set(archive.namelist()) == {
            "README.txt",
            "verify_evidence.py",
            "header.jsonl",
            "keys.jsonl",
            "anchors.jsonl",
            "seals.jsonl",
            "rows.jsonl",
            "people.jsonl",
        }
        assert b"Ada" in archive.read("people.jsonl")
        assert b"Ada" not in archive.read("rows.jsonl")
