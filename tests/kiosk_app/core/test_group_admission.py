"""A group at a gate, without a network: one scan offers the rest; all rows are on disk before the first pulse."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.errors import RelayFault
from hardware.tones import Tone
from hub_sync.client.store import StoreError, StoreFault
from hub_sync.client.store.journal.presence import PresenceSnapshot
from hub_sync.contract.enums import DeviceStatus, Direction, Mark, ReasonCode, ScanType
from hub_sync.contract.sync import ScanRecord
from kiosk_app.core.group_admission import GroupRelease
from kiosk_app.messages import GateOutcome, GroupOffer, GroupOutcome, Notice, Trouble
from tests.support.builders.people import participant_row, seal_ticket_for
from tests.support.builders.station import BuiltGate, apply_page, build_gate, pull_page

ORDER = "Order 4711"
FAMILY = [
    participant_row("mum", "Ada Byron", group_ref=ORDER),
    participant_row("kid", "Ralph King", group_ref=ORDER),
    participant_row("kit", "Anne King", group_ref=ORDER),
    participant_row("dad", "William King", "CANCELLED", group_ref=ORDER),
    participant_row("stranger", "Charles Babbage", group_ref="Order 4712"),
    participant_row("bo", "Bo Alone"),
]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[BuiltGate]:
    scene = build_gate(tmp_path, FAMILY)
    yield scene
    scene.store.close()


def scan(here: BuiltGate, who: str = "mum") -> GateOutcome:
    outcome = here.gate.decide_scan(seal_ticket_for(who))
    assert isinstance(outcome, GateOutcome)
    return outcome


def offer_of(outcome: GateOutcome) -> GroupOffer:
    assert outcome.group is not None
    return outcome.group


def admit(here: BuiltGate, leader: GateOutcome, *ids: str) -> GroupOutcome:
    group = here.gate.admit_group(leader.subject, ids)
    assert isinstance(group, GroupOutcome)
    return group


def records(here: BuiltGate) -> list[ScanRecord]:
    return [row.record for row in here.store.journal.rows()]


def test_case_25_a_family_on_one_scan_enters_one_row_and_one_pulse_a_person(here: BuiltGate) -> None:
    leader = scan(here)
    offer = offer_of(leader)
    assert leader.is_green
    assert [(member.name, member.decision.reason) for member in offer.members] == [
        ("Anne King", ReasonCode.ADMITTED),
        ("Ralph King", ReasonCode.ADMITTED),
        ("William King", ReasonCode.PARTICIPANT_CANCELLED),
    ]
    group = admit(here, leader, *(member.participant_id for member in offer.may_enter))
    assert (here.rows(), here.turnstile.pulses) == (3, 1), "written before anybody of them is let through"
    assert here.speaker.tones == [Tone.SUCCESS, Tone.SUCCESS]
    waits: list[float] = []

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        return True

    released = here.gate.release_group(group, wait)
    assert (here.turnstile.pulses, here.turnstile.rows_at_pulse) == (3, [1, 3, 3])
    assert waits == [1.0, 1.0], "a pulse of 400 ms and a gap of 600 ms"
    assert [outcome.pulsed for outcome in released.outcomes] == [True, True]
    first, *others = records(here)
    assert [(row.participant_id, row.scan_type, row.marks) for row in others] == [
        ("kit", ScanType.SEARCH, (Mark.IN_GROUP,)),
        ("kid", ScanType.SEARCH, (Mark.IN_GROUP,)),
    ]
    assert {row.code_digest for row in others} == {first.code_digest}, "of the code that was shown"
    assert here.store.journal.verify() is None
    again = scan(here)
    assert (again.decision.reason, offer_of(again).may_enter) == (ReasonCode.ALREADY_INSIDE, ())


def test_somebody_inside_leads_the_children_who_come_later(here: BuiltGate) -> None:
    scan(here)
    here.wait(minutes=5)
    again = scan(here)
    assert again.decision.reason is ReasonCode.ALREADY_INSIDE
    assert len(admit(here, again, "kid").admitted) == 1


def test_nobody_else_is_offered_with_a_refused_departing_or_single_person(here: BuiltGate) -> None:
    assert scan(here, "bo").group is None
    assert scan(here, "stranger").group is None
    assert scan(here, "dad").group is None
    here.gate.choose_direction(Direction.EXIT)
    assert scan(here).group is None


def test_a_locked_station_offers_and_admits_nobody(here: BuiltGate) -> None:
    leader = scan(here)
    here.store.access.record(DeviceStatus.LOCKED)
    assert scan(here).group is None
    group = admit(here, leader, "kid", "kit")
    assert not group.admitted
    assert {each.decision.reason for each in group.outcomes} == {ReasonCode.STATION_LOCKED}
    assert {each.name for each in group.outcomes} == {""}


def test_a_press_that_comes_twice_admits_nobody_twice(here: BuiltGate) -> None:
    leader = scan(here)
    admit(here, leader, "kid", "kit")
    again = admit(here, leader, "kid", "kit")
    assert [each.decision.reason for each in again.outcomes] == [ReasonCode.ALREADY_INSIDE] * 2
    here.gate.release_group(again, lambda _seconds: True)
    assert here.turnstile.pulses == 1


@pytest.mark.parametrize("ids", [("kid", "stranger"), ("kid", "nobody"), ("kid", "kid"), ()])
def test_whoever_is_not_in_the_group_is_not_admitted_nor_is_anybody_else(
    here: BuiltGate, ids: tuple[str, ...]
) -> None:
    leader = scan(here)
    assert here.gate.admit_group(leader.subject, ids) is Notice.GROUP_CHANGED
    assert here.rows() == 1


def test_a_member_who_was_cancelled_before_the_operator_confirmed_is_refused_and_the_others_enter(
    here: BuiltGate,
) -> None:
    leader = scan(here)
    cancelled = participant_row("kid", "Ralph King", "CANCELLED", group_ref=ORDER)
    apply_page(here.store, pull_page([cancelled], snapshot=False, cursor="2"))
    group = admit(here, leader, "kid", "kit")
    assert [(each.name, each.is_green) for each in group.outcomes] == [
        ("Anne King", True),
        ("Ralph King", False),
    ]
    assert here.speaker.tones[-1] is Tone.WARNING
    here.gate.release_group(group, lambda _seconds: True)
    assert here.turnstile.pulses == 2


def test_rows_that_cannot_be_written_admit_nobody_of_the_group(
    here: BuiltGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader = scan(here)

    def fail(_row: object) -> None:
        raise StoreError(StoreFault.FULL, "The disk is full.")

    register = here.store.journal._memory
    remember = register.record
    written: list[str] = []

    def record(row: ScanRecord, sequence: int, before: PresenceSnapshot | None = None) -> None:
        if written:
            fail(row)
        written.append(row.id)
        remember(row, sequence, before)

    monkeypatch.setattr(register, "record", record)
    group = admit(here, leader, "kid", "kit")
    assert {each.trouble for each in group.outcomes} == {Trouble.NOT_WRITTEN}
    assert (group.admitted, here.rows(), here.speaker.tones[-1]) == ((), 1, Tone.ERROR)
    assert [each.pulsed for each in here.gate.release_group(group, lambda _s: True).outcomes] == [False] * 2
    monkeypatch.undo()
    assert len(admit(here, leader, "kid", "kit").admitted) == 2, (
        "the first row was rolled back with the second"
    )


def test_a_turnstile_that_fails_is_told_with_the_names_and_a_stop_pulses_no_more(here: BuiltGate) -> None:
    leader = scan(here)
    group = admit(here, leader, "kid", "kit")
    here.turnstile.broken = "unplugged"
    stuck = here.gate.release_group(group, lambda _seconds: True)
    assert stuck.is_stuck
    assert [each.door_fault is not None for each in stuck.outcomes] == [True, True]
    here.turnstile.broken = ""
    stopped = here.gate.release_group(group, lambda _seconds: False)
    assert [each.door_fault and each.door_fault.kind for each in stopped.outcomes] == [RelayFault.CLOSED] * 2
    assert here.turnstile.pulses == 1


def test_a_door_opens_once_for_all(here: BuiltGate) -> None:
    here.gate._group_release = GroupRelease.ONCE
    group = admit(here, scan(here), "kid", "kit")
    released = here.gate.release_group(group, lambda _seconds: True)
    assert here.turnstile.pulses == 2
    assert [each.pulsed for each in released.outcomes] == [True, True]


def test_a_group_of_more_than_fifty_is_scanned_one_by_one(tmp_path: Path) -> None:
    coach = [participant_row(f"p{n}", f"Guest {n}", group_ref="Coach") for n in range(51)]
    here = build_gate(tmp_path, coach)
    offer = offer_of(scan(here, "p1"))
    assert (offer.too_large, offer.members) == (True, ())
    here.store.close()


def test_a_fault_of_the_roster_after_the_scan_takes_nothing_back(
    here: BuiltGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise StoreError(StoreFault.CORRUPT, "damaged")

    monkeypatch.setattr(here.store.roster, "find_group", fail)
    leader = scan(here)
    assert (leader.is_green, leader.group) == (True, None)
    answer = here.gate.admit_group(leader.subject, ["kid"])
    assert isinstance(answer, GateOutcome)
    assert answer.trouble is Trouble.NOT_WRITTEN
