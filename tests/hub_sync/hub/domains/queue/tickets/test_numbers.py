"""Numbers: leased blocks, lanes, and 200 issues at once."""

from concurrent.futures import ThreadPoolExecutor

from starlette.testclient import TestClient

from hub_sync.contract.enums import DeviceProfile
from hub_sync.contract.ids import new_id
from hub_sync.hub.domains.queue.tables import QueueTicket
from hub_sync.hub.domains.queue.tickets.actions import Clerk, issue
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.sync.push.test_service import everything
from tests.support.builders.hub_queues import DAY, HubQueues, QueueStationClient, queue_station


def test_the_same_request_gets_the_same_numbers_and_two_stations_never_share_one(
    hub: HubContext, client: TestClient, seeded: Seeded, kiosk: QueueStationClient, queues: HubQueues
) -> None:
    other = queue_station(hub, client, seeded, "Kiosk 2", DeviceProfile.KIOSK)
    request = new_id()
    first, again = (kiosk.lease(queues.queue_id, id_=request).json() for _ in range(2))
    assert first == again
    assert (first["first"], first["last"]) == (1, 10)
    second = other.lease(queues.queue_id).json()
    assert (second["first"], second["last"]) == (11, 20)
    reused = other.lease(queues.queue_id, id_=request)
    assert (reused.status_code, reused.json()["error"]["code"]) == (409, "QueueRequestReused")
    assert [each["id"] for each in kiosk.client.pull()["queue"]["blocks"]] == [request]


def test_numbers_of_another_day_of_a_wrong_clock_are_refused_with_the_hubs_day(
    kiosk: QueueStationClient, queues: HubQueues
) -> None:
    refused = kiosk.lease(queues.queue_id, day="2031-01-01")
    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "QueueDayWrong"
    assert DAY in refused.json()["detail"]
    assert kiosk.lease(queues.queue_id, day="2026-06-11").status_code == 200
    assert kiosk.lease(new_id()).status_code == 404


def test_a_station_cannot_take_all_numbers_of_a_day(kiosk: QueueStationClient, queues: HubQueues) -> None:
    codes = [kiosk.lease(queues.queue_id).status_code for _ in range(13)]
    assert codes[:11] == [200] * 11
    assert codes[12] == 409


def test_each_journal_has_letters_of_its_own_and_a_lane_number_is_stored(
    hub: HubContext, client: TestClient, seeded: Seeded, kiosk: QueueStationClient, queues: HubQueues
) -> None:
    other = queue_station(hub, client, seeded, "Desk 7", DeviceProfile.DESK)
    lanes = [
        station.client.pull(journal=journal)["queue"]["lane"]
        for station, journal in ((kiosk, kiosk.journal.id), (other, "j-2"), (kiosk, "restored"))
    ]
    assert lanes == ["A", "B", "C"]
    assert kiosk.client.pull(journal=kiosk.journal.id)["queue"]["lane"] == "A"
    kiosk.issue(queues.queue_id, 1, lane="A")
    assert kiosk.push().json()["verdicts"][0]["verdict"] == "ACCEPTED"
    assert [each.number for each in everything(hub, QueueTicket)] == ["AA001"]


def test_200_issues_at_once_give_200_numbers_without_a_gap(hub: HubContext, queues: HubQueues) -> None:
    def give(_: int) -> str:
        with hub.uow.begin() as work:
            return issue(work, queues.key, queues.queue_id, Clerk()).ticket.number

    with ThreadPoolExecutor(16) as pool:
        numbers = list(pool.map(give, range(200)))
    assert sorted(numbers) == [f"A{n:03d}" for n in range(1, 201)]
    assert len({each.id for each in everything(hub, QueueTicket)}) == 200
