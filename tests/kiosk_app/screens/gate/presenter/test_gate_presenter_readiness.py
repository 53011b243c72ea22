"""What the screen says while the gate can't decide, and when the program fails."""

from datetime import timedelta

import pytest

from hub_sync.client.store import RecoveryCause, RecoveryFacts, StoreCause, StoreError, StoreFault
from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import ReasonCode, ScanResult
from kiosk_app import messages
from kiosk_app.messages import CameraAvailability, GateReadiness, Notice, ReadinessState, Trouble
from kiosk_app.screens.gate import GatePresenter
from kiosk_app.screens.gate.presenter import actions
from kiosk_app.screens.gate.presenter.status_formatting import CAMERA_FAULTS
from kiosk_app.screens.gate.presenter.view_state import CheckpointPanel, MenuPanel, SearchPanel, Verdict
from resources.themes import Signal
from resources.translations import LANGUAGES
from tests.kiosk_app.screens.gate.gallery import NOW, outcome

LACKING = [state for state in ReadinessState if state is not ReadinessState.READY]


def presenter(clock: ManualClock | None = None, language: str = "en") -> GatePresenter:
    return GatePresenter(clock or ManualClock(NOW), language=language, operator="Kim")


def verdict(screen: GatePresenter) -> Verdict:
    assert screen.state.verdict is not None
    return screen.state.verdict


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", LACKING)
def test_each_state_says_in_large_letters_what_is_missing_for_as_long_as_it_lasts(
    state: ReadinessState, language: str
) -> None:
    clock = ManualClock(NOW)
    screen = presenter(clock, language)
    screen.receive(GateReadiness(state, 12_000, 100_000, "https://hub.example"))
    card = verdict(screen)
    assert card.word
    assert card.reason != card.word
    assert card.note == "https://hub.example"
    assert card.signal in (Signal.AMBER, Signal.BLUE)
    clock.advance(timedelta(hours=1))
    screen.tick()
    assert verdict(screen) == card
    screen.receive(GateReadiness())
    assert screen.state.verdict is None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("cause", [None, *StoreCause])
def test_a_closed_store_says_its_cause_in_the_screens_language_and_claims_nothing_else(
    cause: StoreCause | None, language: str
) -> None:
    screen = presenter(language=language)
    screen.receive(GateReadiness.store_closed(StoreError(StoreFault.KEY, "The key is away.", cause)))
    key = "store.key" if cause is None else f"store_cause.{cause.value}"
    assert verdict(screen).note == screen.state.texts(key)
    status = screen.state.status
    assert (status.connection, status.roster, status.pending) == (None, None, None)
    assert screen.state.no_scans == screen.state.texts("side.scans_unread")


def test_each_state_says_something_else() -> None:
    screen, reasons = presenter(), set()
    for state in LACKING:
        screen.receive(GateReadiness(state))
        reasons.add((verdict(screen).word, verdict(screen).reason))
    assert len(reasons) == len(LACKING)
    assert not any("Hold the ticket" in reason for _, reason in reasons)


def test_what_to_do_is_said() -> None:
    screen = presenter()
    screen.receive(GateReadiness(ReadinessState.NOT_ENROLLED))
    assert "doorward-station enrol" in verdict(screen).reason
    screen.receive(GateReadiness(ReadinessState.NO_ROSTER))
    assert "network cable" in verdict(screen).reason
    screen.receive(GateReadiness(ReadinessState.LOADING, 12_000, 100_000))
    assert "12,000 of 100,000" in verdict(screen).reason
    screen.receive(GateReadiness(ReadinessState.LOADING))
    assert " of " not in verdict(screen).reason.replace("list of participants", "")


def test_a_scan_meanwhile_is_answered_with_the_same_and_flashes_where_there_is_no_sound() -> None:
    clock = ManualClock(NOW)
    screen = presenter(clock)
    screen.receive(messages.GateDeviceStatus(CameraAvailability.LIVE, sound=False))
    screen.receive(GateReadiness(ReadinessState.NO_ROSTER))
    standing = verdict(screen)
    assert not standing.flash
    screen.receive(Notice.NOT_READY)
    scanned = verdict(screen)
    assert (scanned.word, scanned.reason) == (standing.word, standing.reason)
    assert scanned.flash
    assert scanned.serial != standing.serial
    clock.advance(timedelta(seconds=5))
    screen.tick()
    assert verdict(screen) == standing


