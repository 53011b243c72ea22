"""A visitor's way through the kiosk, and what ends it. No Qt: the presenter alone, over a clock that the test moves."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hardware.printer import PrintFailure, PrintOutcome, PrintResult
from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import DeviceStatus, ReasonCode, ScanType
from kiosk_app import kiosk_messages as kiosk
from kiosk_app import messages
from kiosk_app.screens.kiosk.presenter import actions
from kiosk_app.screens.kiosk.presenter.kiosk_presenter import KioskPresenter
from kiosk_app.screens.kiosk.presenter.view_state import (
    ChoicesBody,
    EntryBody,
    KioskPage,
    NumberBody,
    PersonBody,
)
from resources.translations.catalogue import texts
from tests.kiosk_app.screens.kiosk.stories import (
    BERLIN,
    NO_QUEUES,
    NOON,
    STATUS,
    SUPERVISORS,
    TICKET,
    decision,
    ready_messages,
)

EN = texts("en")
TYPED = kiosk.VisitorClaim(ScanType.MANUAL, "AB12")
NUMBER = kiosk.QueueNumber("Desk", "A047", "t1", 7, 10, 15, "https://hub.example/q/x")


class Visit:
    """A presenter with the commands that it has issued."""

    def __init__(self, status: kiosk.KioskStatus = STATUS, language: str = "en") -> None:
        self.clock = ManualClock(NOON)
        self.presenter = KioskPresenter(self.clock, language=language, theme="dark")
        self.commands: list[object] = []
        self.receive(*ready_messages(status))

    def receive(self, *received: messages.ScreenMessage) -> "Visit":
        for message in received:
            self.commands += self.presenter.receive(message).commands
        return self

    def act(self, *done: actions.KioskAction) -> "Visit":
        for action in done:
            self.commands += self.presenter.handle(action).commands
        return self

    def wait(self, seconds: float) -> "Visit":
        self.clock.advance(timedelta(seconds=seconds))
        self.commands += self.presenter.tick().commands
        return self

    def confirm_ticket(self) -> "Visit":
        return self.receive(kiosk.VisitorKnown(TICKET, "Ada K.")).act(actions.VisitorConfirmed())

    @property
    def page(self) -> KioskPage:
        return self.presenter.state.page

    def issued(self, kind: type) -> list[object]:
        return [each for each in self.commands if isinstance(each, kind)]


def test_no_clock_is_shown_before_the_events_zone_is_known() -> None:
    presenter = KioskPresenter(ManualClock(NOON), language="en", theme="dark")
    info, *others = ready_messages()
    for message in others:
        presenter.receive(message)
        assert presenter.state.clock == ""
    presenter.receive(info)
    assert presenter.state.clock == f"{NOON.astimezone(BERLIN):%H:%M}"


def test_a_ticket_that_is_held_up_starts_at_once_and_is_decided_only_after_the_visitor_confirms() -> None:
    visit = Visit().receive(kiosk.VisitorKnown(TICKET, "Ada K."))
    assert visit.page.key == "confirm"
    assert visit.page.body == PersonBody("Ada K.", "Summer Assembly 2026")
    assert visit.issued(kiosk.CheckInVisitor) == []
    visit.act(actions.VisitorConfirmed())
    assert visit.issued(kiosk.CheckInVisitor) == [kiosk.CheckInVisitor(TICKET)]


def test_a_shortened_name_reads_right_in_an_arabic_page() -> None:
    visit = Visit(language="ar").receive(kiosk.VisitorKnown(TICKET, "Ada K."))
    assert isinstance(visit.page.body, PersonBody)
    assert visit.page.body.name == "\u2068Ada K.\u2069"


def test_an_arabic_name_keeps_its_full_stop_at_its_end_in_a_language_that_runs_the_other_way() -> None:
    visit = Visit(language="de").receive(kiosk.VisitorKnown(TICKET, "\u0639\u0644\u064a \u0645."))
    assert visit.page.body == PersonBody("\u2068\u0639\u0644\u064a \u0645.\u2069", "Summer Assembly 2026")


def test_nobody_is_welcomed_before_the_gate_has_written_the_row() -> None:
    visit = Visit(NO_QUEUES).confirm_ticket()
    assert visit.page.key == "working"
    unwritten = replace(decision(ReasonCode.ADMITTED), sequence=None, trouble=messages.Trouble.NOT_WRITTEN)
    assert visit.receive(unwritten).page.key == "done-staff"
    assert Visit(NO_QUEUES).confirm_ticket().receive(decision(ReasonCode.ADMITTED)).page.key == "done-welcome"


@pytest.mark.parametrize(
    "reason",
    [
        ReasonCode.BLACKLISTED,
        ReasonCode.PARTICIPANT_CANCELLED,
        ReasonCode.PARTICIPANT_REJECTED,
        ReasonCode.PARTICIPANT_PENDING,
        ReasonCode.TICKET_FORGED,
        ReasonCode.TICKET_REPLACED,
        ReasonCode.UNKNOWN_PARTICIPANT,
        ReasonCode.WRONG_EVENT,
        ReasonCode.CLOCK_UNSURE,
    ],
)
def test_who_must_see_staff_reads_the_same_page_whatever_the_reason_is(reason: ReasonCode) -> None:
    page = Visit().confirm_ticket().receive(decision(reason)).page
    assert (page.heading, page.text) == (EN("kiosk.see_staff"), EN("kiosk.see_staff_text"))


def test_an_outdated_ticket_is_told_what_helps() -> None:
    page = Visit().confirm_ticket().receive(decision(ReasonCode.TICKET_OUTDATED)).page
    assert (page.heading, page.text) == (EN("kiosk.retry.outdated"), EN("kiosk.retry.outdated_text"))


def test_a_code_that_nobody_has_may_be_typed_again_three_times_and_then_staff_help() -> None:
    visit = Visit().act(actions.SessionBegun("en"), actions.CodeChosen())
    for _ in range(3):
        assert visit.page.key == "code"
        visit.act(actions.EntryFinished("AB12"))
        visit.receive(kiosk.VisitorKnown(TYPED)).receive(decision(ReasonCode.UNKNOWN_CODE, TYPED))
        visit.act(actions.SteppedBack())
    visit.act(actions.EntryFinished("AB12"))
    assert (
        visit.receive(kiosk.VisitorKnown(TYPED)).receive(decision(ReasonCode.UNKNOWN_CODE, TYPED)).page.key
        == "done-staff"
    )


def test_nobody_is_searched_for_by_fewer_than_three_letters() -> None:
    visit = Visit().act(actions.SessionBegun("en"), actions.SearchChosen(), actions.EntryFinished("a 1"))
    assert visit.issued(kiosk.SearchVisitors) == []
    assert isinstance(visit.page.body, EntryBody)
    assert visit.page.body.problem == EN("kiosk.problem.letters")
    assert visit.act(actions.EntryFinished("ada")).issued(kiosk.SearchVisitors)


def test_a_search_is_offered_only_where_the_configuration_allows_it() -> None:
    visit = Visit(replace(STATUS, options=kiosk.KioskOptions())).act(actions.SessionBegun("en"))
    visit.act(actions.SearchChosen())
    assert visit.page.key == "identify"
    assert EN("kiosk.find_name") not in [button.text for button in visit.page.actions]


def test_a_person_of_the_search_is_confirmed_and_decided_like_a_ticket() -> None:
    visit = Visit().act(actions.SessionBegun("en"), actions.SearchChosen(), actions.EntryFinished("ada"))
    visit.receive(kiosk.VisitorHits("ada", (kiosk.VisitorHit("p1", "Ada K."),)))
    assert isinstance(visit.page.body, ChoicesBody)
    visit.act(actions.HitChosen("p1"), actions.VisitorConfirmed())
    claim = kiosk.VisitorClaim(ScanType.SEARCH, participant_id="p1")
    assert visit.issued(kiosk.CheckInVisitor) == [kiosk.CheckInVisitor(claim)]


def test_several_queues_are_chosen_from_and_one_gives_its_number_at_once() -> None:
    several = Visit().confirm_ticket().receive(decision(ReasonCode.ADMITTED))
    assert several.page.key == "queues"
    assert several.act(actions.QueueChosen("q2")).issued(kiosk.TakeNumber) == [
        kiosk.TakeNumber("q2", "p1", "en")
    ]
    single = Visit(replace(STATUS, queues=STATUS.queues[:1])).confirm_ticket()
    assert single.receive(decision(ReasonCode.ADMITTED)).issued(kiosk.TakeNumber)
    assert isinstance(single.receive(NUMBER).page.body, NumberBody)


@pytest.mark.parametrize(
    ("counter", "lines"),
    [pytest.param("3", ("Called: Counter 3",), id="called"), pytest.param("", (), id="parked")],
)
def test_a_number_that_waits_no_more_is_not_told_to_wait(counter: str, lines: tuple[str, ...]) -> None:
    again = replace(NUMBER, people_ahead=None, low=None, high=None, is_repeated=True, counter=counter)
    visit = Visit(replace(STATUS, queues=STATUS.queues[:1])).confirm_ticket()
    body = visit.receive(decision(ReasonCode.ADMITTED)).receive(again).page.body
    assert isinstance(body, NumberBody)
    assert tuple(line.translate(dict.fromkeys((0x2068, 0x2069))) for line in body.lines) == lines


def test_a_queue_that_gives_no_number_leaves_the_visitor_checked_in() -> None:
    visit = Visit().confirm_ticket().receive(decision(ReasonCode.ADMITTED)).act(actions.QueueChosen("q1"))
    visit.receive(kiosk.QueueNumber(refusal=kiosk.NumberRefusal.FAILED))
    assert visit.page.key == "done-welcome"
    assert EN("kiosk.no_number.failed") in visit.page.text


def number_shown() -> Visit:
    visit = Visit().confirm_ticket().receive(decision(ReasonCode.ADMITTED)).act(actions.QueueChosen("q1"))
    return visit.receive(NUMBER)


@pytest.mark.parametrize(
    ("outcome", "failure"),
    [
        (PrintOutcome.FAILED, PrintFailure.PAPER_OUT),
        (PrintOutcome.FAILED, PrintFailure.HUNG),
        (PrintOutcome.UNSURE, PrintFailure.LOST),
    ],
)
def test_a_print_that_fails_leaves_the_number_on_the_screen_and_prints_the_same_again(
    outcome: PrintOutcome, failure: PrintFailure
) -> None:
    visit = number_shown()
    prints = visit.issued(kiosk.PrintPapers)
    assert prints == [kiosk.PrintPapers("p1", "t1", "en")]
    visit.receive(messages.PrintUpdate("badge-p1", PrintResult("badge-p1", PrintOutcome.PRINTED)))
    visit.receive(messages.PrintUpdate("slip-t1", PrintResult("slip-t1", outcome, failure)))
    assert isinstance(visit.page.body, NumberBody)
    assert visit.page.body.number == "A047"
    visit.act(actions.PrintRepeated())
    assert visit.issued(kiosk.PrintPapers) == [*prints, *prints]


def test_prints_of_the_visitor_before_do_not_show_at_the_next_one() -> None:
    visit = number_shown().act(actions.SessionFinished()).confirm_ticket()
    visit.receive(decision(ReasonCode.ADMITTED)).act(actions.QueueChosen("q1"))
    visit.receive(replace(NUMBER, number="A048", ticket_id="t2"))
    visit.receive(
        messages.PrintUpdate("slip-t1", PrintResult("slip-t1", PrintOutcome.FAILED, PrintFailure.PAPER_OUT))
    )
    assert EN("kiosk.paper.no_paper") not in visit.page.text


def test_a_visitor_who_stands_still_is_warned_by_sight_and_sound_and_may_go_on() -> None:
    visit = Visit().act(actions.SessionBegun("en")).wait(29)
    assert visit.presenter.state.warning is None
    visit.wait(1)
    assert visit.presenter.state.warning is not None
    assert visit.presenter.state.warning.left_s == 20
    assert visit.issued(kiosk.SoundWarning) == [kiosk.SoundWarning()]
    visit.wait(19).act(actions.TimeExtended())
    assert visit.presenter.state.warning is None
    assert visit.page.key == "identify"


def test_the_focus_that_the_page_or_a_switch_moves_is_no_sign_of_a_visitor() -> None:
    visit = Visit().act(actions.SessionBegun("en")).wait(20).act(actions.FocusMoved("x")).wait(10)
    assert visit.presenter.state.warning is not None
    assert visit.act(actions.FocusMoved("x", by_person=True)).presenter.state.warning is None


def test_a_visitor_who_left_is_forgotten_and_counted_without_a_name() -> None:
    visit = Visit().receive(kiosk.VisitorKnown(TICKET, "Ada K.")).wait(30).wait(20)
    assert visit.page.key == "attract"
    assert visit.presenter.model.session is None
    assert "Ada" not in repr(visit.presenter.model) + repr(visit.presenter.state)
    [ended] = visit.issued(kiosk.FinishSession)
    assert ended == kiosk.FinishSession("en", NOON, NOON, kiosk.SessionEnd.ABANDONED)


def test_an_outcome_closes_by_itself_and_a_visitor_with_an_aid_is_warned_instead() -> None:
    plain = number_shown()
    assert plain.page.closes_in == EN("kiosk.closes_in", n=20)
    assert plain.wait(20).page.key == "attract"
    assert [each.end for each in plain.issued(kiosk.FinishSession)] == [kiosk.SessionEnd.COMPLETED]  # type: ignore[attr-defined]
    aided = number_shown().act(actions.TextSizeChanged())
    assert aided.page.closes_in == ""
    assert aided.wait(31).presenter.state.warning is not None


def test_the_next_visitors_ticket_takes_the_place_of_the_last_ones_outcome() -> None:
    visit = number_shown()
    generation = visit.presenter.state.generation
    visit.receive(kiosk.VisitorKnown(kiosk.VisitorClaim(ScanType.QR, "other"), "Bo S."))
    assert visit.page.key == "confirm"
    assert visit.presenter.state.generation > generation
    assert "Ada" not in repr(visit.presenter.model)


def test_a_decision_that_comes_after_its_visitor_went_is_not_the_next_ones() -> None:
    visit = Visit().confirm_ticket().wait(9)
    assert visit.page.key == "done-staff"
    late = decision(ReasonCode.ADMITTED)
    visit.act(actions.SessionFinished())
    other = kiosk.VisitorClaim(ScanType.QR, "other")
    visit.receive(kiosk.VisitorKnown(other, "Bo S.")).act(actions.VisitorConfirmed()).receive(late)
    assert visit.page.key == "working"


def test_a_late_decision_replaces_the_page_that_sent_its_visitor_to_staff() -> None:
    visit = Visit(NO_QUEUES).confirm_ticket().wait(9).receive(decision(ReasonCode.ADMITTED))
    assert visit.page.key == "done-welcome"


def test_tickets_are_not_looked_at_while_a_visitor_decides_and_again_afterwards() -> None:
    visit = Visit().receive(kiosk.VisitorKnown(TICKET, "Ada K."))
    assert visit.commands[-1] == messages.PauseScanning(True)
    visit.act(actions.VisitorDenied())
    assert visit.commands[-1] == messages.PauseScanning(False)


def test_out_of_order_says_since_when_and_heals_by_itself() -> None:
    visit = Visit(replace(STATUS, options=kiosk.KioskOptions(typing=False)))
    gone = messages.GateDeviceStatus(
        camera=messages.CameraAvailability.NONE, scanner=messages.ScannerAvailability.MISSING
    )
    visit.receive(gone)
    assert visit.page.key == "trouble-reader"
    assert visit.page.note == "For staff: scanner unplugged or not working since 12:42"
    visit.wait(600)
    assert visit.page.note.endswith("since 12:42")
    visit.receive(replace(gone, scanner=messages.ScannerAvailability.READY))
    assert visit.page.key == "attract"


def test_staff_read_of_each_device_that_needs_them() -> None:
    gone = messages.GateDeviceStatus(
        camera=messages.CameraAvailability.MISSING, scanner=messages.ScannerAvailability.MISSING
    )
    visit = Visit(replace(STATUS, paper=kiosk.PaperStatus(slips=True, fault=kiosk.PaperFault.NO_PAPER)))
    visit.receive(replace(gone, scanner=messages.ScannerAvailability.READY)).wait(120).receive(gone)
    note = (
        "For staff: camera not working since 12:42 \u00b7 scanner unplugged or not working since 12:44"
        " \u00b7 the printer needs somebody"
    )
    assert (visit.page.key, visit.page.note) == ("attract", note)
    visit.receive(replace(STATUS, options=kiosk.KioskOptions(typing=False)))
    assert visit.page.key == "trouble-reader"
    assert "camera" in visit.page.note
    assert "scanner" in visit.page.note


@pytest.mark.parametrize(
    ("message", "key"),
    [
        (messages.ActiveAlarms(station=DeviceStatus.LOCKED), "trouble-fault"),
        (messages.ActiveAlarms(disk_full=True), "trouble-fault"),
        (messages.GateReadiness(messages.ReadinessState.CHOOSE_CHECKPOINT), "trouble-fault"),
        (messages.GateReadiness(messages.ReadinessState.LOADING), "trouble-starting"),
        (replace(STATUS, is_exit=True), "trouble-fault"),
        (replace(STATUS, opens_at=NOON + timedelta(hours=1)), "trouble-not_open"),
        (replace(STATUS, closes_at=NOON), "trouble-over"),
        (replace(STATUS, options=kiosk.KioskOptions(out_of_service=True)), "trouble-service"),
    ],
)
def test_a_kiosk_that_can_check_nobody_in_says_so_and_begins_nothing(
    message: messages.ScreenMessage, key: str
) -> None:
    visit = Visit().receive(message)
    assert visit.page.key == key
    visit.act(actions.SessionBegun("en")).receive(kiosk.VisitorKnown(TICKET, "Ada K."))
    assert visit.page.key == key


def test_a_fault_ends_a_session_but_leaves_an_outcome_on_the_screen() -> None:
    fault = messages.ActiveAlarms(disk_full=True)
    assert Visit().act(actions.SessionBegun("en")).receive(fault).page.key == "trouble-fault"
    assert number_shown().receive(fault).page.key == "number"


def test_a_page_is_read_aloud_once_when_it_comes_and_again_on_request() -> None:
    visit = Visit().act(actions.SessionBegun("de"), actions.ReadingSwitched())
    [first] = visit.issued(kiosk.Speak)
    assert isinstance(first, kiosk.Speak)
    assert (first.language, first.slow) == ("de", False)
    assert texts("de")("kiosk.hold_ticket") in first.text
    visit.wait(1).act(actions.InputNoted())
    assert len(visit.issued(kiosk.Speak)) == 1
    visit.act(actions.ReadingSlowed(), actions.CodeChosen(), actions.ReadingRepeated())
    spoken = visit.issued(kiosk.Speak)
    assert [each.slow for each in spoken if isinstance(each, kiosk.Speak)] == [False, True, True, True]
    visit.act(actions.SessionFinished())
    assert visit.commands[-1] == kiosk.Speak("", "de")


def test_a_headset_that_is_plugged_in_is_spoken_to_from_the_first_moment() -> None:
    visit = Visit(replace(STATUS, has_headset=False)).receive(replace(STATUS, has_headset=True))
    assert visit.page.key == "language"
    assert visit.issued(kiosk.Speak)
    visit.receive(replace(STATUS, has_headset=False))
    assert visit.commands[-1] == kiosk.Speak("", "en")


def test_the_voice_speaks_a_number_digit_by_digit_and_no_pin() -> None:
    assert "A 0 4 7" in number_shown().page.spoken
    staff = Visit().act(actions.StaffRequested(), actions.OperatorChosen("o1"), actions.EntryFinished("4821"))
    assert "4821" not in staff.page.spoken + repr(staff.presenter.model) + repr(staff.commands)


def test_the_staff_menu_needs_a_pin_and_every_way_in_asks_for_it() -> None:
    visit = Visit().act(actions.StaffRequested(), actions.MenuChosen("quit"), actions.MenuChosen("quit_now"))
    assert visit.page.key == "staff-who"
    assert visit.issued(messages.CloseWindow) == []
    visit.act(actions.OperatorChosen("o1"), actions.EntryFinished("4821"))
    assert visit.issued(messages.Authorise) == [messages.Authorise("o1", "4821")]
    visit.receive(messages.PinAnswer(messages.PinResult.WRONG, status=SUPERVISORS))
    assert visit.page.key == "staff-pin"
    visit.act(actions.MenuChosen("out_of_service"))
    assert visit.issued(kiosk.SaveKioskOptions) == []
    visit.act(actions.EntryFinished("4822")).receive(
        messages.PinAnswer(messages.PinResult.ACCEPTED, status=SUPERVISORS)
    )
    assert visit.page.key == "staff-menu"
    visit.act(actions.MenuChosen("out_of_service"))
    assert visit.issued(kiosk.SaveKioskOptions) == [
        kiosk.SaveKioskOptions(replace(STATUS.options, out_of_service=True))
    ]
    visit.act(actions.MenuChosen("quit"), actions.MenuChosen("quit_now"))
    assert visit.issued(messages.CloseWindow)


def test_a_kiosk_without_any_pin_opens_no_menu() -> None:
    visit = (
        Visit()
        .receive(messages.OperatorStatus())
        .act(actions.StaffRequested(), actions.EntryFinished("0000"))
    )
    assert visit.page.key == "staff-locked"
    assert visit.issued(kiosk.UnlockKiosk) == []


def test_a_staff_menu_that_was_left_open_closes_and_asks_for_the_pin_again() -> None:
    visit = Visit().act(actions.StaffRequested()).wait(60).act(actions.FocusMoved("x")).wait(30)
    assert visit.page.key == "attract"
    assert visit.commands[-1] == messages.EndAuthority() or messages.EndAuthority() in visit.commands


def test_a_change_of_the_language_returns_to_the_same_question() -> None:
    visit = Visit().receive(kiosk.VisitorKnown(TICKET, "Ada K.")).act(actions.LanguageRequested())
    assert visit.page.key == "language"
    visit.act(actions.LanguageChosen("ar"))
    assert visit.page.key == "confirm"
    assert visit.presenter.state.texts.rtl


def test_a_number_without_a_ticket_is_drawn_where_that_is_allowed() -> None:
    visit = Visit().act(actions.SessionBegun("en"), actions.NumberChosen(), actions.QueueChosen("q1"))
    assert visit.issued(kiosk.TakeNumber) == [kiosk.TakeNumber("q1", "", "en")]
    assert visit.receive(NUMBER).page.key == "number"
    refused = Visit(replace(STATUS, options=kiosk.KioskOptions()))
    assert refused.act(actions.SessionBegun("en"), actions.NumberChosen()).page.key == "identify"


def test_a_call_for_staff_is_an_alarm_and_shows_that_they_come() -> None:
    visit = Visit().confirm_ticket().receive(decision(ReasonCode.BLACKLISTED)).act(actions.StaffCalled())
    assert visit.issued(kiosk.CallStaff) == [kiosk.CallStaff()]
    assert EN("kiosk.staff_called") in [button.text for button in visit.page.actions]


def test_a_hub_that_is_away_is_named_only_beside_a_number_that_is_followed_on_a_phone() -> None:
    away = messages.ConnectionStatus(messages.HubConnectionState.OFFLINE)
    visit = Visit().receive(away)
    assert visit.presenter.state.banner == ""
    assert number_shown().receive(away).presenter.state.banner == EN("kiosk.offline")


def test_a_notice_of_the_hub_keeps_its_full_stop_in_a_language_that_runs_the_other_way() -> None:
    status = replace(STATUS, options=replace(STATUS.options, notice="Badges are at the desk."))
    state = Visit(status, language="ar").presenter.state
    assert (state.notice, state.event) == (
        "\u2068Badges are at the desk.\u2069",
        "\u2068Summer Assembly 2026\u2069",
    )
