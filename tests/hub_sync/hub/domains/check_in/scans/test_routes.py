"""Scans over REST: the gates' verdicts as values, told apart by who scans, stored once, and one VALID of twenty at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from hub_sync.contract.ids import new_id
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.audit.tables import AuditLog
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.occupancy import projection
from hub_sync.hub.domains.check_in.tables import AccessLog, VenueOccupancy, ZonePresence
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.client_address import CSRF_HEADER, SESSION_COOKIE
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.check_in.conftest import (
    CallerFactory,
    EventApiClient,
    error_code,
    register,
    ticket_of,
)


@pytest.fixture
def gate(make_caller: CallerFactory) -> EventApiClient:
    """Return a client that may scan, and nothing else."""
    return make_caller("check-in:scan", "participants:read")


def log_of(hub: HubContext) -> list[AccessLog]:
    with hub.uow.read() as work:
        return list(work.session.scalars(select(AccessLog).order_by(AccessLog.log_seq)))


def test_a_good_ticket_is_let_in_and_a_second_time_told_what_was_before(
    hub: HubContext, gate: EventApiClient, seeded: Seeded, ada: str
) -> None:
    verdict = gate.scan(checkpoint_id=seeded.gate_id, ticket=ada)
    assert (verdict["result"], verdict["reason_code"], verdict["sentence"]) == (
        "VALID",
        "admitted",
        "Let in.",
    )
    assert verdict["participant"] == {"id": "ada", "name": "Ada Lovelace", "category": "vip"}
    assert (verdict["occupancy_change"], verdict["earlier"], verdict["repeated"]) == (1, None, False)
    assert [(count["zone"], count["current"]) for count in verdict["occupancy"]] == [(None, 1), ("hall-a", 1)]
    again = gate.scan(checkpoint_id=seeded.gate_id, ticket=ada)
    assert (again["result"], again["reason_code"]) == ("ALREADY_SCANNED", "already_inside")
    assert (again["sentence"], again["detail"]) == (
        "Already inside since: 12:00",
        "2026-06-10T12:00:00+02:00",
    )
    assert again["earlier"] == {
        "access_log_id": verdict["access_log_id"],
        "checkpoint_id": seeded.gate_id,
        "scanned_at": verdict["scanned_at"],
    }
    (first, second) = log_of(hub)
    assert (first.device_id, first.journal_id[:4], first.sequence) == (gate.key_id, "key:", 1)
    assert (second.sequence, second.log_seq, second.id) == (2, 2, again["access_log_id"])


def test_a_refusal_is_a_verdict(gate: EventApiClient, seeded: Seeded, hub: HubContext) -> None:
    verdict = gate.scan(checkpoint_id=seeded.gate_id, ticket="https://example.org/menu")
    assert (verdict["result"], verdict["reason_code"], verdict["participant"]) == (
        "INVALID",
        "not_a_ticket",
        None,
    )
    typed = gate.scan(checkpoint_id=seeded.gate_id, registration_code="nobody has this")
    assert (typed["result"], typed["reason_code"]) == ("INVALID", "unknown_code")
    assert [row.result.value for row in log_of(hub)] == ["INVALID", "INVALID"]


def test_a_typed_code_and_a_picked_person_get_in_and_out(
    gate: EventApiClient, seeded: Seeded, ada: str
) -> None:
    entered = gate.scan(checkpoint_id=seeded.gate_id, registration_code=" reg 0o1l ")
    assert (entered["result"], entered["participant"]["id"]) == ("VALID", "ada")
    left = gate.scan(checkpoint_id=seeded.gate_id, participant_id="ada", direction="exit")
    assert (left["result"], left["occupancy_change"], left["occupancy"][0]["current"]) == ("VALID", -1, 0)


def test_leaving_the_venue_leaves_its_zones_and_entering_one_may_leave_another(
    hub: HubContext, gate: EventApiClient, seeded: Seeded, ada: str
) -> None:
    with hub.uow.begin() as work:
        where = seeded.tenant_id, seeded.event_id
        new = check_in.NewCheckpoint
        exit_ = check_in.create_checkpoint(work, *where, new(name="Exit", direction="exit"))
        lounge = check_in.create_checkpoint(
            work, *where, new(name="Lounge", zone="lounge", direction="bidirectional", leaves_zones=True)
        )

    def zones(verdict: dict[str, Any]) -> dict[str | None, int]:
        occupancy = gate.data("GET", "/occupancy")
        return {count["zone"]: count["current"] for count in (occupancy["event"], *occupancy["zones"])}

    assert zones(gate.scan(checkpoint_id=seeded.gate_id, ticket=ada)) == {None: 1, "hall-a": 1, "lounge": 0}
    assert zones(gate.scan(checkpoint_id=lounge.id, ticket=ada)) == {None: 1, "hall-a": 0, "lounge": 1}
    left = gate.scan(checkpoint_id=exit_.id, ticket=ada)
    assert (left["reason_code"], left["occupancy_change"]) == ("exited", -1)
    assert zones(left) == {None: 0, "hall-a": 0, "lounge": 0}
    with hub.uow.read() as work:
        key = FeedKey(seeded.tenant_id, seeded.event_id)
        places = check_in.last_passages(work, key, "ada")
    assert {(place.zone, place.direction.value) for place in places} == {
        ("hall-a", "exit"),
        ("lounge", "exit"),
    }
    assert gate.scan(checkpoint_id=seeded.gate_id, ticket=ada)["reason_code"] == "admitted"


def test_the_same_id_is_the_same_scan(
    hub: HubContext, gate: EventApiClient, seeded: Seeded, ada: str
) -> None:
    body = {"id": new_id(), "checkpoint_id": seeded.gate_id, "ticket": ada}
    first, again = gate.scan(**body), gate.scan(**body)
    assert (first["repeated"], again["repeated"]) == (False, True)
    assert (again["result"], again["access_log_id"]) == ("VALID", first["access_log_id"])
    assert len(log_of(hub)) == 1
    other = ticket_of(hub, seeded, "grace")
    assert error_code(gate.call("POST", "/scans", json=body | {"ticket": other}), 409) == "ScanIdReused"


def test_an_idempotency_key_gets_the_same_answer(
    hub: HubContext, gate: EventApiClient, seeded: Seeded, ada: str
) -> None:
    body = {"checkpoint_id": seeded.gate_id, "ticket": ada}
    twice = [gate.call("POST", "/scans", json=body, headers={"Idempotency-Key": "once"}) for _ in range(2)]
    assert twice[0].status_code == 200
    assert twice[0].content == twice[1].content
    assert len(log_of(hub)) == 1
    other = {"checkpoint_id": seeded.gate_id, "ticket": "other"}
    again = gate.call("POST", "/scans", json=other, headers={"Idempotency-Key": "once"})
    assert error_code(again, 422) == "IdempotencyKeyReused"


def test_an_override_is_kept_with_who_and_why(
    hub: HubContext, gate: EventApiClient, seeded: Seeded, ada: str
) -> None:
    override = {"reason": "came out for the fire drill"}
    gate.scan(checkpoint_id=seeded.gate_id, ticket=ada)
    verdict = gate.scan(checkpoint_id=seeded.gate_id, ticket=ada, override=override)
    assert (verdict["result"], verdict["override_asked"]) == ("MANUAL_OVERRIDE", True)
    assert verdict["sentence"] == "Let in against the verdict. Reason: came out for the fire drill"
    row = log_of(hub)[-1]
    body = {"checkpoint_id": seeded.gate_id, "ticket": ada}
    german = gate.data("POST", "/scans", json=body, headers={"Accept-Language": "fr, de;q=0.8"})
    assert german["sentence"] == "Bereits drinnen seit: 12:00"
    assert (row.override_reason, (row.override_by or "")[:9]) == (override["reason"], "key:test ")
    with hub.uow.read() as work:
        (entry,) = work.session.scalars(select(AuditLog).where(AuditLog.action == "override"))
    assert (entry.entity_id, entry.actor) == (row.id, row.override_by)
    assert (entry.after or {})["reason"] == override["reason"]


def test_a_person_at_the_console_scans_by_their_session(
    hub: HubContext, gate: EventApiClient, seeded: Seeded, ada: str
) -> None:
    with hub.uow.begin() as work:
        user = accounts.create_user(
            work, seeded.tenant_id, "ola@example.org", "correct horse battery", role=Role.OPERATOR
        )
        token = accounts.create_session(work, user, accounts.lifetimes(hub.settings), accounts.Browser())
    path = f"/api/v1/events/{seeded.event_id}/scans"
    body = {"checkpoint_id": seeded.gate_id, "ticket": ada}
    cookie = {"Cookie": f"{SESSION_COOKIE}={token}"}
    assert error_code(gate.client.post(path, json=body, headers=cookie), 403), "a cookie alone proves nothing"
    proof = cookie | {CSRF_HEADER: accounts.csrf_token(token)}
    verdict = gate.client.post(path, json=body, headers=proof).json()["data"]
    assert verdict["result"] == "VALID"
    (row,) = log_of(hub)
    assert (row.device_id, row.journal_id[:5]) == (user.id, "user:")


def test_one_key_scans_at_two_events(
    hub: HubContext, make_caller: CallerFactory, seeded: Seeded, ada: str
) -> None:
    here = make_caller("check-in:scan")
    with hub.uow.begin() as work:
        new = events.NewEvent(
            slug="fair",
            name="Fair",
            starts_at=datetime(2026, 6, 10, 6, tzinfo=UTC),
            ends_at=datetime(2026, 6, 11, 16, tzinfo=UTC),
            time_zone="Europe/Berlin",
        )
        fair = events.create(work, seeded.tenant_id, new)
        door = check_in.create_checkpoint(
            work, seeded.tenant_id, fair.id, check_in.NewCheckpoint(name="Door")
        )
    there = EventApiClient(here.client, here.raw, here.key_id, fair.id)

    def both(_: int) -> None:
        here.scan(checkpoint_id=seeded.gate_id, ticket=ada)
        there.scan(checkpoint_id=door.id, ticket=ada)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(both, range(6)))
    rows = log_of(hub)
    assert {(row.event_id, row.sequence) for row in rows} == {
        (event, n) for event in (seeded.event_id, fair.id) for n in range(1, 7)
    }
    assert {row.reason_code.value for row in rows if row.event_id == fair.id} == {"wrong_event"}


def test_of_twenty_who_show_one_ticket_at_once_one_is_let_in(
    hub: HubContext, gate: EventApiClient, seeded: Seeded, ada: str
) -> None:
    with ThreadPoolExecutor(20) as pool:
        verdicts = list(pool.map(lambda _: gate.scan(checkpoint_id=seeded.gate_id, ticket=ada), range(20)))
    assert sorted(verdict["result"] for verdict in verdicts) == ["ALREADY_SCANNED"] * 19 + ["VALID"]
    rows = log_of(hub)
    assert [row.log_seq for row in rows] == list(range(1, 21))
    assert sorted(row.sequence for row in rows) == list(range(1, 21)), "one chain, no fork"
    assert gate.data("GET", "/occupancy")["event"]["current"] == 1


def test_occupancy_is_the_fold_of_the_log(hub: HubContext, gate: EventApiClient, seeded: Seeded) -> None:
    """However many pass at once, what is kept is what the log alone comes to."""
    tickets = [register(hub, seeded, f"p-{n}") for n in range(12)]
    with hub.uow.begin() as work:
        where = seeded.tenant_id, seeded.event_id
        lounge = check_in.create_checkpoint(
            work,
            *where,
            check_in.NewCheckpoint(name="Lounge", direction="bidirectional", zone="lounge", reentry="always"),
        )

    def wander(number: int) -> None:
        ticket = tickets[number % 12]
        point = lounge.id if number % 5 == 0 else seeded.gate_id
        way = "exit" if number % 3 == 0 else "entry"
        gate.scan(checkpoint_id=point, ticket=ticket, direction=way)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(wander, range(60)))

    def stored_state() -> tuple[Any, Any]:
        with hub.uow.read() as work:
            counts = work.session.execute(select(VenueOccupancy.zone, VenueOccupancy.current)).all()
            places = work.session.execute(
                select(ZonePresence.zone, ZonePresence.participant_id, ZonePresence.direction)
            ).all()
            return {tuple(row) for row in counts}, {tuple(row) for row in places}

    before = stored_state()
    with hub.uow.begin() as work:
        projection.rebuild(work, seeded.tenant_id, seeded.event_id)
    assert stored_state() == before
    occupancy = gate.data("GET", "/occupancy")
    assert {(None, occupancy["event"]["current"])} | {
        (z["zone"], z["current"]) for z in occupancy["zones"]
    } == before[0]


BAD: list[dict[str, Any]] = [
    {},
    {"checkpoint_id": "x"},
    {"checkpoint_id": "x", "ticket": "a", "registration_code": "b"},
    {"checkpoint_id": "", "ticket": "a"},
    {"checkpoint_id": "x", "ticket": "a", "id": "not a uuid"},
    {"checkpoint_id": "x", "ticket": "a", "direction": "up"},
    {"checkpoint_id": "x", "ticket": "a", "override": {}},
    {"checkpoint_id": "x", "ticket": "a", "override": {"reason": " "}},
    {"checkpoint_id": "x", "ticket": "a", "override": {"reason": "r", "operator": "me"}},
    {"checkpoint_id": "x", "ticket": "a" * 5000},
    {"checkpoint_id": "x", "ticket": 7},
]


def test_bad_scans_are_refused_in_words(gate: EventApiClient) -> None:
    for body in BAD:
        assert error_code(gate.call("POST", "/scans", json=body), 422) == "ValidationFailed", body


def test_odd_texts_are_no_tickets_and_break_nothing(gate: EventApiClient, seeded: Seeded) -> None:
    for odd in ("", " ", "💥" * 100, "../../etc/passwd", "A" * 4096, "=1+1"):
        verdict = gate.scan(checkpoint_id=seeded.gate_id, ticket=odd)
        assert verdict["result"] == "INVALID"
        assert gate.scan(checkpoint_id=seeded.gate_id, registration_code=odd[:200])["result"] == "INVALID"


def test_strangers_and_those_who_only_read_do_not_scan(
    make_caller: CallerFactory, foreign: EventApiClient, gate: EventApiClient, seeded: Seeded, ada: str
) -> None:
    body = {"checkpoint_id": seeded.gate_id, "ticket": ada}
    assert error_code(foreign.call("POST", "/scans", json=body), 404) == "EventNotFound"
    assert (
        error_code(make_caller("access-logs:read").call("POST", "/scans", json=body), 403)
        == "PermissionMissing"
    )
    unknown = {"checkpoint_id": "nowhere", "ticket": ada}
    assert error_code(gate.call("POST", "/scans", json=unknown), 404) == "CheckpointNotFound"


def test_each_checkpoint_is_decided_by_its_own_rules(
    hub: HubContext, make_caller: CallerFactory, seeded: Seeded, ada: str
) -> None:
    staff = check_in.NewCheckpoint(name="Staff", zone="staff", allowed_categories=["staff"])
    lunch = check_in.NewCheckpoint(name="Lunch", zone="lunch", direction="bidirectional", reentry="once")
    with hub.uow.begin() as work:
        staff_id, lunch_id = (
            check_in.create_checkpoint(work, seeded.tenant_id, seeded.event_id, new).id
            for new in (staff, lunch)
        )
    gate = make_caller("check-in:scan")

    def reasons(checkpoint_id: str, *directions: str) -> list[str]:
        scans = [gate.scan(checkpoint_id=checkpoint_id, ticket=ada, direction=each) for each in directions]
        return [scan["reason_code"] for scan in scans]

    assert reasons(seeded.gate_id, "entry", "exit", "entry") == ["admitted", "exited", "admitted"]
    assert reasons(staff_id, "entry") == ["category_not_allowed"]
    assert reasons(lunch_id, "entry", "exit", "entry") == ["admitted", "exited", "already_used"]
