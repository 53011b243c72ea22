"""A kiosk's commands over a real gate and store: the same decision as at a gate, and nobody supervises without a PIN."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from hardware.printer import PrinterHealth, PrinterState
from hardware.tones import Tone
from hub_sync.client.store import StoreError, StoreFault
from hub_sync.client.timekeeper import Timekeeper
from hub_sync.contract.enums import ReasonCode, ScanType
from hub_sync.contract.ids import new_id
from hub_sync.contract.station_report import AlarmCode
from kiosk_app import kiosk_messages as kiosk
from kiosk_app.core.assignment import current_assignment
from kiosk_app.core.gate import Gate
from kiosk_app.core.kiosk.numbers import KioskQueues
from kiosk_app.core.kiosk.options import load_kiosk_options
from kiosk_app.core.kiosk.sessions import load_kiosk_report
from kiosk_app.core.printing.contents import PrintJob
from kiosk_app.core.queue.service import QueueService
from kiosk_app.messages import GateOutcome, Notice, PinAnswer, PinResult
from kiosk_app.workers.kiosk_commands import KioskCommands, KioskParts
from tests.support.builders.operators import MARA, MARA_PIN
from tests.support.builders.people import participant_row, seal_ticket_for
from tests.support.builders.queues import apply_queue, queue_id, queue_row
from tests.support.builders.station import BuiltGate, build_gate

PEOPLE = [participant_row("ada", "Ada Lovelace"), participant_row("bo", "Bo Stone", "CANCELLED")]


class Printer:
    """A printer that notes its jobs."""

    has_printer = True

    def __init__(self) -> None:
        self.jobs: list[PrintJob] = []
        self.forgotten: list[str] = []
        self.state = PrinterState.READY

    def health(self) -> PrinterHealth:
        return PrinterHealth(self.state)

    def submit(self, job: PrintJob) -> None:
        self.jobs.append(job)

    def forget(self, job_id: str) -> None:
        self.forgotten.append(job_id)


class Kiosk:
    """Commands over a gate with a printer and a queue."""

    def __init__(self, here: BuiltGate, pin: str = "") -> None:
        self.here, self.printer, self.updates = here, Printer(), 0
        self.gate = Gate(
            store=here.store,
            timekeeper=Timekeeper(here.clock, here.store),
            clock=here.clock,
            new_id=new_id,
            turnstile=here.turnstile,
            speaker=here.speaker,
            self_service=True,
        )
        self.commands = KioskCommands(
            here.clock,
            KioskParts(self.printer, open_queues=self.open_queues),
            request_update=self.count_update,
            local_pin=pin,
        )

    def open_queues(self, gate: Gate) -> KioskQueues:
        clock = self.here.clock
        service = QueueService(gate.store, Timekeeper(clock, gate.store), clock, new_id)
        return KioskQueues(gate.store, service)

    def count_update(self) -> None:
        self.updates += 1

    def do(self, command: kiosk.KioskCommand) -> object:
        return self.commands.execute(self.gate, command)

    def codes(self) -> list[str]:
        return [alarm.code for alarm in self.commands.alarms()]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[BuiltGate]:
    built = build_gate(tmp_path, PEOPLE)
    apply_queue(built.store, queues=(queue_row(),), lane="K", day="2026-06-11")
    yield built
    built.store.close()


def ticket(person: str) -> kiosk.VisitorClaim:
    return kiosk.VisitorClaim(ScanType.QR, seal_ticket_for(person))


def test_looking_a_visitor_up_writes_nothing_and_confirming_is_the_gates_own_decision(
    here: BuiltGate,
) -> None:
    built, claim = Kiosk(here), ticket("ada")
    assert built.do(kiosk.IdentifyVisitor(claim)) == kiosk.VisitorKnown(claim, "Ada L.")
    assert built.commands.identify(built.gate, claim.text) == kiosk.VisitorKnown(claim, "Ada L.")
    assert here.rows() == 0
    outcome = built.do(kiosk.CheckInVisitor(claim))
    assert isinstance(outcome, GateOutcome)
    assert outcome.is_green
    assert here.rows() == 1
    assert here.turnstile.rows_at_pulse == [1]


@pytest.mark.parametrize("scan_type", ScanType)
def test_a_ticket_a_typed_code_and_a_searched_name_go_the_same_way(
    here: BuiltGate, scan_type: ScanType
) -> None:
    claim = {
        ScanType.QR: ticket("ada"),
        ScanType.MANUAL: kiosk.VisitorClaim(ScanType.MANUAL, "reg-ada"),
        ScanType.SEARCH: kiosk.VisitorClaim(ScanType.SEARCH, participant_id="ada"),
    }[scan_type]
    built = Kiosk(here)
    outcome = built.do(kiosk.CheckInVisitor(claim))
    assert isinstance(outcome, GateOutcome)
    assert outcome.is_green
    again = built.do(kiosk.CheckInVisitor(ticket("ada")))
    assert isinstance(again, GateOutcome)
    assert again.decision.reason is ReasonCode.ALREADY_INSIDE


def test_nobody_signs_on_at_a_kiosk_and_no_operator_stands_in_its_rows(tmp_path: Path) -> None:
    here = build_gate(tmp_path, PEOPLE, operators=(MARA,))
    outcome = Kiosk(here).do(kiosk.CheckInVisitor(ticket("ada")))
    assert isinstance(outcome, GateOutcome)
    assert outcome.is_green
    assert next(iter(here.store.journal.rows())).record.operator is None
    here.store.close()


def test_a_supervisors_pin_of_the_event_opens_the_menu_and_the_machines_own_does_not(tmp_path: Path) -> None:
    here = build_gate(tmp_path, PEOPLE, operators=(MARA,))
    built, options = Kiosk(here, "4821"), kiosk.KioskOptions(search=True)
    built.do(kiosk.UnlockKiosk("4821"))
    assert built.do(kiosk.SaveKioskOptions(options)) is Notice.NOT_ALLOWED
    assert built.gate.operators.authorise(MARA.id, MARA_PIN).result is PinResult.ACCEPTED
    assert built.do(kiosk.SaveKioskOptions(options)) is None
    here.store.close()


def test_a_refusal_sounds_no_buzzer_through_the_hall(here: BuiltGate) -> None:
    Kiosk(here).do(kiosk.CheckInVisitor(ticket("bo")))
    assert here.speaker.tones == [Tone.WARNING]


def test_a_search_is_answered_only_where_it_is_allowed(here: BuiltGate) -> None:
    built = Kiosk(here, "4821")
    assert built.do(kiosk.SearchVisitors("lovelace")) == kiosk.VisitorHits("lovelace")
    built.do(kiosk.UnlockKiosk("4821"))
    built.do(kiosk.SaveKioskOptions(kiosk.KioskOptions(search=True)))
    hits = built.do(kiosk.SearchVisitors("lovelace"))
    assert isinstance(hits, kiosk.VisitorHits)
    assert [hit.name for hit in hits.hits] == ["Ada L."]


def test_options_are_changed_only_by_a_pin_and_not_even_where_no_operators_are_listed(
    here: BuiltGate,
) -> None:
    built, options = Kiosk(here, "4821"), kiosk.KioskOptions(out_of_service=True)
    assert built.do(kiosk.SaveKioskOptions(options)) is Notice.NOT_ALLOWED
    assert built.do(kiosk.UnlockKiosk("4820")) == PinAnswer(PinResult.WRONG)
    assert built.do(kiosk.SaveKioskOptions(options)) is Notice.NOT_ALLOWED
    built.do(kiosk.UnlockKiosk("4821"))
    assert built.do(kiosk.SaveKioskOptions(options)) is None
    assert load_kiosk_options(here.store) == options
    assert built.codes() == [AlarmCode.KIOSK_OUT_OF_SERVICE]
    built.commands.lock()
    assert built.do(kiosk.SaveKioskOptions(kiosk.KioskOptions())) is Notice.NOT_ALLOWED


def test_a_number_its_slip_and_the_badge_are_printed_and_forgotten_with_the_visitor(here: BuiltGate) -> None:
    built = Kiosk(here)
    number = built.do(kiosk.TakeNumber(queue_id("A"), "ada", "de"))
    assert isinstance(number, kiosk.QueueNumber)
    prints = kiosk.PrintPapers("ada", number.ticket_id, "de")
    for _ in range(2):
        built.do(prints)
    assert built.printer.jobs[:2] == built.printer.jobs[2:]
    assert {job.id for job in built.printer.jobs} == {f"slip-{number.ticket_id}", "badge-ada"}
    now = here.clock.now()
    built.do(kiosk.FinishSession("de", now, now, kiosk.SessionEnd.COMPLETED))
    assert set(built.printer.forgotten) == {f"slip-{number.ticket_id}", "badge-ada"}
    counts = load_kiosk_report(here.store)
    assert counts is not None
    assert counts.completed == 1


def test_a_printer_without_paper_is_told_and_heals_and_the_number_lives(here: BuiltGate) -> None:
    built = Kiosk(here)
    built.printer.state = PrinterState.PAPER_OUT
    number = built.do(kiosk.TakeNumber(queue_id("A")))
    assert isinstance(number, kiosk.QueueNumber)
    assert number.refusal is None
    assert built.commands.status(built.gate, None).paper.fault is kiosk.PaperFault.NO_PAPER
    built.printer.state = PrinterState.READY
    assert built.commands.status(built.gate, None).paper.fault is None


def test_a_number_that_can_not_be_written_is_none(here: BuiltGate, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise StoreError(StoreFault.FULL)

    monkeypatch.setattr(QueueService, "issue", fail)
    number = Kiosk(here).do(kiosk.TakeNumber(queue_id("A")))
    assert number == kiosk.QueueNumber(refusal=kiosk.NumberRefusal.FAILED)


def test_a_call_for_staff_is_an_alarm_until_somebody_comes_or_ten_minutes_have_passed(
    here: BuiltGate,
) -> None:
    built = Kiosk(here)
    built.do(kiosk.CallStaff())
    assert built.codes() == [AlarmCode.KIOSK_HELP]
    built.do(kiosk.CallStaff(wanted=False))
    assert built.codes() == []
    built.do(kiosk.CallStaff())
    here.clock.advance(timedelta(minutes=10))
    assert built.codes() == []


def test_the_status_says_what_the_screen_needs(here: BuiltGate) -> None:
    built = Kiosk(here, "4821")
    status = built.commands.status(built.gate, current_assignment(here.store))
    assert [queue.name for queue in status.queues] == ["Queue A"]
    assert status.paper == kiosk.PaperStatus(slips=True, badges=True)
    assert status.opens_at is not None
    assert (status.is_exit, status.has_local_pin, status.can_speak) == (False, True, False)
    assert replace(built.commands.status(built.gate, None), paper=status.paper).queues == ()
