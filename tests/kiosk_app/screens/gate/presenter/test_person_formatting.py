"""The card of a person who was tapped: a tap admits nobody."""

from datetime import timedelta

from hub_sync.contract.enums import Direction, ReasonCode, ScanResult
from kiosk_app import messages
from kiosk_app.messages import EarlierScan, PersonCard
from kiosk_app.screens.gate.presenter import actions
from kiosk_app.screens.gate.presenter.view_state import PersonPanel, SearchPanel
from resources.themes import Signal
from tests.kiosk_app.screens.gate.gallery import NOW, outcome
from tests.kiosk_app.screens.gate.presenter.test_gate_presenter import presenter

SCANS = (
    EarlierScan(NOW, "Main entrance", Direction.ENTRY, ScanResult.ALREADY_SCANNED, ReasonCode.ALREADY_INSIDE),
    EarlierScan(NOW - timedelta(days=2), "", Direction.EXIT),
)
CARD = PersonCard("p1", "Amara Okafor", "SUM-1", "Delegate", inside=True, scans=SCANS)


def test_a_tap_on_a_name_asks_and_only_the_button_admits() -> None:
    screen = presenter()
    screen.handle(actions.SearchRequested("Okafor"))
    question = screen.handle(actions.PersonSelected("p1"))
    assert question.commands == (messages.ShowPerson("p1"), messages.PauseScanning(True))
    assert screen.handle(actions.PersonConfirmed()).commands == (), "nothing is known yet"
    panel = screen.receive(CARD).state.panel
    assert isinstance(panel, PersonPanel)
    assert (panel.title, panel.confirm) == ("Amara Okafor", "Let in")
    assert panel.text == "SUM-1 \u00b7 Delegate \u00b7 Inside"
    assert [(row.title, row.subtitle, row.signal, row.trailing) for row in panel.rows] == [
        ("Already in", "Main entrance", Signal.AMBER, "18:04"),
        ("Left at another station", "The venue", Signal.GREEN, "12/11 18:04"),
    ]
    done = screen.handle(actions.PersonConfirmed()).commands
    assert done == (messages.AdmitPerson("p1"), messages.PauseScanning(False))
    assert screen.handle(actions.PersonConfirmed()).commands == (), "a second press admits nobody else"


def test_back_leads_to_the_names_and_a_late_card_of_another_person_is_dropped() -> None:
    screen = presenter()
    screen.handle(actions.SearchRequested("Okafor"))
    screen.handle(actions.PersonSelected("p1"))
    assert isinstance(screen.handle(actions.Dismissed()).state.panel, SearchPanel)
    screen.handle(actions.PersonSelected("p2"))
    late = screen.receive(CARD).state.panel
    assert isinstance(late, PersonPanel)
    assert not late.can_confirm
    gone = screen.receive(PersonCard("p2")).state.panel
    assert isinstance(gone, PersonPanel)
    assert (gone.title, gone.can_confirm) == ("Not on the list any more", False)
    assert screen.handle(actions.PersonConfirmed()).commands == ()


def test_the_next_persons_scan_closes_the_card() -> None:
    screen = presenter()
    screen.handle(actions.PersonSelected("p1"))
    screen.receive(CARD)
    assert screen.receive(outcome()).state.panel is None
    assert screen.handle(actions.PersonConfirmed()).commands == ()
