"""Gates that tell each other admissions: real stores and gates, a network in memory."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hub_sync.client.lan.node import SEALS_EVERY_MS
from hub_sync.client.lan.peer_link import HEARTBEAT_MS, SILENT_MS
from hub_sync.client.lan.socket import ReadingBudget
from hub_sync.client.lan.status import PeerSource
from hub_sync.client.store.journal.peer_presence import StationClocks
from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.enums import (
    DeviceStatus,
    Direction,
    Passage,
    PassageCause,
    ReasonCode,
    ScanResult,
)
from hub_sync.contract.ids import new_id
from hub_sync.contract.passage import PassageRecord
from hub_sync.contract.seals import SealReason
from hub_sync.contract.sync import JournalHead
from hub_sync.rules.device_keys import DeviceKey
from hub_sync.rules.passage import PassageRefusal
from kiosk_app.core.assignment import serve_checkpoint
from kiosk_app.messages import EventSwitch, GateOutcome
from tests.support.builders.events import GALA, GALA_GATE, load_gala
from tests.support.builders.lan import (
    LanInMemory,
    LanStation,
    attach,
    build_lan,
    enrol_as,
    peer_row,
    settle,
    start_node,
    wait,
)
from tests.support.builders.people import EVENT, participant_row, seal_ticket_for
from tests.support.builders.station import GATE, NOON, apply_page, build_gate, pull_page

PEOPLE = [participant_row(f"p-{number}") for number in range(1, 40)]
Builder = Callable[..., tuple[LanInMemory, list[LanStation]]]


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Builder]:
    built: list[LanStation] = []

    def make(count: int = 2) -> tuple[LanInMemory, list[LanStation]]:
        network, stations = build_lan(tmp_path, PEOPLE, count)
        built.extend(stations)
        return network, stations

    yield make
    for station in built:
        station.close()


def scan(station: LanStation, person: str, way: Direction = Direction.ENTRY) -> GateOutcome:
    station.built.gate.choose_direction(way)
    outcome = station.built.gate.decide_scan(seal_ticket_for(person))
    assert isinstance(outcome, GateOutcome)
    return outcome


def result(station: LanStation, person: str, way: Direction = Direction.ENTRY) -> ScanResult:
    return scan(station, person, way).decision.result


def test_a_ticket_that_one_gate_admitted_is_refused_at_the_other_with_its_gate_and_time(
    build: Builder,
) -> None:
    _, (a, b) = build()
    settle(a, b)
    assert result(a, "p-1") is ScanResult.VALID
    wait(a, b, minutes=2)
    settle(a, b)
    second = scan(b, "p-1")
    assert second.decision.reason is ReasonCode.ALREADY_INSIDE
    assert second.decision.detail
    assert second.earlier_gate == "Main entrance"
    assert result(b, "p-2") is ScanResult.VALID


def test_an_exit_at_one_gate_lets_the_person_enter_at_another(build: Builder) -> None:
    _, stations = build(3)
    a, b, c = stations
    settle(*stations)
    for station, way in ((a, Direction.ENTRY), (b, Direction.EXIT), (c, Direction.ENTRY)):
        assert result(station, "p-1", way) is ScanResult.VALID
        wait(*stations, seconds=20)
        settle(*stations)
    assert [station.is_inside("p-1") for station in stations] == [True, True, True]
    assert result(a, "p-1") is ScanResult.ALREADY_SCANNED


def test_a_gate_that_was_away_catches_up_with_everything_in_order(build: Builder) -> None:
    network, (a, b) = build()
    settle(a, b)
    network.is_cut = True
    people = [f"p-{number}" for number in range(1, 40)]
    for person in people:
        assert result(a, person) is ScanResult.VALID
    wait(a, b, seconds=60)
    settle(a, b)
    assert not any(b.is_inside(person) for person in people)
    assert b.node.status().heard == 0
    network.is_cut = False
    wait(a, b, seconds=2)
    settle(a, b, turns=12)
    assert all(b.is_inside(person) for person in people)
    assert b.node.status().heard == 1


def test_what_a_gate_heard_outlives_its_restart_and_is_not_told_again(build: Builder) -> None:
    network, (a, b) = build()
    settle(a, b)
    scan(a, "p-1")
    settle(a, b)
    again = attach(network, b.built, b.wire.address)
    assert again.is_inside("p-1")
    wait(a, again, seconds=1)
    network.sent.clear()
    settle(a, again)
    assert a.node.status().heard == again.node.status().heard == 1
    assert max(len(datagram) for datagram, *_ in network.sent) < 300, "no person was told once more"
    again.session.close()


def test_with_the_network_cut_both_gates_admit(build: Builder) -> None:
    network, (a, b) = build()
    settle(a, b)
    network.is_cut = True
    assert result(a, "p-1") is result(b, "p-1") is ScanResult.VALID


@pytest.mark.parametrize("wrong", [timedelta(days=-1), timedelta(days=1), timedelta(days=-9000)])
def test_a_clock_that_is_wrong_by_a_day_breaks_nothing(build: Builder, wrong: timedelta) -> None:
    _, (a, b) = build()
    settle(a, b)
    a.built.clock.jump(wrong)
    ways = (Direction.ENTRY, Direction.EXIT, Direction.ENTRY)
    for station, way in zip((b, a, b), ways, strict=True):
        overridden = result(station, "p-1", way)
        assert overridden is ScanResult.VALID, (station.device_id, way)
        wait(a, b, seconds=30)
        settle(a, b)
        assert a.is_inside("p-1") is b.is_inside("p-1") is (way is Direction.ENTRY)


def test_a_slow_clock_that_bows_to_the_hub_tells_nothing_of_the_future(build: Builder) -> None:
    _, (a, b) = build()
    settle(a, b)
    now_ms = epoch_ms(b.built.clock.now())
    left = ("hall-a", "p-1", "exit", now_ms - 60_000, "device-9", 4, 1, now_ms - 90_000, 0)
    for station in (a, b):
        apply_page(station.store, pull_page(snapshot=False, keys=None, presence=(left,)))
    a.built.clock.jump(timedelta(days=-1))
    assert result(a, "p-1") is ScanResult.VALID
    settle(a, b)
    entered = b.store.presence.get("p-1", "hall-a", EVENT)
    assert entered.inside
    assert entered.last_at is not None
    assert entered.last_at <= b.built.clock.now()


def test_an_age_is_told_so_that_the_receivers_clock_gives_the_time(build: Builder) -> None:
    _, (a, b) = build()
    b.built.clock.jump(timedelta(days=400))
    settle(a, b)
    scan(a, "p-1")
    wait(a, b, minutes=5)
    settle(a, b)
    presence = b.store.presence.get("p-1", "hall-a", EVENT)
    assert presence.last_at is not None
    assert abs(b.built.clock.now() - presence.last_at - timedelta(minutes=5)) < timedelta(seconds=1)


def settle_passage(station: LanStation, scan_id: str | None, outcome: Passage, cause: PassageCause) -> None:
    """Write what became of an admission."""
    clock = station.built.clock
    row = station.store.journal.append_passage(
        PassageRecord(
            id=new_id(),
            device_id=station.device_id,
            event_id=EVENT,
            checkpoint_id=GATE,
            scan_id=scan_id,
            outcome=outcome,
            cause=cause,
            operator="Kim" if cause is PassageCause.OPERATOR else None,
            observed_at_ms=epoch_ms(clock.now()),
            monotonic_ms=clock.monotonic_ms(),
            boot_id=clock.boot_id,
            clock_sure=True,
        )
    )
    assert not isinstance(row, PassageRefusal), row


def give_back(station: LanStation, scan_id: str | None) -> None:
    settle_passage(station, scan_id, Passage.NO_PASSAGE, PassageCause.OPERATOR)


def heads(scanner: LanStation, sequence: int | None = None) -> tuple[JournalHead, ...]:
    """Return how far the hub has a station's journal; None: it has all of it."""
    journal_id, end = scanner.store.journal.end()
    upto = end if sequence is None else sequence
    return (JournalHead(device_id=scanner.device_id, journal_id=journal_id, sequence=upto),)


