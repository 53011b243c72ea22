"""The hub's own gate over HTTP: cases 1, 2, 5, 7 and 8 of the check-in cases, and the state that follows."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import ParticipantStatus
from hub_sync.contract.ids import new_id
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.tables import AccessLog, VenueOccupancy, ZonePresence
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.events.domain_events import StoredDomainEvent
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.rules.journal_chain import GENESIS
from hub_sync.rules.tickets.ticket_codec import TicketPayload, issue_ticket
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.station_client import Journal, StationClient

OVERRIDE = {"reason": "their badge is in the post", "operator": "Ola"}


@pytest.fixture
def code(hub: HubContext, seeded: Seeded) -> str:
    """Ada is registered and approved; her ticket."""
    with hub.uow.begin() as work:
        new = participants.NewParticipant(
            id="ada",
            first_name="Ada",
            last_name="Lovelace",
            registration_code="REG-0O1L",
            status=ParticipantStatus.APPROVED,
        )
        participants.create(work, seeded.tenant_id, seeded.event_id, new)
    return ticket(hub, seeded, "ada")


def ticket(hub: HubContext, seeded: Seeded, pid: str) -> str:
    with hub.uow.read() as work:
        ring = tenants.key_ring(work, hub.secret_box, seeded.tenant_id)
        return issue_ticket(TicketPayload(pid, seeded.tenant_id, seeded.event_id, 1), ring, work.now())


def everything(hub: HubContext, table: type[Any]) -> list[Any]:
    with hub.uow.read() as work:
        return list(work.session.scalars(select(table)))


def ask(station: StationClient, seeded: Seeded, **body: Any) -> dict[str, Any]:
    answer = station.scan(seeded.event_id, **{"id": new_id(), "checkpoint_id": seeded.gate_id, **body})
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def test_a_good_ticket_is_admitted_and_all_follows(
    hub: HubContext, station: StationClient, seeded: Seeded, code: str
) -> None:
    verdict = ask(station, seeded, ticket=code)
    assert (verdict["result"], verdict["reason_code"], verdict["sentence"]) == (
        "VALID",
        "admitted",
        "Let in.",
    )
    assert verdict["participant"] == {"id": "ada", "name": "Ada Lovelace", "category": ""}
    assert {(count["zone"], count["current"], count["level"]) for count in verdict["occupancy"]} == {
        (None, 1, "green"),
        ("hall-a", 1, "unknown"),
    }
    (row,) = everything(hub, AccessLog)
    assert (row.journal_id, row.sequence, row.device_id, row.id) == (
        "hub",
        1,
        station.device_id,
        verdict["access_log_id"],
    )
    assert row.journal_hash != GENESIS
    (presence,) = everything(hub, ZonePresence)
    assert (presence.participant_id, presence.zone) == ("ada", "hall-a")
    assert [event.type for event in everything(hub, StoredDomainEvent) if event.entity == "access_log"] == [
        "ScanAccepted"
    ]

    again = ask(station, seeded, ticket=code)
    assert (again["result"], again["reason_code"]) == ("ALREADY_SCANNED", "already_inside")
    assert again["sentence"] == "Already inside since: 12:00", "the time of day in the event's zone"
    assert again["participant"]["id"] == "ada"


def test_a_scan_that_needs_nothing_special_takes_fourteen_statements(
    station: StationClient, hub: HubContext, seeded: Seeded, code: str
) -> None:
    new = participants.NewParticipant(status=ParticipantStatus.APPROVED, registration_code="FIRST-2345")
    with hub.uow.begin() as work:
        participants.create(work, seeded.tenant_id, seeded.event_id, new)
    ask(station, seeded, registration_code="FIRST-2345")  # creates the rows of the counts
    statements: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    event.listen(hub.uow.database.engine, "before_cursor_execute", note)
    assert ask(station, seeded, ticket=code)["result"] == "VALID"
    event.remove(hub.uow.database.engine, "before_cursor_execute", note)
    assert len(statements) == 14, (
        "keys, event, checkpoint, person, earlier try, presences, journal, counts; 6 rows"
    )


def test_a_retry_of_a_success_answers_again_and_leaves_one_record(
    hub: HubContext, station: StationClient, seeded: Seeded, code: str, clock: ManualClock
) -> None:
    with hub.uow.begin() as work:
        changes = check_in.CheckpointChanges(reentry="always")
        check_in.update_checkpoint(work, seeded.tenant_id, seeded.event_id, seeded.gate_id, changes)
    scan = new_id()
    first = ask(station, seeded, id=scan, ticket=code)
    clock.advance(timedelta(minutes=5))
    second = ask(station, seeded, id=scan, ticket=code)
    assert (second["result"], second["access_log_id"], second["repeated"]) == (
        "VALID",
        first["access_log_id"],
        True,
    )
    assert second["scanned_at"] == first["scanned_at"]
    assert second["participant"] == first["participant"]
    assert len(everything(hub, AccessLog)) == 1
    (presence,) = everything(hub, ZonePresence)
    assert presence.entries == 1
    ask(station, seeded, ticket=code)
    assert len(everything(hub, AccessLog)) == 2, "another scan is another entry here"


def test_a_refusal_is_stored_once_and_never_hides_a_later_success(
    hub: HubContext, station: StationClient, seeded: Seeded, code: str
) -> None:
    with hub.uow.begin() as work:
        pending = ParticipantStatus.PENDING
        participants.update_status(work, seeded.tenant_id, seeded.event_id, "ada", pending)
    scan = new_id()
    for _ in range(3):
        assert ask(station, seeded, id=scan, ticket=code)["result"] == "INVALID"
    assert len(everything(hub, AccessLog)) == 1
    with hub.uow.begin() as work:
        approved = ParticipantStatus.APPROVED
        participants.update_status(work, seeded.tenant_id, seeded.event_id, "ada", approved)
    for _ in range(3):
        assert ask(station, seeded, id=scan, ticket=code)["result"] == "VALID"
    assert sorted(row.result for row in everything(hub, AccessLog)) == ["INVALID", "VALID"]


def test_an_id_is_one_scan_and_no_other(station: StationClient, seeded: Seeded, code: str) -> None:
    scan = new_id()
    ask(station, seeded, id=scan, ticket=code)
    for other in ({"ticket": code + "="}, {"registration_code": "REG-001L"}, {"participant_id": "ada"}):
        answer = station.scan(seeded.event_id, id=scan, checkpoint_id=seeded.gate_id, **other)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "ScanIdReused")


def test_a_registration_code_forgives_typing(station: StationClient, seeded: Seeded, code: str) -> None:
    assert code
    for typed in ("REG-0O1L", " reg 0o1l ", "REGOOIL", "r-e-g-0-0-1-1"):
        assert ask(station, seeded, registration_code=typed)["participant_id"] == "ada", typed


def test_an_id_held_up_or_typed_finds_nobody(station: StationClient, seeded: Seeded, code: str) -> None:
    assert code
    assert ask(station, seeded, ticket="ada")["reason_code"] == "not_a_ticket"
    assert ask(station, seeded, ticket="REG-0O1L")["reason_code"] == "not_a_ticket"
    assert ask(station, seeded, registration_code="ada")["reason_code"] == "unknown_code"
    assert ask(station, seeded, registration_code="---")["reason_code"] == "unknown_code"
    assert ask(station, seeded, participant_id="nobody")["reason_code"] == "unknown_code"


def test_an_override_is_recorded_where_it_was_needed_and_asking_always(
    hub: HubContext, station: StationClient, seeded: Seeded, code: str
) -> None:
    assert ask(station, seeded, ticket=code, override=OVERRIDE)["marks"] == ["override_not_needed"]
    assert ask(station, seeded, ticket=code, override=OVERRIDE)["result"] == "MANUAL_OVERRIDE"
    assert ask(station, seeded, ticket="x", override=OVERRIDE)["marks"] == ["override_not_allowed"]
    rows = {row.sequence: row for row in everything(hub, AccessLog)}
    assert [rows[n].override_by for n in (1, 2, 3)] == [None, "Ola", None]
    assert all(row.override_asked for row in rows.values())


def test_leaving_and_coming_back(
    station: StationClient, seeded: Seeded, code: str, clock: ManualClock
) -> None:
    results = []
    for direction in ("exit", "entry", "exit", "exit", "entry"):
        clock.advance(timedelta(seconds=10))
        verdict = ask(station, seeded, participant_id="ada", direction=direction)
        results.append((verdict["reason_code"], verdict["occupancy_change"]))
    assert results == [
        ("exit_without_entry", 0),
        ("admitted", 1),
        ("exited", -1),
        ("exit_without_entry", 0),
        ("admitted", 1),
    ]


def test_the_hub_knows_what_a_station_admitted(
    station: StationClient, seeded: Seeded, journal: Journal, code: str
) -> None:
    journal.scan(participant_id="ada")
    station.push(journal.request())
    assert ask(station, seeded, ticket=code)["reason_code"] == "already_inside"


def test_a_merged_ticket_opens_the_door_as_its_survivor(
    hub: HubContext, station: StationClient, seeded: Seeded, code: str
) -> None:
    with hub.uow.begin() as work:
        new = participants.NewParticipant(id="twin", status=ParticipantStatus.CANCELLED)
        twin = participants.create(work, seeded.tenant_id, seeded.event_id, new)
        twin.standing = "merged:ada"
    verdict = ask(station, seeded, ticket=ticket(hub, seeded, "twin"))
    assert (verdict["result"], verdict["participant_id"]) == ("VALID", "ada")
    assert ask(station, seeded, ticket=code)["reason_code"] == "already_inside"


def test_who_came_in_under_a_registration_that_was_merged_away_is_inside(
    hub: HubContext, station: StationClient, seeded: Seeded, code: str, clock: ManualClock
) -> None:
    with hub.uow.begin() as work:
        for id_ in ("older", "old"):
            new = participants.NewParticipant(id=id_, status=ParticipantStatus.APPROVED)
            participants.create(work, seeded.tenant_id, seeded.event_id, new)
    assert ask(station, seeded, ticket=ticket(hub, seeded, "older"))["result"] == "VALID"
    with hub.uow.begin() as work:
        for id_, survivor in (("older", "old"), ("old", "ada")):
            gone = participants.get(work, seeded.tenant_id, seeded.event_id, id_)
            gone.standing = f"merged:{survivor}"
    assert ask(station, seeded, ticket=code)["reason_code"] == "already_inside"
    clock.advance(timedelta(seconds=10))
    assert ask(station, seeded, participant_id="ada", direction="exit")["reason_code"] == "exited"
    clock.advance(timedelta(seconds=10))
    assert ask(station, seeded, ticket=code)["reason_code"] == "admitted", (
        "what was done last counts, by either id"
    )


def test_a_circle_of_merges_ends_and_lets_nobody_in_twice(
    hub: HubContext, station: StationClient, seeded: Seeded, code: str
) -> None:
    with hub.uow.begin() as work:
        new = participants.NewParticipant(id="twin", status=ParticipantStatus.APPROVED)
        participants.create(work, seeded.tenant_id, seeded.event_id, new).standing = "merged:ada"
        participants.get(work, seeded.tenant_id, seeded.event_id, "ada").standing = "merged:twin"
    ask(station, seeded, ticket=code)
    for presented_code in (code, ticket(hub, seeded, "twin")):
        assert ask(station, seeded, ticket=presented_code)["reason_code"] == "already_inside"


def test_a_full_zone_is_red_and_admits(
    hub: HubContext, station: StationClient, seeded: Seeded, code: str
) -> None:
    with hub.uow.begin() as work:
        check_in.set_capacity(work, seeded.tenant_id, seeded.event_id, "hall-a", 1)
    verdict = ask(station, seeded, ticket=code)
    assert verdict["result"] == "VALID"
    assert {count["zone"]: count["level"] for count in verdict["occupancy"]}["hall-a"] == "red"
    assert {row.capacity for row in everything(hub, VenueOccupancy)} == {1, None}


WRONG: tuple[dict[str, Any], ...] = (
    {},
    {"ticket": "x", "participant_id": "ada"},
    {"ticket": 5},
    {"ticket": "x", "id": "not an id"},
    {"ticket": "x", "direction": "sideways"},
    {"ticket": "x", "override": {"reason": "", "operator": "Ola"}},
    {"ticket": "x", "extra": 1},
    {"participant_id": "x" * 65},
    {"registration_code": "x" * 201},
    {"ticket": "\x00"},
)


def test_a_scan_that_is_none_is_refused_in_words(station: StationClient, seeded: Seeded) -> None:
    for wrong in WRONG:
        answer = station.scan(seeded.event_id, **{"id": new_id(), "checkpoint_id": seeded.gate_id, **wrong})
        assert answer.status_code == 422, wrong
        assert answer.json()["error"]["message"], wrong


def test_a_sealed_id_that_nobody_can_have_is_malformed(
    hub: HubContext, station: StationClient, seeded: Seeded
) -> None:
    for pid in ("p" * 65, "\0"):
        assert ask(station, seeded, ticket=ticket(hub, seeded, pid))["reason_code"] == "ticket_malformed"


def test_an_unknown_checkpoint_or_event_is_404(station: StationClient, seeded: Seeded) -> None:
    body = {"id": new_id(), "ticket": "x"}
    assert (
        station.scan(seeded.event_id, checkpoint_id="another", **body).json()["error"]["code"]
        == "CheckpointNotFound"
    )
    assert (
        station.scan("another", checkpoint_id=seeded.gate_id, **body).json()["error"]["code"]
        == "EventNotFound"
    )


def test_a_clock_that_was_set_back_keeps_the_journal_in_order(
    hub: HubContext, station: StationClient, seeded: Seeded, code: str, clock: ManualClock
) -> None:
    ask(station, seeded, ticket=code)
    clock.jump(timedelta(hours=-1))
    ask(station, seeded, ticket="x")
    rows = sorted(everything(hub, AccessLog), key=lambda row: row.sequence)
    assert [row.sequence for row in rows] == [1, 2]
    assert clock.now() == NOON - timedelta(hours=1)
