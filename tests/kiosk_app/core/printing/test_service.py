"""The queue of the printer, without a printer: the runner answers as each test sets it."""

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from hardware.printer import (
    PrinterAddress,
    PrinterChoice,
    PrinterHealth,
    PrinterState,
    PrintFailure,
    PrintOutcome,
    PrintResult,
)
from kiosk_app.core.printing.contents import PrintJob, SlipContent, load_job
from kiosk_app.core.printing.service import LATEST_START_S, MAX_REMEMBERED, MAX_WAITING, PrintService
from kiosk_app.messages import PrinterReport, PrintUpdate
from tests.support.waiting import eventually

ADDRESS = PrinterAddress.parse("escpos+tcp://192.0.2.7")


class FakeRunner:
    """Prints by noting the jobs; `gate` holds it up while it is cleared."""

    def __init__(self) -> None:
        self.printed: list[PrintJob] = []
        self.outcome, self.failure = PrintOutcome.PRINTED, None
        self.state = PrinterState.READY
        self.gate = threading.Event()
        self.gate.set()
        self.failures = 0

    def print_job(self, job_id: str, address: PrinterAddress, job: dict[str, Any]) -> PrintResult:
        self.gate.wait()
        if self.failures:
            self.failures -= 1
            raise RuntimeError("a bug")
        self.printed.append(load_job(job))
        return PrintResult(job_id, self.outcome, self.failure, self.state)

    def ask_health(self, address: PrinterAddress) -> PrinterHealth:
        return PrinterHealth(self.state)

    def list_printers(self, other_ports: Sequence[str]) -> tuple[PrinterChoice, ...]:
        return (PrinterChoice("escpos+usb://04b8:0202", "EPSON TM-T20"),)

    def stop(self) -> None:
        self.gate.set()


class Station:
    """A service with its messages and its time."""

    def __init__(self, address: PrinterAddress | None = ADDRESS) -> None:
        self.messages: list[PrintUpdate | PrinterReport] = []
        self.runner, self.now = FakeRunner(), 0.0
        self.service = PrintService(
            address, self.messages.append, runner=self.runner, ask_every_s=60, monotonic=lambda: self.now
        )
        self.service.start()

    def results(self) -> list[PrintResult]:
        return [
            message.result
            for message in self.messages
            if isinstance(message, PrintUpdate) and message.result is not None
        ]

    def wait_for_results(self, count: int) -> list[PrintResult]:
        eventually(lambda: len(self.results()) >= count)
        return self.results()


def job(number: int) -> PrintJob:
    content = SlipContent(
        f"A{number:03}", "Desk", datetime(2026, 11, 29, 14, 5, tzinfo=UTC), wait_minutes=(5, 10)
    )
    return PrintJob(f"job-{number}", content, "de")


@pytest.fixture
def station() -> Iterator[Station]:
    station = Station()
    yield station
    station.service.stop()


def test_jobs_are_printed_once_in_their_order(station: Station) -> None:
    for number in range(5):
        station.service.submit(job(number))
    results = station.wait_for_results(5)
    assert station.runner.printed == [job(number) for number in range(5)]
    assert [result.job_id for result in results] == [f"job-{number}" for number in range(5)]
    assert PrintUpdate("job-0") in station.messages, "that it is being printed is published first"


@pytest.mark.parametrize("outcome", [PrintOutcome.FAILED, PrintOutcome.UNSURE])
def test_what_failed_is_printed_again_only_on_request_and_with_the_same_content(
    station: Station, outcome: PrintOutcome
) -> None:
    station.runner.outcome = outcome
    station.service.submit(job(7))
    station.wait_for_results(1)
    assert len(station.runner.printed) == 1
    assert station.service.print_again("job-7")
    station.wait_for_results(2)
    assert station.runner.printed == [job(7), job(7)]


def test_a_job_that_waits_is_not_added_twice(station: Station) -> None:
    station.runner.gate.clear()
    for _ in range(3):
        station.service.submit(job(1))
        station.service.submit(job(2))
    station.runner.gate.set()
    station.wait_for_results(2)
    assert station.runner.printed == [job(1), job(2)]


