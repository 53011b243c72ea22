"""Seals at the hub: signature, order, rows; the alarm; and what a third party can verify of the hub's export."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import select, update
from starlette.testclient import TestClient

from hub_sync.contract.ids import new_id
from hub_sync.contract.seals import SealStatement
from hub_sync.contract.station_report import StationReport
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.tables import KioskDevice
from hub_sync.hub.domains.sync import doctor
from hub_sync.hub.domains.sync import service as sync
from hub_sync.hub.domains.sync.tables import DeviceJournal, HeardSeal, JournalSeal, JournalSegment
from hub_sync.hub.kit.domain.doctor import CheckContext
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.rules.device_keys import DeviceKey
from hub_sync.rules.evidence.verification import SEAL_WORD, seal_hash
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.devices.conftest import CallerFactory
from tests.hub_sync.hub.station_client import START_MS, Journal, StationClient, another_station

SCRIPT = Path("docs/evidence/verify_evidence.py")


class Sealer:
    """Seals a station's journal, and sends what it sealed."""

    def __init__(self, station: StationClient, journal: Journal) -> None:
        self.station, self.journal = station, journal
        self.key, self.chain = DeviceKey(bytes(range(32))), new_id()
        self.number, self.sealed, self.previous = 0, 0, ""

    def report_key(self) -> None:
        """Tell the hub the public key."""
        report = StationReport(unsent=0, journal_sequence=0, uptime_s=1, public_key=self.key.public.text)
        answer = self.station.client.post(
            "/api/v1/sync/report", json=report.model_dump(mode="json"), headers=self.station.headers
        )
        assert answer.status_code == 200, answer.text

    def seal(self, **changes: Any) -> dict[str, str]:
        """Return a seal of the journal's last row."""
        self.number += 1
        values: dict[str, Any] = {
            "device_id": self.station.device_id,
            "key": self.key.public.text,
            "chain": self.chain,
            "number": self.number,
            "previous": self.previous,
            "journal_id": self.journal.id,
            "sequence": len(self.journal.items),
            "head": self.journal.head,
            "rows": len(self.journal.items) - self.sealed,
            "reason": "time",
            "sealed_at_ms": START_MS,
            "monotonic_ms": 1,
            "boot_id": "boot",
            "clock_sure": True,
        } | changes
        text = SealStatement.model_validate(values).model_dump_json()
        signature = self.key.sign(SEAL_WORD + text.encode()).hex()
        self.sealed, self.previous = values["sequence"], seal_hash(text, signature)
        return {"statement": text, "signature": signature}

    def post(self, *items: dict[str, str]) -> Response:
        return self.station.client.post(
            "/api/v1/sync/seals", json={"items": items}, headers=self.station.headers
        )

    def states(self, *items: dict[str, str]) -> list[str]:
        """Send seals; return their states."""
        answer = self.post(*items)
        assert answer.status_code == 200, answer.text
        return [anchor["state"] for anchor in answer.json()["anchors"]]


@pytest.fixture
def sealer(station: StationClient, journal: Journal) -> Sealer:
    sealer = Sealer(station, journal)
    sealer.report_key()
    return sealer


def push(sealer: Sealer, count: int, **members: Any) -> None:
    for _ in range(count):
        sealer.journal.scan(**members)
    assert sealer.station.push(sealer.journal.request()).status_code == 200


def is_alarmed(hub: HubContext, sealer: Sealer) -> bool:
    with hub.uow.read() as work:
        query = select(KioskDevice.seals_disagree_at).where(KioskDevice.id == sealer.station.device_id)
        return work.session.scalar(query) is not None


def test_a_seal_that_agrees_is_recorded_once_with_its_time(hub: HubContext, sealer: Sealer) -> None:
    push(sealer, 3)
    seal = sealer.seal()
    first, again = sealer.post(seal).json(), sealer.post(seal).json()
    assert first == again
    (anchor,) = first["anchors"]
    assert (anchor["state"], anchor["sequence"], anchor["seal"]) == ("AGREES", 3, sealer.previous)
    push(sealer, 1)
    push(sealer, 1)
    second = sealer.seal(sequence=4, head=sealer.journal.items[3].hash, rows=1)
    assert sealer.states(second, sealer.seal(rows=1)) == ["AGREES", "AGREES"]
    assert not is_alarmed(hub, sealer)


