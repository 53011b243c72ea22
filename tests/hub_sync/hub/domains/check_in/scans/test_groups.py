"""A group at the hub: one scan offers the rest, who are admitted one row a person, once."""

from typing import Any

import pytest
from sqlalchemy import select

from hub_sync.contract.enums import Mark, ParticipantStatus, ScanResult, ScanType
from hub_sync.contract.ids import new_id
from hub_sync.hub.domains.check_in.tables import AccessLog
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.check_in.conftest import CallerFactory, EventApiClient, error_code, register

ORDER = "Order 4711"


@pytest.fixture
def gate(make_caller: CallerFactory) -> EventApiClient:
    """Return a client that may scan and read names."""
    return make_caller("check-in:scan", "participants:read")


@pytest.fixture
def family(hub: HubContext, seeded: Seeded) -> str:
    """Register a family of four, of whom one is cancelled, and a stranger; return the mother's ticket."""
    ticket = register(hub, seeded, "mum", last_name="Byron", group_ref=ORDER)
    register(hub, seeded, "kid", first_name="Ralph", last_name="King", group_ref=ORDER)
    register(hub, seeded, "kit", first_name="Anne", last_name="King", group_ref=f" {ORDER} ")
    cancelled = ParticipantStatus.CANCELLED
    register(hub, seeded, "dad", first_name="William", last_name="King", group_ref=ORDER, status=cancelled)
    register(hub, seeded, "stranger", group_ref="Order 4712")
    return ticket


def log_of(hub: HubContext) -> list[AccessLog]:
    with hub.uow.read() as work:
        return list(work.session.scalars(select(AccessLog).order_by(AccessLog.log_seq)))


def admit(gate: EventApiClient, seeded: Seeded, scan_id: str, members: list[dict[str, Any]]) -> Any:
    body = {"checkpoint_id": seeded.gate_id, "scan_id": scan_id, "members": members}
    return gate.call("POST", "/scans/group", json=body)


def test_case_25_a_family_on_one_scan_enters_one_row_a_person(
    hub: HubContext, gate: EventApiClient, seeded: Seeded, family: str
) -> None:
    verdict = gate.scan(checkpoint_id=seeded.gate_id, ticket=family)
    group = verdict["group"]
    assert (verdict["result"], group["group_ref"], group["may_enter"]) == ("VALID", ORDER, 2)
    assert [(each["name"], each["may_enter"], each["reason_code"]) for each in group["members"]] == [
        ("Anne King", True, "admitted"),
        ("Ralph King", True, "admitted"),
        ("William King", False, "participant_cancelled"),
    ]
    members = [{"id": new_id(), "participant_id": each["participant_id"]} for each in group["members"]]
    answer = admit(gate, seeded, verdict["access_log_id"], members).json()["data"]
    assert answer["admitted"] == 2
    assert [scan["result"] for scan in answer["scans"]] == ["VALID", "VALID", "REVOKED"]
    assert [scan["occupancy"][0]["current"] for scan in answer["scans"]] == [2, 3, 3]
    rows = log_of(hub)
    assert [(row.participant_id, row.result) for row in rows] == [
        ("mum", ScanResult.VALID),
        ("kit", ScanResult.VALID),
        ("kid", ScanResult.VALID),
        ("dad", ScanResult.REVOKED),
    ]
    assert [row.marks for row in rows[:3]] == [[], [Mark.IN_GROUP], [Mark.IN_GROUP]]
    assert {row.scan_type for row in rows[1:]} == {ScanType.SEARCH}
    assert len({row.code_digest for row in rows}) == 1, "the rows name the code that was shown"

    again = admit(gate, seeded, verdict["access_log_id"], members).json()["data"]
    assert (again["admitted"], [scan["repeated"] for scan in again["scans"]]) == (2, [True] * 3)
    assert len(log_of(hub)) == 4, "the same request again stores nothing twice"
    later = gate.scan(checkpoint_id=seeded.gate_id, ticket=family)
    assert (later["result"], later["group"]["may_enter"]) == ("ALREADY_SCANNED", 0)