def pass_at(station: LanStation, others: tuple[LanStation, ...], way: Direction = Direction.ENTRY) -> str:
    """Let p-1 pass at a gate, tell it to the others, and have all pull it from the hub, which is away from then on."""
    outcome = scan(station, "p-1", way)
    assert outcome.decision.admits
    everybody = (station, *others)
    wait(*everybody, seconds=2)
    at_ms = epoch_ms(station.built.clock.now())
    row = ("hall-a", "p-1", way.value, at_ms, station.device_id, station.store.journal.end()[1], 1, at_ms, 0)
    journals = tuple(head for each in everybody for head in heads(each))
    for each in everybody:
        apply_page(each.store, pull_page(snapshot=False, keys=None, presence=(row,), journals=journals))
    settle(station, *others)
    return outcome.row_id


def test_an_admission_that_was_given_back_is_taken_back_everywhere(build: Builder) -> None:
    _, (a, b) = build()
    settle(a, b)
    first = scan(a, "p-1")
    settle(a, b)
    assert b.is_inside("p-1")
    give_back(a, first.row_id)
    settle(a, b)
    assert not b.is_inside("p-1")
    assert result(b, "p-1") is ScanResult.VALID


def test_an_entry_that_was_given_back_lets_the_person_in_at_a_gate_that_has_it_from_the_hub(
    build: Builder,
) -> None:
    _, (a, b) = build()
    settle(a, b)
    scan_id = pass_at(a, (b,))
    assert result(b, "p-1") is ScanResult.ALREADY_SCANNED
    give_back(a, scan_id)
    settle(a, b)
    assert [station.is_inside("p-1") for station in (a, b)] == [False, False]
    assert b.store.presence.get("p-1", "hall-a", EVENT).entries == 0
    assert result(b, "p-1") is ScanResult.VALID
    settle(a, b)
    assert result(a, "p-1") is ScanResult.ALREADY_SCANNED


