"""Whom a desk asks: a hub that is near and fast enough, and the local network."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from hub_sync.client.http.errors import HubRefused, HubTimeout
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.lan.ticket_claims import WantedTicket
from hub_sync.client.sync.status import ConnectionState, SyncStatus
from hub_sync.contract.clock import ManualClock, epoch_ms
from hub_sync.contract.ids import new_id
from hub_sync.contract.queue import CallRequest, CallResponse
from kiosk_app.bootstrap.network import StationNetwork
from kiosk_app.bootstrap.queue_screens import AFTER_SLOW_MS, BUSY_MS, StationQueueNetwork
from tests.support.builders.event import NOON

REQUEST = CallRequest(id=new_id(), event_id="e", counter_id=new_id(), queue_ids=(), tick=0)


class OnlineNetwork(StationNetwork):
    """A network whose hub answers, without threads."""

    def sync_status(self) -> SyncStatus:
        return SyncStatus(connection=ConnectionState.ONLINE)


@dataclass
class ScriptedApi(HubApi):
    """A hub that answers calls as a test says."""

    answers: list[Exception | CallResponse] = field(default_factory=list)

    def call_next(self, request: CallRequest) -> CallResponse:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def build(*answers: Exception | CallResponse) -> tuple[StationQueueNetwork, ManualClock]:
    clock = ManualClock(NOON)

    def pause(seconds: float) -> None:
        clock.advance(timedelta(seconds=seconds))

    return StationQueueNetwork(OnlineNetwork(), ScriptedApi(list(answers)), clock, pause), clock


def raised(act: Callable[[], object]) -> Exception | None:
    try:
        act()
    except (HubRefused, HubTimeout) as failure:
        return failure
    return None


def test_a_hub_that_was_too_slow_is_left_alone_for_a_while() -> None:
    network, clock = build(HubTimeout("slow"))
    assert network.is_hub_near()
    assert isinstance(raised(lambda: network.call_at_hub(REQUEST)), HubTimeout)
    assert not network.is_hub_near()
    clock.advance(timedelta(milliseconds=AFTER_SLOW_MS))
    assert network.is_hub_near()


def test_the_row_that_ends_the_service_before_is_waited_for() -> None:
    busy = HubRefused("busy", "CounterBusy", 409)
    network, _ = build(busy, busy, CallResponse(server_time_ms=1))
    assert network.call_at_hub(REQUEST).server_time_ms == 1
    assert network.is_hub_near()


def test_a_counter_that_stays_busy_is_refused_in_time() -> None:
    network, clock = build(HubRefused("busy", "CounterBusy", 409))
    assert isinstance(raised(lambda: network.call_at_hub(REQUEST)), HubRefused)
    assert epoch_ms(clock.now()) - epoch_ms(NOON) <= BUSY_MS + 200


def test_another_refusal_is_not_repeated() -> None:
    network, _ = build(HubRefused("no", "QueueOrderFixed", 409), CallResponse(server_time_ms=1))
    assert isinstance(raised(lambda: network.call_at_hub(REQUEST)), HubRefused)


def test_without_a_local_network_the_first_ticket_is_granted() -> None:
    network, _ = build(CallResponse(server_time_ms=1))
    assert network.claim("c", [WantedTicket("t1", ""), WantedTicket("t2", "")]) == "t1"
    assert network.claim("c", []) is None
    assert network.connection().neighbours == 0


def test_a_station_that_is_not_enrolled_has_no_hub() -> None:
    network = StationQueueNetwork(OnlineNetwork(), None, ManualClock(NOON))
    assert not network.is_hub_near()