def test_somebody_inside_leads_the_children_who_come_later(
    gate: EventApiClient, seeded: Seeded, family: str
) -> None:
    gate.scan(checkpoint_id=seeded.gate_id, ticket=family)
    again = gate.scan(checkpoint_id=seeded.gate_id, ticket=family)
    assert (again["result"], again["group"]["may_enter"]) == ("ALREADY_SCANNED", 2)
    answer = admit(gate, seeded, again["access_log_id"], [{"participant_id": "kid"}])
    assert answer.json()["data"]["admitted"] == 1


def test_a_refused_or_departing_member_and_somebody_alone_lead_nobody(
    hub: HubContext, gate: EventApiClient, seeded: Seeded, family: str, ada: str
) -> None:
    assert gate.scan(checkpoint_id=seeded.gate_id, ticket=ada)["group"] is None, "in no group"
    stranger = gate.scan(checkpoint_id=seeded.gate_id, participant_id="stranger")
    assert stranger["group"] is None, "alone in theirs"
    refused = gate.scan(checkpoint_id=seeded.gate_id, participant_id="dad")
    assert refused["group"] is None
    answer = admit(gate, seeded, refused["access_log_id"], [{"participant_id": "kid"}])
    assert error_code(answer, 404) == "ScanNotFound"
    entered = gate.scan(checkpoint_id=seeded.gate_id, ticket=family)
    left = gate.scan(checkpoint_id=seeded.gate_id, ticket=family, direction="exit")
    assert left["group"] is None
    answer = admit(gate, seeded, entered["access_log_id"], [{"participant_id": "stranger"}])
    assert error_code(answer, 409) == "GroupChanged"
    assert {row.participant_id for row in log_of(hub)} == {"ada", "stranger", "dad", "mum"}


def test_whoever_left_the_group_meanwhile_is_not_admitted_with_it_nor_is_anybody_else(
    hub: HubContext, gate: EventApiClient, seeded: Seeded, family: str
) -> None:
    verdict = gate.scan(checkpoint_id=seeded.gate_id, ticket=family)
    with hub.uow.begin() as work:
        changes = participants.ParticipantChanges(group_ref="")
        participants.update(work, seeded.tenant_id, seeded.event_id, "kit", changes)
    members = [{"participant_id": "kid"}, {"participant_id": "kit"}]
    assert error_code(admit(gate, seeded, verdict["access_log_id"], members), 409) == "GroupChanged"
    assert [row.participant_id for row in log_of(hub)] == ["mum"]


def test_only_the_scanner_of_a_member_admits_the_rest_and_names_need_the_right_to_read(
    make_caller: CallerFactory, gate: EventApiClient, seeded: Seeded, family: str
) -> None:
    verdict = gate.scan(checkpoint_id=seeded.gate_id, ticket=family)
    steward = make_caller("check-in:scan")
    answer = admit(steward, seeded, verdict["access_log_id"], [{"participant_id": "kid"}])
    assert error_code(answer, 404) == "ScanNotFound"
    own = steward.scan(checkpoint_id=seeded.gate_id, ticket=family)
    assert (own["group"]["group_ref"], {each["name"] for each in own["group"]["members"]}) == (None, {None})


def test_a_group_of_more_than_fifty_is_scanned_one_by_one(
    hub: HubContext, gate: EventApiClient, seeded: Seeded
) -> None:
    with hub.uow.begin() as work:
        new = [
            participants.NewParticipant(id=f"p{n}", group_ref="Coach", status=ParticipantStatus.APPROVED)
            for n in range(51)
        ]
        participants.create_many(work, seeded.tenant_id, seeded.event_id, new)
    verdict = gate.scan(checkpoint_id=seeded.gate_id, participant_id="p1")
    assert (verdict["group"]["too_large"], verdict["group"]["members"]) == (True, [])
    answer = admit(gate, seeded, verdict["access_log_id"], [{"participant_id": "p2"}])
    assert error_code(answer, 409) == "GroupChanged"


@pytest.mark.parametrize("members", [[], [{"participant_id": "kid"}, {"participant_id": "kid"}], "all", [{}]])
def test_a_request_without_sense_is_refused_in_a_sentence(
    gate: EventApiClient, seeded: Seeded, family: str, members: Any
) -> None:
    verdict = gate.scan(checkpoint_id=seeded.gate_id, ticket=family)
    assert admit(gate, seeded, verdict["access_log_id"], members).status_code == 422
