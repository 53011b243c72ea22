"""The list of events on the gate screen, and the end of what was going on at another event."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import ReasonCode, ScanResult
from kiosk_app import messages
from kiosk_app.messages import EventAnswer, EventSwitch, GateReadiness, ReadinessState
from kiosk_app.screens.gate import GatePresenter
from kiosk_app.screens.gate.presenter import actions
from kiosk_app.screens.gate.presenter.view_state import EventPanel, MenuPanel, PinPanel
from resources.themes import Signal
from tests.kiosk_app.screens.gate.gallery import EVENTS, NOW, SIGNED_ON, family, inside, outcome


def presenter(language: str = "en") -> GatePresenter:
    screen = GatePresenter(ManualClock(NOW), language=language)
    screen.receive(GateReadiness())
    screen.receive(EVENTS)
    return screen


def panel(screen: GatePresenter) -> EventPanel:
    assert isinstance(screen.state.panel, EventPanel)
    return screen.state.panel


def test_the_menu_and_the_top_bar_name_the_event_where_there_are_several() -> None:
    screen = presenter()
    assert screen.state.heading.event == "Summer Assembly"
    menu = screen.handle(actions.MenuRequested()).state.panel
    assert isinstance(menu, MenuPanel)
    assert menu.event == "Summer Assembly"
    screen.receive(messages.EventOptions())
    assert screen.state.heading.event == ""
    screen.handle(actions.Dismissed())
    assert screen.handle(actions.EventsRequested()).state.panel is None


def test_each_event_has_its_dates_by_its_own_clock_and_the_age_of_its_list() -> None:
    screen = presenter()
    screen.handle(actions.EventsRequested())
    rows = panel(screen).rows
    assert [(row.title, row.subtitle, row.badge, row.signal, row.current) for row in rows] == [
        ("Summer Assembly", "14 Nov, 09:00 \u2013 23:30 \u00b7 List 12 s old", "", None, True),
        ("Gala Night", "14 Nov, 20:00 \u2013 15 Nov, 03:00 \u00b7 List 4 min old", "", None, False),
        ("Trade Fair", "21 Nov, 09:00 \u2013 22 Nov, 18:00", "No list yet", Signal.AMBER, False),
    ]


def test_a_tap_serves_the_event_and_ends_what_was_going_on() -> None:
    screen = presenter()
    screen.receive(messages.Occupancy((messages.ZoneCapacity("Hall A", 5, 10),)))
    for scan in (inside(), family()):
        screen.receive(scan)
    assert (screen.state.can_override, screen.state.can_undo, bool(screen.state.group)) == (False, True, True)
    screen.handle(actions.EventsRequested())
    assert screen.handle(actions.EventSelected("gala")).commands == (messages.ServeEvent("gala"),)
    screen.receive(EventAnswer(EventSwitch.SERVED, "Gala Night"))
    state = screen.receive(replace(EVENTS, current_id="gala")).state
    assert (state.panel, state.heading.event) == (None, "Gala Night")
    assert (state.can_override, state.can_undo, state.group) == (False, False, "")
    assert (state.scans, state.zones) == ((), ())
    assert state.verdict is not None
    assert state.verdict.word == "ANOTHER EVENT"
    assert screen.handle(actions.UndoRequested()).state.panel is None


@pytest.mark.parametrize("readiness", [GateReadiness(), GateReadiness(ReadinessState.CHOOSE_CHECKPOINT)])
def test_the_verdict_of_another_event_is_gone_at_once(readiness: GateReadiness) -> None:
    screen = presenter()
    screen.receive(outcome())
    screen.receive(readiness)
    state = screen.receive(replace(EVENTS, current_id="gala")).state
    assert state.verdict is None or state.verdict.name == ""


def test_an_event_without_a_list_says_what_to_do_and_changes_nothing() -> None:
    screen = presenter()
    screen.receive(outcome())
    screen.handle(actions.EventsRequested())
    screen.handle(actions.EventSelected("fair"))
    screen.receive(EventAnswer(EventSwitch.NO_LIST, "Trade Fair"))
    assert panel(screen).problem == (
        "The list of Trade Fair has never been loaded here. Connect this station to the network; the list then comes by"
        " itself."
    )
    assert screen.state.can_undo
    screen.handle(actions.Dismissed())
    screen.handle(actions.EventsRequested())
    assert panel(screen).problem == ""


def test_the_event_that_is_served_is_not_served_anew() -> None:
    screen = presenter()
    screen.handle(actions.EventsRequested())
    update = screen.handle(actions.EventSelected("assembly"))
    assert (update.commands, update.state.panel) == ((), None)


def test_another_event_is_a_supervisors_act() -> None:
    screen = presenter()
    screen.receive(SIGNED_ON)
    assert isinstance(screen.handle(actions.EventsRequested()).state.panel, PinPanel)
    assert screen.handle(actions.EventSelected("gala")).commands == ()


def test_a_gate_whose_event_was_taken_away_offers_the_others_at_once() -> None:
    screen = presenter()
    screen.receive(replace(EVENTS, options=EVENTS.options[1:]))
    screen.receive(GateReadiness(ReadinessState.EVENT_REMOVED))
    assert "taken this station's event away" in panel(screen).text
    assert screen.handle(actions.EventSelected("gala")).commands == (messages.ServeEvent("gala"),)


def test_a_ticket_of_another_event_of_the_station_points_the_way() -> None:
    refused = outcome(ScanResult.INVALID, ReasonCode.WRONG_EVENT)
    named = replace(refused, other_event="Gala Night", event_name="Summer Assembly")
    sentences = {}
    for language in ("en", "de", "ar"):
        verdict = presenter(language).receive(named).state.verdict
        assert verdict is not None
        sentences[language] = verdict.reason
    assert sentences["en"] == "This ticket is for Gala Night. This gate serves Summer Assembly."
    assert all("Gala Night" in text and "Summer Assembly" in text for text in sentences.values())
    assert len(set(sentences.values())) == 3
    plain = presenter().receive(refused).state.verdict
    assert plain is not None
    assert plain.reason == "This is a ticket for another event."


def test_ages_grow_while_the_list_is_open() -> None:
    clock = ManualClock(NOW)
    screen = GatePresenter(clock)
    screen.receive(EVENTS)
    screen.handle(actions.EventsRequested())
    clock.advance(timedelta(minutes=2))
    screen.tick()
    assert panel(screen).rows[0].subtitle.endswith("List 2 min old")
