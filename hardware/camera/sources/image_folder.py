"""The pictures of a folder, by name, one each period."""

import logging
from collections import deque
from pathlib import Path

from hardware.camera.frame import Image
from hardware.camera.pictures import PICTURE_ENDINGS, NotAPictureError, read_picture
from hardware.camera.sources.base import Pace, SourceUrl
from hardware.errors import DeviceLost, DeviceMissing

log = logging.getLogger(__name__)


class ImageFolder:
    """`images:folder`; `?fps=10` pictures a second (5 unless told), `?loop=1` begins again at the end."""

    may_repeat = True

    def __init__(self, url: SourceUrl) -> None:
        """ValueError for an unknown option."""
        url.only("fps", "loop")
        self._folder = Path(url.place)
        self._loop = url.flag("loop")
        self._period = 1 / url.number("fps", 5)
        self._pace = Pace(self._period)
        self._waiting: deque[Path] | None = None
        self.longest_gap = max(1.0, 3 * self._period)

    def open(self) -> None:
        """See `FrameSource`. What the folder holds is looked up anew."""
        if not self._folder.is_dir():
            raise DeviceMissing(f"There is no folder {self._folder}.")
        pictures = sorted(path for path in self._folder.iterdir() if path.suffix.lower() in PICTURE_ENDINGS)
        if not pictures:
            raise DeviceMissing(f"There is no picture in the folder {self._folder}.")
        self._waiting = deque(pictures)
        self._pace = Pace(self._period)

    def read(self) -> Image | None:
        """See `FrameSource`. A file that is no picture is passed over; DeviceLost where none of them is one."""
        if self._waiting is None:
            raise DeviceLost(f"The folder {self._folder} is not open.")
        for _ in range(len(self._waiting)):
            path = self._waiting.popleft()
            try:
                image = read_picture(path)
            except (NotAPictureError, OSError) as fault:
                log.warning("%s is passed over: %s", path, fault)
                continue
            if self._loop:
                self._waiting.append(path)
            self._pace.wait()
            return image
        if self._loop:
            raise DeviceLost(f"No picture in the folder {self._folder} can be opened.")
        return None

    def close(self) -> None:
        """See `FrameSource`."""
        self._waiting = None
