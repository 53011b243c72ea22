"""All views of the access log agree, whatever arrives in whichever order: random pushes against a rebuild from the log alone."""

import random
from typing import Any

import orjson
import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from hub_sync.contract.sync import ClockCorrection
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.occupancy import projection
from hub_sync.hub.domains.check_in.tables import (
    AccessConflict,
    OccupancyFlow,
    VenueOccupancy,
    ZonePresence,
)
from hub_sync.hub.domains.overview.occupancy.people_inside import list_people_inside
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.station_client import START_MS, Journal, StationClient, another_station
from tests.support.passage_vectors import passage_members

MINUTE_MS = 60_000
PUSHES = 15
KINDS: list[dict[str, Any]] = [
    {},
    {},
    {"passage_sensor": True},
    {"passage_sensor": True},
    {"reason": "admitted_unknown"},
    {"clock_sure": False},
    {"result": "ALREADY_SCANNED", "reason": "already_inside"},
    {
        "result": "MANUAL_OVERRIDE",
        "reason": "participant_cancelled",
        "override": {"reason": "x", "operator": "y"},
    },
]
OUTCOMES = [
    ("turn", "PASSED"),
    ("timed_out", "NO_PASSAGE"),
    ("operator", "NO_PASSAGE"),
    ("late_turn", "PASSED"),
    ("double_turn", None),
]


def write_some(chance: random.Random, journal: Journal, scans: list[dict[str, Any]]) -> None:
    """Write a few scans of few people at random times, and what became of some of them."""
    for _ in range(chance.randint(1, 4)):
        if scans and chance.random() < 1 / 3:
            cause, outcome = chance.choice(OUTCOMES)
            of_scan = chance.choice(scans)
            journal.write(
                orjson.dumps(passage_members(of_scan, cause, outcome, chance.choice([1, 30, 70]))).decode()
            )
            continue
        is_exit = chance.random() < 1 / 3
        members: dict[str, Any] = {"reason": "exited", "direction": "exit"} if is_exit else {}
        scan = journal.record(
            participant_id=f"p-{chance.randrange(5)}",
            zone=chance.choice(["hall-a", "hall-b", None]),
            scanned_at_ms=START_MS + chance.randrange(60) * MINUTE_MS,
            boot_id=chance.choice(["boot", "another"]),
            **members | chance.choice(KINDS),
        )
        journal.write(orjson.dumps(scan).decode())
        scans.append(scan)


def views(hub: HubContext) -> dict[str, list[Any]]:
    with hub.uow.read() as work:
        rows = work.session.scalars
        return {
            "presences": sorted(
                (row.participant_id, row.zone, row.direction, row.at_ms, row.entries, row.entered_at_ms)
                for row in rows(select(ZonePresence))
            ),
            "counts": sorted((row.zone or "", row.current) for row in rows(select(VenueOccupancy))),
            "flows": sorted(
                (row.zone, row.minute, row.checkpoint_id, row.entries, row.exits)
                for row in rows(select(OccupancyFlow))
                if row.entries or row.exits
            ),
            "conflicts": sorted(
                (row.kind, row.subject, row.later_id, row.earlier_id or "", row.at_ms, row.scans, row.state)
                for row in rows(select(AccessConflict))
                if row.upheld
            ),
        }


def assert_lists_agree(hub: HubContext, key: FeedKey) -> None:
    with hub.uow.read() as work:
        flows = work.session.scalars(select(OccupancyFlow)).all()
        for count in check_in.all_counts(work, *key):
            inside = list_people_inside(work, key, count.zone or None)
            assert count.current == len(inside), count.zone
            crossed = sum(row.entries - row.exits for row in flows if row.zone == count.zone)
            assert count.current == crossed, count.zone


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seed", [2, 12, 17])
def test_counts_lists_flows_and_conflicts_are_those_of_the_log_at_every_step(
    hub: HubContext,
    client: TestClient,
    seeded: Seeded,
    station: StationClient,
    journal: Journal,
    seed: int,
) -> None:
    chance = random.Random(seed)
    gates: list[tuple[StationClient, Journal, list[dict[str, Any]]]] = [
        (station, journal, []),
        (*another_station(hub, client, seeded), []),
    ]
    key, sent = FeedKey(seeded.tenant_id, seeded.event_id), [0, 0]
    for _ in range(PUSHES):
        number = chance.randrange(2)
        gate, theirs, scans = gates[number]
        write_some(chance, theirs, scans)
        request = theirs.request(*theirs.items[sent[number] :])
        if chance.random() < 1 / 4:
            boot = chance.choice(["boot", "another"])
            anchor_ms = START_MS + chance.randrange(-30, 30) * MINUTE_MS
            correction = ClockCorrection(boot_id=boot, anchor_ms=anchor_ms)
            request = request.model_copy(update={"corrections": (correction,), "anchors": {boot: anchor_ms}})
        for _repetition in range(chance.randint(1, 2)):
            assert gate.push(request).status_code == 200
        sent[number] = len(theirs.items)
        assert_lists_agree(hub, key)
        before = views(hub)
        with hub.uow.begin() as work:
            projection.rebuild(work, *key)
        assert views(hub) == before
