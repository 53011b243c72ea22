"""A push over HTTP: each scan once, in order, whole or not at all; what is unfit is kept aside and stops nothing."""

import json
from typing import Any

from sqlalchemy import func, select

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.ids import new_id
from hub_sync.contract.sync import PushResponse
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.tables import AccessLog, VenueOccupancy, ZonePresence
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.sync.tables import DeviceJournal, QuarantinedScan
from hub_sync.hub.kit.events.domain_events import StoredDomainEvent
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.station_client import Journal, StationClient


def everything(hub: HubContext, table: type[Any], **where: Any) -> list[Any]:
    with hub.uow.read() as work:
        return list(work.session.scalars(select(table).filter_by(**where)))


def verdicts(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [verdict.verdict for verdict in PushResponse.model_validate_json(answer.content).verdicts]


def test_a_push_is_stored_once_and_acknowledged(
    hub: HubContext, station: StationClient, journal: Journal, seeded: Seeded
) -> None:
    journal.scan(participant_id="p-1")
    journal.scan(participant_id="p-2", marks=["roster_stale"], clock_sure=False)
    journal.scan(participant_id="p-1", result="ALREADY_SCANNED", reason="already_inside")
    answer = PushResponse.model_validate_json(station.push(journal.request()).content)
    assert [verdict.verdict for verdict in answer.verdicts] == ["ACCEPTED"] * 3
    assert (answer.acknowledged.sequence, answer.acknowledged.head) == (3, journal.head)
    assert answer.server_time_ms == epoch_ms(NOON)

    rows = {row.sequence: row for row in everything(hub, AccessLog)}
    assert sorted(rows) == [1, 2, 3]
    assert rows[2].marks == ["roster_stale"]
    assert rows[2].journal_hash == journal.items[1].hash
    assert {row.zone for row in everything(hub, ZonePresence)} == {"hall-a"}
    assert {(row.zone, row.current) for row in everything(hub, VenueOccupancy)} == {("hall-a", 2), (None, 2)}
    kinds = sorted(event.type for event in everything(hub, StoredDomainEvent, entity="access_log"))
    assert kinds == ["ScanAccepted", "ScanAccepted", "ScanRejected"]

    assert verdicts(station.push(journal.request())) == ["DUPLICATE"] * 3
    journal.scan(participant_id="p-1", direction="exit", reason="exited")
    assert verdicts(station.push(journal.request())) == ["DUPLICATE"] * 3 + ["ACCEPTED"]
    assert len(everything(hub, AccessLog)) == 4
    assert {(row.zone, row.current) for row in everything(hub, VenueOccupancy)} == {("hall-a", 1), (None, 1)}
    assert seeded.event_id == rows[1].event_id


def test_empty_pushes_create_no_journals(hub: HubContext, station: StationClient, journal: Journal) -> None:
    for _ in range(5):
        empty = journal.request().model_copy(update={"items": (), "journal_id": new_id()})
        answer = PushResponse.model_validate_json(station.push(empty).content)
        assert (answer.acknowledged.sequence, answer.acknowledged.head) == (0, "")
    with hub.uow.read() as work:
        assert work.session.scalars(select(DeviceJournal)).all() == []


def test_an_empty_push_asks_what_the_hub_holds(station: StationClient, journal: Journal) -> None:
    journal.scan()
    station.push(journal.request())
    empty = journal.request().model_copy(update={"items": ()})
    answer = PushResponse.model_validate_json(station.push(empty).content)
    assert answer.acknowledged.head == journal.head
    unknown = new_id()
    answer = PushResponse.model_validate_json(
        station.push(empty.model_copy(update={"journal_id": unknown})).content
    )
    assert answer.acknowledged.model_dump() == {"journal_id": unknown, "sequence": 0, "head": ""}


def test_a_gap_is_refused_and_told_what_is_held(
    hub: HubContext, station: StationClient, journal: Journal
) -> None:
    first, _, third = journal.scan(), journal.scan(), journal.scan()
    station.push(journal.request(first))
    answer = station.push(journal.request(third))
    assert answer.status_code == 409
    problem = answer.json()
    assert problem["error"]["code"] == "JournalGap"
    assert (problem["acknowledged"]["sequence"], problem["acknowledged"]["head"]) == (1, first.hash)
    assert len(everything(hub, AccessLog)) == 1


def test_a_broken_chain_is_refused_whole_and_named(
    hub: HubContext, station: StationClient, journal: Journal
) -> None:
    first, second = journal.scan(), journal.scan()
    changed = second.model_copy(update={"body": second.body.replace("VALID", "INVALID")})
    answer = station.push(journal.request(first, changed))
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "ChainBroken"
    assert answer.json()["sequence"] == 2
    assert everything(hub, AccessLog) == []


def test_a_fork_is_refused_and_remembered(
    hub: HubContext, station: StationClient, journal: Journal, seeded: Seeded
) -> None:
    for _ in range(3):
        journal.scan()
    station.push(journal.request())
    restored = Journal(
        station.device_id, seeded.event_id, seeded.gate_id, id=journal.id, items=journal.items[:1]
    )
    restored.scan(participant_id="another history")
    for _ in range(2):
        answer = station.push(restored.request())
        assert answer.status_code == 409
        assert answer.json()["error"]["code"] == "JournalForked"
        assert answer.json()["acknowledged"]["sequence"] == 3
    assert len(everything(hub, AccessLog)) == 3
    with hub.uow.read() as work:
        assert devices.get(work, seeded.tenant_id, station.device_id).clone_suspected
        acts = [
            entry.action
            for entry in audit.entries_of(work, seeded.tenant_id, "kiosk_device", station.device_id)
        ]
    assert acts.count("suspect_clone") == 1
    assert len(everything(hub, StoredDomainEvent, type="DeviceCloneSuspected")) == 1


def test_a_new_journal_of_the_same_station_begins_at_one(
    station: StationClient, journal: Journal, seeded: Seeded
) -> None:
    journal.scan()
    station.push(journal.request())
    reborn = Journal(station.device_id, seeded.event_id, seeded.gate_id)
    reborn.scan(participant_id="p-9")
    assert verdicts(station.push(reborn.request())) == ["ACCEPTED"]


UNFIT = [
    ("", "MalformedRecord"),
    ("null", "MalformedRecord"),
    ("[]", "MalformedRecord"),
    ("{" * 5000, "MalformedRecord"),
    ({"scanned_at_ms": -1}, "MalformedRecord"),
    ({"scanned_at_ms": 10**30}, "MalformedRecord"),
    ({"scanned_at_ms": 1.5}, "MalformedRecord"),
    ({"roster_age_s": 10**18}, "MalformedRecord"),
    ({"id": "x" * 36}, "MalformedRecord"),
    ({"zone": "hall\0"}, "MalformedRecord"),
    ({"participant_id": "p\0"}, "MalformedRecord"),
    ({"result": "PERHAPS"}, "MalformedRecord"),
    ({"kind": "drill"}, "MalformedRecord"),
    ({"unheard": "of", "scanned_at_ms": "noon"}, "MalformedRecord"),
    ({"device_id": "another"}, "ForeignDevice"),
    ({"event_id": "another"}, "ForeignEvent"),
    ({"checkpoint_id": "another"}, "UnknownCheckpoint"),
    ({"result": "MANUAL_OVERRIDE"}, "OverrideUnexplained"),
]


def write_unfit(journal: Journal, wrong: Any) -> None:
    if isinstance(wrong, str):
        journal.write(wrong)
    else:
        journal.write(json.dumps(journal.record() | wrong))  # orjson writes no such numbers


def test_unfit_rows_are_quarantined_and_the_chain_goes_on(
    hub: HubContext, station: StationClient, journal: Journal
) -> None:
    for wrong, _ in UNFIT:
        write_unfit(journal, wrong)
        journal.scan()
    answer = PushResponse.model_validate_json(station.push(journal.request()).content)
    assert [verdict.verdict for verdict in answer.verdicts] == ["QUARANTINED", "ACCEPTED"] * len(UNFIT)
    assert [verdict.code for verdict in answer.verdicts[::2]] == [code for _, code in UNFIT]
    assert all(verdict.message for verdict in answer.verdicts[::2])
    quarantined = {row.sequence: row for row in everything(hub, QuarantinedScan)}
    for item in journal.items[::2]:
        assert (quarantined[item.sequence].body, quarantined[item.sequence].hash) == (item.body, item.hash)
    assert verdicts(station.push(journal.request())) == ["DUPLICATE"] * len(journal.items)


def test_a_row_that_the_station_set_aside_is_shown_as_missing(
    hub: HubContext, station: StationClient, journal: Journal
) -> None:
    items = [journal.scan(), journal.scan(), journal.scan()]
    items[1] = items[1].model_copy(update={"body": "", "set_aside": "the hub answered 500, three times"})
    assert verdicts(station.push(journal.request(*items))) == ["ACCEPTED", "SET_ASIDE", "ACCEPTED"]
    (quarantined,) = everything(hub, QuarantinedScan)
    assert (quarantined.code, quarantined.message) == ("SetAside", "the hub answered 500, three times")


def test_one_scan_under_two_sequences_is_one_record(
    hub: HubContext, station: StationClient, journal: Journal
) -> None:
    scan = new_id()
    journal.scan(id=scan, participant_id="p-1")
    journal.scan(id=scan, participant_id="p-1")
    answer = PushResponse.model_validate_json(station.push(journal.request()).content)
    assert [verdict.verdict for verdict in answer.verdicts] == ["ACCEPTED", "QUARANTINED"]
    assert answer.verdicts[1].code == "DuplicateId"
    journal.scan(id=scan, participant_id="p-1")
    assert verdicts(station.push(journal.request(journal.items[2]))) == ["QUARANTINED"]
    assert len(everything(hub, AccessLog)) == 1


def test_a_refusal_never_hides_a_later_success(
    hub: HubContext, station: StationClient, journal: Journal
) -> None:
    scan = new_id()
    refused = {"id": scan, "participant_id": "p-1", "result": "INVALID", "reason": "participant_pending"}
    journal.scan(**refused)
    journal.scan(**refused)
    journal.scan(id=scan, participant_id="p-1")
    journal.scan(id=scan, participant_id="p-1")
    assert verdicts(station.push(journal.request())) == ["ACCEPTED", "QUARANTINED", "ACCEPTED", "QUARANTINED"]
    journal.scan(id=scan, participant_id="p-1")
    assert verdicts(station.push(journal.request(journal.items[-1]))) == ["QUARANTINED"]
    assert sorted(row.result for row in everything(hub, AccessLog)) == ["INVALID", "VALID"]
    (presence,) = everything(hub, ZonePresence)
    assert presence.entries == 1


def test_a_full_push_is_taken_in_one_go(hub: HubContext, station: StationClient, journal: Journal) -> None:
    for number in range(1000):
        journal.scan(participant_id=f"p-{number % 400}", direction="exit" if number % 3 else "entry")
    answer = station.send_gzip(journal.request().model_dump_json().encode())
    assert verdicts(answer) == ["ACCEPTED"] * 1000
    with hub.uow.read() as work:
        assert work.session.scalar(select(func.count()).select_from(AccessLog)) == 1000


def test_a_refusal_and_a_success_of_one_id_keep_their_checkpoint_and_medium(
    hub: HubContext, station: StationClient, journal: Journal, seeded: Seeded
) -> None:
    with hub.uow.begin() as work:
        new = check_in.NewCheckpoint(name="Side gate", zone="hall-a")
        side = check_in.create_checkpoint(work, seeded.tenant_id, seeded.event_id, new).id
    scan = new_id()
    journal.scan(
        id=scan,
        participant_id="p-1",
        checkpoint_id=side,
        scan_type="MANUAL",
        result="INVALID",
        reason="participant_pending",
    )
    journal.scan(id=scan, participant_id="p-1")
    assert verdicts(station.push(journal.request())) == ["ACCEPTED", "ACCEPTED"]
    rows = {row.result.value: (row.checkpoint_id, row.scan_type.value) for row in everything(hub, AccessLog)}
    assert rows == {"INVALID": (side, "MANUAL"), "VALID": (seeded.gate_id, "QR")}
