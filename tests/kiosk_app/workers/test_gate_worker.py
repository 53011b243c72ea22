"""The gate's loop over real frames that are really decoded, turn by turn and on its thread."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from structlog.testing import capture_logs

from hardware.camera import CameraCapture, Frame, VirtualCamera
from hardware.codes import CodeReader
from hardware.scanner import LAYOUTS, Transmission
from hardware.scanner.setup_code import keys_of
from hardware.tones import Tone
from hub_sync.client.store import StoreError, StoreFault
from hub_sync.contract.enums import Direction, ReasonCode, ScanResult, ScanType
from hub_sync.contract.sync import Override
from hub_sync.rules.tickets.ticket_keys import TicketKey
from kiosk_app.core.appearance import Appearance, load_appearance
from kiosk_app.core.gate import Gate
from kiosk_app.demo.scenes import CodePose, draw_backdrop, draw_code
from kiosk_app.demo.visitor_camera import qr_modules
from kiosk_app.messages import (
    AdmitGroup,
    AdmitPerson,
    CaptureScans,
    FrameDecoded,
    GateCommand,
    GateOutcome,
    GroupOutcome,
    Notice,
    PauseScanning,
    QueuedCommand,
    RepeatWithOverride,
    SaveAppearance,
    ScanCaptured,
    SearchPeople,
    SearchResults,
    ServeCheckpoint,
    SetDirection,
    Subject,
    SubmitCode,
    SubmitScan,
    Trouble,
    UndoResult,
    WorkerMessage,
)
from kiosk_app.workers.command_executor import CommandExecutor
from kiosk_app.workers.gate_worker import GateWorker
from tests.support.builders.people import participant_row, seal_ticket_for
from tests.support.builders.station import BuiltGate, build_gate

SCENE = draw_backdrop(np.random.default_rng(3))
PEOPLE = [
    participant_row("ada"),
    participant_row("bo", "Bo Cancelled", "CANCELLED"),
    participant_row("cy", "Cy Young"),
    participant_row("jose", "José Pérez"),
]


def holding(*texts: str) -> NDArray[np.uint8]:
    """Draw a frame with one or two codes held into it."""
    frame = SCENE.copy()
    places = [(640.0, 360.0)] if len(texts) == 1 else [(400.0, 360.0), (880.0, 360.0)]
    for text, centre in zip(texts, places, strict=True):
        draw_code(frame, qr_modules(text), CodePose(centre=centre, side=300.0))
    return frame


def scan_of(text: str) -> SubmitScan:
    """Return the scan of a hand-held scanner on a serial line."""
    return SubmitScan(Transmission(data=text.encode()))


class Camera:
    """Stands in for CameraCapture: one frame at a time, so that each turn of the loop is one frame."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []

    def show(self, image: NDArray[np.uint8]) -> None:
        self.frames.append(Frame(image, len(self.frames) + 1, 0.0))

    def latest(self, after: int = 0, timeout: float = 0) -> Frame | None:
        return next((frame for frame in self.frames if frame.number > after), None)


class NoReporter:
    """A reporter that publishes nothing."""

    def request_update(self) -> None:
        """Do nothing."""


@dataclass
class Loop:
    """A worker over a gate, driven turn by turn."""

    here: BuiltGate
    camera: Camera = field(default_factory=Camera)
    messages: list[WorkerMessage] = field(default_factory=list)
    now: float = 100.0
    failures: int = 0
    door_is_ready: bool = True

    def __post_init__(self) -> None:
        self.worker = GateWorker(
            open_gate=lambda: self.here.gate,
            close_gate=lambda: None,
            camera=self.camera,  # type: ignore[arg-type]
            reader=CodeReader(),
            execute=CommandExecutor(NoReporter()).execute,  # type: ignore[arg-type]
            publish=self.messages.append,
            on_failure=self.count_failure,
            may_decide=lambda: self.door_is_ready,
            monotonic=lambda: self.now,
        )

    def count_failure(self) -> None:
        self.failures += 1

    def turn(self, image: NDArray[np.uint8] | None = None, after: float = 0.07) -> None:
        if image is not None:
            self.camera.show(image)
        self.worker.run_once(self.here.gate, wait=0)
        self.now += after

    def outcomes(self) -> list[GateOutcome | Notice]:
        return [message for message in self.messages if isinstance(message, GateOutcome | Notice)]

    def results(self) -> list[str]:
        return [
            outcome.value if isinstance(outcome, Notice) else outcome.decision.result.value
            for outcome in self.outcomes()
        ]


