"""The newest frame of a camera, taken on threads of its own, with a camera that fails opened again."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from hardware.camera.capture_session import CaptureSession
from hardware.camera.health import CameraHealth, CameraState, exposure_fault
from hardware.camera.sources.base import FrameSource, Image

_MAX_HUNG_THREADS = 3  # threads that hang in a driver; more would not make it better
_POLL_INTERVAL_S = 0.1  # seconds between two looks at the clock


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture. It crosses threads, so its pixels are read-only: copy before drawing on it."""

    image: Image
    number: int  # 1, 2, 3 ... over the capture's life, also across a re-opened camera
    captured_at: float  # monotonic seconds, when it came out of the source


class CameraCapture:
    """Keeps the newest frame only: who decodes slower than the camera delivers skips frames and never lags behind.

    A camera that delivers nothing for `stale_after` seconds, or the same frame bit for bit, or went away, is opened again
    after a pause out of `pauses` (the last of them for ever after). A driver that hangs in a read is left behind on its
    thread, as no one can end it from outside; it lets the device go when it comes back.
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
        """`source_factory` is called for each opening, on a thread: `lambda: open_source(url)` or `feed.source`."""
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
        self._health = CameraHealth(CameraState.MISSING, clock(), "The camera has not been opened yet.")
        self._was_live = False
        self._abandoned_sessions: list[CaptureSession] = []

    def start(self) -> None:
        """Begin; returns at once. Does nothing where it runs already."""
        if self._thread is None:
            self._stopping = False
            self._thread = threading.Thread(target=self._supervise, name="camera", daemon=True)
            self._thread.start()

    def stop(self, timeout: float = 2.0) -> None:
        """End, within `timeout` seconds even where a read hangs."""
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

    def latest(self, after_number: int = 0, timeout: float = 0.0) -> Frame | None:
        """The newest frame, if its number is above `after`; else the next one within `timeout` seconds, else None."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopping or self._frame_count > after_number, timeout)
            return self._frame if self._frame is not None and self._frame.number > after_number else None

    def health(self) -> CameraHealth:
        """How the camera does now."""
        with self._changed:
            return self._health

    # --- the supervisor's thread ----------------------------------------------------------------

    def _supervise(self) -> None:
        failures = 0
        while not self._stopping:
            before = self._frame_count
            session = CaptureSession(
                self._source_factory, on_frame=self._on_frame, on_ended=self._on_ended, clock=self._clock
            )
            session.start()
            finished = self._supervise_session(session)
            session.abandon()
            self._abandoned_sessions.append(session)  # until its thread is gone
            if finished:
                return
            failures = 1 if self._frame_count > before else failures + 1
            self._wait_before_retry(self._retry_delays[min(failures, len(self._retry_delays)) - 1])

    def _supervise_session(self, session: CaptureSession) -> bool:
        """Until the session ends or has to be given up. True where there is nothing to open again."""
        with self._changed:
            while not self._stopping:
                if session.has_ended:
                    self._set_health(CameraState.MISSING, session.message)
                    return session.exhausted
                sentence = session.find_fault(self._stale_after, self._open_timeout)
                if sentence is not None:
                    self._set_health(
                        CameraState.STALE if session.was_opened() else CameraState.MISSING, sentence
                    )
                    return False
                self._changed.wait(_POLL_INTERVAL_S)
        return True

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

    # --- called by a session, on its thread ------------------------------------------------------

    def _on_frame(self, session: CaptureSession, image: Image) -> None:
        if image.size == 0:  # some drivers say so when they have nothing; it is not a picture
            return
        exposure = exposure_fault(image)
        image = image.view()
        image.flags.writeable = False
        with self._changed:
            if self._stopping or session.is_abandoned:
                return
            fresh = session.record_frame(image)
            self._frame_count += 1
            self._frame = Frame(image, self._frame_count, self._clock())
            if fresh:
                self._set_health(CameraState.LIVE, exposure or "")
            self._changed.notify_all()

    def _on_ended(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _set_health(self, state: CameraState, sentence: str) -> None:
        """Under the lock."""
        old = self._health
        if (old.state, old.message) == (state, sentence):
            return
        opened_again = state is CameraState.LIVE and old.state is not CameraState.LIVE and self._was_live
        self._was_live = self._was_live or state is CameraState.LIVE
        since = old.since if old.state is state else self._clock()
        self._health = CameraHealth(state, since, sentence, old.reopen_count + opened_again)
