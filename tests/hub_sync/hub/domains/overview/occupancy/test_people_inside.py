"""The stations that an evacuation's list names: those whose scans may be missing from it."""

from datetime import timedelta

from starlette.testclient import TestClient

from hub_sync.contract.clock import ManualClock
from hub_sync.hub.domains.overview.occupancy.people_inside import list_silent_stations
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.station_client import another_event, enrol, serve


def test_a_station_that_the_event_was_taken_away_from_is_named_until_it_has_sent_its_rows(
    client: TestClient, hub: HubContext, seeded: Seeded, clock: ManualClock
) -> None:
    station = enrol(client, seeded.enrol_code)
    fair, _ = another_event(hub, seeded)

    def report(unsent: int) -> None:
        body = {"unsent": unsent, "journal_sequence": 9, "uptime_s": 60}
        assert client.post("/api/v1/sync/report", json=body, headers=station.headers).status_code == 200
        clock.advance(timedelta(minutes=5))

    def silent() -> list[int | None]:
        with hub.uow.read() as work:
            key = FeedKey(seeded.tenant_id, seeded.event_id)
            return [each.unsent for each in list_silent_stations(work, key)]

    report(0)
    assert silent() == [0]
    serve(hub, seeded, fair)
    assert silent() == [0], "it may have scanned since, and does not know yet"
    clock.advance(timedelta(minutes=1))
    report(2)
    assert silent() == [2]
    report(0)
    assert silent() == []