def test_an_exit_that_was_given_back_holds_the_person_inside_at_a_gate_that_has_it_from_the_hub(
    build: Builder,
) -> None:
    _, (a, b) = build()
    settle(a, b)
    pass_at(b, (a,))
    scan_id = pass_at(a, (b,), Direction.EXIT)
    wait(a, b, seconds=31)  # what the hub covers is removed
    settle(a, b)
    assert not b.is_inside("p-1")
    give_back(a, scan_id)
    settle(a, b)
    wait(a, b, seconds=31)
    settle(a, b)
    assert [station.is_inside("p-1") for station in (a, b)] == [True, True]
    assert b.store.presence.get("p-1", "hall-a", EVENT).entries == 1
    assert result(b, "p-1") is ScanResult.ALREADY_SCANNED


def test_a_late_turn_takes_the_tombstone_away_and_an_old_datagram_does_not_bring_it_back(
    build: Builder,
) -> None:
    network, (a, b) = build()
    settle(a, b)
    scan_id = pass_at(a, (b,))
    settle_passage(a, scan_id, Passage.UNKNOWN, PassageCause.SENSOR_LOST)
    give_back(a, scan_id)
    network.sent.clear()
    settle(a, b)
    recorded = list(network.sent)
    assert not b.is_inside("p-1")
    settle_passage(a, scan_id, Passage.PASSED, PassageCause.LATE_TURN)
    settle(a, b)
    assert b.is_inside("p-1")
    for datagram, sender, to in recorded:
        network.queues[to].append((datagram, sender))
    settle(a, b)
    assert b.is_inside("p-1")


def test_a_hub_that_knows_what_was_given_back_has_the_last_word(build: Builder) -> None:
    _, (a, b) = build()
    settle(a, b)
    scan_id = pass_at(a, (b,))
    give_back(a, scan_id)
    settle(a, b)
    upto = a.store.journal.end()[1]
    apply_page(b.store, pull_page(snapshot=False, keys=None, journals=heads(a, upto)))
    assert b.is_inside("p-1"), "the hub refused to give it back"
    wait(a, b, seconds=31)
    settle(a, b)
    assert b.store.presence.people_of_peers(EVENT, "", 10) == ()


def test_what_a_gate_said_is_dropped_once_the_hub_knows_more_of_it(build: Builder) -> None:
    """The local network is cut after an entry, and the entry is given back: the hub says so by a row of another station."""
    network, (a, b) = build()
    settle(a, b)
    scan(a, "p-1")
    settle(a, b)
    network.is_cut = True
    wait(a, b, seconds=5)
    at_ms = epoch_ms(NOON) - 60_000
    left = ("hall-a", "p-1", "exit", at_ms, "device-9", 4, 1, at_ms, 0)
    apply_page(b.store, pull_page(snapshot=False, keys=None, presence=(left,), journals=heads(a, 2)))
    assert not b.is_inside("p-1")