def test_a_panel_can_be_opened_over_it() -> None:
    screen = presenter()
    screen.receive(GateReadiness(ReadinessState.NOT_ENROLLED))
    assert screen.handle(actions.MenuRequested()).state.panel is not None


def test_a_failed_scan_is_a_red_stop_and_says_so_in_the_list_of_scans() -> None:
    screen = presenter()
    screen.receive(outcome(ScanResult.INVALID, ReasonCode.STATION_FAILED, "", code="", category=""))
    assert (verdict(screen).signal, verdict(screen).word) == (Signal.RED, "STOP")
    assert "program failed" in verdict(screen).reason
    assert screen.state.scans[0].title == "Station failed"
    assert not screen.state.can_override


def test_a_failed_scan_that_is_not_written_says_both() -> None:
    screen = presenter()
    screen.receive(
        outcome(ScanResult.INVALID, ReasonCode.STATION_FAILED, "", sequence=None, trouble=Trouble.NOT_WRITTEN)
    )
    assert "could not be saved" in verdict(screen).reason
    assert "program failed" in verdict(screen).note


def test_a_failure_replaces_the_green_of_the_person_before() -> None:
    screen = presenter()
    screen.receive(outcome())
    assert verdict(screen).signal is Signal.GREEN
    screen.show_failure()
    assert (verdict(screen).signal, verdict(screen).word) == (Signal.RED, "STOP")


def test_a_setting_that_is_not_saved_is_told() -> None:
    screen = presenter()
    screen.receive(Notice.NOT_SAVED)
    assert (verdict(screen).signal, verdict(screen).word) == (Signal.AMBER, "NOT SAVED")


def test_a_search_that_failed_does_not_say_that_there_is_nobody() -> None:
    screen = presenter()
    screen.handle(actions.SearchRequested("jose"))
    screen.receive(messages.SearchResults("jose", failed=True))
    panel = screen.state.panel
    assert isinstance(panel, SearchPanel)
    assert panel.text == "The list could not be searched. Scan the ticket or type the code."


def test_an_unknown_time_zone_and_a_failed_program_are_alarms_in_the_language_of_the_operator() -> None:
    screen = presenter(language="de")
    screen.receive(messages.ActiveAlarms(unknown_time_zone="Europe/Doorward", program_failed=True))
    assert "Europe/Doorward" in screen.state.banner.text
    assert "Protokoll" in screen.state.alerts[0].text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("fault", [StoreFault.FULL, StoreFault.IO])
def test_a_gate_that_cannot_record_scans_asks_for_no_ticket_and_says_what_to_do(
    fault: StoreFault, language: str
) -> None:
    screen = presenter(language=language)
    ready = screen.receive(messages.GateDeviceStatus(CameraAvailability.LIVE)).state.banner
    state = screen.receive(
        messages.ActiveAlarms(unwritten=fault, disk_free_mb=0, disk_full=True, copy_failed=True)
    ).state
    banner = state.banner
    assert state.alerts == (), "it is said once"
    assert banner.signal is Signal.RED
    key = "unwritten.full" if fault is StoreFault.FULL else "unwritten.other"
    assert (banner.title, banner.text) == (screen.state.texts(key), screen.state.texts(f"{key}_text"))
    assert screen.receive(messages.ActiveAlarms()).state.banner == ready


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("cause", RecoveryCause)
def test_a_recovery_is_an_alert_that_says_in_each_language_what_is_missing(
    cause: RecoveryCause, language: str
) -> None:
    screen = presenter(language=language)
    texts = screen.state.texts

    def alert(facts: RecoveryFacts) -> str:
        (alert,) = screen.receive(messages.ActiveAlarms(recovery=facts)).state.alerts
        return alert.text

    whole = alert(RecoveryFacts(cause, 38))
    assert whole.startswith(texts(f"recovery.{cause.value}"))
    is_roster = cause is RecoveryCause.ROSTER
    assert whole.endswith(texts("recovery.no_scan_lost" if is_roster else "recovery.whole"))
    gap = alert(RecoveryFacts(cause, 36, "17-18", 40))
    assert texts("recovery.lost", numbers="17-18") in gap
    assert texts("recovery.doubtful", number=40) in gap
    assert texts("recovery.whole") not in gap
    assert alert(RecoveryFacts(cause, None)).endswith(texts("recovery.empty"))


