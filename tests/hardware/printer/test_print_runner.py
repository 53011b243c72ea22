"""The process of a print, with small programs in its place."""

import sys

import pytest

from hardware.printer import PrinterAddress, PrinterState, PrintFailure, PrintOutcome, print_runner
from hardware.printer.print_runner import PrintRunner

ADDRESS = PrinterAddress.parse("escpos+tcp://192.0.2.7?timeout=3")


def runner(program: str, start_s: float = 10.0, health_s: float = 10.0) -> PrintRunner:
    return PrintRunner((sys.executable, "-S", "-c", program), start_s=start_s, health_s=health_s)


def test_a_process_answers_with_its_result() -> None:
    program = (
        "import json,sys; request=json.load(sys.stdin); assert request['job']=={'number':'A017'};"
        "print('noise'); print(json.dumps({'result':{'outcome':'failed','failure':'paper_out','state':'paper_out',"
        "'is_partial':True,'is_confirmed':True,'message':'No paper.'}}))"
    )
    result = runner(program).print_job("j", ADDRESS, {"number": "A017"})
    assert (result.job_id, result.outcome, result.failure) == (
        "j",
        PrintOutcome.FAILED,
        PrintFailure.PAPER_OUT,
    )
    assert result.is_partial


@pytest.mark.parametrize(
    ("phase", "outcome"), [("drawn", PrintOutcome.FAILED), ("sending", PrintOutcome.UNSURE)]
)
def test_a_process_that_hangs_is_killed_at_its_deadline(phase: str, outcome: PrintOutcome) -> None:
    program = f'import time; print(\'{{"phase": "{phase}"}}\', flush=True); time.sleep(600)'
    start_s = -1.5 if phase == "sending" else -2.9  # the line must arrive before the deadline
    result = runner(program, start_s=start_s).print_job("j", ADDRESS, {})
    assert (result.outcome, result.failure) == (outcome, PrintFailure.TIMED_OUT)
    assert result.is_partial is (phase == "sending")


@pytest.mark.parametrize(
    ("program", "outcome"),
    [
        ("raise SystemExit(3)", PrintOutcome.FAILED),
        (
            'import os; print(\'{"phase": "sending"}\', flush=True); os.kill(os.getpid(), 9)',
            PrintOutcome.UNSURE,
        ),
    ],
)
def test_a_process_that_dies_is_a_failure_of_the_program(program: str, outcome: PrintOutcome) -> None:
    result = runner(program).print_job("j", ADDRESS, {})
    assert (result.outcome, result.failure) == (outcome, PrintFailure.PROGRAM_FAILED)


def test_a_program_that_is_not_there_is_a_failure_of_the_program() -> None:
    result = PrintRunner(("/no/such/program",)).print_job("j", ADDRESS, {})
    assert (result.outcome, result.failure) == (PrintOutcome.FAILED, PrintFailure.PROGRAM_FAILED)


def test_a_request_for_the_state_that_hangs_is_silence() -> None:
    health = runner("import time; time.sleep(600)", health_s=0.3).ask_health(ADDRESS)
    assert health.state is PrinterState.SILENT


def test_nothing_more_is_printed_while_the_system_still_holds_a_killed_print(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A process in a system call of a driver does not end when it is killed; here nobody kills it."""
    monkeypatch.setattr(print_runner, "_kill", lambda _: None)
    monkeypatch.setattr(print_runner, "_REAP_S", 0.05)
    held = runner("import time; time.sleep(600)", start_s=-2.9, health_s=0.1)
    result = held.print_job("a", ADDRESS, {})
    assert (result.outcome, result.failure) == (PrintOutcome.UNSURE, PrintFailure.TIMED_OUT)
    again = held.print_job("b", ADDRESS, {})
    assert (again.outcome, again.failure) == (PrintOutcome.FAILED, PrintFailure.HUNG)
    assert held.ask_health(ADDRESS).state is PrinterState.HUNG
    process = held._hung
    assert process is not None
    monkeypatch.undo()
    process.kill()
    process.wait()
    assert held.ask_health(ADDRESS).state is PrinterState.SILENT, "it is tried again"