def test_a_seal_of_rows_that_have_not_come_waits_for_them(
    hub: HubContext, sealer: Sealer, seeded: Seeded
) -> None:
    push(sealer, 1)
    sealer.journal.scan()
    seal = sealer.seal()
    assert sealer.states(seal) == ["WAITING"]
    with hub.uow.read() as work:
        status = sync.seal_status(work, seeded.tenant_id, sealer.station.device_id)
        assert (status.missing, status.missing_since is not None) == ((2, 2), True)
    assert sealer.station.push(sealer.journal.request()).status_code == 200
    assert sealer.states(seal) == ["AGREES"]
    assert not is_alarmed(hub, sealer)


def test_a_seal_of_another_row_raises_the_alarm_once(hub: HubContext, sealer: Sealer, seeded: Seeded) -> None:
    push(sealer, 2)
    assert sealer.states(sealer.seal(head="a" * 64)) == ["DISAGREES"]
    assert is_alarmed(hub, sealer)
    with hub.uow.read() as work:
        status = sync.seal_status(work, seeded.tenant_id, sealer.station.device_id)
        assert [seal.sequence for seal in status.contradictions] == [2]
        (finding,) = doctor.check_seals(CheckContext(work, None, hub.settings))
        assert (finding.status, "signed another journal" in finding.message) == ("fail", True)


def test_a_seal_of_an_earlier_row_is_compared_with_the_stored_row(hub: HubContext, sealer: Sealer) -> None:
    push(sealer, 3)
    assert sealer.states(sealer.seal(sequence=2, head="b" * 64, rows=2)) == ["DISAGREES"]


def test_a_second_history_of_seals_is_a_fork(hub: HubContext, sealer: Sealer) -> None:
    push(sealer, 2)
    first = sealer.seal(sequence=1, head=sealer.journal.items[0].hash, rows=1)
    assert sealer.states(first) == ["AGREES"]
    sealer.number = 0
    assert sealer.states(sealer.seal(previous="")) == ["FORKED"]
    assert is_alarmed(hub, sealer)


def test_a_seal_that_does_not_follow_is_a_fork_and_one_after_a_gap_is_not_recorded(
    hub: HubContext, sealer: Sealer
) -> None:
    push(sealer, 1)
    assert sealer.states(sealer.seal()) == ["AGREES"]
    sealer.seal(rows=0)
    assert sealer.states(sealer.seal(rows=0)) == ["GAP"]
    assert not is_alarmed(hub, sealer)
    sealer.number = 1
    assert sealer.states(sealer.seal(previous="c" * 64, rows=0)) == ["FORKED"]


def test_a_seal_by_another_key_or_of_another_station_is_not_recorded_and_raises_the_alarm(
    hub: HubContext, sealer: Sealer
) -> None:
    push(sealer, 1)
    good = sealer.seal()
    sealer.number, sealer.previous = 0, ""
    other = sealer.seal(device_id="another")
    sealer.key = DeviceKey.generate()
    sealer.number, sealer.previous = 0, ""
    unknown = sealer.seal()
    bent = {**good, "signature": good["signature"][:-1] + ("0" if good["signature"][-1] != "0" else "1")}
    assert sealer.states(other, unknown, bent) == ["UNPROVEN"] * 3
    assert is_alarmed(hub, sealer)
    with hub.uow.read() as work:
        assert work.session.scalars(select(JournalSeal)).all() == []


def test_a_new_key_of_the_station_stands_in_its_history_and_seals(
    hub: HubContext, sealer: Sealer, seeded: Seeded
) -> None:
    push(sealer, 1)
    assert sealer.states(sealer.seal()) == ["AGREES"]
    sealer.key, sealer.chain, sealer.number = DeviceKey.generate(), new_id(), 0
    sealer.report_key()
    push(sealer, 1)
    assert sealer.states(sealer.seal()) == ["AGREES"]
    with hub.uow.read() as work:
        assert len(devices.public_keys_of(work, seeded.tenant_id, sealer.station.device_id)) == 2


@pytest.mark.parametrize("statement", ["", "{}", "[1]", "\u0000", '{"chain":"\\ud800"}', "1e999", "[" * 2000])
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_statement_that_can_not_be_read_is_refused_in_a_sentence(sealer: Sealer, statement: str) -> None:
    answer = sealer.post({"statement": statement, "signature": "0" * 128})
    assert answer.status_code == 422, answer.text
    assert "Traceback" not in answer.text


# --- the hub's evidence ------------------------------------------------------------------------------


def evidence_of(hub: HubContext, seeded: Seeded, sealer: Sealer, *, with_names: bool = True) -> bytes:
    pieces = sync.write_evidence(hub.uow, seeded.tenant_id, sealer.station.device_id, with_names=with_names)
    return b"".join(pieces)


