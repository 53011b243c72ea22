"""The gate's own thread: it decodes the newest frame, decides and acts; commands are executed in between.

No fault ends it, and none is silent: a fault of a scan is a `GateOutcome` of the gate; that of a picture, a command or the
store's opening is a message for the screen, with the tone of a refusal.

Only frozen messages leave it, through `publish`, which is called on this thread and must not block. The thread opens the
store itself, since a connection belongs to the thread that made it.
"""

import contextlib
import queue
import threading
import time
from collections.abc import Callable

import structlog

from hardware.camera import CameraCapture, Frame
from hardware.codes import CodeReader, Rect
from hardware.scanner import ScannerProfile, Transmission
from hub_sync.client.store import StoreError
from kiosk_app.core.debounce import Debounce
from kiosk_app.core.gate import Gate
from kiosk_app.core.scanned_code import choose_code, is_scanned
from kiosk_app.messages import (
    AdmitGroup,
    CaptureScans,
    CodeCaptured,
    FrameDecoded,
    GateCommand,
    GateOutcome,
    GateReadiness,
    GroupOutcome,
    Notice,
    PauseScanning,
    Publish,
    QueuedCommand,
    ReadinessState,
    ScanCaptured,
    ScreenMessage,
    SubmitCode,
    SubmitOrSearch,
    SubmitScan,
    Trouble,
    WorkerMessage,
)

GUIDE = Rect(0.28, 0.12, 0.44, 0.76)
"""The area where the operator holds tickets, in fractions of the frame; the screen draws the same rectangle."""
_WAIT_S = 0.1
_REMEMBERED_ROWS = 32
"""Admissions whose entry may still be given back: those of the last minute, and more."""
REOPEN_S = 2.0
NOTICE_EVERY_S = 3.0
"""A fault that every frame causes is on the screen all the time, and not written again for each frame."""
LOG_EVERY_S = 60.0
_log = structlog.get_logger()

Execute = Callable[[Gate, QueuedCommand], ScreenMessage | None]
"""Executes a command on the gate's thread and returns its answer for the screen."""


