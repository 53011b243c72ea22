"""Two kiosks and two desks at one hub, with the network cut and healed at random: both sides agree, and no number is twice.

The stations are pure: a list of actions each, folded by the shared rules. Rows are pushed once or again, in any portions; an answer
may be lost. What a station knows comes from its own actions and from what the hub stored.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from starlette.testclient import TestClient

from hub_sync.contract.enums import DeviceProfile, QueueStatus
from hub_sync.contract.queue import QueueAction, QueueActionKind
from hub_sync.hub.domains.devices import call_limits
from hub_sync.hub.domains.queue.tables import QueueTicket
from hub_sync.hub.domains.queue.tickets import queries
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.rules.queue.order import waiting_tickets
from hub_sync.rules.queue.ticket_state import TicketState, fold_ticket
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.sync.push.test_service import everything
from tests.support.builders.hub_queues import HubQueues, QueueStationClient, queue_station
from tests.support.thorough import THOROUGH, sized

K = QueueActionKind
ONE_OF_TWO, ONE_OF_FOUR, AGAIN = st.integers(0, 1), st.integers(0, 3), st.integers(0, 5)
AFTER_CALL = st.sampled_from([K.SERVING, K.COMPLETED, K.NO_SHOW, K.RETURNED, K.PARKED, K.CANCELLED])


@dataclass
class FakeStation:
    """A station: what it wrote and what it has pulled."""

    client: QueueStationClient
    counter_id: str = ""
    known: dict[str, dict[str, QueueAction]] = field(default_factory=dict)
    folded: dict[str, TicketState] = field(default_factory=dict)
    tick: int = 0
    pushed: int = 0
    online: bool = True
    numbers: list[int] = field(default_factory=list)
    lane: str = ""
    lane_count: int = 0
    epoch: str = ""
    cursor: str = ""
    printed: dict[str, str] = field(default_factory=dict)
    here: str | None = None

    def write(self, kind: K, **members: Any) -> QueueAction:
        """Write an action, with a tick above all that is known."""
        tick = self.tick + 1
        action = self.client.write(kind, tick=tick, **members)
        self.learn(action)
        return action

    def issue(self, queue_id: str, sequence: int, lane: str) -> QueueAction:
        """Write the issue of a number."""
        tick = self.tick + 1
        action = self.client.issue(queue_id, sequence, lane=lane, tick=tick)
        self.learn(action)
        return action

    def call_by_hub(self, queue_id: str) -> None:
        """Have the hub call the next one; if it knows of somebody here whom the station does not, learn that first."""
        answer = self.client.call(self.counter_id, queue_id)
        if answer.status_code == 409:
            self.push()
            self.pull()
            return
        assert answer.status_code == 200, answer.text
        body = answer.json()
        for each in [*body["missing"], *([body["action"]] if body["action"] else [])]:
            action = QueueAction.model_validate(each)
            self.learn(action)
        self.here = body["action"] and body["action"]["ticket_id"]

    def learn(self, action: QueueAction) -> None:
        """Store an action; a later version of it replaces it."""
        ticket_id = action.ticket_id or ""
        self.known.setdefault(ticket_id, {})[action.id] = action
        self.tick = max(self.tick, action.tick)
        ticket = fold_ticket(self.known[ticket_id].values()).ticket
        if ticket is not None:
            self.folded[ticket_id] = ticket

    def tickets(self) -> dict[str, TicketState]:
        """Return all tickets as this station has them."""
        return self.folded

    def push(self, *, again: int = 0) -> None:
        """Push what is new, and some rows once more."""
        journal = self.client.journal
        items = journal.items[max(0, self.pushed - again) :]
        if items:
            answer = self.client.client.push(journal.request(*items))
            assert answer.status_code == 200, answer.text
            verdicts = {each["verdict"] for each in answer.json()["verdicts"]}
            assert verdicts <= {"ACCEPTED", "DUPLICATE"}, answer.text
            self.pushed = len(journal.items)

    def pull(self) -> None:
        """Pull what has changed."""
        page = self.client.client.pull(epoch=self.epoch, cursor=self.cursor, journal=self.client.journal.id)
        self.epoch, self.cursor = page["epoch"], page["cursor"]
        self.lane = page["queue"]["lane"] or self.lane
        for each in page["queue"].get("actions", []):
            action = QueueAction.model_validate(each)
            self.learn(action)


@dataclass
class Stage:
    """The hub and the stations of all examples."""

    hub: HubContext
    queues: HubQueues
    stations: list[FakeStation]

    @property
    def kiosks(self) -> list[FakeStation]:
        """The first two."""
        return self.stations[:2]

    def agree(self) -> None:
        """Check that every station has exactly the hub's tickets."""
        with self.hub.uow.read() as work:
            rows = work.session.scalars(queries.all_of(*self.queues.key)).all()
            at_hub = {row.id: queries.state_of(row) for row in rows}
        for station in self.stations:
            assert station.tickets() == at_hub


