"""Two workers do at once what frees and takes seats: no more are accepted and held than there are, nobody has two offers, the order holds."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Barrier
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from hub_sync.contract.enums import ParticipantStatus, WaitlistPriority, WaitlistStatus
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.service import EventChanges, NewEvent
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.waitlist import service
from hub_sync.hub.domains.waitlist.jobs import PromotionJob
from hub_sync.hub.domains.waitlist.listeners import LISTENERS
from hub_sync.hub.domains.waitlist.tables import (
    PromotionOutcome,
    WaitlistEntry,
    WaitlistGuest,
    WaitlistPromotion,
)
from hub_sync.hub.kit.errors import HubError
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.listeners import ListenerJob
from hub_sync.rules.waitlist.entries import RANKS
from tests.hub_sync.hub.domains.sync.push.test_service import everything
from tests.hub_sync.hub.domains.waitlist.conftest import Waitlist
from tests.support.thorough import THOROUGH, sized

Act = Callable[[], Any]
INDEX = st.integers(0, 40)
ACTS = (
    "join",
    "cancel",
    "approve",
    "accept",
    "decline",
    "leave",
    "offer",
    "register",
    "expire",
    "pause",
    "party",
)
PAIRS = st.lists(st.tuples(st.sampled_from(ACTS), INDEX), min_size=2, max_size=2)
MOST_PEOPLE = 40
LONGEST_WAIT = timedelta(days=25)
"""The time that passes in an example; the event starts five days later."""


@dataclass
class WaitlistStage:
    """The waitlist of an example, and two workers."""

    waitlist: Waitlist
    pool: ThreadPoolExecutor
    people: list[str] = field(default_factory=list)
    events: int = 0
    done: int = 0

    def begin(self) -> None:
        """Begin anew with an event of two seats: after hundreds of acts one event is over, or full of people who stay."""
        self.events, self.people = self.events + 1, []
        hub, start = self.waitlist.hub, self.waitlist.clock.now() + timedelta(days=30)
        new = {
            "slug": f"event-{self.events}",
            "name": "Event",
            "starts_at": start.isoformat(),
            "ends_at": (start + timedelta(hours=8)).isoformat(),
            "time_zone": "UTC",
            "capacity": 2,
        }
        with hub.uow.begin() as work:
            event = events.create(work, self.waitlist.key.tenant_id, NewEvent.model_validate(new))
            self.waitlist.key = FeedKey(self.waitlist.key.tenant_id, event.id)
        self._register(0)
        self._register(0)
        self.waitlist.configure(is_active=True)

    def rows(self, table: type[Any]) -> dict[str, Any]:
        """Return the rows of the event, by their ids."""
        rows = everything(self.waitlist.hub, table, event_id=self.waitlist.key.event_id)
        return {row.id: row for row in rows}

    def act(self, name: str, number: int) -> Act:
        """Return what a worker does."""
        return {
            "join": lambda: self._join(number),
            "party": lambda: self._join(number, 2 + number % 2),
            "cancel": lambda: self._set(number, ParticipantStatus.CANCELLED),
            "approve": lambda: self._set(number, ParticipantStatus.APPROVED),
            "accept": lambda: self._answer(service.accept, number),
            "decline": lambda: self._answer(service.decline, number),
            "leave": lambda: self._with_entry(service.leave, number),
            "offer": lambda: self._with_entry(service.offer, number),
            "register": lambda: self._register(number),
            "expire": PromotionJob(self.waitlist.hub).run_once,
            "pause": lambda: self.waitlist.configure(is_paused=number % 4 == 0),
        }[name]

    def at_once(self, acts: list[Act]) -> None:
        """Do two things at once."""
        barrier = Barrier(len(acts))

        def run(act: Act) -> None:
            barrier.wait()
            try:
                act()
            except HubError:
                return  # refused, as it may be

        for result in [self.pool.submit(run, act) for act in acts]:
            result.result()
        self.done += len(acts)

    def _add(self, add: Callable[..., Any], number: int, *arguments: Any, **members: Any) -> None:
        """Add somebody, by a name that nobody of another event has; who is refused is nobody."""
        name = f"person-{self.events}-{len(self.people)}-{number}"
        add(name, *arguments, **members)
        self.people.append(name)

    def _register(self, number: int) -> None:
        self._add(self.waitlist.person, number, status="APPROVED")

    def _person(self, number: int) -> str:
        return self.people[number % len(self.people)]

    def _join(self, number: int, seats: int = 1) -> None:
        priority = list(WaitlistPriority)[number % 4]
        if len(self.people) < MOST_PEOPLE:
            self._add(self.waitlist.join, number, seats, priority=priority)
            return
        person = self._person(number)
        self._set(number, ParticipantStatus.PENDING)
        new = service.NewWaitlistEntry(participant_id=person, party_size=seats, priority=priority)
        self.waitlist.do(service.join, new)

    def _set(self, number: int, status: ParticipantStatus) -> None:
        with self.waitlist.hub.uow.begin() as work:
            participants.update_status(work, *self.waitlist.key, self._person(number), status)

    def _with_entry(self, act: Callable[..., Any], number: int) -> None:
        entries = sorted(self.rows(WaitlistEntry))
        if entries:
            self.waitlist.do(act, entries[number % len(entries)])

    def _answer(self, act: Callable[..., Any], number: int) -> None:
        offers = self.waitlist.offers(PromotionOutcome.OPEN) or self.waitlist.offers()
        if offers:
            offer = offers[number % len(offers)]
            self.waitlist.do(act, offer.entry_id, offer.id)


class CapacityMachine(RuleBasedStateMachine):
    """Whatever frees and takes seats. Each example has an event of its own."""

    stage: ClassVar[WaitlistStage]

    def __init__(self) -> None:
        super().__init__()
        self.stage.begin()
        self.before: dict[str, WaitlistEntry] = {}
        self.waited = timedelta(0)

    @rule(pair=PAIRS)
    def two_workers(self, pair: list[tuple[str, int]]) -> None:
        """Do two things at once."""
        self.before = self.stage.rows(WaitlistEntry)
        self.stage.at_once([self.stage.act(*each) for each in pair])
        if not {name for name, _ in pair} & {"offer", "pause", "approve"}:
            self._check_order()

    @rule(seats=st.integers(0, 12), number=INDEX, name=st.sampled_from(ACTS))
    def change_capacity(self, seats: int, number: int, name: str) -> None:
        """Raise the capacity, or lower it to what is taken, while something else happens."""
        wanted = max(seats, self.stage.waitlist.used())

        def raise_it() -> None:
            with self.stage.waitlist.hub.uow.begin() as work:
                service.lock(work, self.stage.waitlist.key)
                state = service.read_state(work, self.stage.waitlist.key)
                assert state is not None
                changes = EventChanges(capacity=max(wanted, state.free.used))
                events.update(work, *self.stage.waitlist.key, changes)

        self.stage.at_once([raise_it, self.stage.act(name, number)])

    @rule(minutes=st.sampled_from([1, 70, 1500]))
    def wait(self, minutes: int) -> None:
        """Let time pass, until some days before the start, and let guests of whoever cancelled go."""
        waitlist = self.stage.waitlist
        passes = min(timedelta(minutes=minutes), LONGEST_WAIT - self.waited)
        self.waited += passes
        waitlist.clock.advance(passes)
        ListenerJob(waitlist.hub.uow, waitlist.hub.notifier, LISTENERS).run_until_idle()

    @invariant()
    def no_more_are_accepted_and_held_than_there_are(self) -> None:
        """Count everything anew."""
        hub = self.stage.waitlist.hub
        with hub.uow.read() as work:
            state = service.read_state(work, self.stage.waitlist.key)
        assert state is not None
        assert state.event.capacity is not None
        people = self.stage.rows(participants.Participant)
        entries = {row.participant_id: row for row in self.stage.rows(WaitlistEntry).values()}
        offers = self.stage.rows(WaitlistPromotion).values()
        accepted = 0
        for id_, person in people.items():
            if person.status is ParticipantStatus.APPROVED:
                accepted += max(1, entries[id_].seats_accepted) if id_ in entries else 1
            elif person.status is ParticipantStatus.PENDING and id_ not in entries:
                accepted += 1
        open_offers = [offer for offer in offers if offer.outcome is PromotionOutcome.OPEN]
        assert accepted + sum(offer.seats for offer in open_offers) <= state.event.capacity
        offered = {row.id for row in entries.values() if row.status is WaitlistStatus.OFFERED}
        assert sorted(offer.entry_id for offer in open_offers) == sorted(offered)

    def _check_order(self) -> None:
        now = self.stage.rows(WaitlistEntry)
        waited = [entry for entry in self.before.values() if entry.status is WaitlistStatus.WAITING]
        for entry in waited:
            if now[entry.id].status is not WaitlistStatus.OFFERED:
                continue
            for other in waited:
                still = now[other.id].status is WaitlistStatus.WAITING
                if still and other.party_size <= entry.party_size and other.skips == entry.skips == 0:
                    assert _order(entry) < _order(other)


def _order(entry: WaitlistEntry) -> tuple[int, Any, str]:
    return -RANKS[entry.priority], entry.joined_at, entry.id


@pytest.mark.timeout(sized(300, 7200))
def test_two_workers_never_give_away_more_seats_than_there_are(waitlist: Waitlist) -> None:
    with ThreadPoolExecutor(2) as pool:
        stage = WaitlistStage(waitlist, pool)
        machine = type("Machine", (CapacityMachine,), {"stage": stage})
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=sized(3, 100),
                stateful_step_count=sized(10, 90),  # two operations, or (a third) time that passes
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    assert stage.done >= (10_000 if THOROUGH else 20)
    if THOROUGH:  # the few steps of the daily run may offer nothing
        outcomes = Counter(offer.outcome for offer in everything(waitlist.hub, WaitlistPromotion))
        assert outcomes[PromotionOutcome.ACCEPTED] >= 100, outcomes
        assert outcomes[PromotionOutcome.EXPIRED] >= 20, outcomes
        assert outcomes[PromotionOutcome.DECLINED] >= 20, outcomes
        assert everything(waitlist.hub, WaitlistGuest), "no party had a seat"
