"""Flows stay what the log says: under corrected clocks, annulled passages, and after an older version of the hub."""

from typing import Any

from sqlalchemy import select, update
from starlette.testclient import TestClient

from hub_sync.contract.enums import Passage
from hub_sync.contract.sync import ClockCorrection
from hub_sync.hub.domains.check_in.access_log.repository import admitted_scans
from hub_sync.hub.domains.check_in.jobs import FlowRebuilder
from hub_sync.hub.domains.check_in.occupancy import flows, projection
from hub_sync.hub.domains.check_in.tables import AccessLog, OccupancyFlow, VenueOccupancy
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.station_client import START_MS, Journal, StationClient

MINUTE = START_MS // flows.MINUTE_MS


def key_of(seeded: Seeded) -> FeedKey:
    return FeedKey(seeded.tenant_id, seeded.event_id)


def stored_flows(hub: HubContext) -> list[tuple[Any, ...]]:
    f = OccupancyFlow
    with hub.uow.read() as work:
        rows = work.session.execute(
            select(f.zone, f.minute, f.entries, f.exits).order_by(f.zone, f.minute)
        ).all()
    return [tuple(row) for row in rows if row.entries or row.exits]


def assert_as_rebuilt(hub: HubContext, seeded: Seeded) -> None:
    before = stored_flows(hub)
    with hub.uow.begin() as work:
        flows.rebuild(work, key_of(seeded))
    assert stored_flows(hub) == before


def test_a_corrected_clock_moves_entries_to_their_true_minutes(
    hub: HubContext, seeded: Seeded, station: StationClient, journal: Journal
) -> None:
    for minutes in range(3):
        journal.scan(scanned_at_ms=START_MS + minutes * 60_000, monotonic_ms=minutes * 60_000)
    station.push(journal.request())
    assert stored_flows(hub) == [
        (zone, MINUTE + minutes, 1, 0) for zone in ("", "hall-a") for minutes in range(3)
    ]
    late = journal.scan(participant_id="p-2", direction="exit", reason="exited", monotonic_ms=61_000)
    correction = ClockCorrection(boot_id="boot", anchor_ms=START_MS - 60_000)
    anchors = {"boot": START_MS - 60_000}
    request = journal.request(late, anchors=anchors).model_copy(update={"corrections": (correction,)})
    assert station.push(request).status_code == 200
    expected = [(MINUTE - 1, 1, 0), (MINUTE, 1, 1), (MINUTE + 1, 1, 0)]
    assert stored_flows(hub) == [(zone, *row) for zone in ("", "hall-a") for row in expected]
    assert_as_rebuilt(hub, seeded)


def test_an_annulled_passage_takes_its_entry_back(
    hub: HubContext, seeded: Seeded, station: StationClient, journal: Journal
) -> None:
    journal.scan(participant_id="ada")
    journal.scan(participant_id="ben")
    station.push(journal.request())
    key = key_of(seeded)
    with hub.uow.begin() as work:
        before = admitted_scans(work.session, *key, ["ada"])
        annulled = update(AccessLog).where(AccessLog.participant_id == "ada")
        work.session.execute(annulled.values(passage=Passage.NO_PASSAGE))
        projection.refresh(work, *key, ["ada"], before=before)
    assert stored_flows(hub) == [("", MINUTE, 1, 0), ("hall-a", MINUTE, 1, 0)]
    assert_as_rebuilt(hub, seeded)


def test_flows_of_an_older_hub_are_computed_by_the_job(
    hub: HubContext, seeded: Seeded, station: StationClient, journal: Journal, client: TestClient
) -> None:
    del client
    journal.scan(participant_id="ada")
    station.push(journal.request())
    sound = stored_flows(hub)
    with hub.uow.begin() as work:
        work.session.execute(update(VenueOccupancy).values(flows_complete=False))
        work.session.execute(update(OccupancyFlow).values(entries=7))
    job = FlowRebuilder(hub)
    assert job.run_once() == [key_of(seeded)]
    assert stored_flows(hub) == sound
    assert job.run_once() == []


def test_a_change_of_which_nothing_is_known_leaves_the_flows_to_the_job(
    hub: HubContext, seeded: Seeded, station: StationClient, journal: Journal
) -> None:
    journal.scan(participant_id="ada")
    station.push(journal.request())
    key = key_of(seeded)
    with hub.uow.begin() as work:
        work.session.execute(update(AccessLog).values(passage=Passage.NO_PASSAGE))
        projection.refresh(work, *key, ["ada"])
    journal.scan(participant_id="ben")
    station.push(journal.request())  # meanwhile nothing is added to what is wrong
    assert FlowRebuilder(hub).run_once() == [key]
    assert stored_flows(hub) == [("", MINUTE, 1, 0), ("hall-a", MINUTE, 1, 0)]
    with hub.uow.read() as work:
        assert flows.sum_of_flows(work, key) == {"": 1, "hall-a": 1}
