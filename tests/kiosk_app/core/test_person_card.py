"""The card of a person, from the roster, this station's journal and the hub's presences."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.enums import DeviceStatus, Direction, ReasonCode
from hub_sync.rules.times.exit_all import ExitAll
from hub_sync.rules.times.time_zones import load_time_zone
from kiosk_app.core.assignment import current_assignment
from kiosk_app.core.person_card import LISTED_SCANS, person_card
from kiosk_app.messages import GateOutcome, PersonCard
from tests.support.builders.people import participant_row
from tests.support.builders.station import NOON, BuiltGate, apply_page, build_gate, pull_page

PEOPLE = [participant_row("ada", "Ada Lovelace", code="REG-0012"), participant_row("bo", code="REG-0013")]
ELSEWHERE = ("hall-b", "ada", "exit", epoch_ms(NOON) - 60_000, "device-2", 5, 1, epoch_ms(NOON) - 90_000, 0)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[BuiltGate]:
    built = build_gate(tmp_path, PEOPLE, presence=(ELSEWHERE,))
    yield built
    built.store.close()


def card(here: BuiltGate, participant_id: str = "ada") -> PersonCard:
    return person_card(here.store, current_assignment(here.store), participant_id)


def test_earlier_scans_are_listed_newest_first_with_gate_and_result(here: BuiltGate) -> None:
    here.gate.decide_typed("REG-0013")
    admitted = here.gate.decide_typed("REG-0012")
    here.wait(minutes=2)
    here.gate.decide_typed("REG-0012")
    ada = card(here)
    assert (ada.name, ada.registration_code, ada.inside) == ("Ada Lovelace", "REG-0012", True)
    assert [(scan.place, scan.reason, scan.direction) for scan in ada.scans] == [
        ("Main entrance", ReasonCode.ALREADY_INSIDE, Direction.ENTRY),
        ("Main entrance", ReasonCode.ADMITTED, Direction.ENTRY),
        ("hall-b", None, Direction.EXIT),
    ]
    assert isinstance(admitted, GateOutcome)
    here.wait(minutes=-1.5)
    here.gate.take_back(admitted, "Kim")
    assert [scan.taken_back for scan in card(here).scans] == [False, True, False]
    assert not card(here).inside


def test_a_long_history_is_cut_and_a_stranger_or_a_locked_station_shows_nothing(here: BuiltGate) -> None:
    for _ in range(LISTED_SCANS + 3):
        here.gate.decide_typed("REG-0012")
    assert len(card(here).scans) == LISTED_SCANS
    assert card(here, "nobody") == PersonCard("nobody")
    here.store.access.record(DeviceStatus.LOCKED)
    assert card(here) == PersonCard("ada")


def test_the_card_says_that_somebody_left_with_everybody_with_and_without_the_hub(here: BuiltGate) -> None:
    here.gate.decide_typed("REG-0012")
    here.wait(hours=1)
    assignment = current_assignment(here.store)
    assert assignment is not None
    now = here.clock.now()
    hour = ExitAll(now.time(), load_time_zone("UTC"), epoch_ms(now))
    ada = person_card(here.store, assignment, "ada", hour)
    assert not ada.inside
    assert [(scan.with_everybody, scan.at == now, scan.place) for scan in ada.scans[:2]] == [
        (True, True, "hall-a"),
        (False, False, "Main entrance"),
    ]
    of_the_hub = ("hall-a", "ada", "exit", epoch_ms(now), "", 0, 1, epoch_ms(NOON), 0)
    apply_page(here.store, pull_page([], snapshot=False, cursor="2", total=None, presence=(of_the_hub,)))
    assert person_card(here.store, assignment, "ada", hour).scans[0] == ada.scans[0]
