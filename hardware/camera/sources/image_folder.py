"""Frame source that delivers the images of a folder, sorted by name."""

import logging
from collections import deque
from pathlib import Path

from hardware.camera.image_files import IMAGE_SUFFIXES, InvalidImageError, read_image
from hardware.camera.sources.base import FramePacer, Image, SourceUrl
from hardware.errors import DeviceAccessDenied, DeviceError, DeviceLost, DeviceMissing

log = logging.getLogger(__name__)


class ImageFolder:
    """`images:folder`; `?fps=10` sets the images per second (default 5), `?loop=1` restarts at the end."""

    may_repeat = True

    def __init__(self, url: SourceUrl) -> None:
        """Parse the options. Raises ValueError for an unknown option."""
        url.check_options("fps", "loop")
        self._folder = Path(url.path)
        self._loop = url.get_bool("loop")
        self._period = 1 / url.get_float("fps", 5)
        self._pacer = FramePacer(self._period)
        self._pending: deque[Path] | None = None
        self._delivered = False
        self.max_frame_interval = max(1.0, 3 * self._period)

    def open(self) -> None:
        """See `FrameSource`. Lists the folder again."""
        try:
            paths = self._images()
        except PermissionError as error:
            raise DeviceAccessDenied(f"This user may not read the folder {self._folder}.") from error
        except OSError as error:
            raise DeviceMissing(f"There is no folder {self._folder}.") from error
        if not paths:
            raise DeviceMissing(f"There is no image in the folder {self._folder}.")
        self._pending, self._delivered = deque(paths), False
        self._pacer = FramePacer(self._period)

    def read(self) -> Image | None:
        """See `FrameSource`. Skips files that are not images; raises DeviceLost if all are unreadable or the folder is gone."""
        if self._pending is None:
            raise DeviceLost(f"The folder {self._folder} is not open.")
        fault: DeviceError = DeviceLost(f"No image in the folder {self._folder} can be opened.")
        for _ in range(len(self._pending)):
            path = self._pending.popleft()
            try:
                image = read_image(path)
            except (InvalidImageError, OSError) as error:
                if not self._folder.is_dir():
                    raise DeviceLost(f"The folder {self._folder} is gone.") from error
                log.warning("image folder: skipped %s: %s", path, error)
                fault = _unreadable(path, error)
                continue
            if self._loop:
                self._pending.append(path)
            self._pacer.wait()
            self._delivered = True
            return image
        if self._loop or not self._delivered:
            raise fault
        return None

    def close(self) -> None:
        """See `FrameSource`."""
        self._pending = None

    def revision(self) -> object:
        """See `FrameSource`. Differs for other images, and while the folder is not there."""
        try:
            status = [(path.name, path.stat()) for path in self._images()]
        except OSError:
            return None
        return tuple((name, file.st_mtime_ns, file.st_size) for name, file in status)

    def _images(self) -> list[Path]:
        return sorted(path for path in self._folder.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES)


def _unreadable(path: Path, error: Exception) -> DeviceError:
    """Return what the operator reads if no image can be read, and `path` is the last of them."""
    if isinstance(error, PermissionError):
        return DeviceAccessDenied(f"This user may not read the file {path}.")
    reason = str(error) if isinstance(error, InvalidImageError) else "the file cannot be read"
    return DeviceLost(f"No image in the folder {path.parent} can be opened ({path.name}: {reason}).")
