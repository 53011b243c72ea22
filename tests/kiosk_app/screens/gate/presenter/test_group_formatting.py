"""The rest of a group on the gate screen: offered with a number, asked once, answered with names."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hub_sync.client.store import StoreFault
from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import DeviceStatus, ReasonCode, ScanResult
from kiosk_app import messages
from kiosk_app.messages import GroupOutcome, Trouble
from kiosk_app.screens.gate import GatePresenter
from kiosk_app.screens.gate.presenter import actions
from kiosk_app.screens.gate.presenter.view_state import GroupPanel
from resources.themes import Signal
from tests.kiosk_app.screens.gate.gallery import NOW, admitted_family, family, outcome


def presenter(clock: ManualClock | None = None) -> GatePresenter:
    return GatePresenter(clock or ManualClock(NOW), operator="Kim")


def test_a_family_is_offered_with_its_number_and_admitted_with_one_confirmation() -> None:
    screen, leader = presenter(), family()
    state = screen.receive(leader).state
    assert state.verdict is not None
    assert (state.verdict.signal, state.verdict.name) == (Signal.GREEN, "Ada King")
    assert state.verdict.note == "2 more people of the group may enter (F6)."
    assert (state.group, state.panel) == ("Group: 2 more", None), "nothing covers the verdict by itself"
    state, commands = screen.handle(actions.GroupRequested())
    assert commands == (messages.PauseScanning(True),)
    assert isinstance(state.panel, GroupPanel)
    assert (state.panel.title, state.panel.confirm) == ("Let in 2 more people of the group?", "Let in 2")
    assert [(row.title, row.signal) for row in state.panel.rows] == [
        ("Anne Isabella King", Signal.GREEN),
        ("Ralph King", Signal.GREEN),
        ("William King", Signal.AMBER),
        ("Byron King", Signal.AMBER),
    ]
    assert state.panel.rows[3].subtitle == "Already inside since 17:04."
    admit = messages.AdmitGroup(leader.subject, ("kit", "kid"))
    assert screen.handle(actions.GroupConfirmed()).commands == (admit, messages.PauseScanning(False))
    assert screen.handle(actions.GroupConfirmed()).commands == (), "a second press"
    assert screen.state.group == ""


def test_the_answer_names_everybody_and_each_stands_in_the_list() -> None:
    screen = presenter()
    screen.receive(family())
    state = screen.receive(admitted_family()).state
    assert state.verdict is not None
    assert (state.verdict.signal, state.verdict.name) == (Signal.GREEN, "2 people of the group")
    assert state.verdict.reason == "Anne Isabella King, Ralph King"
    assert [item.title for item in state.scans] == ["Ralph King", "Anne Isabella King", "Ada King"]
    stuck = screen.receive(admitted_family(stuck=True)).state
    assert stuck.verdict is not None
    assert stuck.verdict.signal is Signal.AMBER
    assert stuck.verdict.reason.startswith("The gate did not open for: Ralph King.")
    assert len(stuck.scans) == 3, "nobody stands in the list twice"


def test_whoever_is_refused_is_named_and_nobody_is_green_who_is_not_on_disk() -> None:
    refused = outcome(ScanResult.REVOKED, ReasonCode.PARTICIPANT_CANCELLED, "William King")
    some = presenter().receive(GroupOutcome((outcome(name="Anne"), refused))).state.verdict
    assert some is not None
    assert (some.signal, some.reason, some.note) == (Signal.AMBER, "Anne", "Not admitted: William King.")
    lost = replace(outcome(name="Anne", sequence=None, fault=StoreFault.FULL), trouble=Trouble.NOT_WRITTEN)
    none = presenter().receive(GroupOutcome((lost,))).state.verdict
    assert none is not None
    assert (none.signal, none.word) == (Signal.RED, "STOP")


def test_many_names_are_shortened() -> None:
    group = GroupOutcome(tuple(outcome(name=f"Guest {n}") for n in range(7)))
    verdict = presenter().receive(group).state.verdict
    assert verdict is not None
    assert verdict.reason == "Guest 0, Guest 1, Guest 2, Guest 3 and 3 more"


@pytest.mark.parametrize("how", ["too late", "another person", "locked", "nobody may"])
def test_no_group_is_offered_any_more(how: str) -> None:
    clock = ManualClock(NOW)
    screen = presenter(clock)
    screen.receive(family(too_large=how == "nobody may"))
    if how == "too late":
        clock.advance(timedelta(seconds=61))
        screen.tick()
    elif how == "another person":
        screen.receive(outcome(name="Li Na"))
    elif how == "locked":
        screen.receive(messages.ActiveAlarms(station=DeviceStatus.LOCKED))
    assert screen.state.group == ""
    assert screen.handle(actions.GroupRequested()).state.panel is None


def test_the_next_persons_scan_closes_the_group_of_the_one_before() -> None:
    screen = presenter()
    screen.receive(family())
    screen.handle(actions.GroupRequested())
    assert screen.receive(outcome(name="Li Na")).state.panel is None
    assert screen.handle(actions.GroupConfirmed()).commands == ()
