"""One opening of a camera, on a thread of its own, from open to close."""

import logging
import threading
from collections.abc import Callable

from hardware.camera.frame import Image
from hardware.camera.health import fingerprint
from hardware.camera.sources.base import FrameSource
from hardware.errors import DeviceError

log = logging.getLogger(__name__)


class Session:
    """Opens a source, hands on its frames until it ends or is left, and closes it. One use only.

    A driver's read may hang and nobody can end it from outside; closing the device under it can crash the process. So
    whoever has waited long enough only leaves the session, and its own thread closes the source when the read returns.
    """

    def __init__(
        self,
        make_source: Callable[[], FrameSource],
        *,
        deliver: Callable[["Session", Image], None],
        ended: Callable[[], None],
        clock: Callable[[], float],
    ) -> None:
        """`deliver` and `ended` are called on the session's thread."""
        self._make_source = make_source
        self._deliver = deliver
        self._ended = ended
        self._clock = clock
        self._began = clock()
        self._opened_at: float | None = None
        self._arrived_at = self._fresh_at = 0.0
        self._mark: int | None = None
        self._longest_gap, self._may_repeat = 0.0, True
        self._left, self._over = threading.Event(), threading.Event()
        self.sentence = "The camera is being opened."
        self.no_more = False  # the source ended of itself: a clip that was played to its end
        self._thread = threading.Thread(target=self._run, name="camera-read", daemon=True)

    def start(self) -> None:
        """Begin on the thread."""
        self._thread.start()

    def leave(self) -> None:
        """Want no more of it."""
        self._left.set()

    @property
    def left(self) -> bool:
        """Whether it was left: what it still delivers is late and no longer wanted."""
        return self._left.is_set()

    @property
    def over(self) -> bool:
        """Whether the source ended or failed; `sentence` says how."""
        return self._over.is_set()

    def alive(self) -> bool:
        """Whether its thread is still there, possibly hung in the driver."""
        return self._thread.is_alive()

    def note(self, image: Image) -> bool:
        """Whether this frame shows that the camera lives: any frame, or of a live sensor one unlike the last."""
        now, mark = self._clock(), fingerprint(image)
        fresh = self._may_repeat or (self._mark is not None and mark != self._mark)
        self._mark, self._arrived_at = mark, now
        if fresh:
            self._fresh_at = now
        return fresh

    def overdue(self, stale_after: float, open_within: float) -> str | None:
        """A sentence where it has been silent or frozen for `stale_after` seconds, or does not open; else None."""
        now = self._clock()
        if self._opened_at is None:
            return "The camera does not open." if now - self._began > open_within else None
        limit = max(stale_after, self._longest_gap)
        if now - max(self._opened_at, self._arrived_at) > limit:
            return "The camera delivers no new pictures."
        if now - max(self._opened_at, self._fresh_at) > limit:
            return "The camera's picture is frozen."
        return None

    def opened(self) -> bool:
        """Whether the source could be opened."""
        return self._opened_at is not None

    def _run(self) -> None:
        try:
            source = self._make_source()
            try:
                self._play(source)
            finally:
                source.close()
        except DeviceError as fault:
            self.sentence = str(fault)
        except Exception:
            log.exception("a camera source failed in a way it should not; it will be opened again")
            self.sentence = "The camera failed."
        finally:
            self._over.set()
            self._ended()

    def _play(self, source: FrameSource) -> None:
        source.open()
        self._longest_gap, self._may_repeat = source.longest_gap, source.may_repeat
        self._opened_at = self._clock()
        while not self.left:
            image = source.read()
            if image is None:
                self.sentence, self.no_more = "There are no more pictures.", True
                return
            self._deliver(self, image)