def test_a_station_gives_back_its_own_scans_only(build: Builder) -> None:
    _, (a, b) = build()
    settle(a, b)
    pass_at(b, (a,))
    clocks = StationClocks(epoch_ms(b.built.clock.now()), b.built.clock.monotonic_ms(), b.built.clock.boot_id)
    forged = ("p-1", GATE, (), 9, ((1, 9, "hall-a", Direction.ENTRY, ()),))
    b.store.peer_presence.store(EVENT, [(a.device_id, (a.store.journal.end()[0], 9), [forged])], clocks)
    assert b.is_inside("p-1")


def test_entries_that_the_hub_counts_and_those_that_it_does_not_add_up(build: Builder) -> None:
    _, stations = build(3)
    a, b, c = stations
    settle(*stations)
    pass_at(a, (b, c))
    pass_at(a, (b, c), Direction.EXIT)
    assert {each.store.presence.get("p-1", "hall-a", EVENT).entries for each in stations} == {1}
    for gate in (b, a):
        scan(gate, "p-1")
        settle(*stations)
        scan(gate, "p-1", Direction.EXIT)
        settle(*stations)
    assert [each.store.presence.get("p-1", "hall-a", EVENT).entries for each in stations] == [3, 3, 3]
    page = pull_page(
        snapshot=False,
        keys=None,
        journals=(*heads(a, 2), *heads(b, 2)),
        presence=(("hall-a", "p-1", "exit", epoch_ms(NOON), b.device_id, 2, 2, epoch_ms(NOON), 0),),
    )
    for each in stations:
        apply_page(each.store, page)
    assert [each.store.presence.get("p-1", "hall-a", EVENT).entries for each in stations] == [3, 3, 3]


def test_entries_of_all_gates_count_together_against_a_limit(build: Builder) -> None:
    _, stations = build(3)
    settle(*stations)
    for station in stations:
        scan(station, "p-1")
        settle(*stations)
        scan(station, "p-1", Direction.EXIT)
        settle(*stations)
    assert {station.store.presence.get("p-1", "hall-a", EVENT).entries for station in stations} == {3}


def test_the_hubs_list_takes_over_and_nothing_counts_twice(build: Builder) -> None:
    _, (a, b) = build()
    settle(a, b)
    scan(a, "p-1")
    settle(a, b)
    entered = b.store.presence.get("p-1", "hall-a", EVENT).last_at
    assert entered is not None
    at_ms = int(entered.timestamp() * 1000)
    row = ("hall-a", "p-1", "entry", at_ms, a.device_id, 1, 1, at_ms, 0)
    apply_page(b.store, pull_page(snapshot=False, keys=None, presence=(row,)))
    assert b.store.presence.get("p-1", "hall-a", EVENT).entries == 1
    assert b.store.presence.whereabouts(["p-1"], EVENT)["p-1"] == (
        frozenset({"hall-a"}),
        frozenset({"hall-a"}),
    )
    wait(a, b, seconds=31)
    settle(a, b)
    assert b.store.presence.people_of_peers(EVENT, "", 10) == ()
    exit_row = ("hall-a", "p-1", "exit", at_ms + 600_000, "device-9", 4, 1, at_ms, 0)
    apply_page(b.store, pull_page(snapshot=False, keys=None, presence=(exit_row,)))
    assert not b.is_inside("p-1"), "an exit at a gate that is not heard"


def test_a_station_that_left_the_list_is_not_heard_from_then_on(build: Builder) -> None:
    _, (a, b) = build()
    settle(a, b)
    b.store.peers.replace(())
    wait(a, b, seconds=2)
    scan(a, "p-1")
    settle(a, b)
    assert not b.is_inside("p-1")
    assert b.node.status().peers == ()


