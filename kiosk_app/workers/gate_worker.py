"""The gate's own thread: the newest frame is read, decided and acted on; what is typed is served in between.

Only frozen values leave it, through `on_event`, which is called on this thread and must not block. The thread opens the
store itself, since a connection belongs to the thread that made it.
"""

import contextlib
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from hardware.camera import CameraCapture, Frame
from hardware.codes import CodeReader, Rect
from hub_sync.client.store import StoreError
from kiosk_app.core.debounce import Sightings
from kiosk_app.core.gate import Gate
from kiosk_app.core.outcome import GateOutcome, Notice, Trouble

GUIDE = Rect(0.28, 0.12, 0.44, 0.76)
"""Where the operator holds tickets, in fractions of the frame; the screen draws the same rectangle."""
_WAIT_S = 0.1
REOPEN_S = 2.0
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Read:
    """What reading one frame took, for figures: milliseconds, and whether there was a code."""

    ms: float
    found: bool


Command = Callable[[Gate], GateOutcome | Notice | None]
"""Something to do on the gate's thread; what it returns is told like a scan."""


class GateWorker:
    """Runs one `Gate`. `run_once()` is one turn of the loop, so that tests need no thread."""

    def __init__(
        self,
        *,
        open_gate: Callable[[], Gate],
        close_gate: Callable[[], None],
        camera: CameraCapture | None,
        reader: CodeReader,
        on_event: Callable[[GateOutcome | Notice | Read], None],
        on_frame: Callable[[Frame], None] = lambda _: None,
        on_turn: Callable[[Gate], None] = lambda _: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`on_turn` is called after each turn, with the gate, for what the screen is told beside scans."""
        self._open_gate = open_gate
        self._close_gate = close_gate
        self._camera = camera
        self._reader = reader
        self._on_event = on_event
        self._on_frame = on_frame
        self._on_turn = on_turn
        self._monotonic = monotonic
        self._commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._sightings = Sightings()
        self._last_frame = 0
        self._held = False
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin on a thread of its own."""
        self._thread = threading.Thread(target=self._run, name="gate", daemon=True)
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """End after the turn that is under way; a scan that has begun is finished."""
        self._stopping.set()
        self._commands.put(lambda _: None)
        if self._thread is not None:
            self._thread.join(timeout)

    def submit(self, command: Command) -> None:
        """Have something done on the gate's thread, before the next frame."""
        self._commands.put(command)

    def hold(self, on: bool) -> None:
        """Pause the camera's scans while the operator fills in a panel; what stays in view stays the same sight."""
        self._held = on

    def run_once(self, gate: Gate, wait: float = _WAIT_S) -> None:
        """Serve what was asked for, then the newest frame if there is a new one within `wait` seconds."""
        try:
            while True:
                self._tell(self._commands.get_nowait()(gate))
        except queue.Empty:
            pass
        frame = self._next_frame(gate, wait)
        if frame is not None:
            self._on_frame(frame)
            self._look(gate, frame)
        self._on_turn(gate)

    def _next_frame(self, gate: Gate, wait: float) -> Frame | None:
        if self._camera is None:
            with contextlib.suppress(queue.Empty):
                command = self._commands.get(timeout=wait)
                self._tell(command(gate))
            return None
        frame = self._camera.latest(self._last_frame, timeout=wait)
        if frame is not None:
            self._last_frame = frame.number
        return frame

    def _look(self, gate: Gate, frame: Frame) -> None:
        reading = self._reader.read(frame.image, guide=GUIDE)
        self._on_event(Read(reading.elapsed_ms, found=bool(reading.texts)))
        now_ms = int(self._monotonic() * 1000)
        if self._held:
            self._sightings.keep_in_view(reading.texts, now_ms)
            return
        seen = self._sightings.see(reading.texts, now_ms)
        if isinstance(seen, Notice):
            self._tell(seen)
        elif seen is not None:
            told = gate.scan(seen, captured_at=frame.captured_at)
            unwritten = isinstance(told, GateOutcome) and told.trouble is Trouble.NOT_WRITTEN
            if unwritten or told is Notice.NOT_READY:
                self._sightings.again_in_a_second(seen, now_ms)
            self._tell(told)

    def _tell(self, told: GateOutcome | Notice | None) -> None:
        if told is not None:
            self._on_event(told)

    def _run(self) -> None:
        gate = self._open_when_possible()
        if gate is None:
            return
        try:
            while not self._stopping.is_set():
                try:
                    self.run_once(gate)
                except StoreError as failure:  # not of a scan: those are told as outcomes
                    _log.warning("gate_store_failed", why=str(failure))
                except Exception:  # noqa: BLE001 -- a bug; the log has it, and the gate goes on for the next person
                    _log.exception("gate_turn_failed")
        finally:
            self._close_gate()

    def _open_when_possible(self) -> Gate | None:
        """The gate, tried again until its store opens; None if the worker is stopped before."""
        while not self._stopping.is_set():
            try:
                return self._open_gate()
            except StoreError as failure:
                _log.warning("gate_could_not_open", why=str(failure))
            except Exception:  # noqa: BLE001 -- a bug; a gate that says NOT_READY is better than a dead one
                _log.exception("gate_could_not_open")
            self._tell(Notice.NOT_READY)
            self._stopping.wait(REOPEN_S)
        return None
