import pytest

from hardware.printer import (
    PrinterChoice,
    PrinterHealth,
    PrinterState,
    PrintFailure,
    PrintOutcome,
    PrintResult,
)
from kiosk_app.messages import (
    AnswerPrint,
    PrinterSetupState,
    PrintTest,
    UsePrinter,
)
from kiosk_app.screens.setup.presenter.printer import NONE, PrinterPresenter
from resources.themes import Signal
from resources.translations import LANGUAGES
from resources.translations.catalogue import texts

USB, NETWORK = "escpos+usb://04b8:0202", "escpos+tcp://192.0.2.7"
READY = PrinterHealth(PrinterState.READY)


def page(language: str = "en", **changes: object) -> PrinterPresenter:
    presenter = PrinterPresenter(texts(language), "Mara")
    values: dict[str, object] = {"address": NETWORK, "health": READY, "choices": ()}
    presenter.receive(PrinterSetupState(**{**values, **changes}))  # type: ignore[arg-type]
    return presenter


def result(outcome: PrintOutcome, failure: PrintFailure | None = None) -> PrintResult:
    return PrintResult("job", outcome, failure)


def test_a_test_print_leads_to_a_question_and_the_answer_has_a_name() -> None:
    assert page().print_test() == (PrintTest("en"),)
    asked = page(result=result(PrintOutcome.PRINTED), needs_eye=True)
    assert asked.state.can_answer
    assert asked.print_test() == ()
    assert asked.answer(is_good=True) == (AnswerPrint(is_good=True, operator="Mara"),)
    asked.receive(PrinterSetupState(NETWORK, READY, (), result=result(PrintOutcome.PRINTED)))
    assert (asked.state.title, asked.state.signal) == ("The printer is ready", Signal.GREEN)


def test_an_unsure_print_asks_to_look_at_the_paper() -> None:
    state = page(result=result(PrintOutcome.UNSURE, PrintFailure.STALLED), needs_eye=True).state
    assert "Look at the paper" in state.text


def test_a_print_that_is_wrong_offers_the_other_width() -> None:
    presenter = page(result=result(PrintOutcome.PRINTED), needs_eye=True)
    presenter.answer(is_good=False)
    presenter.receive(PrinterSetupState(NETWORK, READY, (), result=result(PrintOutcome.PRINTED)))
    assert presenter.state.other_width == "Width: 384 dots"
    assert presenter.use_other_width() == (UsePrinter(f"{NETWORK}?width=384"),)


def test_a_host_alone_is_a_receipt_printer_on_the_network() -> None:
    assert page().use_address(" 192.0.2.9 ") == (UsePrinter("escpos+tcp://192.0.2.9"),)
    assert page().use_address("pdf:///tmp") == (UsePrinter("pdf:///tmp"),)
    assert page().use_address("  ") == ()


def test_the_printer_in_use_is_marked_with_its_own_options() -> None:
    presenter = page(
        address=f"{USB}?width=384",
        choices=(PrinterChoice(USB, "EPSON TM-T20"), PrinterChoice("cups://Office")),
    )
    items = presenter.state.printers
    assert [(item.id, item.current) for item in items] == [
        (NONE, False),
        (f"{USB}?width=384", True),
        ("cups://Office", False),
    ]
    assert presenter.choose(f"{USB}?width=384") == ()
    assert presenter.choose("cups://Office") == (UsePrinter("cups://Office"),)
    assert presenter.choose(NONE) == (UsePrinter(""),)


def test_a_printer_that_was_typed_stands_in_the_list() -> None:
    assert [item.id for item in page().state.printers] == [NONE, NETWORK]


def test_a_printer_that_cannot_print_says_what_to_do() -> None:
    state = page(health=PrinterHealth(PrinterState.PAPER_OUT)).state
    assert state.signal is Signal.RED
    assert "new roll" in state.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_and_failure_has_words(language: str) -> None:
    for printer_state in PrinterState:
        assert page(language, health=PrinterHealth(printer_state)).state.rows
    for failure in PrintFailure:
        state = page(language, result=result(PrintOutcome.FAILED, failure)).state
        assert state.text
        assert "{" not in state.text
    for changes in ({"address": ""}, {"has_bad_address": True}, {"is_printing": True}, {"choices": None}):
        assert page(language, **changes).state.title
