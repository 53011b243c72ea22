"""A queue over two kiosks, two desks, a board and a hub, while networks are cut and programs are killed.

All parts are real but the networks and the clocks. What must hold: no number is given twice or changes; in the end everybody has the
same tickets; a counter has one person at a time; each call that stands is announced once.
"""

import contextlib
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from hub_sync.contract.enums import QueueStatus
from hub_sync.contract.ids import new_id
from kiosk_app.core.queue.desk_service import DeskAnswer
from kiosk_app.core.queue.service import IssuedTicket
from kiosk_app.queue_messages import DeskRefusal
from tests.faults.queue_parts import ADDRESSES, PROFILES, QueuePart, QueueParts, summary
from tests.support.thorough import THOROUGH, sized

kiosks, desks = st.sampled_from(("kiosk1", "kiosk2")), st.sampled_from(("desk1", "desk2"))
stations = st.sampled_from(tuple(PROFILES))
_AT_COUNTER = (QueueStatus.CALLED, QueueStatus.SERVING)


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[QueueParts]:
    built = QueueParts(tmp_path)
    for number, name in enumerate(("desk1", "desk2")):
        built.stations[name].desk.choose_counter(built.template.counters[number])
    yield built
    built.close()


def issue(parts: QueueParts, kiosk: str, person: str | None = None) -> IssuedTicket:
    issued = parts.stations[kiosk].service.issue(parts.template.queue_id, person)
    assert isinstance(issued, IssuedTicket), issued
    return issued


@pytest.mark.parametrize(
    "order", [("kiosk1", "kiosk2"), pytest.param(("kiosk2", "kiosk1"), marks=pytest.mark.thorough)]
)
def test_two_kiosks_offline_give_a_hundred_numbers_that_never_change(
    parts: QueueParts, order: tuple[str, str]
) -> None:
    for number, kiosk in enumerate(order):
        parts.stations[kiosk].way.is_cut = True
        parts.lan.groups[ADDRESSES[kiosk]] = number + 1
    printed = {}
    for _ in range(50):
        for kiosk in ("kiosk1", "kiosk2"):
            issued = issue(parts, kiosk)
            printed[issued.ticket.id] = issued.number
    assert len(set(printed.values())) == 100
    for kiosk in order:
        parts.stations[kiosk].way.is_cut = False
    for _ in range(2):
        for kiosk in order:
            assert parts.stations[kiosk].sync()
            assert parts.stations[kiosk].store.journal.backlog().quarantined == 0
    assert {key: row[0] for key, row in parts.hub_tickets().items()} == printed
    for kiosk in order:
        assert {key: ticket.number for key, ticket in parts.stations[kiosk].tickets().items()} == printed


def test_what_a_desk_calls_and_completes_the_hub_has_and_both_agree(parts: QueueParts) -> None:
    first, second = issue(parts, "kiosk1"), issue(parts, "kiosk1")
    assert parts.stations["kiosk1"].sync()
    desk = parts.stations["desk1"]
    assert desk.sync()
    answer = desk.desk.call_next(new_id())
    assert answer.ticket is not None
    assert answer.ticket.id == first.ticket.id
    assert desk.store.journal.end()[1] == 1, "the counter's opening: the call is the hub's"
    desk.desk.serve(first.ticket.id)
    desk.desk.complete(first.ticket.id)
    parts.heal()
    called = desk.desk.call_next(new_id())
    assert called.ticket is not None
    assert called.ticket.id == second.ticket.id
    assert parts.hub_tickets()[first.ticket.id][1] == "COMPLETED"