class QueueMachine(RuleBasedStateMachine):
    """Networks that are cut and heal. All examples go on with one hub: numbers of one are taken in the next."""

    stage: ClassVar[Stage]

    @initialize()
    def begin(self) -> None:
        """Give one number, so that there is something to disagree about."""
        self.issue(0)

    @rule(which=ONE_OF_TWO)
    def issue(self, which: int) -> None:
        """Print a number: a leased one, or one of the own lane."""
        kiosk, queue_id = self.stage.stations[which], self.stage.queues.queue_id
        if kiosk.online and len(kiosk.numbers) < 2:
            answer = kiosk.client.lease(queue_id)
            if answer.status_code == 200:
                kiosk.numbers += range(answer.json()["first"], answer.json()["last"] + 1)
        if kiosk.numbers:
            action = kiosk.issue(queue_id, kiosk.numbers.pop(0), "")
        elif kiosk.lane:
            kiosk.lane_count += 1
            action = kiosk.issue(queue_id, kiosk.lane_count, kiosk.lane)
        else:
            return
        assert action.issue is not None
        kiosk.printed[action.ticket_id or ""] = action.issue.number

    @rule(which=ONE_OF_TWO)
    def call(self, which: int) -> None:
        """Call the next one, by the hub or alone."""
        desk, queue_id = self.stage.stations[2 + which], self.stage.queues.queue_id
        if desk.here is not None:
            return
        if desk.online:
            desk.call_by_hub(queue_id)
            return
        waiting = waiting_tickets(desk.tickets().values(), {queue_id}, desk.counter_id)
        if waiting:
            desk.here = waiting[0].id
            desk.write(K.CALLED, ticket_id=desk.here, queue_id=queue_id, counter_id=desk.counter_id)

    @rule(which=ONE_OF_TWO, kind=AFTER_CALL)
    def decide(self, which: int, kind: K) -> None:
        """Decide what becomes of whoever is at the counter."""
        desk = self.stage.stations[2 + which]
        if desk.here is None:
            return
        desk.write(
            kind,
            ticket_id=desk.here,
            queue_id=self.stage.queues.queue_id,
            counter_id=desk.counter_id,
        )
        if kind is not K.SERVING:
            desk.here = None

    @rule(which=ONE_OF_FOUR, again=AGAIN, lost=st.booleans())
    def push(self, which: int, again: int, *, lost: bool) -> None:
        """Push rows, some of them again; the answer may be lost."""
        station = self.stage.stations[which]
        if station.online:
            before = station.pushed
            station.push(again=again)
            station.pushed = before if lost else station.pushed

    @rule(which=ONE_OF_FOUR)
    def pull(self, which: int) -> None:
        """Pull what has changed."""
        if self.stage.stations[which].online:
            self.stage.stations[which].pull()

    @rule(which=ONE_OF_FOUR)
    def cut(self, which: int) -> None:
        """Cut a station off."""
        self.stage.stations[which].online = False

    @rule(order=st.permutations(range(4)), again=AGAIN)
    def heal(self, order: list[int], again: int) -> None:
        """Heal all networks, and compare."""
        for which in order:
            self.stage.stations[which].online = True
            self.stage.stations[which].push(again=again)
        for station in self.stage.stations:
            station.pull()
        self.stage.agree()

    @invariant()
    def no_number_is_twice_and_none_changed(self) -> None:
        """Compare what was printed with what every station knows of it."""
        printed: dict[str, str] = {}
        for kiosk in self.stage.kiosks:
            for ticket_id, number in kiosk.printed.items():
                assert printed.setdefault(number, ticket_id) == ticket_id
        known = [station.tickets() for station in self.stage.stations]
        for number, ticket_id in printed.items():
            numbers = {tickets[ticket_id].number for tickets in known if ticket_id in tickets}
            assert numbers <= {number}

    def teardown(self) -> None:
        """End healed."""
        QueueMachine.heal(self, [3, 1, 2, 0], 3)


@pytest.mark.timeout(sized(120, 3600))
@pytest.mark.parametrize("kind", ["sqlite"] if not THOROUGH else ["sqlite", "postgresql"], indirect=True)
def test_kiosks_desks_and_hub_agree_after_every_partition_and_no_number_is_twice(
    hub: HubContext, client: TestClient, seeded: Seeded, queues: HubQueues, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("CALLS_A_MINUTE", "WORK_A_MINUTE"):  # the machine's stations call as fast as it can
        monkeypatch.setattr(call_limits, limit, 10**9)
    profiles = [DeviceProfile.KIOSK] * 2 + [DeviceProfile.DESK] * 2
    stations = [
        FakeStation(queue_station(hub, client, seeded, f"Station {n}", profile))
        for n, profile in enumerate(profiles)
    ]
    for station, counter_id in zip(stations[2:], queues.counters, strict=True):
        station.counter_id = counter_id
    machine = type("Machine", (QueueMachine,), {"stage": Stage(hub, queues, stations)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=sized(3, 100),
            stateful_step_count=sized(20, 100),
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    tickets = everything(hub, QueueTicket)
    assert tickets
    assert len({each.number for each in tickets}) == len(tickets)
    if THOROUGH:  # a few examples may leave whatever they like
        assert {each.status for each in tickets} & {QueueStatus.WAITING, QueueStatus.COMPLETED}
