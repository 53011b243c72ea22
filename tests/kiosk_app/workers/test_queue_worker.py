"""The worker of a desk and a board: presses in order and once, announcements one after another."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from hardware.tones import Tone
from hardware.voice import Voice
from hub_sync.client.store import StoreError, StoreFault
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.ids import new_id
from kiosk_app.core.queue.board_service import Announcement
from kiosk_app.core.queue.desk_service import DeskService
from kiosk_app.core.queue.desk_state import DeskMemory
from kiosk_app.core.queue.queue_day import QueueBook
from kiosk_app.queue_messages import (
    BoardState,
    DeskAct,
    DeskCommand,
    DeskRefusal,
    DeskResult,
    DeskState,
    QueueConnection,
    QueueMessage,
)
from kiosk_app.workers.announcer import GONG_S, Announcer, spoken_text
from kiosk_app.workers.queue_worker import BoardWork, DeskWork, QueueWorker
from tests.support.builders.queues import (
    QueueStation,
    apply_queue,
    build_queue_station,
    queue_id,
    queue_row,
)
from tests.support.waiting import eventually

ALONE = QueueConnection(is_hub_near=False, neighbours=2)


@dataclass
class Published:
    """What a worker published."""

    messages: list[QueueMessage] = field(default_factory=list)

    def state(self) -> DeskState:
        return next(each for each in reversed(self.messages) if isinstance(each, DeskState))

    def results(self) -> list[DeskResult]:
        return [each for each in self.messages if isinstance(each, DeskResult)]


@dataclass
class Bench:
    """A desk's worker over a store."""

    station: QueueStation
    memory: DeskMemory
    work: DeskWork
    worker: QueueWorker
    published: Published

    def press(self, act: DeskAct, **members: str) -> DeskResult:
        self.worker.submit(DeskCommand(new_id(), act, operator="Mona", **members))
        self.worker.run_once(self.work, 0.01)
        return self.published.results()[-1]

    def turn(self) -> DeskState:
        self.worker.run_once(self.work, 0.001)
        return self.published.state()

    def reopen(self) -> None:
        """Let the work end by a fault of the disk, and open another, as the worker does."""
        book = book_of(self.station)
        self.work = DeskWork(book, DeskService(book), new_id, self.memory)


def book_of(station: QueueStation) -> QueueBook:
    store, clock = station.store, station.clock
    return QueueBook(store, Timekeeper(clock, store), clock, new_id)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    station = build_queue_station(tmp_path / "desk", lane="K")
    book, published = book_of(station), Published()
    memory = DeskMemory()
    work = DeskWork(book, DeskService(book), new_id, memory)
    worker = QueueWorker(lambda: work, lambda: ALONE, published.messages.append)
    yield Bench(station, memory, work, worker, published)
    station.store.close()


def test_a_desk_shows_its_counters_then_who_waits_and_who_is_called(bench: Bench) -> None:
    assert [each.name for each in bench.turn().counters] == ["1", "2"]
    assert bench.press(DeskAct.CHOOSE_COUNTER, counter_id=queue_id("1")).refusal is None
    first, second = bench.station.issue().number, bench.station.issue().number
    assert [each.number for each in bench.turn().waiting] == [first, second]
    assert bench.press(DeskAct.CALL_NEXT).number == first
    state = bench.published.state()
    assert state.current is not None
    assert (state.current.number, state.waiting_count, state.connection) == (first, 1, ALONE)
    assert bench.press(DeskAct.CALL_NEXT).refusal is DeskRefusal.BUSY


def test_a_command_that_comes_twice_is_executed_once(bench: Bench) -> None:
    bench.press(DeskAct.CHOOSE_COUNTER, counter_id=queue_id("1"))
    bench.station.issue(), bench.station.issue()
    command = DeskCommand(new_id(), DeskAct.CALL_NEXT)
    for _ in range(2):
        bench.worker.submit(command)
        bench.worker.run_once(bench.work, 0.01)
    assert len(bench.published.results()) == 2, "the counter, and one call"
    assert bench.published.state().waiting_count == 1