@pytest.fixture
def loop(tmp_path: Path) -> Iterator[Loop]:
    here = build_gate(tmp_path, PEOPLE)
    yield Loop(here)
    here.store.close()


def test_ticket_held_in_view_for_a_minute_is_one_scan(loop: Loop) -> None:
    frame = holding(seal_ticket_for("ada"))
    for _ in range(60):
        loop.turn(frame, after=1.0)
    assert loop.results() == ["VALID"]
    assert (loop.here.rows(), loop.here.turnstile.pulses) == (1, 1)


def test_a_ticket_that_was_taken_back_can_be_shown_again_as_soon_as_the_screen_says_so(loop: Loop) -> None:
    frame, nothing = holding(seal_ticket_for("ada")), SCENE.copy()
    loop.turn(frame, after=0.2)
    (admission,) = loop.outcomes()
    assert isinstance(admission, GateOutcome)
    assert loop.here.gate.take_back(admission, "Grace")[0] is UndoResult.DONE
    loop.turn(frame, after=1)
    loop.turn(nothing)
    loop.turn(frame)
    assert loop.results() == ["VALID", "VALID"]


def test_a_ticket_that_is_held_up_before_the_door_is_ready_is_decided_once_it_is(loop: Loop) -> None:
    frame = holding(seal_ticket_for("ada"))
    loop.door_is_ready = False
    loop.worker.submit(SubmitCode("reg cy"))
    for _ in range(5):
        loop.turn(frame)
    assert (loop.outcomes(), loop.here.rows()) == ([], 0)
    assert sum(isinstance(message, Frame) for message in loop.messages) == 5  # the picture is shown
    loop.door_is_ready = True
    loop.turn()
    assert loop.results() == ["VALID", "VALID"]
    assert loop.here.turnstile.pulses == 2


def test_two_tickets_in_view_are_asked_about_and_neither_is_written(loop: Loop) -> None:
    frame = holding(seal_ticket_for("ada"), seal_ticket_for("cy"))
    for _ in range(5):
        loop.turn(frame)
    assert loop.results() == ["two_codes"]
    assert loop.here.rows() == 0


def test_empty_scene_is_nothing(loop: Loop) -> None:
    loop.turn(SCENE)
    assert loop.outcomes() == []
    assert [type(message) for message in loop.messages] == [Frame, FrameDecoded]
    assert isinstance(decoded := loop.messages[1], FrameDecoded)
    assert not decoded.has_code


def test_full_disk_is_told_once_a_second_and_the_scan_is_taken_when_there_is_room(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: object) -> None:
        raise StoreError(StoreFault.FULL)

    frame = holding(seal_ticket_for("ada"))
    with monkeypatch.context() as broken:
        broken.setattr(loop.here.store.journal, "append", full)
        for _ in range(30):
            loop.turn(frame, after=0.1)
    assert len(loop.outcomes()) == 3
    assert all(
        isinstance(outcome, GateOutcome) and outcome.trouble is Trouble.NOT_WRITTEN
        for outcome in loop.outcomes()
    )
    for _ in range(12):
        loop.turn(frame, after=0.1)
    assert loop.results()[-1] == "VALID"
    assert (loop.here.rows(), loop.here.turnstile.pulses) == (1, 1)


def bug(*_: object, **__: object) -> Any:
    raise KeyError("a fault that nobody foresaw")


BROKEN_PARTS: dict[str, Callable[[Loop, pytest.MonkeyPatch], None]] = {
    "camera": lambda loop, patch: patch.setattr(loop.camera, "latest", bug),
    "decoder": lambda loop, patch: patch.setattr(loop.worker._reader, "read", bug),
    "debounce": lambda loop, patch: patch.setattr(loop.worker._debounce, "next_code", bug),
}


@pytest.mark.parametrize("break_part", BROKEN_PARTS.values(), ids=BROKEN_PARTS)
def test_a_bug_at_every_frame_is_on_the_screen_all_the_time_with_one_tone_and_ends_with_its_cause(
    loop: Loop, monkeypatch: pytest.MonkeyPatch, break_part: Callable[[Loop, pytest.MonkeyPatch], None]
) -> None:
    with monkeypatch.context() as broken:
        break_part(loop, broken)
        for _ in range(60):
            loop.turn(SCENE, after=0.1)
    assert loop.results() == ["station_failed"] * 2, "six seconds: once every three"
    assert loop.here.speaker.tones == [Tone.ERROR]
    assert loop.failures >= 60
    assert loop.here.rows() == 0
    loop.turn(holding(seal_ticket_for("ada")))
    for _ in loop.camera.frames:  # a broken camera has delivered none of them yet
        loop.turn()
    assert loop.results()[-1] == "VALID"


