"""Many callers at the same moment, on both databases: nothing is lost, nobody waits for ever, nobody counts twice."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from sqlalchemy import func, select
from starlette.testclient import TestClient

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.contract.ids import new_id
from hub_sync.hub.domains.check_in.occupancy import projection
from hub_sync.hub.domains.check_in.tables import AccessConflict, AccessLog, VenueOccupancy, ZonePresence
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.rules.conflicts import ConflictState
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.station_client import START_MS, Journal, StationClient, another_station

PEOPLE = [f"p-{number}" for number in range(12)]


def together(calls: list[Any]) -> list[Any]:
    with ThreadPoolExecutor(len(calls)) as pool:
        return [done.result(60) for done in [pool.submit(call) for call in calls]]


def state_of(hub: HubContext) -> tuple[Any, ...]:
    with hub.uow.read() as work:
        presence = work.session.scalars(select(ZonePresence)).all()
        counts = work.session.scalars(select(VenueOccupancy)).all()
        conflicts = work.session.scalars(select(AccessConflict).filter_by(state=ConflictState.OPEN)).all()
        return (
            sorted((row.zone, row.participant_id, row.direction, row.at_ms, row.entries) for row in presence),
            sorted((row.zone or "", row.current) for row in counts),
            sorted(row.later_id for row in conflicts),
        )


def test_five_stations_push_the_same_people_at_once(
    hub: HubContext, client: TestClient, station: StationClient, journal: Journal, seeded: Seeded
) -> None:
    stations = [(station, journal), *(another_station(hub, client, seeded) for _ in range(4))]
    for number, (_, theirs) in enumerate(stations):
        for turn, who in enumerate(PEOPLE * 4):
            at = START_MS + turn * 1000 + number
            way = "exit" if (turn // len(PEOPLE) + number) % 2 else "entry"
            theirs.scan(participant_id=who, scanned_at_ms=at, direction=way)
    for start in range(0, 48, 16):
        portions = [(own, theirs.request(*theirs.items[start : start + 16])) for own, theirs in stations]
        answers = together([partial(own.push, portion) for own, portion in portions * 2])
        assert {answer.status_code for answer in answers} == {200}
    with hub.uow.read() as work:
        assert work.session.scalar(select(func.count()).select_from(AccessLog)) == 5 * 48
    settled = state_of(hub)
    with hub.uow.begin() as work:
        projection.rebuild(work, seeded.tenant_id, seeded.event_id)
    assert state_of(hub) == settled


def test_one_ticket_at_eight_desks_at_once_lets_one_in(
    hub: HubContext, station: StationClient, seeded: Seeded
) -> None:
    with hub.uow.begin() as work:
        new = participants.NewParticipant(id="ada", status=ParticipantStatus.APPROVED)
        participants.create(work, seeded.tenant_id, seeded.event_id, new)
    body = {"checkpoint_id": seeded.gate_id, "participant_id": "ada"}
    answers = together([lambda: station.scan(seeded.event_id, id=new_id(), **body) for _ in range(8)])
    results = sorted(answer.json()["data"]["result"] for answer in answers)
    assert results == ["ALREADY_SCANNED"] * 7 + ["VALID"]
    scan = new_id()
    retries = together(
        [lambda: station.scan(seeded.event_id, id=scan, direction="exit", **body) for _ in range(8)]
    )
    assert {answer.json()["data"]["result"] for answer in retries} == {"VALID"}
    with hub.uow.read() as work:
        assert work.session.scalar(select(func.count()).select_from(AccessLog)) == 9


def test_the_same_first_push_twice_at_once_is_stored_once(
    hub: HubContext, station: StationClient, journal: Journal
) -> None:
    for _ in range(20):
        journal.scan()
    answers = together([lambda: station.push(journal.request()) for _ in range(6)])
    verdicts = sorted(
        {verdict["verdict"] for verdict in answer.json()["verdicts"]}.pop() for answer in answers
    )
    assert verdicts == ["ACCEPTED"] + ["DUPLICATE"] * 5
    with hub.uow.read() as work:
        assert work.session.scalar(select(func.count()).select_from(AccessLog)) == 20