def test_an_idle_counter_calls_by_itself_and_a_break_stops_it(bench: Bench) -> None:
    apply_queue(bench.station.store, snapshot=False, queues=(queue_row(auto_call_after_s=20),))
    bench.press(DeskAct.CHOOSE_COUNTER, counter_id=queue_id("1"))
    assert bench.turn().auto_call_in_s is None, "nobody waits"
    number = bench.station.issue().number
    assert bench.turn().auto_call_in_s == 20
    bench.station.clock.advance(timedelta(seconds=15))
    assert bench.turn().auto_call_in_s == 5
    bench.press(DeskAct.START_BREAK, reason="Lunch")
    bench.station.clock.advance(timedelta(seconds=60))
    assert bench.turn().auto_call_in_s is None
    bench.press(DeskAct.END_BREAK)
    assert bench.turn().auto_call_in_s == 20, "the whole time again"
    bench.worker.submit(DeskCommand(new_id(), DeskAct.HOLD))  # a panel is open
    bench.worker.run_once(bench.work, 0.01)
    bench.station.clock.advance(timedelta(seconds=60))
    assert bench.turn().auto_call_in_s is None, "what is chosen there would mean another ticket"
    bench.worker.submit(DeskCommand(new_id(), DeskAct.RESUME))
    bench.worker.run_once(bench.work, 0.01)
    assert bench.turn().auto_call_in_s == 20
    bench.station.clock.advance(timedelta(seconds=20))
    current = bench.turn().current
    assert current is not None
    assert current.number == number
    action = bench.station.own_actions()[-1]
    assert (action.counter_id, action.operator) == (queue_id("1"), "Mona")


def test_a_store_that_is_opened_anew_forgets_no_open_panel_and_nobody_who_pressed(bench: Bench) -> None:
    apply_queue(bench.station.store, snapshot=False, queues=(queue_row(auto_call_after_s=20),))
    chosen = DeskCommand(new_id(), DeskAct.CHOOSE_COUNTER, operator="Mona", counter_id=queue_id("1"))
    for command in (chosen, DeskCommand(new_id(), DeskAct.HOLD)):
        bench.worker.submit(command)
        bench.worker.run_once(bench.work, 0.01)
    bench.station.issue()
    bench.reopen()
    assert bench.turn().auto_call_in_s is None, "the panel is still open"
    bench.worker.submit(DeskCommand(new_id(), DeskAct.RESUME))
    bench.worker.run_once(bench.work, 0.01)
    bench.reopen()
    assert bench.turn().auto_call_in_s == 20
    bench.station.clock.advance(timedelta(seconds=20))
    bench.turn()
    assert bench.station.own_actions()[-1].operator == "Mona"
    bench.reopen()
    bench.worker.submit(chosen)
    bench.worker.run_once(bench.work, 0.01)
    assert len(bench.published.results()) == 1, "a press that comes again is the same press"