class GateWorker:
    """Runs one `Gate`. `run_once()` is one turn of the loop, so that tests need no thread."""

    def __init__(
        self,
        *,
        open_gate: Callable[[], Gate],
        close_gate: Callable[[], None],
        camera: CameraCapture | None,
        reader: CodeReader,
        execute: Execute,
        publish: Publish,
        on_turn: Callable[[Gate], None] = lambda _: None,
        on_failure: Callable[[], None] = lambda: None,
        may_decide: Callable[[], bool] = lambda: True,
        scanner_profile: Callable[[str], ScannerProfile] = lambda _: ScannerProfile(),
        identify: Callable[[Gate, str], ScreenMessage] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the parts. `monotonic` returns seconds; `scanner_profile` says how the scanner at a place is set.

        `on_turn` is called with the gate after each turn, `on_failure` after a failure that nobody foresaw. `may_decide`
        returns False as long as the door is waited for. `identify` takes each scanned code of a kiosk, whose visitors
        confirm who they are before the gate decides; None: the gate decides at once.
        """
        self._open_gate = open_gate
        self._close_gate = close_gate
        self._camera = camera
        self._reader = reader
        self._execute = execute
        self._publish = publish
        self._on_turn = on_turn
        self._on_failure = on_failure
        self._may_decide, self._scanner_profile = may_decide, scanner_profile
        self._identify = identify
        self._monotonic = monotonic
        self._commands: queue.SimpleQueue[QueuedCommand | SubmitScan | AdmitGroup | None] = (
            queue.SimpleQueue()
        )
        self._debounce = Debounce()
        self._decided: dict[str, str] = {}
        """The codes of the last rows, by the row's id."""
        self._last_frame = self._last_preview = 0
        self._scan_fails = False
        self._notice_at = float("-inf")
        self._logged_at: dict[tuple[str, type[Exception]], float] = {}
        self._paused = self._capturing = False
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start on a thread of its own."""
        self._thread = threading.Thread(target=self._run, name="gate", daemon=True)
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """Stop after the current turn, waiting `timeout` seconds at most; a scan that has begun is finished."""
        self._stopping.set()
        self._commands.put(None)
        if self._thread is not None:
            self._thread.join(timeout)

    def submit(self, command: GateCommand) -> None:
        """Queue a command for the gate's thread, before the next frame. May be called from any thread.

        `PauseScanning` and `CaptureScans` apply at once; a code that stays in view meanwhile is not scanned again afterwards.
        """
        if isinstance(command, PauseScanning):
            self._paused = command.paused
        elif isinstance(command, CaptureScans):
            self._capturing = command.active
        else:
            self._commands.put(command)

    def run_once(self, gate: Gate, wait: float = _WAIT_S) -> None:
        """Execute the queued commands, then decode the newest frame if one comes within `wait` seconds.

        As long as the door is waited for, commands stay in the queue and frames are only shown.
        """
        try:
            if self._may_decide():
                self._take_turn(gate, wait)
            else:
                self._show_preview(wait)
        except Exception as failure:  # noqa: BLE001 -- a bug of camera, decoder or debounce
            self._report_failed_scan(gate, failure)
        self._end_turn(gate)

    def _end_turn(self, gate: Gate) -> None:
        try:
            self._on_turn(gate)
            for scan_id in gate.take_given_back():
                self._debounce.give_back(self._decided.pop(scan_id, ""))
        except Exception as failure:  # noqa: BLE001 -- a bug of the status; it must not cover a verdict
            self._log_failure("gate_status_failed", failure)

    def _take_turn(self, gate: Gate, wait: float) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                self._run_command(gate, self._commands.get_nowait())
        frame = self._next_frame(gate, wait)
        if frame is not None:
            self._deliver(frame)
            self._scan(gate, frame)
            self._scan_fails = False

    def _show_preview(self, wait: float) -> None:
        """Show the newest frame without decoding it: its ticket is decided once the door is ready."""
        if self._camera is None:
            self._stopping.wait(wait)
        elif (frame := self._camera.latest(self._last_preview, timeout=wait)) is not None:
            self._last_preview = frame.number
            self._deliver(frame)

    def _run_command(self, gate: Gate, command: QueuedCommand | SubmitScan | AdmitGroup | None) -> None:
        if command is None:
            return
        answer: ScreenMessage | None
        try:
            answer = self._answer(gate, command)
        except StoreError as failure:  # of a setting; that of a scan is an outcome
            _log.warning("gate_command_failed", command=type(command).__name__, error=str(failure))
            gate.sound_refusal()
            answer = Notice.NOT_SAVED
        except Exception as failure:  # noqa: BLE001 -- a bug; the operator must not wait for an answer
            self._log_failure("gate_command_failed", failure)
            gate.sound_refusal()
            answer = Notice.STATION_FAILED
        if answer is not None and not self._deliver(answer):
            gate.sound_refusal()

    def _answer(self, gate: Gate, command: QueuedCommand | SubmitScan | AdmitGroup) -> ScreenMessage | None:
        if isinstance(command, SubmitCode | SubmitOrSearch) and is_scanned(command.text):
            command = SubmitScan(Transmission(data=command.text.encode("utf-8", "replace")))
        if isinstance(command, SubmitScan):
            self._decide_scanned(gate, command)
            return None
        if isinstance(command, AdmitGroup):
            return self._admit_group(gate, command)
        return self._execute(gate, command)

    def _admit_group(self, gate: Gate, command: AdmitGroup) -> ScreenMessage | None:
        """Publish whom a group's admission lets in as soon as it is written; then let them through one by one."""
        answer = gate.admit_group(command.subject, command.participant_ids)
        if not isinstance(answer, GroupOutcome) or not answer.admitted:
            return answer
        if not self._deliver(answer):
            gate.sound_refusal()

        def pause(seconds: float) -> bool:
            is_stopped = self._stopping.wait(seconds)
            self._end_turn(gate)  # who passes meanwhile is written and shown
            return not is_stopped

        released = gate.release_group(answer, pause)
        return released if released.is_stuck else None

    def _next_frame(self, gate: Gate, wait: float) -> Frame | None:
        if self._camera is None:
            with contextlib.suppress(queue.Empty):
                self._run_command(gate, self._commands.get(timeout=wait))
            return None
        frame = self._camera.latest(self._last_frame, timeout=wait)
        if frame is not None:
            self._last_frame = frame.number
        return frame

    def _scan(self, gate: Gate, frame: Frame) -> None:
        reading = self._reader.read(frame.image, guide=GUIDE)
        self._deliver(FrameDecoded(reading.elapsed_ms, has_code=bool(reading.texts)))
        now_ms = int(self._monotonic() * 1000)
        if self._paused or self._capturing:
            if self._debounce.keep_in_view(reading.texts, now_ms) and self._identify is None:
                if self._capturing and reading.texts:
                    self._deliver(CodeCaptured(reading.texts[0]))
                else:
                    gate.sound_refusal()  # the panel covers what the screen would say
            return
        missed = self._debounce.take_missed(reading.texts)
        code = self._debounce.next_code(reading.texts, now_ms)
        if isinstance(code, Notice):
            self._deliver(code)
        elif code is not None:
            self._decide(gate, code, now_ms, captured_at=frame.captured_at)
        elif missed and self._identify is None:
            self._deliver(Notice.NOT_DECIDED)

    def _decide_scanned(self, gate: Gate, scan: SubmitScan) -> None:
        """Decide a code of a hand-held scanner. A panel that pauses the camera does not: somebody pulled a trigger."""
        if self._capturing:
            self._deliver(ScanCaptured(scan.scan, scan.source))
            return
        reading = scan.scan.read(self._scanner_profile(scan.source))
        code, now_ms = choose_code((reading.text, *reading.alternatives)), int(self._monotonic() * 1000)
        if code and self._debounce.is_due(code, now_ms):
            self._decide(gate, code, now_ms)

    def _decide(self, gate: Gate, code: str, now_ms: int, captured_at: float | None = None) -> None:
        if self._identify is not None:
            self._deliver(self._identify(gate, code))
            return
        outcome = gate.decide_scan(code, captured_at=captured_at)
        if isinstance(outcome, GateOutcome):
            self._decided[outcome.row_id] = code
            while len(self._decided) > _REMEMBERED_ROWS:
                self._decided.pop(next(iter(self._decided)))
        unwritten = isinstance(outcome, GateOutcome) and outcome.trouble is Trouble.NOT_WRITTEN
        if unwritten or outcome in (Notice.NOT_READY, Notice.SIGN_ON):
            self._debounce.retry_later(code, now_ms)
        if not self._deliver(outcome):
            gate.sound_refusal()

    def _deliver(self, message: WorkerMessage) -> bool:
        """Publish a message; return False if its receiver failed, which must not end the turn of the next person."""
        try:
            self._publish(message)
        except Exception as failure:  # noqa: BLE001 -- a bug of the screen's or the reporter's
            self._log_failure("gate_message_not_delivered", failure)
            return False
        return True

    def _report_failed_scan(self, gate: Gate, failure: Exception) -> None:
        self._log_failure("gate_turn_failed", failure)
        if not self._scan_fails:
            self._scan_fails = True
            self._notice_at = float("-inf")
            gate.sound_refusal()
        now = self._monotonic()
        if now >= self._notice_at:
            self._notice_at = now + NOTICE_EVERY_S
            self._deliver(Notice.STATION_FAILED)

    def _log_failure(self, event: str, failure: Exception) -> None:
        """Log a bug with its traceback; the same one at most once a minute, as a frame comes thirty times a second."""
        now, key = self._monotonic(), (event, type(failure))
        if now >= self._logged_at.get(key, now):
            self._logged_at[key] = now + LOG_EVERY_S
            _log.error(event, exc_info=failure)
        with contextlib.suppress(Exception):
            self._on_failure()

    def _run(self) -> None:
        gate = self._open_when_possible()
        if gate is None:
            return
        try:
            while not self._stopping.is_set():
                try:
                    self.run_once(gate)
                except Exception as failure:  # noqa: BLE001 -- a bug of this loop; the gate goes on for the next person
                    self._log_failure("gate_turn_failed", failure)
                    self._deliver(Notice.STATION_FAILED)
                    self._stopping.wait(_WAIT_S)
        finally:
            self._close_gate()

    def _open_when_possible(self) -> Gate | None:
        """Return the gate, retrying until its store opens; None if the worker is stopped before."""
        while not self._stopping.is_set():
            try:
                return self._open_gate()
            except StoreError as failure:
                _log.warning("gate_open_failed", error=str(failure))
                self._deliver(GateReadiness.store_closed(failure))
            except Exception:  # noqa: BLE001 -- a bug; a gate that says so is better than a dead one
                _log.exception("gate_open_failed")
                self._deliver(GateReadiness(ReadinessState.STORE_CLOSED))
            self._refuse_commands(REOPEN_S)
        return None

    def _refuse_commands(self, seconds: float) -> None:
        """Answer commands for so many seconds: a code that is decided when the store opens would let in somebody else."""
        until = time.monotonic() + seconds
        while not self._stopping.is_set() and (left := until - time.monotonic()) > 0:
            with contextlib.suppress(queue.Empty):
                if self._commands.get(timeout=left) is not None:
                    self._deliver(Notice.NOT_READY)