@pytest.mark.parametrize(
    ("failure", "answer"),
    [(KeyError("a bug"), Notice.STATION_FAILED), (StoreError(StoreFault.FULL), Notice.NOT_SAVED)],
)
@pytest.mark.parametrize(
    "command",
    [
        SubmitCode("reg ada"),
        AdmitPerson("ada"),
        SearchPeople("ada"),
        ServeCheckpoint("c"),
        SetDirection(Direction.EXIT),
        SaveAppearance("light", "de"),
        RepeatWithOverride(
            Subject(ScanType.SEARCH, participant_id="ada"), Override(reason="speaker", operator="Kim"), "row"
        ),
    ],
    ids=lambda command: type(command).__name__,
)
def test_a_command_that_fails_is_answered_with_a_tone_and_the_next_one_is_executed(
    loop: Loop, command: QueuedCommand, failure: Exception, answer: Notice
) -> None:
    executed: list[QueuedCommand] = []

    def execute(_: Gate, queued: QueuedCommand) -> None:
        executed.append(queued)
        if len(executed) == 1:
            raise failure

    loop.worker._execute = execute
    loop.worker.submit(command)
    loop.worker.submit(SearchPeople("cy"))
    loop.turn()
    assert loop.outcomes() == [answer]
    assert loop.here.speaker.tones == [Tone.ERROR]
    assert executed == [command, SearchPeople("cy")]


