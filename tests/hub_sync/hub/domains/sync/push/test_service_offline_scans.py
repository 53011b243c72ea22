"""Cases 3, 5, 11, 14 and 15: true times, conflicts, flags and counts out of what stations bring."""

from typing import Any

from sqlalchemy import select, update
from starlette.testclient import TestClient

from hub_sync.contract.enums import Direction, ParticipantStatus
from hub_sync.contract.sync import ClockCorrection, PushResponse
from hub_sync.hub.domains.check_in.tables import AccessConflict, AccessLog, VenueOccupancy, ZonePresence
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.rules.conflicts import ConflictKind, ConflictState
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.station_client import START_MS, Journal, StationClient, another_station


def everything(hub: HubContext, table: type[Any], **where: Any) -> list[Any]:
    with hub.uow.read() as work:
        return list(work.session.scalars(select(table).filter_by(**where)))


def verdicts(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [verdict.verdict for verdict in PushResponse.model_validate_json(answer.content).verdicts]


def test_an_offline_scan_keeps_its_own_time_whenever_it_arrives(
    hub: HubContext, client: TestClient, station: StationClient, journal: Journal, seeded: Seeded
) -> None:
    other_station, other = another_station(hub, client, seeded)
    journal.scan(participant_id="p-1", scanned_at_ms=START_MS)
    other.scan(participant_id="p-1", scanned_at_ms=START_MS + 60_000, direction="exit", reason="exited")
    other_station.push(other.request())
    station.push(journal.request())
    (presence,) = everything(hub, ZonePresence)
    assert (presence.direction, presence.at_ms) == (Direction.EXIT, START_MS + 60_000)
    assert {row.current for row in everything(hub, VenueOccupancy)} == {0}


def test_a_wrong_clock_is_corrected_by_its_anchor_and_else_by_its_offset(
    hub: HubContext, station: StationClient, journal: Journal
) -> None:
    day = 86_400_000
    journal.scan(scanned_at_ms=START_MS + day, clock_offset_ms=-day, monotonic_ms=7)
    journal.scan(scanned_at_ms=0, clock_offset_ms=None, boot_id="no battery", monotonic_ms=7)
    station.push(journal.request(anchors={"no battery": START_MS + 5}))
    rows = {row.sequence: row for row in everything(hub, AccessLog)}
    assert rows[1].effective_at_ms == START_MS
    assert rows[2].effective_at_ms == START_MS + 12
    assert (rows[2].scanned_at_ms, rows[2].clock["anchored"]) == (0, True)


def test_a_machine_that_ran_before_the_hubs_epoch_has_its_scans_taken_in(
    hub: HubContext, station: StationClient, journal: Journal
) -> None:
    """An anchor is the hub's time less the machine's: below zero where the hub's clock stood near 1970."""
    journal.scan(boot_id="long up", monotonic_ms=90_000)
    station.push(journal.request(anchors={"long up": -60_000}))
    (row,) = everything(hub, AccessLog)
    assert (row.clock["claimed_at_ms"], row.clock["anchored"]) == (30_000, True)
    assert row.effective_at_ms == START_MS, "it was not enrolled before"


def double_entries(hub: HubContext) -> list[AccessConflict]:
    """Return the double entries; that nobody is registered here is another conflict of each admission."""
    kind = ConflictKind.DOUBLE_ENTRY
    return [conflict for conflict in everything(hub, AccessConflict) if conflict.kind is kind]


def test_two_stations_offline_admit_one_ticket_and_the_later_row_is_flagged(
    hub: HubContext, client: TestClient, station: StationClient, journal: Journal, seeded: Seeded
) -> None:
    other_station, other = another_station(hub, client, seeded)
    journal.scan(participant_id="p-1", scanned_at_ms=START_MS + 5000)
    other.scan(participant_id="p-1", scanned_at_ms=START_MS)
    station.push(journal.request())
    other_station.push(other.request())
    (conflict,) = double_entries(hub)
    rows = {row.device_id: row.id for row in everything(hub, AccessLog)}
    assert (conflict.later_id, conflict.earlier_id) == (rows[journal.device_id], rows[other.device_id])
    assert conflict.state is ConflictState.OPEN
    assert {row.current for row in everything(hub, VenueOccupancy)} == {1}

    other.scan(participant_id="p-1", scanned_at_ms=START_MS + 1000, direction="exit", reason="exited")
    other_station.push(other.request())
    (conflict,) = double_entries(hub)
    assert conflict.state is ConflictState.WITHDRAWN, "they had left in between"


def test_a_presence_of_an_older_hub_is_computed_from_the_log(
    hub: HubContext, client: TestClient, station: StationClient, journal: Journal, seeded: Seeded
) -> None:
    """It does not say by which scan the person entered, and a conflict names that scan."""
    other_station, other = another_station(hub, client, seeded)
    journal.scan(participant_id="p-1", scanned_at_ms=START_MS)
    station.push(journal.request())
    with hub.uow.begin() as work:
        work.session.execute(update(ZonePresence).values(entered_by_id=None))
    other.scan(participant_id="p-1", scanned_at_ms=START_MS + 5000)
    assert verdicts(other_station.push(other.request())) == ["ACCEPTED"]
    (conflict,) = double_entries(hub)
    rows = {row.device_id: row.id for row in everything(hub, AccessLog)}
    assert (conflict.later_id, conflict.earlier_id) == (rows[other.device_id], rows[journal.device_id])


def test_what_a_station_admitted_after_a_cancellation_is_flagged_and_stays(
    hub: HubContext, station: StationClient, journal: Journal, seeded: Seeded
) -> None:
    with hub.uow.begin() as work:
        for number, status in enumerate(("APPROVED", "CANCELLED", "APPROVED"), start=1):
            new = participants.NewParticipant(id=f"p-{number}", status=ParticipantStatus(status))
            participants.create(work, seeded.tenant_id, seeded.event_id, new)
        participants.delete(work, seeded.tenant_id, seeded.event_id, "p-3")
    override = {"reason": "the organiser says so", "operator": "Ola"}
    for _ in range(3):
        journal.scan()
    journal.scan(participant_id="p-2", result="MANUAL_OVERRIDE", override=override, override_asked=True)
    journal.scan(participant_id="p-2", direction="exit", reason="exited")
    journal.scan(participant_id="p-77")
    assert verdicts(station.push(journal.request())) == ["ACCEPTED"] * 6
    rows = {row.sequence: row for row in everything(hub, AccessLog)}
    assert [rows[n].flag for n in range(1, 7)] == [
        None,
        "participant_cancelled",
        "participant_deleted",
        None,
        None,
        "unknown_participant",
    ]
    assert rows[2].result == "VALID"
    assert (rows[4].override_reason, rows[4].override_by) == ("the organiser says so", "Ola")


def test_a_replaced_ticket_that_a_station_admitted_offline_is_flagged(
    hub: HubContext, station: StationClient, journal: Journal, seeded: Seeded
) -> None:
    with hub.uow.begin() as work:
        new = participants.NewParticipant(id="p-1", status=ParticipantStatus.APPROVED)
        participants.create(work, seeded.tenant_id, seeded.event_id, new)
        replaced = participants.replace_tickets(work, seeded.tenant_id, seeded.event_id, "p-1")
        assert replaced.tickets_valid_from is not None
        seconds = int(replaced.tickets_valid_from.timestamp())
    for issued_at_s in (seconds - 1, seconds, None):
        journal.scan(participant_id="p-1", ticket_issued_at_s=issued_at_s)
    assert verdicts(station.push(journal.request())) == ["ACCEPTED"] * 3
    rows = {row.sequence: row for row in everything(hub, AccessLog)}
    assert [rows[n].flag for n in (1, 2, 3)] == ["ticket_replaced", None, None]


def test_entries_without_a_zone_count_in_the_event_and_nobody_counts_twice(
    hub: HubContext, station: StationClient, journal: Journal
) -> None:
    for zone in (None, "hall-a", "hall-b"):
        journal.scan(participant_id="p-1", zone=zone)
    journal.scan(participant_id="p-2", zone=None)
    station.push(journal.request())
    assert {(row.zone, row.current) for row in everything(hub, VenueOccupancy)} == {
        (None, 2),
        ("hall-a", 1),
        ("hall-b", 1),
    }


def test_a_time_that_was_wrong_is_corrected_after_the_rows_have_arrived(
    hub: HubContext, client: TestClient, station: StationClient, journal: Journal, seeded: Seeded
) -> None:
    """Row 1 was decided by a wrong hub's time that the station believed, row 2 after the time was right."""
    years = 3 * 365 * 86_400_000
    other_station, other = another_station(hub, client, seeded)
    other.scan(participant_id="p-1", scanned_at_ms=START_MS + 5_000, direction="exit", reason="exited")
    other_station.push(other.request())
    journal.scan(participant_id="p-1", monotonic_ms=1_000)
    journal.scan(participant_id="p-2", monotonic_ms=9_000)
    station.push(journal.request(anchors={"boot": START_MS + years}))
    assert {row.current for row in everything(hub, VenueOccupancy, zone=None)} == {1}, (
        "no row is of the future"
    )
    correction = ClockCorrection(boot_id="boot", anchor_ms=START_MS, unsure_from_ms=0, unsure_to_ms=2_000)
    request = journal.request().model_copy(update={"items": (), "corrections": (correction,)})
    for _ in range(2):
        assert station.push(request).status_code == 200
    rows = {row.participant_id: row for row in everything(hub, AccessLog, device_id=station.device_id)}
    assert {who: (row.effective_at_ms, row.clock_sure) for who, row in rows.items()} == {
        "p-1": (START_MS + 1_000, False),
        "p-2": (START_MS + 9_000, True),
    }
    assert {row.current for row in everything(hub, VenueOccupancy, zone=None)} == {1}


def test_two_corrections_of_one_boot_both_say_what_was_unsure(
    hub: HubContext, station: StationClient, journal: Journal
) -> None:
    for number in (1, 2, 3):
        journal.scan(participant_id=f"p-{number}", monotonic_ms=number * 1_000)
    station.push(journal.request())
    corrections = (
        ClockCorrection(boot_id="boot", anchor_ms=START_MS - 500, unsure_from_ms=0, unsure_to_ms=1_500),
        ClockCorrection(boot_id="boot", anchor_ms=START_MS - 700, unsure_from_ms=1_600, unsure_to_ms=2_500),
    )
    request = journal.request().model_copy(update={"items": (), "corrections": corrections})
    assert station.push(request).status_code == 200
    rows = {row.participant_id: row for row in everything(hub, AccessLog)}
    assert {who: (row.effective_at_ms, row.clock_sure) for who, row in rows.items()} == {
        "p-1": (START_MS + 300, False),
        "p-2": (START_MS + 1_300, False),
        "p-3": (START_MS + 2_300, True),
    }


def test_a_correction_moves_no_other_stations_rows(
    hub: HubContext, client: TestClient, station: StationClient, journal: Journal, seeded: Seeded
) -> None:
    other_station, other = another_station(hub, client, seeded)
    other.scan()
    other_station.push(other.request())
    correction = ClockCorrection(boot_id="boot", anchor_ms=START_MS - 500)
    request = journal.request(journal.scan()).model_copy(update={"corrections": (correction,)})
    assert verdicts(station.push(request)) == ["ACCEPTED"]
    rows = {row.device_id: row.effective_at_ms for row in everything(hub, AccessLog)}
    assert rows == {station.device_id: START_MS + 500, other_station.device_id: START_MS + 1_000}


def test_two_tickets_of_one_operator_at_one_gate_in_one_moment_are_two_rows(
    hub: HubContext, station: StationClient, journal: Journal
) -> None:
    by_kim = {
        "result": "MANUAL_OVERRIDE",
        "reason": "participant_pending",
        "override": {"reason": "knows them", "operator": "Kim"},
        "scanned_at_ms": START_MS,
        "monotonic_ms": 7,
    }
    journal.scan(participant_id="p-1", **by_kim)
    journal.scan(participant_id="p-2", **by_kim)
    assert verdicts(station.push(journal.request())) == ["ACCEPTED", "ACCEPTED"]
    assert sorted(row.participant_id for row in everything(hub, AccessLog)) == ["p-1", "p-2"]
    assert {row.current for row in everything(hub, VenueOccupancy)} == {2}