def test_a_station_of_another_event_or_key_is_ignored(build: Builder, tmp_path: Path) -> None:
    network, (a, b) = build()
    settle(a, b)
    stranger = build_gate(tmp_path / "stranger", PEOPLE)
    enrol_as(stranger.store, 0, event_id="event-2")
    stranger.store.device_key.replace(a.store.device_key.get_or_create())
    stranger.store.peers.replace([peer_row(b.store, address=b.wire.address)])
    foreign = attach(network, stranger, "192.0.2.66")
    unlisted = build_gate(tmp_path / "unlisted", PEOPLE)
    enrol_as(unlisted.store, 0)
    unlisted.store.device_key.replace(DeviceKey.generate())
    unlisted.store.peers.replace([peer_row(b.store, address=b.wire.address)])
    unknown = attach(network, unlisted, "192.0.2.67")
    for each in (foreign, unknown):
        each.built.gate.decide_participant("p-1")
        settle(each, b)
        assert each.node.status().heard == 0
        each.close()
    assert not b.is_inside("p-1")


def test_a_gate_with_another_address_is_heard_where_it_speaks_from(build: Builder) -> None:
    network, (a, b) = build()
    settle(a, b)
    assert [peer.source for peer in b.node.status().peers] == [PeerSource.LIST]
    moved = attach(network, a.built, "192.0.2.99")
    wait(a, b, seconds=1)
    settle(moved, b)
    scan(moved, "p-1")
    settle(moved, b)
    assert b.is_inside("p-1")
    (peer,) = b.node.status().peers
    assert (peer.address, peer.source) == ("192.0.2.99", PeerSource.CALL)
    moved.session.close()


def test_a_silent_station_is_not_called_heard(build: Builder) -> None:
    _, (a, b) = build()
    settle(a, b)
    assert a.node.status().heard == 1
    wait(a, b, milliseconds=SILENT_MS + 1)
    assert a.node.status().heard == 0
    assert a.node.status().report().listed == 1


def test_a_locked_station_tells_and_hears_nobody(build: Builder) -> None:
    _, (a, b) = build()
    settle(a, b)
    b.store.access.record(DeviceStatus.LOCKED)
    wait(a, b, seconds=2)
    scan(a, "p-1")
    settle(a, b)
    assert not b.is_inside("p-1")


# --- attacks -----------------------------------------------------------------------------------------


def test_repeated_reflected_cut_and_changed_datagrams_change_nothing(build: Builder) -> None:
    network, (a, b) = build()
    settle(a, b)
    scan(a, "p-1")
    settle(a, b)
    scan(a, "p-1", Direction.EXIT)
    settle(a, b)
    recorded = list(network.sent)
    assert not b.is_inside("p-1")
    for datagram, sender, to in recorded:
        variants = (
            datagram,
            datagram[:-1],
            datagram[:20],
            datagram[:-1] + bytes([datagram[-1] ^ 1]),
            datagram + b"x",
        )
        for variant in variants:
            network.queues[to].append((variant, ("192.0.2.200", 9)))
            network.queues[sender].append((variant, to))
    settle(a, b, turns=20)
    assert not b.is_inside("p-1")
    assert {peer.address for peer in b.node.status().peers} == {a.wire.address}, "nobody took its place"
    scan(a, "p-2")
    settle(a, b)
    assert b.is_inside("p-2")


def test_a_recorded_session_is_worth_nothing_after_a_restart_of_either_side(build: Builder) -> None:
    network, (a, b) = build()
    settle(a, b)
    scan(a, "p-1")
    settle(a, b)
    recorded = [each for each in network.sent if each[2][0] == b.wire.address]
    b.session.close()
    b.session = b.store.open_session()
    b.store.peer_presence.forget()
    b.node = start_node(b.session, b.wire, b.built.clock)
    network.is_cut = True
    for datagram, sender, to in recorded:
        network.queues[to].append((datagram, sender))
    settle(b)
    assert not b.is_inside("p-1")
    assert b.node.status().heard == 0


def test_nothing_on_the_wire_names_a_person_or_a_code(build: Builder) -> None:
    network, (a, b) = build()
    settle(a, b)
    scan(a, "p-1")
    settle(a, b)
    wire = b"".join(datagram for datagram, *_ in network.sent)
    assert not any(word in wire for word in (b"p-1", b"Ada", b"REG", b"hall-a", b"device-0", b"event-1"))


