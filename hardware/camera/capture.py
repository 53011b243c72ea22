"""The newest frame of a camera, taken on threads of its own, with a camera that fails opened again."""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from hardware.camera.frame import Frame, Image
from hardware.camera.health import CameraHealth, CameraState, exposure_fault
from hardware.camera.session import Session
from hardware.camera.sources.base import FrameSource

_MOST_STUCK = 3  # threads that hang in a driver; more would not make it better
_TICK = 0.1  # seconds between two looks at the clock


class LatestFrame:
    """Keeps the newest frame only: who decodes slower than the camera delivers skips frames and never lags behind.

    A camera that delivers nothing for `stale_after` seconds, or the same frame bit for bit, or went away, is opened again
    after a pause out of `pauses` (the last of them for ever after). A driver that hangs in a read is left behind on its
    thread, as no one can end it from outside; it lets the device go when it comes back.
    """

    def __init__(
        self,
        make_source: Callable[[], FrameSource],
        *,
        clock: Callable[[], float] = time.monotonic,
        stale_after: float = 1.2,
        open_within: float = 5.0,
        pauses: tuple[float, ...] = (0.2, 0.5, 1.0, 2.0),
    ) -> None:
        """`make_source` is called for each opening, on a thread: `lambda: open_source(url)` or `feed.source`."""
        self._make_source = make_source
        self._clock = clock
        self._stale_after = stale_after
        self._open_within = open_within
        self._pauses = pauses
        self._changed = threading.Condition()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._frame: Frame | None = None
        self._count = 0
        self._health = CameraHealth(CameraState.MISSING, clock(), "The camera has not been opened yet.")
        self._was_live = False
        self._stuck: list[Session] = []

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

    def latest(self, after: int = 0, timeout: float = 0.0) -> Frame | None:
        """The newest frame, if its number is above `after`; else the next one within `timeout` seconds, else None."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopping or self._count > after, timeout)
            return self._frame if self._frame is not None and self._frame.number > after else None

    def health(self) -> CameraHealth:
        """How the camera does now."""
        with self._changed:
            return self._health

    # --- the supervisor's thread ----------------------------------------------------------------

    def _supervise(self) -> None:
        failures = 0
        while not self._stopping:
            before = self._count
            session = Session(self._make_source, deliver=self._deliver, ended=self._wake, clock=self._clock)
            session.start()
            finished = self._watch(session)
            session.leave()
            self._stuck.append(session)  # until its thread is gone
            if finished:
                return
            failures = 1 if self._count > before else failures + 1
            self._pause(self._pauses[min(failures, len(self._pauses)) - 1])

    def _watch(self, session: Session) -> bool:
        """Until the session ends or has to be given up. True where there is nothing to open again."""
        with self._changed:
            while not self._stopping:
                if session.over:
                    self._say(CameraState.MISSING, session.sentence)
                    return session.no_more
                sentence = session.overdue(self._stale_after, self._open_within)
                if sentence is not None:
                    self._say(CameraState.STALE if session.opened() else CameraState.MISSING, sentence)
                    return False
                self._changed.wait(_TICK)
        return True

    def _pause(self, seconds: float) -> None:
        until = self._clock() + seconds
        with self._changed:
            while not self._stopping:
                self._stuck = [session for session in self._stuck if session.alive()]
                if self._clock() >= until and len(self._stuck) < _MOST_STUCK:
                    return
                self._changed.wait(_TICK)

    # --- called by a session, on its thread ------------------------------------------------------

    def _deliver(self, session: Session, image: Image) -> None:
        if image.size == 0:  # some drivers say so when they have nothing; it is not a picture
            return
        exposure = exposure_fault(image)
        image = image.view()
        image.flags.writeable = False
        with self._changed:
            if self._stopping or session.left:
                return
            fresh = session.note(image)
            self._count += 1
            self._frame = Frame(image, self._count, self._clock())
            if fresh:
                self._say(CameraState.LIVE, exposure or "")
            self._changed.notify_all()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _say(self, state: CameraState, sentence: str) -> None:
        """Under the lock."""
        old = self._health
        if (old.state, old.sentence) == (state, sentence):
            return
        opened_again = state is CameraState.LIVE and old.state is not CameraState.LIVE and self._was_live
        self._was_live = self._was_live or state is CameraState.LIVE
        since = old.since if old.state is state else self._clock()
        self._health = CameraHealth(state, since, sentence, old.reopened + opened_again)
