"""Hide names: no state of the screen has a whole name, whatever comes in."""

from dataclasses import replace

import pytest

from kiosk_app import messages
from kiosk_app.messages import NameDisplay, StationOptions
from kiosk_app.screens.gate.presenter import actions
from kiosk_app.screens.gate.presenter.name_display import hide_names, initials
from kiosk_app.screens.gate.presenter.view_state import OverridePanel, PersonPanel, SearchPanel, UndoPanel
from tests.kiosk_app.screens.gate.gallery import double_admission, inside, outcome
from tests.kiosk_app.screens.gate.presenter.test_gate_presenter import presenter

CARD = messages.PersonCard("p1", "Amara Okafor", "SUM-48K2-210", "Delegate")
HITS = messages.SearchResults("Okafor", (messages.SearchHit("p1", "Amara Okafor", "SUM-48K2-210"),))


def test_initials_are_the_first_letters_of_words_in_any_script() -> None:
    assert initials("Ada  King Lovelace") == "A K L"
    assert initials("\u0639\u0645\u0631 \u0627\u0644\u062e\u0637\u064a\u0628") == "\u0639 \u0627"
    assert initials("") == ""


@pytest.mark.parametrize(
    ("mode", "title"), [(NameDisplay.INITIALS, "A O"), (NameDisplay.CODE, "SUM-48K2-210")]
)
def test_every_part_of_the_screen_shows_initials_or_the_code_only(mode: NameDisplay, title: str) -> None:
    screen = presenter()
    screen.receive(StationOptions(mode))
    states = [
        screen.receive(outcome()).state,
        screen.handle(actions.UndoRequested()).state,
        screen.receive(inside("Amara Okafor")).state,
        screen.handle(actions.OverrideRequested()).state,
        screen.handle(actions.Dismissed()).state,
        screen.handle(actions.SearchRequested("Okafor")).state,
        screen.receive(HITS).state,
        screen.handle(actions.PersonSelected("p1")).state,
        screen.receive(CARD).state,
        screen.receive(messages.DoubleAdmissions((double_admission(),))).state,
        screen.receive(messages.RecentScans((outcome(),))).state,
    ]
    for state in states:
        assert "Amara" not in repr(replace(state, texts=None))  # type: ignore[arg-type]
    verdict = states[0].verdict
    assert verdict is not None
    assert "Amara" not in verdict.spoken
    assert states[0].scans[0].title == title
    undo, override, hits, card = states[1].panel, states[3].panel, states[6].panel, states[8].panel
    assert isinstance(undo, UndoPanel)
    assert isinstance(override, OverridePanel)
    assert title in undo.title
    assert title in override.title
    assert isinstance(hits, SearchPanel)
    assert hits.rows[0].title == title
    assert isinstance(card, PersonPanel)
    assert card.title == title


def test_hiding_shortens_what_is_on_the_screen_already_and_showing_begins_with_the_next_scan() -> None:
    screen = presenter()
    screen.receive(outcome())
    screen.receive(messages.DoubleAdmissions((double_admission(),)))
    state = screen.receive(StationOptions(NameDisplay.CODE)).state
    assert "Amara" not in repr(replace(state, texts=None))  # type: ignore[arg-type]
    full_state = screen.receive(StationOptions(NameDisplay.FULL)).state
    assert full_state.scans[0].title == "SUM-48K2-210"
    assert screen.receive(outcome()).state.scans[0].title == "Amara Okafor"


def test_a_group_is_named_alike() -> None:
    member = messages.GroupMember("p2", "Chidi Okafor", "SUM-2", "", outcome().decision)
    offer = replace(outcome(), group=messages.GroupOffer("Order 1", (member,)))
    hidden = hide_names(messages.GroupOutcome((offer,)), NameDisplay.CODE)
    assert "Okafor" not in repr(hidden)


def test_the_mode_is_saved_by_the_menu() -> None:
    screen = presenter()
    commands = screen.handle(actions.NameDisplaySelected(NameDisplay.INITIALS)).commands
    assert commands == (messages.SaveOptions(StationOptions(NameDisplay.INITIALS)),)


def test_the_volume_is_saved_by_the_menu_and_keeps_the_names() -> None:
    screen = presenter()
    screen.receive(StationOptions(NameDisplay.CODE))
    commands = screen.handle(actions.VolumeSelected(50)).commands
    assert commands == (messages.SaveOptions(StationOptions(NameDisplay.CODE, 50)),)