def test_a_flood_is_read_in_measure_and_the_rest_waits(build: Builder) -> None:
    network, (a, b) = build()
    settle(a, b)
    queue = network.queues[(b.wire.address, b.wire.port)]
    queue.extend((b"DWL1" + bytes(100), ("192.0.2.200", 9)) for _ in range(1_000))
    before = len(queue)
    b.node.run_once()
    assert before - len(queue) <= 200
    assert b.node.is_throttled
    b.node.run_once()
    assert before - len(queue) <= 200, "no time has passed"


def test_the_budget_fills_with_time_and_not_beyond_a_turn() -> None:
    budget = ReadingBudget(1_000, 50)
    assert budget.available(0) == 50
    budget.spend(50)
    assert budget.available(10) == 10
    assert budget.available(10_000) == 50


def test_a_station_keeps_the_newest_seal_of_another_and_seldom_a_new_one(build: Builder) -> None:
    _, (a, b) = build()
    settle(a, b)
    for person in ("p-1", "p-2"):
        scan(a, person)
        a.store.seals.seal(SealReason.TIME)
        for _ in range(2):
            wait(a, b, seconds=HEARTBEAT_MS / 1000)
            settle(a, b)
    assert [(device, head.sequence) for device, head, _ in b.store.seals.peer_heads()] == [(a.device_id, 1)]
    wait(a, b, seconds=SEALS_EVERY_MS / 1000)
    settle(a, b)
    newest = list(b.store.seals.peer_heads())[-1][1]
    assert newest == a.store.seals.head()
    settle(a, b)
    assert len(list(b.store.seals.peer_heads())) == 2


def test_stations_of_one_event_hear_each_other_and_what_they_tell_is_of_that_event(
    build: Builder,
) -> None:
    _, (a, b) = build()
    for station in (a, b):
        load_gala(station.store, [participant_row("p-1")], peers=station.store.peers.all())
    settle(a, b)
    assert result(a, "p-1") is ScanResult.VALID
    settle(a, b)
    for station in (a, b):
        serve_gala(station)
    settle(a, b, turns=8)
    assert not b.store.presence.get("p-1", "hall-a", GALA).inside
    first = a.built.gate.decide_participant("p-1")
    assert isinstance(first, GateOutcome)
    settle(a, b)
    assert b.store.presence.get("p-1", "hall-a", GALA).inside
    second = b.built.gate.decide_participant("p-1")
    assert isinstance(second, GateOutcome)
    assert [each.decision.result for each in (first, second)] == [
        ScanResult.VALID,
        ScanResult.ALREADY_SCANNED,
    ]
    assert b.store.presence.get("p-1", "hall-a", EVENT).entries == 1
    assert set(b.store.peer_presence.positions(GALA)) == set(b.store.peer_presence.positions(EVENT))


def test_a_station_that_serves_another_event_is_not_heard_and_gets_all_when_it_is_back(
    build: Builder,
) -> None:
    _, (a, b) = build()
    load_gala(b.store, [participant_row("p-1")], peers=b.store.peers.all())
    settle(a, b)
    serve_gala(b)
    wait(a, b, seconds=60)
    assert result(a, "p-1") is ScanResult.VALID
    settle(a, b, turns=8)
    assert (a.node.status().heard, b.node.status().heard) == (0, 0)
    assert not b.store.presence.get("p-1", "hall-a", EVENT).inside
    assert b.store.events.serve(EVENT)
    b.node = start_node(b.session, b.wire, b.built.clock)
    settle(a, b, turns=8)
    assert b.store.presence.get("p-1", "hall-a", EVENT).inside


def serve_gala(station: LanStation) -> None:
    """Serve the gala, and start the node for it as the engine does."""
    assert station.built.gate.serve_event(GALA).result is EventSwitch.SERVED
    serve_checkpoint(station.store, GALA_GATE)
    station.node = start_node(station.session, station.wire, station.built.clock)


def test_a_seal_that_the_station_has_not_signed_is_not_kept(
    build: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, (a, b, c) = build(3)
    settle(a, b, c)
    scan(c, "p-1")
    c.store.seals.seal(SealReason.TIME)
    monkeypatch.setattr(a.session.seals, "newest", c.store.seals.newest)
    wait(a, b, seconds=SEALS_EVERY_MS / 1000)
    for _ in range(2):
        settle(a, b)
        wait(a, b, seconds=HEARTBEAT_MS / 1000)
    assert list(b.store.seals.peer_heads()) == []
