from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from hardware.errors import RelayFault
from hardware.inputs import InputRole
from hardware.relay import BoardChoice, DoorFault
from kiosk_app.messages import (
    AnswerWiring,
    EventInfo,
    ForgetBoard,
    KeepBoard,
    SelectChannel,
    ShowWiring,
    TestPulse,
    UseBoard,
    WiringAnswer,
    WiringRefusal,
    WiringResult,
    WiringState,
)
from kiosk_app.screens.setup.presenter.wiring import WiringPresenter
from resources.themes import Signal
from resources.translations import LANGUAGES
from resources.translations.catalogue import texts

READY = {"address": "modbus:/dev/ttyUSB0", "channels": 8, "has_sensor": True, "inputs_ready": True}


def page(language: str = "en", **changes: object) -> WiringPresenter:
    presenter = WiringPresenter(texts(language), "Grace")
    presenter.receive(WiringState(**READY | changes))  # type: ignore[arg-type]
    return presenter


def test_a_pulse_leads_to_a_question_and_the_answer_is_stored_with_the_name() -> None:
    presenter = page()
    assert presenter.tick() == (ShowWiring(),)
    assert presenter.answer(WiringAnswer.TURNED) == (), "nobody was asked"
    assert presenter.pulse() == (TestPulse(),)
    presenter.receive(WiringState(**READY, is_waiting=True))  # type: ignore[arg-type]
    assert (presenter.state.can_answer, presenter.state.can_pulse) == (True, False)
    assert presenter.pulse() == ()
    assert presenter.answer(WiringAnswer.TURNED) == (AnswerWiring(WiringAnswer.TURNED, "Grace"),)
    presenter.receive(WiringState(**READY))  # type: ignore[arg-type]
    assert presenter.state.signal is Signal.GREEN


def test_the_channel_stays_within_the_board() -> None:
    presenter = page(channel=1)
    assert presenter.step_channel(-1) == ()
    assert presenter.step_channel(1) == (SelectChannel(2),)
    assert page(channel=8).step_channel(1) == ()


def test_a_computer_without_boards_says_so_above_the_empty_list() -> None:
    assert page().state.choice == "No board is plugged in by USB"
    board = BoardChoice("lcus:usb=1a86:7523,path=1-1.3", "B")
    assert page(boards=(board,)).state.choice == "Boards on this computer"


def test_a_board_is_marked_first_then_used_and_kept() -> None:
    boards = (
        BoardChoice("modbus:usb=1a86:7523,path=1-1.2", "A"),
        BoardChoice("lcus:usb=1a86:7523,path=1-1.3", "B"),
    )
    presenter = page(address=boards[0].address, boards=boards, kept=boards[0].address, last_age_s=3 * 3600)
    state = presenter.state
    assert [item.current for item in state.boards] == [True, False]
    assert (state.can_use, state.can_keep, presenter.use_board(), presenter.keep_board()) == (
        False,
        False,
        (),
        (),
    )
    presenter.choose_board(boards[1].address)
    assert [item.current for item in presenter.state.boards] == [False, True]
    assert presenter.use_board() == (UseBoard(boards[1].address),)
    presenter.receive(WiringState(address=boards[1].address, boards=boards, kept=boards[0].address))
    assert not presenter.state.can_use
    assert "modbus" in presenter.state.kept
    assert presenter.keep_board() == (KeepBoard(),)
    kept = WiringState(address=boards[1].address, boards=boards, kept=boards[1].address, is_saved=True)
    presenter.receive(kept)
    assert presenter.state.can_forget
    assert presenter.keep_board() == (ForgetBoard(),)
    presenter.receive(replace(kept, is_saved=False))
    assert (presenter.state.can_forget, presenter.keep_board()) == (False, ()), "that of the settings"


def test_the_sensor_is_shown_live() -> None:
    assert page(active=(InputRole.PASSAGE,)).state.rows[2].value == "Active now"
    assert page().state.rows[2].value == "At rest"
    assert page(inputs_ready=False).state.rows[2].signal is Signal.RED
    assert page(has_sensor=False).state.rows[2].value == "None is set"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_has_words(language: str) -> None:
    fault = DoorFault(RelayFault.UNPLUGGED, "/dev/ttyUSB0")
    for refusal in WiringRefusal:
        assert page(language, refusal=refusal, door=fault).state.text
    for answer in WiringAnswer:
        result = WiringResult("x", 1, datetime(2026, 6, 1, tzinfo=UTC), "Grace", answer, True, False)
        presenter = page(language, is_waiting=True, is_off=False, last=result)
        assert "Grace" in presenter.state.last
        presenter.receive(EventInfo("Fair", ZoneInfo("Asia/Tokyo")))
        assert "2026-06-01 09:00" in presenter.state.last, "by the event's clock, as at the gate"
        presenter.answer(answer)
        presenter.receive(WiringState(**READY, is_off=True, has_sensed=True))  # type: ignore[arg-type]
        assert presenter.state.title
        assert presenter.state.rows