def test_a_press_that_could_not_be_written_says_so(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.press(DeskAct.CHOOSE_COUNTER, counter_id=queue_id("1"))
    bench.station.issue()

    def fail(*_: object) -> None:
        raise StoreError(StoreFault.FULL)

    monkeypatch.setattr(bench.station.store.journal, "_insert", fail)
    assert bench.press(DeskAct.CALL_NEXT).failed
    monkeypatch.undo()
    assert bench.press(DeskAct.CALL_NEXT).number == "AK001"


def test_names_are_shown_only_where_the_queue_does_not_hide_them(bench: Bench) -> None:
    bench.press(DeskAct.CHOOSE_COUNTER, counter_id=queue_id("1"))
    bench.station.issue(person="nobody")
    assert bench.turn().waiting[0].name == ""


def test_the_desk_that_lost_a_ticket_is_told_and_can_go_on(bench: Bench, tmp_path: Path) -> None:
    bench.press(DeskAct.CHOOSE_COUNTER, counter_id=queue_id("1"))
    ticket = bench.station.issue().ticket
    other = build_queue_station(tmp_path / "other", 2)
    other.store.queue.add_of_hub(bench.station.own_actions())
    book = book_of(other)
    rival = DeskService(book)
    rival.choose_counter(queue_id("2"))
    called = rival.call_next(new_id()).ticket
    assert called is not None
    for act in (DeskAct.START_BREAK, DeskAct.END_BREAK):  # what it did meanwhile makes its call the later one
        bench.press(act, reason="Lunch")
    bench.press(DeskAct.CALL_NEXT)
    bench.station.store.queue.add_of_hub(
        action for action in other.own_actions() if action.ticket_id == ticket.id
    )
    state = bench.turn()
    assert state.current is None
    assert [(each.number, each.counter) for each in state.conflicts] == [(ticket.number, "2")]
    bench.press(DeskAct.DISMISS_CONFLICT, ticket_id=ticket.id)
    assert bench.turn().conflicts == ()
    other.store.close()


@dataclass
class SlowVoice(Voice):
    """A voice that says a word until it is let go on."""

    texts: list[str] = field(default_factory=list)
    go_on: threading.Event = field(default_factory=threading.Event)

    @property
    def is_available(self) -> bool:
        return True

    def say_whole(self, text: str, language: str) -> None:
        self.texts.append(f"{language}: {text}")
        self.go_on.wait(5)


def test_a_board_announces_one_call_after_another_and_none_twice(tmp_path: Path) -> None:
    station = build_queue_station(tmp_path / "board", lane="K")
    book = book_of(station)
    desk, voice, tones = DeskService(book), SlowVoice(), list[Tone]()
    announcer = Announcer(voice, tones.append, pause=lambda _: None)
    work = BoardWork(book, announcer)
    for counter in ("1", "2"):
        station.issue()
        desk.choose_counter(queue_id(counter))
        desk.call_next(new_id())
    state = work.turn(ALONE)
    assert isinstance(state, BoardState)
    assert state.announcing == state.serving[-1].id, "the first call"
    eventually(lambda: len(voice.texts) == 1)
    work.turn(ALONE)
    assert len(voice.texts) == 1, "the second one waits until the first is over"
    voice.go_on.set()
    eventually(lambda: announcer.current is None)
    work.turn(ALONE)
    eventually(lambda: len(voice.texts) == 2 and announcer.current is None)
    work.turn(ALONE)
    announcer.stop()
    assert voice.texts == ["en: Number A K 1, Counter 1.", "en: Number A K 2, Counter 2."]
    assert tones == [Tone.CALL, Tone.CALL]
    station.store.close()


@pytest.mark.parametrize(
    ("words_s", "rest_s"),
    [pytest.param(0.0, 4.0, id="no sound device: they end at once"), (3.0, 1.0), (9.0, 0.0)],
)
def test_a_call_stands_out_until_it_can_be_read(words_s: float, rest_s: float) -> None:
    voice, pauses, times = SlowVoice(), list[float](), iter((100.0, 100.0 + words_s))
    voice.go_on.set()
    announcer = Announcer(voice, lambda _: None, pause=pauses.append, monotonic=lambda: next(times))
    assert announcer.announce(Announcement("t", ("call", 0), "B040", "Info", ""))
    eventually(lambda: announcer.current is None)
    announcer.stop()
    assert pauses == [GONG_S, rest_s]


def test_a_call_is_spoken_in_the_language_of_the_board_and_of_the_visitor() -> None:
    voice = SlowVoice()
    voice.go_on.set()
    announcer = Announcer(voice, lambda _: None, languages=("de",), pause=lambda _: None)
    announcement = Announcement("t", ("call", 0), "B040", "Info", "ar")
    assert announcer.announce(announcement)
    eventually(lambda: announcer.current is None)
    announcer.stop()
    assert [text.partition(":")[0] for text in voice.texts] == ["de", "ar"]
    assert spoken_text(announcement, "en") == "Number B 40, Info."
    assert spoken_text(Announcement("t", ("c", 0), "A000", "", ""), "de") == "Nummer A 0, bitte."