def test_a_disk_that_fills_up_is_an_alert_in_the_language_of_the_operator_and_keeps_nobody_waiting() -> None:
    screen = presenter(language="de")
    ready = screen.receive(messages.GateDeviceStatus(CameraAvailability.LIVE)).state.banner
    low = screen.receive(messages.ActiveAlarms(disk_free_mb=120)).state
    assert low.banner == ready
    assert "fast voll: 120 MB" in low.alerts[0].text
    full = screen.receive(messages.ActiveAlarms(disk_free_mb=3, disk_full=True, copy_failed=True)).state
    assert ["ist voll: 3 MB" in alert.text for alert in full.alerts] == [True]
    copy = screen.receive(messages.ActiveAlarms(copy_failed=True)).state
    assert ["zweite Kopie" in alert.text for alert in copy.alerts] == [True]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("fault", sorted(CAMERA_FAULTS))
def test_each_fault_of_the_camera_has_its_own_title_and_text(
    fault: CameraAvailability, language: str
) -> None:
    screen = presenter(language=language)
    screen.receive(messages.GateDeviceStatus(fault))
    banner = screen.state.banner
    assert banner.signal is Signal.AMBER
    assert banner.title
    assert banner.text
    others = {
        presenter(language=language).receive(messages.GateDeviceStatus(other)).state.banner
        for other in CAMERA_FAULTS
    }
    assert len(others) == len(CAMERA_FAULTS)


def test_a_folder_whose_pictures_were_all_shown_is_called_that() -> None:
    state = presenter().receive(messages.GateDeviceStatus(CameraAvailability("ended"))).state
    assert state.banner.title == "All pictures were shown"


OPTIONS = messages.CheckpointOptions(
    (messages.CheckpointOption("a", "A exit"), messages.CheckpointOption("m", "Main entrance"))
)


@pytest.mark.parametrize("state", [ReadinessState.CHOOSE_CHECKPOINT, ReadinessState.CHECKPOINT_OFF])
def test_checkpoints_are_offered_as_soon_as_one_must_be_chosen(state: ReadinessState) -> None:
    screen = presenter()
    screen.receive(OPTIONS)
    screen.receive(GateReadiness(state, detail="North gate"))
    panel = screen.state.panel
    assert isinstance(panel, CheckpointPanel)
    assert [row.title for row in panel.rows] == ["A exit", "Main entrance"]
    assert not any(row.current for row in panel.rows)
    assert "North gate" in panel.text
    assert "nobody is let in" in panel.text
    assert screen.state.heading.checkpoint == "No checkpoint"
    assert screen.handle(actions.CheckpointSelected("m")).commands == (messages.ServeCheckpoint("m"),)


def test_offered_checkpoints_are_gone_when_the_gate_is_ready() -> None:
    screen = presenter()
    screen.receive(GateReadiness(ReadinessState.CHOOSE_CHECKPOINT))
    screen.receive(OPTIONS)
    assert screen.state.panel is not None
    screen.receive(GateReadiness())
    assert screen.state.panel is None


def test_offered_checkpoints_can_be_dismissed_and_asked_for_again() -> None:
    screen = presenter()
    screen.receive(OPTIONS)
    screen.receive(GateReadiness(ReadinessState.CHOOSE_CHECKPOINT))
    assert screen.handle(actions.Dismissed()).state.panel is None
    assert verdict(screen).word == "CHOOSE A CHECKPOINT"
    screen.receive(GateReadiness(ReadinessState.CHOOSE_CHECKPOINT, detail="again"))
    assert screen.state.panel is None
    assert isinstance(screen.handle(actions.CheckpointsRequested()).state.panel, CheckpointPanel)


def test_an_open_panel_is_not_replaced_by_the_offer() -> None:
    screen = presenter()
    screen.handle(actions.MenuRequested())
    screen.receive(GateReadiness(ReadinessState.CHECKPOINT_OFF))
    assert isinstance(screen.state.panel, MenuPanel)


def test_checkpoints_that_are_chosen_freely_say_nothing_more() -> None:
    screen = presenter()
    screen.receive(OPTIONS)
    panel = screen.handle(actions.CheckpointsRequested()).state.panel
    assert isinstance(panel, CheckpointPanel)
    assert panel.text == ""


def test_a_gate_without_a_list_tries_again_at_one_tap() -> None:
    screen = presenter()
    assert not screen.state.can_sync
    for state in (ReadinessState.NO_ROSTER, ReadinessState.HUB_REFUSES):
        screen.receive(GateReadiness(state))
        assert screen.state.can_sync
        assert screen.handle(actions.SyncRequested()).commands == (messages.SyncNow(),)
    screen.receive(GateReadiness())
    assert not screen.state.can_sync
