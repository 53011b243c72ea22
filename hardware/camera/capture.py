"""Camera capture: keeps the newest frame on threads of its own, and reopens a camera that fails."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from hardware.camera.capture_session import CaptureSession
from hardware.camera.health import SENTENCES, CameraFault, CameraHealth, CameraState
from hardware.camera.sources.base import FrameSource, Image

_log = logging.getLogger(__name__)

_MAX_HUNG_THREADS = 3  # more threads that hang in a driver would not help
_POLL_INTERVAL_S = 0.1  # seconds
_LOOK_INTERVAL_S = 0.5  # seconds between two looks at the files of a source that came to its end


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One image. It is shared between threads, so its pixels are read-only: copy it before drawing."""

    image: Image
    number: int  # 1, 2, 3 ... per capture, continued when the camera is reopened
    captured_at: float  # monotonic seconds, when the source delivered it


class CameraCapture:
    """Keeps only the newest frame: a slow decoder skips frames and never lags behind the camera.

    The camera is reopened if it delivers nothing, or the same frame, for `stale_after` seconds, or if it is gone. The
    pauses before reopening come from `retry_delays` (the last one repeats), from the start again after a live frame. A
    video or a folder that was played to its end is opened again when its files change. A driver that hangs in a read is abandoned on
    its thread, because it cannot be ended from outside; the thread closes the device when the read returns.
    """

    def __init__(
        self,
        source_factory: Callable[[], FrameSource],
        *,
        clock: Callable[[], float] = time.monotonic,
        stale_after: float = 1.2,
        open_timeout: float = 5.0,
        retry_delays: tuple[float, ...] = (0.2, 0.5, 1.0, 2.0),
    ) -> None:
        """Create a stopped capture. `source_factory` runs at every opening: `lambda: open_source(url)` or `camera.source`."""
        self._source_factory = source_factory
        self._clock = clock
        self._stale_after = stale_after
        self._open_timeout = open_timeout
        self._retry_delays = retry_delays
        self._changed = threading.Condition()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._frame: Frame | None = None
        self._frame_count = 0
        self._health = CameraHealth(
            CameraState.MISSING, clock(), "The camera has not been opened yet.", fault=CameraFault.OPENING
        )
        self._was_live = self._is_switched = False
        self._abandoned_sessions: list[CaptureSession] = []

    def start(self) -> None:
        """Start the capture threads. Does nothing if they run."""
        if self._thread is None:
            self._stopping = False
            self._thread = threading.Thread(target=self._supervise, name="camera", daemon=True)
            self._thread.start()

    def stop(self, timeout: float = 2.0) -> None:
        """Stop within `timeout` seconds, even if a read hangs."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(timeout)
            self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def use(self, source_factory: Callable[[], FrameSource]) -> None:
        """Read another camera from now on; the one before is let go of."""
        with self._changed:
            self._source_factory, self._is_switched, self._was_live = source_factory, True, False
            self._set_health(CameraState.MISSING, CameraFault.OPENING, SENTENCES[CameraFault.OPENING])
            self._changed.notify_all()

    def latest(self, after_number: int = 0, timeout: float = 0.0) -> Frame | None:
        """Return the newest frame with a number above `after_number`; wait up to `timeout` seconds for it, else None."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopping or self._frame_count > after_number, timeout)
            return self._frame if self._frame is not None and self._frame.number > after_number else None

    def health(self) -> CameraHealth:
        """Return the current health."""
        with self._changed:
            return self._health

    # --- supervisor thread ----------------------------------------------------------------------

    def _supervise(self) -> None:
        while not self._stopping:
            try:
                self._run_sessions()
            except Exception:  # noqa: BLE001 -- a bug, or no more threads; a camera without a supervisor never comes back
                _log.exception("camera: the supervisor failed; it goes on")
                with self._changed:
                    self._set_health(CameraState.MISSING, CameraFault.FAILED, SENTENCES[CameraFault.FAILED])
                self._wait_before_retry(self._retry_delays[-1])

    def _run_sessions(self) -> None:
        failures = 0
        while not self._stopping:
            session = CaptureSession(
                self._source_factory, on_frame=self._on_frame, on_ended=self._on_ended, clock=self._clock
            )
            session.start()
            finished = self._supervise_session(session)
            session.abandon()
            self._abandoned_sessions.append(session)  # until its thread has ended
            if finished:
                self._wait_for_new_content(session)
                self._wait_before_retry(0)
                failures = 0
                continue
            failures = 1 if session.was_live else failures + 1
            self._wait_before_retry(self._retry_delays[min(failures, len(self._retry_delays)) - 1])

    def _supervise_session(self, session: CaptureSession) -> bool:
        """Wait until the session ends or must be abandoned. Return True if it came to its end."""
        with self._changed:
            while not self._stopping:
                if self._is_switched:
                    self._is_switched = False
                    return False
                if session.has_ended:
                    self._set_health(CameraState.MISSING, session.fault, session.message)
                    return session.exhausted
                fault = session.find_fault(self._stale_after, self._open_timeout)
                if fault is not None:
                    state = CameraState.STALE if session.was_opened() else CameraState.MISSING
                    self._set_health(state, fault, SENTENCES[fault])
                    return False
                self._changed.wait(_POLL_INTERVAL_S)
        return True

    def _wait_for_new_content(self, session: CaptureSession) -> None:
        while not self._stopping and not session.has_new_content():
            with self._changed:
                self._changed.wait_for(lambda: self._stopping, _LOOK_INTERVAL_S)

    def _wait_before_retry(self, seconds: float) -> None:
        until = self._clock() + seconds
        with self._changed:
            while not self._stopping:
                self._abandoned_sessions = [
                    session for session in self._abandoned_sessions if session.is_alive()
                ]
                if self._clock() >= until and len(self._abandoned_sessions) < _MAX_HUNG_THREADS:
                    return
                self._changed.wait(_POLL_INTERVAL_S)

    # --- session callbacks, on its thread --------------------------------------------------------

    def _on_frame(self, session: CaptureSession, image: Image) -> None:
        if image.size == 0:  # some drivers deliver an empty array when they have no frame
            return
        image = image.view()
        image.flags.writeable = False
        with self._changed:
            if self._stopping or session.is_abandoned:
                return
            is_new = session.record_frame(image)
            self._frame_count += 1
            self._frame = Frame(image, self._frame_count, self._clock())
            if is_new:
                exposure = session.exposure
                self._set_health(CameraState.LIVE, exposure, SENTENCES[exposure] if exposure else "")
            self._changed.notify_all()

    def _on_ended(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _set_health(self, state: CameraState, fault: CameraFault | None, sentence: str) -> None:
        """Set the health. The caller must hold the lock."""
        old = self._health
        if (old.state, old.fault, old.message) == (state, fault, sentence):
            return
        is_reopened = state is CameraState.LIVE and old.state is not CameraState.LIVE and self._was_live
        self._was_live = self._was_live or state is CameraState.LIVE
        since = old.since if old.state is state else self._clock()
        self._health = CameraHealth(state, since, sentence, old.reopen_count + is_reopened, fault)
