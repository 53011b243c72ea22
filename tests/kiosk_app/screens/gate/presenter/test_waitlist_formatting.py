"""The waitlist at the door on the gate screen: how many seats, whose turn, and one confirmation."""

from datetime import timedelta

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import DeviceStatus
from kiosk_app import messages
from kiosk_app.messages import DoorPlace, DoorWaitlist, NameDisplay, StationOptions
from kiosk_app.screens.gate import GatePresenter
from kiosk_app.screens.gate.presenter import actions
from kiosk_app.screens.gate.presenter.model import CALL_MS
from kiosk_app.screens.gate.presenter.view_state import WaitlistPanel
from resources.themes import Signal
from tests.kiosk_app.screens.gate.gallery import NOW

PARTY = DoorPlace("e-pat", "pat", "Pat Long", "REG-pat", seats=4, fits=False)
ADA, BO = DoorPlace("e-ada", "ada", "Ada King", "REG-ada"), DoorPlace("e-bo", "bo", "Bo Moss", "REG-bo", 2)
DOOR = DoorWaitlist(3, (PARTY, ADA, BO))


def opened(clock: ManualClock | None = None) -> tuple[GatePresenter, WaitlistPanel]:
    screen = GatePresenter(clock or ManualClock(NOW))
    screen.receive(DOOR)
    state, commands = screen.handle(actions.WaitlistRequested())
    assert commands == (messages.PauseScanning(True),)
    assert isinstance(state.panel, WaitlistPanel)
    return screen, state.panel


def test_seats_are_offered_with_their_number_and_given_with_one_confirmation() -> None:
    screen = GatePresenter(ManualClock(NOW))
    assert screen.state.waitlist == ""
    assert screen.handle(actions.WaitlistRequested()).state.panel is None
    assert screen.receive(DOOR).state.waitlist == "Waitlist: 3"
    screen, panel = opened()
    assert (panel.title, panel.confirm) == ("3 seats for the waitlist", "Let in Ada King")
    assert panel.text == "It is the turn of Ada King: 1 seat."
    assert [(row.title, row.badge, row.signal) for row in panel.rows] == [
        ("Pat Long", "Too few seats", Signal.AMBER),
        ("Ada King", "Next", Signal.GREEN),
        ("Bo Moss", "", None),
    ]
    update = screen.handle(actions.PlaceConfirmed("e-ada"))
    assert update.commands == (messages.AdmitAtDoor("e-ada"), messages.PauseScanning(False))
    assert screen.handle(actions.PlaceConfirmed("e-ada")).commands == (), "a second press"


def test_whoever_is_not_there_is_passed_by_and_may_be_called_again() -> None:
    clock = ManualClock(NOW)
    screen, _ = opened(clock)
    panel = screen.handle(actions.PlaceAbsent("e-ada")).state.panel
    assert isinstance(panel, WaitlistPanel)
    assert panel.confirm == "Let in Bo Moss"
    clock.advance(timedelta(milliseconds=CALL_MS))
    panel = screen.handle(actions.PlaceAbsent("e-bo")).state.panel
    assert isinstance(panel, WaitlistPanel)
    assert panel.confirm == "", "nobody's turn"
    assert screen.handle(actions.PlaceConfirmed("e-bo")).commands == ()
    panel = screen.handle(actions.PlaceSelected("e-ada")).state.panel
    assert isinstance(panel, WaitlistPanel)
    assert panel.confirm == "Let in Ada King"


def test_a_second_press_passes_nobody_else_by() -> None:
    clock = ManualClock(NOW)
    screen, _ = opened(clock)
    for entry_id in ("e-ada", "e-ada", "e-bo"):
        panel = screen.handle(actions.PlaceAbsent(entry_id)).state.panel
        clock.advance(timedelta(milliseconds=CALL_MS // 4))
        assert isinstance(panel, WaitlistPanel)
        assert panel.confirm == "Let in Bo Moss"
    clock.advance(timedelta(milliseconds=CALL_MS))
    assert screen.handle(actions.PlaceConfirmed("e-ada")).commands == (), "she is not the one on the screen"
    assert messages.AdmitAtDoor("e-bo") in screen.handle(actions.PlaceConfirmed("e-bo")).commands


def test_a_press_is_about_the_entry_that_was_looked_at_when_a_pull_changes_whose_turn_it_is() -> None:
    clock = ManualClock(NOW)
    screen, _ = opened(clock)
    panel = screen.receive(DoorWaitlist(2, (BO,))).state.panel
    assert isinstance(panel, WaitlistPanel)
    assert (panel.confirm, panel.entry_id) == ("Let in Bo Moss", "e-bo")
    update = screen.handle(actions.PlaceConfirmed("e-ada"))
    assert (update.commands, update.state.panel) == ((), panel)
    assert screen.handle(actions.PlaceConfirmed("e-bo")).commands == (), "the finger was on its way"
    clock.advance(timedelta(milliseconds=CALL_MS))
    assert messages.AdmitAtDoor("e-bo") in screen.handle(actions.PlaceConfirmed("e-bo")).commands


def test_a_locked_station_names_nobody_and_hidden_names_stay_hidden() -> None:
    screen, _ = opened()
    state = screen.receive(StationOptions(names=NameDisplay.CODE)).state
    assert isinstance(state.panel, WaitlistPanel)
    assert state.panel.confirm == "Let in REG-ada"
    state = screen.receive(messages.ActiveAlarms(station=DeviceStatus.LOCKED)).state
    assert (state.panel, state.waitlist) == (None, "")
