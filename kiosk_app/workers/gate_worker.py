"""The gate's own thread: it decodes the newest frame, decides and acts; commands are executed in between.

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
from hardware.scanner import read_text
from hub_sync.client.store import StoreError
from kiosk_app.core.debounce import Debounce
from kiosk_app.core.gate import Gate
from kiosk_app.core.scanned_code import choose_code, is_scanned
from kiosk_app.messages import (
    FrameDecoded,
    GateCommand,
    GateOutcome,
    Notice,
    PauseScanning,
    Publish,
    QueuedCommand,
    ScreenMessage,
    SubmitCode,
    SubmitOrSearch,
    SubmitScan,
    Trouble,
)

GUIDE = Rect(0.28, 0.12, 0.44, 0.76)
"""The area where the operator holds tickets, in fractions of the frame; the screen draws the same rectangle."""
_WAIT_S = 0.1
REOPEN_S = 2.0
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
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the parts. `on_turn` is called with the gate after each turn; `monotonic` returns seconds."""
        self._open_gate = open_gate
        self._close_gate = close_gate
        self._camera = camera
        self._reader = reader
        self._execute = execute
        self._publish = publish
        self._on_turn = on_turn
        self._monotonic = monotonic
        self._commands: queue.SimpleQueue[QueuedCommand | SubmitScan | None] = queue.SimpleQueue()
        self._debounce = Debounce()
        self._last_frame = 0
        self._paused = False
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

        `PauseScanning` applies at once; a code that stays in view meanwhile is not scanned again afterwards.
        """
        if isinstance(command, PauseScanning):
            self._paused = command.paused
        else:
            self._commands.put(command)

    def run_once(self, gate: Gate, wait: float = _WAIT_S) -> None:
        """Execute the queued commands, then decode the newest frame if one comes within `wait` seconds."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._run_command(gate, self._commands.get_nowait())
        frame = self._next_frame(gate, wait)
        if frame is not None:
            self._publish(frame)
            self._scan(gate, frame)
        self._on_turn(gate)

    def _run_command(self, gate: Gate, command: QueuedCommand | SubmitScan | None) -> None:
        if isinstance(command, SubmitCode | SubmitOrSearch) and is_scanned(command.text):
            scanned = read_text(command.text)
            command = SubmitScan(scanned.text, scanned.alternatives)
        if isinstance(command, SubmitScan):
            self._decide_scanned(gate, command)
        elif command is not None and (answer := self._execute(gate, command)) is not None:
            self._publish(answer)

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
        self._publish(FrameDecoded(reading.elapsed_ms, has_code=bool(reading.texts)))
        now_ms = int(self._monotonic() * 1000)
        if self._paused:
            self._debounce.keep_in_view(reading.texts, now_ms)
            return
        code = self._debounce.next_code(reading.texts, now_ms)
        if isinstance(code, Notice):
            self._publish(code)
        elif code is not None:
            self._decide(gate, code, now_ms, captured_at=frame.captured_at)

    def _decide_scanned(self, gate: Gate, scan: SubmitScan) -> None:
        """Decide a code of a hand-held scanner. A panel that pauses the camera does not: somebody pulled a trigger."""
        code, now_ms = choose_code((scan.text, *scan.alternatives)), int(self._monotonic() * 1000)
        if code and self._debounce.is_due(code, now_ms):
            self._decide(gate, code, now_ms)

    def _decide(self, gate: Gate, code: str, now_ms: int, captured_at: float | None = None) -> None:
        outcome = gate.decide_scan(code, captured_at=captured_at)
        unwritten = isinstance(outcome, GateOutcome) and outcome.trouble is Trouble.NOT_WRITTEN
        if unwritten or outcome is Notice.NOT_READY:
            self._debounce.retry_later(code, now_ms)
        self._publish(outcome)

    def _run(self) -> None:
        gate = self._open_when_possible()
        if gate is None:
            return
        try:
            while not self._stopping.is_set():
                try:
                    self.run_once(gate)
                except StoreError as failure:  # of a setting or a search; that of a scan is an outcome
                    _log.warning("gate_store_failed", error=str(failure))
                except Exception:  # noqa: BLE001 -- a bug; the log has it, and the gate goes on for the next person
                    _log.exception("gate_turn_failed")
        finally:
            self._close_gate()

    def _open_when_possible(self) -> Gate | None:
        """Return the gate, retrying until its store opens; None if the worker is stopped before."""
        while not self._stopping.is_set():
            try:
                return self._open_gate()
            except StoreError as failure:
                _log.warning("gate_open_failed", error=str(failure))
            except Exception:  # noqa: BLE001 -- a bug; a gate that says NOT_READY is better than a dead one
                _log.exception("gate_open_failed")
            self._publish(Notice.NOT_READY)
            self._stopping.wait(REOPEN_S)
        return None
