"""A camera that a program feeds: the demo's virtual one."""

import threading

from hardware.camera.frame import Image
from hardware.errors import DeviceLost, DeviceMissing


class Feed:
    """Frames go in by `push` and come out of every source opened on it. `unplug` and `plug` are the cable.

    Safe between threads. Hand its `source` to the capture: `LatestFrame(feed.source)`. Like a camera it keeps nothing: a
    frame pushed while no source is open is gone.
    """

    def __init__(self, longest_gap: float = 1.0) -> None:
        """`longest_gap`: seconds between two pushes that are still in order; after more the camera counts as stale."""
        self.longest_gap = longest_gap
        self.changed = threading.Condition()
        self.plugged = True
        self.newest: tuple[int, Image] | None = None
        self._pushed = 0

    def push(self, image: Image) -> None:
        """The next frame; replaces one that nobody has read yet. Do not write into it afterwards."""
        with self.changed:
            self._pushed += 1
            self.newest = (self._pushed, image)
            self.changed.notify_all()

    def unplug(self) -> None:
        """From now on the camera is gone."""
        with self.changed:
            self.plugged = False
            self.changed.notify_all()

    def plug(self) -> None:
        """The camera is back and may be opened."""
        with self.changed:
            self.plugged = True

    def source(self) -> "FeedSource":
        """A source that delivers what is pushed from its opening on."""
        return FeedSource(self)


class FeedSource:
    """One opening of a `Feed`; see `FrameSource`."""

    may_repeat = True

    def __init__(self, feed: Feed) -> None:
        self.longest_gap = feed.longest_gap
        self._feed = feed
        self._seen = 0
        self._open = False

    def open(self) -> None:
        """See `FrameSource`."""
        with self._feed.changed:
            if not self._feed.plugged:
                raise DeviceMissing("The virtual camera is unplugged.")
            self._seen = self._feed.newest[0] if self._feed.newest else 0
            self._open = True

    def read(self) -> Image | None:
        """See `FrameSource`."""
        with self._feed.changed:
            self._feed.changed.wait_for(
                lambda: self._next() is not None or not self._feed.plugged or not self._open
            )
            if not self._feed.plugged or not self._open:
                raise DeviceLost("The virtual camera was unplugged or closed.")
            number, image = self._next() or (0, None)
            self._seen = number
            return image

    def _next(self) -> tuple[int, Image] | None:
        newest = self._feed.newest
        return newest if newest is not None and newest[0] > self._seen else None

    def close(self) -> None:
        """See `FrameSource`; a read that waits ends."""
        with self._feed.changed:
            self._open = False
            self._feed.changed.notify_all()