def test_a_forgotten_job_is_printed_and_then_gone(station: Station) -> None:
    station.runner.gate.clear()
    station.service.submit(job(1))
    station.service.forget("job-1")
    station.runner.gate.set()
    station.wait_for_results(1)
    assert not station.service.print_again("job-1")


def test_only_the_newest_jobs_are_remembered(station: Station) -> None:
    for number in range(MAX_REMEMBERED + 1):
        station.service.submit(job(number))
        station.wait_for_results(number + 1)
    assert not station.service.print_again("job-0")
    assert station.service.print_again("job-1")


def test_a_cancelled_job_is_not_printed(station: Station) -> None:
    station.runner.gate.clear()
    station.service.submit(job(1))
    station.service.submit(job(2))
    station.service.cancel("job-2")
    station.runner.gate.set()
    results = {result.job_id: result.failure for result in station.wait_for_results(2)}
    assert results == {"job-1": None, "job-2": PrintFailure.CANCELLED}
    assert station.runner.printed == [job(1)]


def test_a_job_whose_person_has_left_is_not_printed(station: Station) -> None:
    station.runner.gate.clear()
    station.service.submit(job(1))
    station.service.submit(job(2))
    eventually(lambda: PrintUpdate("job-1") in station.messages)
    station.now = LATEST_START_S + 1
    station.runner.gate.set()
    assert station.wait_for_results(2)[1].failure is PrintFailure.TOO_LATE
    assert station.runner.printed == [job(1)]


def test_a_queue_that_is_full_refuses_at_once(station: Station) -> None:
    station.runner.gate.clear()
    for number in range(MAX_WAITING + 2):
        station.service.submit(job(number))
    assert station.wait_for_results(1)[0].failure is PrintFailure.QUEUE_FULL


def test_a_bug_in_one_job_does_not_stop_the_next(station: Station) -> None:
    station.runner.failures = 1
    station.service.submit(job(1))
    station.service.submit(job(2))
    results = {result.job_id: result.failure for result in station.wait_for_results(2)}
    assert results == {"job-1": PrintFailure.PROGRAM_FAILED, "job-2": None}


def test_a_printer_without_paper_is_asked_sooner_and_a_screen_that_fails_stops_nothing() -> None:
    station = Station()
    station.runner.state = PrinterState.PAPER_OUT
    failures = iter([True])

    def publish(message: PrintUpdate | PrinterReport) -> None:
        if next(failures, False):
            raise RuntimeError("a screen that is gone")
        station.messages.append(message)

    service = PrintService(ADDRESS, publish, runner=station.runner, ask_every_s=0.06)
    service.start()
    eventually(lambda: service.health().state is PrinterState.PAPER_OUT)
    station.runner.state = PrinterState.READY
    eventually(lambda: service.health().state is PrinterState.READY)
    service.submit(job(1))
    station.wait_for_results(1)
    service.stop()
    station.service.stop()


def test_the_state_is_published_when_it_changes(station: Station) -> None:
    report = PrinterReport(ADDRESS.text, PrinterHealth(PrinterState.READY))
    eventually(lambda: report in station.messages)
    station.runner.state, station.runner.outcome = PrinterState.PAPER_OUT, PrintOutcome.FAILED
    station.service.submit(job(1))
    station.wait_for_results(1)
    assert station.service.health().state is PrinterState.PAPER_OUT
    station.runner.state = PrinterState.READY
    station.service.refresh()
    eventually(lambda: station.service.health().state is PrinterState.READY)
    assert station.messages.count(report) == 2


def test_the_printers_of_the_machine_are_listed_when_they_are_searched_for(station: Station) -> None:
    assert station.service.choices() is None
    station.service.search()
    eventually(lambda: station.service.choices() is not None)


def test_a_station_without_a_printer_says_so_at_once() -> None:
    station = Station(None)
    station.service.submit(job(1))
    assert station.results()[0].failure is PrintFailure.NO_PRINTER
    station.service.use(ADDRESS)
    station.service.submit(job(2))
    assert station.wait_for_results(2)[1].outcome is PrintOutcome.PRINTED
    station.service.stop()