def run_script(tmp_path: Path, content: bytes, *more: str) -> tuple[int, str]:
    file = tmp_path / "evidence.zip"
    file.write_bytes(content)
    arguments = [sys.executable, "-I", str(SCRIPT.resolve()), str(file), *more]
    run = subprocess.run(arguments, cwd=tmp_path, capture_output=True, text=True, check=False)
    return run.returncode, run.stdout + run.stderr


def changed(content: bytes, name: str, before: str, after: str) -> bytes:
    """Return the archive with a text replaced in a member."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(out, "w") as copy:
        for each in archive.namelist():
            text = archive.read(each).decode()
            assert each != name or before in text
            copy.writestr(each, text.replace(before, after, 1) if each == name else text)
    return out.getvalue()


def test_the_script_of_the_docs_verifies_the_hubs_evidence_and_notices_changes(
    hub: HubContext, seeded: Seeded, sealer: Sealer, tmp_path: Path
) -> None:
    push(sealer, 2)
    push(sealer, 2, result="MANUAL_OVERRIDE", override={"reason": "Ada lost it", "operator": "Eve"})
    assert sealer.states(sealer.seal()) == ["AGREES"]
    content = evidence_of(hub, seeded, sealer)
    code, output = run_script(tmp_path, content)
    assert (code, output.splitlines()[0]) == (0, "The journal is whole: 4 rows, 1 seals, 2 anchors.")
    assert run_script(tmp_path, changed(content, "rows.jsonl", "p-2", "p-9"))[0] == 1
    last = sealer.journal.items[-1].hash
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        lines = archive.read("rows.jsonl").decode().splitlines(keepends=True)
    cut = changed(content, "rows.jsonl", lines[-1], "")
    assert "row 4 is missing" in run_script(tmp_path, cut)[1]
    assert run_script(tmp_path, changed(content, "seals.jsonl", last, "0" * 64))[0] == 1


def test_without_the_right_to_see_participants_there_are_neither_names_nor_reasons(
    hub: HubContext, seeded: Seeded, sealer: Sealer, tmp_path: Path
) -> None:
    push(sealer, 1)
    push(sealer, 1, result="MANUAL_OVERRIDE", override={"reason": "Ada lost it", "operator": "Eve"})
    assert sealer.states(sealer.seal()) == ["AGREES"]
    content = evidence_of(hub, seeded, sealer, with_names=False)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert "people.jsonl" not in texts
    assert "Ada" not in "".join(texts.values())
    assert "Names of participants are not in this file" in texts["README.txt"]
    code, output = run_script(tmp_path, content)
    assert (code, "1 rows are here without their content" in output) == (0, True)


def test_rows_from_before_the_hub_stored_their_texts_are_there_by_their_hashes(
    hub: HubContext, seeded: Seeded, sealer: Sealer, tmp_path: Path
) -> None:
    push(sealer, 2)
    with hub.uow.begin() as work:
        work.session.query(JournalSegment).delete()
    push(sealer, 1)
    assert sealer.states(sealer.seal()) == ["AGREES"]
    code, output = run_script(tmp_path, evidence_of(hub, seeded, sealer))
    assert (code, "2 rows are here without their content" in output) == (0, True)


def test_a_hub_whose_rows_were_cut_is_convicted_by_its_own_seals(
    hub: HubContext, seeded: Seeded, sealer: Sealer, tmp_path: Path
) -> None:
    push(sealer, 3)
    assert sealer.states(sealer.seal()) == ["AGREES"]
    with hub.uow.begin() as work:
        work.session.execute(update(DeviceJournal).values(sequence=2))
        work.session.query(JournalSegment).delete()
    code, output = run_script(tmp_path, evidence_of(hub, seeded, sealer))
    assert (code, "row 3 is missing, and what follows it: seal 1" in output) == (1, True)


def test_the_export_over_rest_needs_the_right_to_read_the_log(
    client: TestClient, hub: HubContext, seeded: Seeded, sealer: Sealer
) -> None:
    path = f"/api/v1/devices/{sealer.station.device_id}/evidence.zip"
    assert client.get(path).status_code == 401
    assert json.loads(client.get(path).content)["status"] == 401


# --- what other stations have heard ------------------------------------------------------------------


def hear(witness: StationClient, *seals: dict[str, str]) -> None:
    """Let a station send seals of another, as it heard them."""
    heard = [{**seal, "heard_at_ms": START_MS} for seal in seals]
    answer = witness.client.post(
        "/api/v1/sync/seals", json={"items": [], "heard": heard}, headers=witness.headers
    )
    assert (answer.status_code, answer.json()["anchors"]) == (200, [])


def status_of(hub: HubContext, seeded: Seeded, sealer: Sealer) -> sync.SealStatus:
    with hub.uow.read() as work:
        return sync.seal_status(work, seeded.tenant_id, sealer.station.device_id)


def test_rows_that_another_gate_has_heard_of_and_that_never_came_are_missing(
    hub: HubContext, sealer: Sealer, seeded: Seeded, client: TestClient
) -> None:
    witness, _ = another_station(hub, client, seeded)
    push(sealer, 1)
    assert sealer.states(sealer.seal()) == ["AGREES"]
    for _ in range(2):
        sealer.journal.scan()
    hidden = sealer.seal()
    hear(witness, hidden, hidden)
    status = status_of(hub, seeded, sealer)
    assert (status.missing, status.witness, status.contradictions) == ((2, 3), "Gate 2", [])
    assert not is_alarmed(hub, sealer)
    assert sealer.station.push(sealer.journal.request()).status_code == 200
    assert sealer.states(hidden) == ["AGREES"]
    status = status_of(hub, seeded, sealer)
    assert (status.missing, status.witness) == (None, "")
    with hub.uow.read() as work:
        assert [seal.state for seal in work.session.scalars(select(HeardSeal))] == ["AGREES"]


@pytest.mark.parametrize("first_at_hub", [True, False])
def test_another_history_that_a_gate_has_heard_raises_the_alarm_of_the_station_that_sealed(
    hub: HubContext, sealer: Sealer, seeded: Seeded, client: TestClient, first_at_hub: bool
) -> None:
    witness, _ = another_station(hub, client, seeded)
    push(sealer, 2)
    sent = sealer.seal()
    if first_at_hub:
        assert sealer.states(sent) == ["AGREES"]
    sealer.number, sealer.previous = 0, ""
    hear(witness, sealer.seal(head="d" * 64))
    assert is_alarmed(hub, sealer)
    (seal,) = status_of(hub, seeded, sealer).contradictions
    assert seal.state == ("FORKED" if first_at_hub else "DISAGREES")


def test_a_station_can_not_accuse_another(
    hub: HubContext, sealer: Sealer, seeded: Seeded, client: TestClient
) -> None:
    witness, _ = another_station(hub, client, seeded)
    push(sealer, 1)
    good = sealer.seal()
    sealer.number, sealer.previous = 0, ""
    forged = {**sealer.seal(head="e" * 64), "signature": good["signature"]}
    sealer.key = DeviceKey.generate()
    sealer.number = 0
    hear(witness, forged, sealer.seal(head="f" * 64), {**good, "statement": "{}"})
    assert not is_alarmed(hub, sealer)
    with hub.uow.read() as work:
        assert work.session.scalars(select(HeardSeal)).all() == []


def test_the_evidence_names_who_heard_a_seal(
    hub: HubContext, sealer: Sealer, seeded: Seeded, client: TestClient
) -> None:
    witness, _ = another_station(hub, client, seeded)
    push(sealer, 1)
    hear(witness, sealer.seal())
    pieces = sync.write_evidence(hub.uow, seeded.tenant_id, sealer.station.device_id, with_names=False)
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as file:
        anchors = "".join(file.read(name).decode() for name in file.namelist() if "anchor" in name)
    assert f"station {witness.device_id}, by the local network" in anchors


def test_a_contradiction_is_resolved_with_a_note_and_the_next_raises_the_alarm_again(
    hub: HubContext, sealer: Sealer, seeded: Seeded, make_caller: CallerFactory
) -> None:
    push(sealer, 2)
    assert sealer.states(sealer.seal(head="a" * 64)) == ["DISAGREES"]
    here, manager = (
        f"/devices/{sealer.station.device_id}/doubts/resolve",
        make_caller("kiosk:manage", "participants:read"),
    )
    assert manager("POST", here, json={"note": " "}).status_code == 422
    assert make_caller("devices:read")("POST", here, json={"note": "No."}).status_code == 403
    answer = manager("POST", here, json={"note": "Its disk was restored."})
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["doubts_note"] == "Its disk was restored."
    assert not is_alarmed(hub, sealer)
    assert manager("POST", here, json={"note": "Once more."}).status_code == 409
    with hub.uow.read() as work:
        device = devices.get(work, seeded.tenant_id, sealer.station.device_id)
        resolved_at = device.doubts_resolved_at
        status = sync.seal_status(work, seeded.tenant_id, device.id, resolved_at)
        assert status.contradictions == []
        assert list(doctor.check_seals(CheckContext(work, None, hub.settings))) == []
    assert sealer.states(sealer.seal(head="b" * 64, rows=0)) == ["DISAGREES"]
    assert is_alarmed(hub, sealer)