def test_a_search_that_the_store_cannot_answer_does_not_say_that_nobody_has_the_name(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise StoreError(StoreFault.IO)

    monkeypatch.setattr(loop.here.store.roster, "search", broken)
    loop.worker.submit(SearchPeople("jose"))
    loop.turn()
    assert SearchResults("jose", failed=True) in loop.messages


def test_a_screen_that_fails_is_heard_and_the_scan_stays_written(loop: Loop) -> None:
    loop.worker._publish = bug
    loop.turn(holding(seal_ticket_for("ada")))
    assert loop.here.rows() == 1
    assert loop.here.speaker.tones == [Tone.SUCCESS, Tone.ERROR]
    assert loop.failures > 0


def test_a_preview_that_fails_keeps_no_ticket_from_being_decided(loop: Loop) -> None:
    def publish(message: WorkerMessage) -> None:
        if isinstance(message, Frame | FrameDecoded):
            bug()
        loop.messages.append(message)

    loop.worker._publish = publish
    loop.turn(holding(seal_ticket_for("ada")))
    assert loop.results() == ["VALID"]


def test_a_status_that_fails_does_not_cover_the_verdict(loop: Loop) -> None:
    loop.worker._on_turn = bug
    loop.turn(holding(seal_ticket_for("ada")))
    assert loop.results() == ["VALID"]
    assert loop.failures == 1


def test_scanning_is_held_while_a_panel_is_open(loop: Loop) -> None:
    loop.worker.submit(PauseScanning(True))
    loop.turn(holding(seal_ticket_for("ada")))
    assert loop.outcomes() == []
    loop.worker.submit(PauseScanning(False))
    loop.turn(holding(seal_ticket_for("ada")))
    assert loop.results() == ["VALID"]


def test_a_ticket_that_came_and_went_while_a_panel_was_open_is_heard_and_told(loop: Loop) -> None:
    loop.turn(holding(seal_ticket_for("bo")))
    loop.worker.submit(PauseScanning(True))
    loop.here.speaker.tones.clear()
    frame = holding(seal_ticket_for("ada"))
    for _ in range(5):
        loop.turn(frame)
    assert loop.here.speaker.tones == [Tone.ERROR]
    loop.turn(SCENE)
    loop.worker.submit(PauseScanning(False))
    for _ in range(20):
        loop.turn(SCENE)
    assert loop.results() == ["REVOKED", "not_decided"]


def test_a_ticket_that_is_still_held_up_when_the_panel_closes_is_decided_and_not_missed(loop: Loop) -> None:
    frame = holding(seal_ticket_for("ada"))
    loop.worker.submit(PauseScanning(True))
    loop.turn(frame)
    loop.worker.submit(PauseScanning(False))
    loop.turn(frame)
    loop.turn(SCENE)
    assert loop.results() == ["VALID"]


def test_ticket_in_view_all_the_while_a_panel_is_open_is_not_scanned_again(loop: Loop) -> None:
    frame = holding(seal_ticket_for("ada"))
    loop.turn(frame)
    loop.worker.submit(PauseScanning(True))
    for _ in range(10):
        loop.turn(frame, after=1.0)
    loop.worker.submit(PauseScanning(False))
    loop.turn(frame)
    assert loop.results() == ["VALID"]


def test_what_the_operator_asks_is_done_before_the_next_frame(loop: Loop) -> None:
    loop.worker.submit(SubmitCode("reg bo"))
    loop.turn()
    refusal = loop.outcomes()[-1]
    assert isinstance(refusal, GateOutcome)
    override = Override(reason="speaker", operator="Kim")
    commands: tuple[GateCommand, ...] = (
        RepeatWithOverride(refusal.subject, override, refusal.row_id),
        AdmitPerson("cy"),
        SearchPeople("jose"),
        SetDirection(Direction.EXIT),
        AdmitPerson("cy"),
        ServeCheckpoint("no-such"),
        SaveAppearance("light", "de"),
    )
    for command in commands:
        loop.worker.submit(command)
    loop.turn()
    assert loop.results() == ["REVOKED", "MANUAL_OVERRIDE", "VALID", "VALID"]
    last = loop.outcomes()[-1]
    assert isinstance(last, GateOutcome)
    assert last.decision.occupancy_change == -1
    assert [
        hit.name for message in loop.messages if isinstance(message, SearchResults) for hit in message.hits
    ] == ["José Pérez"]
    assert load_appearance(loop.here.store, Appearance("dark", "en")) == Appearance("light", "de")


def test_without_a_camera_commands_keep_their_order(loop: Loop) -> None:
    executed: list[QueuedCommand] = []

    def execute(_: Gate, command: QueuedCommand) -> None:
        executed.append(command)

    worker = GateWorker(
        open_gate=lambda: loop.here.gate,
        close_gate=lambda: None,
        camera=None,
        reader=CodeReader(),
        execute=execute,
        publish=loop.messages.append,
    )
    worker.submit(SubmitCode("1"))
    worker.submit(SubmitCode("2"))
    worker._next_frame(loop.here.gate, wait=0)  # as if both came while it waited
    worker.run_once(loop.here.gate, wait=0)
    assert executed == [SubmitCode("1"), SubmitCode("2")]


def test_thread_takes_the_newest_frame_and_ends_when_told(tmp_path: Path) -> None:
    feed, decided = VirtualCamera(), threading.Event()
    opened: list[BuiltGate] = []

    def open_gate() -> Gate:
        opened.append(build_gate(tmp_path, PEOPLE))
        return opened[0].gate

    def close_gate() -> None:
        opened[0].store.close()

    outcomes: list[GateOutcome] = []

    def publish(message: WorkerMessage) -> None:
        if isinstance(message, GateOutcome):
            outcomes.append(message)
            decided.set()

    camera = CameraCapture(feed.source)
    camera.start()
    worker = GateWorker(
        open_gate=open_gate,
        close_gate=close_gate,
        camera=camera,
        reader=CodeReader(),
        execute=lambda _gate, _command: None,
        publish=publish,
    )
    worker.start()
    frame, deadline = holding(seal_ticket_for("ada")), time.monotonic() + 20
    while not decided.is_set() and time.monotonic() < deadline:
        feed.push(frame)
        time.sleep(0.05)
    worker.stop()
    camera.stop()
    assert [outcome.decision.result for outcome in outcomes] == [ScanResult.VALID]
    assert outcomes[0].captured_at is not None


POSTER = "https://example.com/line-up"


def codes_of_every_kind() -> dict[str, str]:
    good, other = seal_ticket_for("ada"), seal_ticket_for("ada", key=TicketKey("other", b"x" * 32))
    return {
        "good": good,
        "unknown": seal_ticket_for("nobody"),
        "damaged": good[:-7],
        "forged": other,
        "poster": POSTER,
        "bottle": "4006381333931",
        "cancelled": seal_ticket_for("bo"),
        "code": "REG-0012",
    }


@pytest.mark.parametrize("kind", codes_of_every_kind())
def test_a_hand_held_scanner_is_the_cameras_equal(tmp_path: Path, kind: str) -> None:
    code, verdicts = codes_of_every_kind()[kind], []
    for by_hand in (False, True):
        here = build_gate(tmp_path / str(by_hand), PEOPLE)
        loop = Loop(here)
        for _ in range(3):
            if by_hand:
                loop.worker.submit(scan_of(code))
            loop.turn(None if by_hand else holding(code))
        scans = [each for each in loop.outcomes() if isinstance(each, GateOutcome)]
        verdicts.append(
            (
                [
                    (scan.decision, scan.subject, scan.sequence, scan.name, scan.is_registration_code)
                    for scan in scans
                ],
                here.speaker.tones,
                here.turnstile.pulses,
                here.rows(),
            )
        )
        here.store.close()
    assert verdicts[0] == verdicts[1]
    assert verdicts[0][3] == 1


def test_caps_lock_or_a_wrong_layout_change_no_verdict(loop: Loop) -> None:
    ticket = seal_ticket_for("ada")
    loop.worker.submit(scan_of(ticket.swapcase()))
    loop.turn()
    assert loop.results() == ["VALID"]


def test_a_ticket_scanned_while_a_panel_pauses_the_camera_is_decided(loop: Loop) -> None:
    loop.worker.submit(PauseScanning(True))
    loop.worker.submit(scan_of(seal_ticket_for("ada")))
    loop.turn()
    assert loop.results() == ["VALID"]


def test_a_ticket_that_a_slow_scanner_typed_into_the_line_gets_the_cameras_verdict_once(loop: Loop) -> None:
    ticket = seal_ticket_for("ada")
    for text in (f"]Q1{ticket}", ticket.swapcase(), ticket, ticket[:-7], POSTER):
        loop.worker.submit(SubmitCode(text))
        loop.turn()
    outcomes = [each for each in loop.outcomes() if isinstance(each, GateOutcome)]
    assert [(each.decision.reason, each.subject.scan_type) for each in outcomes] == [
        (ReasonCode.ADMITTED, ScanType.QR),
        (ReasonCode.TICKET_DAMAGED, ScanType.QR),
        (ReasonCode.NOT_A_TICKET, ScanType.QR),
    ]


def test_a_code_that_a_person_typed_is_looked_up_each_time(loop: Loop) -> None:
    for _ in range(2):
        loop.worker.submit(SubmitCode("reg bo"))
        loop.turn()
    assert loop.results() == ["REVOKED", "REVOKED"]


def test_an_empty_scan_is_nothing(loop: Loop) -> None:
    loop.worker.submit(scan_of(""))
    loop.turn()
    assert loop.outcomes() == []


def test_a_scan_that_could_not_be_written_may_be_tried_again_in_a_second(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = seal_ticket_for("ada")

    def full(_: object) -> None:
        raise StoreError(StoreFault.FULL)

    with monkeypatch.context() as patch:
        patch.setattr(loop.here.store.journal, "append", full)
        loop.worker.submit(scan_of(ticket))
        loop.turn(after=1.1)
    loop.worker.submit(scan_of(ticket))
    loop.turn()
    last = loop.outcomes()[-1]
    assert isinstance(last, GateOutcome)
    assert (last.decision.result, last.sequence) == (ScanResult.VALID, 1)


def test_a_bug_that_every_frame_meets_is_logged_once_a_minute(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a bug of the decoder")

    monkeypatch.setattr(loop.worker._reader, "read", fail)
    with capture_logs() as logs:
        for number in range(70):
            loop.now = 100.0 + number
            loop.camera.show(SCENE)
            loop.worker.run_once(loop.here.gate, wait=0)
    assert [entry["event"] for entry in logs] == ["gate_turn_failed"] * 2
    assert loop.failures == 70


def test_while_the_set_up_captures_scans_none_is_decided_and_the_next_one_after_it_is(
    loop: Loop,
) -> None:
    ticket = seal_ticket_for("ada")
    loop.worker.submit(CaptureScans(active=True))
    loop.worker.submit(scan_of(ticket))
    loop.turn()
    assert loop.messages[-1:] == [ScanCaptured(scan_of(ticket).scan)]
    loop.turn(holding(ticket))
    assert loop.outcomes() == []
    loop.worker.submit(CaptureScans(active=False))
    loop.worker.submit(scan_of(ticket))
    loop.turn()
    assert loop.results() == ["VALID"]


def test_a_group_is_on_the_screen_before_it_is_let_through_and_again_only_if_the_turnstile_fails(
    tmp_path: Path,
) -> None:
    people = [participant_row(id_, group_ref="Order 1") for id_ in ("mum", "kid", "kit")]
    loop = Loop(build_gate(tmp_path, people))
    subject = Subject(ScanType.QR, text=seal_ticket_for("mum"))
    loop.worker.submit(scan_of(subject.text))
    loop.worker.submit(AdmitGroup(subject, ("kid", "kit")))
    loop.worker._stopping.wait = lambda _seconds=None: False  # type: ignore[assignment,method-assign]
    loop.turn()
    (group,) = [message for message in loop.messages if isinstance(message, GroupOutcome)]
    assert (len(group.admitted), group.released) == (2, False)
    assert loop.here.turnstile.pulses == 3
    assert not any(outcome.pulsed for outcome in group.outcomes), "published before the pulses"
    loop.here.wait(days=1)
    loop.here.turnstile.broken = "unplugged"
    loop.worker.submit(AdmitGroup(subject, ("kid", "kit")))
    loop.turn()
    written, stuck = [message for message in loop.messages if isinstance(message, GroupOutcome)][1:]
    assert (written.released, stuck.released, stuck.is_stuck) == (False, True, True)
    loop.here.store.close()


def test_who_of_a_group_passes_is_written_while_the_others_wait(tmp_path: Path) -> None:
    people = [participant_row(id_, group_ref="Order 1") for id_ in ("mum", "kid", "kit")]
    loop = Loop(build_gate(tmp_path, people))
    subject = Subject(ScanType.QR, text=seal_ticket_for("mum"))
    loop.worker.submit(scan_of(subject.text))
    loop.worker.submit(AdmitGroup(subject, ("kid", "kit")))
    loop.worker._stopping.wait = lambda _seconds=None: False  # type: ignore[assignment,method-assign]
    pulses_at_turns: list[int] = []
    loop.worker._on_turn = lambda gate: pulses_at_turns.append(loop.here.turnstile.pulses)
    loop.turn()
    assert pulses_at_turns == [1, 2, 3], "the turn of the passages comes in each pause, and at the end"
    loop.here.store.close()


def keys_from(code: str, layout: str = "us", *, caps: bool = False) -> SubmitScan:
    """Return the keys of a scanner of a layout, as a window reads them whose desktop has the German one."""
    machine, keys = LAYOUTS["de"], []
    for key in keys_of(code, layout):
        text = machine.character(key.position, shift=key.shift, alt_gr=key.alt_gr)
        keys.append(replace(key, text=text.swapcase() if caps else text))
    return SubmitScan(Transmission(keys=tuple(keys)))


FRAMES = [
    (prefix, suffix)
    for prefix in ("", "]Q1", "\x02", "]Q2\\000026")
    for suffix in ("", "\r", "\t", "\r\n", "\x03")
]


@pytest.mark.parametrize("driver", ["serial", "us", "de", "fr", "caps"])
def test_case_21_every_driver_prefix_suffix_layout_and_caps_lock_gets_the_cameras_verdict(
    loop: Loop, driver: str
) -> None:
    def scan(name: str, prefix: str, suffix: str) -> SubmitScan:
        code = prefix + seal_ticket_for(name) + suffix
        if driver == "serial":
            return scan_of(code)
        typed = "".join(each for each in code if each.isprintable())
        return keys_from(typed, "us" if driver == "caps" else driver, caps=driver == "caps")

    for frame in FRAMES:
        loop.worker.submit(scan("bo", *frame))
        loop.turn(after=10)
    loop.worker.submit(
        scan("ada", "]Q1", "\r")
    )  # after refusals the next ticket works without touching anything
    loop.turn()
    assert loop.results() == ["REVOKED"] * len(FRAMES) + ["VALID"]
    assert loop.here.speaker.tones == [Tone.ERROR] * len(FRAMES) + [Tone.SUCCESS]
    assert loop.here.turnstile.pulses == 1


@pytest.mark.parametrize("layout", ["us", "de"])
def test_two_scanners_that_type_into_one_window_admit_nobody_by_a_mixture(loop: Loop, layout: str) -> None:
    """The desktop mixes their keys: what comes of it is refused in a word, and each ticket is good afterwards."""
    first, second = seal_ticket_for("ada"), seal_ticket_for("cy")
    mixed = "".join(a + b for a, b in zip(first, second, strict=False))
    loop.worker.submit(keys_from(mixed, layout))
    loop.turn(after=10)
    assert loop.results() == ["INVALID"]
    assert (loop.here.rows(), loop.here.turnstile.pulses) == (1, 0)
    for ticket in (first, second):
        loop.worker.submit(keys_from(ticket, layout))
        loop.turn(after=10)
    assert loop.results() == ["INVALID", "VALID", "VALID"]
    assert loop.here.turnstile.pulses == 2