def test_a_lost_answer_of_the_hub_calls_one_person(parts: QueueParts) -> None:
    known, unknown = issue(parts, "kiosk1"), issue(parts, "kiosk1")
    for name in ("kiosk1", "desk1", "board"):
        assert parts.stations[name].sync()
    desk = parts.stations["desk1"]
    desk.way.loses_answers = True
    answer = desk.desk.call_next(new_id())
    assert answer.ticket is not None
    parts.heal()
    tickets = parts.stations["board"].tickets()
    at_counter = [ticket.number for ticket in tickets.values() if ticket.status in _AT_COUNTER]
    assert at_counter == [answer.ticket.number]
    assert {ticket.id for ticket in tickets.values()} == {known.ticket.id, unknown.ticket.id}


class QueueWithPartitions(RuleBasedStateMachine):
    """The rules and invariants of the queue."""

    def __init__(self) -> None:
        super().__init__()
        self._closing = contextlib.ExitStack()
        folder = Path(self._closing.enter_context(tempfile.TemporaryDirectory(prefix="doorward-queue-")))
        self.parts = QueueParts(folder)
        self._closing.callback(self.parts.close)
        for number, name in enumerate(("desk1", "desk2")):
            self.parts.stations[name].desk.choose_counter(self.parts.template.counters[number])
        self.numbers: dict[str, str] = {}
        self.days: dict[str, str] = {}
        """The service days of tickets that a wrong clock gave to another one."""
        self.spoken: list[tuple[str, tuple[str, int]]] = []
        self.backups: dict[str, Path] = {}

    # --- at the stations -----------------------------------------------------------------------------

    @rule(kiosk=kiosks, person=st.sampled_from((None, "p1", "p2")))
    def take_a_number(self, kiosk: str, person: str | None) -> None:
        issued = self.parts.stations[kiosk].service.issue(self.parts.template.queue_id, person)
        if not isinstance(issued, IssuedTicket):
            return  # a restored store that has not reached the hub yet
        before = self.numbers.get(issued.ticket.id)
        assert before in (None, issued.number), "a printed number changed"
        assert (before is not None) == issued.is_repeated or issued.ticket.device_id
        self.numbers[issued.ticket.id] = issued.number

    @rule(kiosk=kiosks)
    def leave_the_queue(self, kiosk: str) -> None:
        live = self.parts.stations[kiosk].service.tickets()
        if live:
            self.parts.stations[kiosk].service.cancel(live[0].id)

    @rule(desk=desks)
    def call(self, desk: str) -> None:
        station = self.parts.stations[desk]
        before = self._current(station)
        answer = station.desk.call_next(new_id())
        if before is not None:
            assert answer.refusal is DeskRefusal.BUSY
        elif answer.ticket is not None:
            assert self._current(station) == answer.ticket.id

    @rule(
        desk=desks, act=st.sampled_from(("serve", "complete", "no_show", "park", "return_ticket", "recall"))
    )
    def act(self, desk: str, act: str) -> None:
        station = self.parts.stations[desk]
        current = self._current(station)
        if current is not None:
            answer: DeskAnswer = getattr(station.desk, act)(current)
            assert answer.refusal in (None, DeskRefusal.TOO_LATE)

    @rule(desk=desks)
    def let_somebody_wait_again(self, desk: str) -> None:
        station = self.parts.stations[desk]
        for ticket in station.tickets().values():
            if ticket.status in (QueueStatus.NO_SHOW, QueueStatus.PARKED):
                station.desk.return_ticket(ticket.id)
                break

    @rule()
    def announce(self) -> None:
        board = self.parts.stations["board"].board
        while (due := board.next_announcement()) is not None:
            board.record_spoken(due)
            self.spoken.append((due.ticket_id, due.call))

    # --- networks, kills -----------------------------------------------------------------------------

    @rule(name=stations)
    def sync(self, name: str) -> None:
        station = self.parts.stations[name]
        station.sync()
        station.desk.settle_lost_calls()

    @rule(name=stations, is_cut=st.booleans())
    def cut_the_hub(self, name: str, is_cut: bool) -> None:
        self.parts.stations[name].way.is_cut = is_cut

    @rule(desk=desks, loses=st.booleans())
    def lose_answers(self, desk: str, loses: bool) -> None:
        self.parts.stations[desk].way.loses_answers = loses

    @rule(name=stations, group=st.integers(0, 1))
    def split_the_local_network(self, name: str, group: int) -> None:
        self.parts.lan.groups[ADDRESSES[name]] = group

    @rule()
    def talk_on_the_local_network(self) -> None:
        self.parts.settle()

    @rule(seconds=st.sampled_from((1, 40)))
    def time_passes(self, seconds: int) -> None:
        self.parts.advance(seconds=seconds)

    @rule(name=stations)
    def kill(self, name: str) -> None:
        self.parts.stations[name].kill()
        self.parts.introduce()

    @rule()
    def restart_the_hub(self) -> None:
        self.parts.hub.restart()

    @rule(kiosk=kiosks)
    def back_up(self, kiosk: str) -> None:
        path = self.parts.folder / f"{kiosk}-{new_id()}.db"
        self.parts.stations[kiosk].store.backups.save(path)
        self.backups[kiosk] = path

    @rule(kiosk=kiosks)
    def restore(self, kiosk: str) -> None:
        if kiosk in self.backups:
            self.parts.stations[kiosk].restore(self.backups.pop(kiosk))
            self.parts.introduce()

    @rule(kiosk=kiosks, hours=st.sampled_from((-25, 25)))
    def have_a_wrong_clock_for_one_number(self, kiosk: str, hours: int) -> None:
        station = self.parts.stations[kiosk]
        station.clock.jump(timedelta(hours=hours))
        issued = station.service.issue(self.parts.template.queue_id)
        station.clock.jump(-timedelta(hours=hours))
        if isinstance(issued, IssuedTicket):
            self.numbers[issued.ticket.id] = issued.number
            self.days[issued.ticket.id] = issued.ticket.service_date

    # --- what must hold ------------------------------------------------------------------------------

    def _current(self, station: QueuePart) -> str | None:
        day = station.book.day()
        counter = None if day is None else station.desk.counter(day)
        if day is None or counter is None:
            return None
        current = station.desk.current(day, counter.id)
        return None if current is None else current.id

    @invariant()
    def no_number_was_given_twice(self) -> None:
        places = {(self.days.get(ticket_id), number) for ticket_id, number in self.numbers.items()}
        assert len(places) == len(self.numbers)

    def teardown(self) -> None:
        with self._closing:
            self.parts.heal()
            self.announce()
            self._all_agree()

    def _all_agree(self) -> None:
        hub = self.parts.hub_tickets()
        for station in self.parts.stations.values():
            backlog = station.store.journal.backlog()
            assert (backlog.rows, backlog.quarantined) == (0, 0), station.name
            mine = summary(station.store, station.tickets().values())
            assert mine == {key: row for key, row in hub.items() if key in mine}, station.name
        everybody = [set(station.tickets()) for station in self.parts.stations.values()]
        assert all(each == everybody[0] for each in everybody)
        for ticket_id, number in self.numbers.items():
            assert ticket_id not in hub or hub[ticket_id][0] == number, "a number changed"
        at_counters = [row[2] for row in hub.values() if row[1] in ("CALLED", "SERVING")]
        assert len(set(at_counters)) == len(at_counters), "a counter has two people"
        assert len(set(self.spoken)) == len(self.spoken), "a call was announced twice"
        called = {key for key, row in hub.items() if row[1] == "CALLED"}
        assert called <= {ticket_id for ticket_id, _ in self.spoken}


pytestmark = pytest.mark.timeout(0 if THOROUGH else 600)
TestQueueWithPartitions = QueueWithPartitions.TestCase
TestQueueWithPartitions.settings = settings(
    max_examples=sized(2, thorough=200),
    stateful_step_count=sized(30, thorough=50),
    deadline=None,
    derandomize=not THOROUGH,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
