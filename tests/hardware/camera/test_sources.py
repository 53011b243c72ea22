"""Each source behind its URL: real video and picture files; for USB only OpenCV's device layer is stood in for."""

import errno
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from hardware.camera import SOURCES, Image, VirtualCamera, open_source
from hardware.camera.sources import SourceUrl, video_file
from hardware.camera.sources.base import FramePacer
from hardware.camera.sources.usb_camera import UsbCamera, check_access, is_virtual
from hardware.errors import DeviceAccessDenied, DeviceBusy, DeviceError, DeviceLost, DeviceMissing


def picture(level: int, width: int = 160, height: int = 120) -> Image:
    return np.full((height, width, 3), level, dtype=np.uint8)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Ten frames at 20 a second, each a step brighter, written by OpenCV."""
    path = tmp_path / "clip.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 20.0, (160, 120))
    assert writer.isOpened()
    for step in range(10):
        writer.write(picture(20 * step + 20))
    writer.release()
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "pictures"
    path.mkdir()
    for name, level in (("b.png", 100), ("a.jpg", 50), ("c.WEBP", 150)):
        packed = cv2.imencode(name[1:].lower(), picture(level))[1]
        (path / name).write_bytes(packed.tobytes())
    (path / "notes.txt").write_text("no picture")
    return path


def levels(source: Any, most: int) -> list[int]:
    """Return the mean gray level of each frame until the source ends."""
    frame_levels = []
    for _ in range(most):
        image = source.read()
        if image is None:
            break
        frame_levels.append(round(float(image.mean())))
    return frame_levels


def test_a_clip_plays_every_frame_in_order_at_its_own_speed_and_ends(clip: Path) -> None:
    source = open_source(f"file:{clip}")
    source.open()

    start = time.monotonic()
    frame_levels = levels(source, 50)
    took = time.monotonic() - start

    assert len(frame_levels) == 10
    assert frame_levels == sorted(frame_levels)
    assert 9 / 20 <= took < 2.0
    source.close()
    source.close()


def test_a_clip_made_by_ffmpeg_plays_too(tmp_path: Path) -> None:
    ffmpeg = shutil.which("ffmpeg")
    assert ffmpeg is not None, "packaging/run test installs ffmpeg"
    path = tmp_path / "tone.mp4"
    subprocess.run(
        [ffmpeg, "-v", "error", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=30:duration=0.2", str(path)],
        check=True,
    )
    source = open_source(f"file:{path}")
    source.open()

    assert len(levels(source, 50)) == 6


def test_a_looped_clip_begins_again(clip: Path) -> None:
    source = open_source(f"file:{clip}?loop=1")
    source.open()

    frame_levels = levels(source, 13)

    assert len(frame_levels) == 13
    assert abs(frame_levels[10] - frame_levels[0]) <= 2
    source.close()


def test_pictures_come_by_name_and_what_is_none_is_passed_over(folder: Path) -> None:
    (folder / "aa.png").write_bytes(b"not a png")
    source = open_source(f"images:{folder}?fps=100")
    source.open()

    assert levels(source, 10) == [50, 100, 150]
    source.close()


def test_pictures_loop_at_the_asked_speed(folder: Path) -> None:
    source = open_source(f"images:{folder}?fps=40&loop=1")
    source.open()

    start = time.monotonic()
    assert levels(source, 7) == [50, 100, 150, 50, 100, 150, 50]
    assert time.monotonic() - start >= 6 / 40


def test_a_looped_folder_without_one_picture_that_opens_is_lost(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"not a png")
    source = open_source(f"images:{tmp_path}?loop=1")
    source.open()

    with pytest.raises(DeviceLost, match="can be opened"):
        source.read()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("file:/nowhere/clip.mp4", "There is no video file"),
        ("file:{here}", "There is no video file"),
        ("file:{here}/text.mp4", "is not a readable video"),
        ("images:/nowhere", "There is no folder"),
        ("images:{here}/empty", "There is no image in the folder"),
        ("usb:97", "There is no camera /dev/video97"),
    ],
)
def test_what_is_not_there_is_missing_and_says_so(tmp_path: Path, url: str, sentence: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.mp4").write_text("this is no video")

    source = open_source(url.format(here=tmp_path))

    with pytest.raises(DeviceMissing, match=sentence):
        source.open()
    source.close()


@pytest.mark.parametrize("url", ["file:a.mp4", "images:a", "usb:0"])
def test_reading_before_opening_is_lost(url: str) -> None:
    with pytest.raises(DeviceLost):
        open_source(url).read()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", "is not a camera URL"),
        ("0", "is not a camera URL"),
        ("rtsp://host/stream", "should start with one of usb:, file:, images:"),
        ("usb:", "names no device or path"),
        ("file:?loop=1", "names no device or path"),
        ("file:a.mp4?lop=1", "unknown option 'lop'; known: loop"),
        ("file:a.mp4?loop=yes", "loop should be 0 or 1"),
        ("images:a?fps=0", "fps should be a number above zero"),
        ("images:a?fps=nan", "fps should be a number above zero"),
        ("images:a?fps=fast", "not 'fast'"),
        ("usb:0?width=-3", "width should be a number above zero"),
    ],
)
def test_a_mistyped_url_is_refused_with_a_sentence(url: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        open_source(url)


def test_a_program_can_add_a_scheme_of_its_own() -> None:
    feed = VirtualCamera()
    source = open_source("memory:demo", {**SOURCES, "memory": lambda _: feed.source()})
    source.open()
    feed.push(picture(7))

    image = source.read()

    assert image is not None
    assert image[0, 0, 0] == 7


def test_a_feed_hands_out_the_newest_only_and_nothing_from_before_it_was_opened() -> None:
    feed = VirtualCamera()
    feed.push(picture(1))
    source = feed.source()
    source.open()
    feed.push(picture(2))
    feed.push(picture(3))

    assert levels(source, 1) == [3]


@pytest.mark.parametrize("end", ["unplug", "close"])
def test_a_read_that_waits_ends_when_the_feed_is_unplugged_or_closed(end: str) -> None:
    feed = VirtualCamera()
    source = feed.source()
    source.open()
    threading.Timer(0.05, feed.unplug if end == "unplug" else source.close).start()

    with pytest.raises(DeviceLost):
        source.read()


def test_the_pace_does_not_rush_after_a_stall() -> None:
    now, slept = [0.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    pace = FramePacer(0.1, clock=lambda: now[0], sleep=sleep)
    pace.wait()
    pace.wait()
    now[0] += 5
    pace.wait()
    pace.wait()

    assert slept == pytest.approx([0.1, 0.1])


class FakeV4l2:
    """OpenCV's device layer: this machine has no camera. What it is asked for is kept."""

    def __init__(self, device: int | str, backend: int) -> None:
        self.device, self.backend = device, backend
        self.requested: list[tuple[int, float]] = []
        self.frames: list[Image] = [picture(9)]
        self.released = False

    def isOpened(self) -> bool:  # noqa: N802
        return self.device != 5

    def set(self, what: int, value: float) -> bool:
        self.requested.append((what, value))
        return True

    def read(self) -> tuple[bool, Image | None]:
        return (True, self.frames.pop()) if self.frames else (False, None)

    def release(self) -> None:
        self.released = True


def usb(url: str) -> tuple[UsbCamera, list[FakeV4l2]]:
    captures: list[FakeV4l2] = []

    def capture(device: int | str, backend: int) -> FakeV4l2:
        captures.append(FakeV4l2(device, backend))
        return captures[-1]

    return UsbCamera(SourceUrl.parse(url, url.partition(":")[2]), open_capture=capture), captures


def test_a_usb_camera_is_asked_for_mjpg_720p_and_one_buffer_through_v4l2() -> None:
    camera, captures = usb("usb:2")
    camera.open()

    assert (captures[0].device, captures[0].backend) == (2, cv2.CAP_V4L2)
    assert captures[0].requested == [
        (cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG")),
        (cv2.CAP_PROP_FRAME_WIDTH, 1280),
        (cv2.CAP_PROP_FRAME_HEIGHT, 720),
        (cv2.CAP_PROP_BUFFERSIZE, 1),
    ]


def test_a_usb_camera_that_stops_delivering_is_lost_and_let_go() -> None:
    camera, captures = usb("usb:/dev/video9?width=1920&height=1080")
    camera.open()

    assert camera.read() is not None
    with pytest.raises(DeviceLost, match="unplugged"):
        camera.read()
    camera.close()

    assert captures[0].device == "/dev/video9"
    assert (cv2.CAP_PROP_FRAME_WIDTH, 1920) in captures[0].requested
    assert captures[0].released


def test_a_usb_camera_that_another_program_holds_is_busy(tmp_path: Path) -> None:
    node = tmp_path / "video0"
    node.touch()
    source = UsbCamera(SourceUrl("", str(node), {}), open_capture=lambda _, backend: FakeV4l2(5, backend))

    with pytest.raises(DeviceBusy, match="another program may use it"):
        source.open()


@pytest.mark.parametrize(
    ("number", "error", "says"),
    [
        (errno.EACCES, DeviceAccessDenied, "sudo usermod -aG"),
        (errno.EPERM, DeviceAccessDenied, "sign in again"),
        (errno.EBUSY, DeviceBusy, "used by another program"),
        (errno.ENODEV, DeviceMissing, "There is no camera"),
    ],
)
def test_why_a_camera_cannot_be_opened_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, error: type[DeviceError], says: str
) -> None:
    node = tmp_path / "video0"
    node.touch()

    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(error, match=says):
        check_access(node)


@pytest.fixture
def no_root() -> Iterator[None]:
    """Run as a user who may not open every file."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    yield
    os.seteuid(user)


def test_a_device_file_of_another_group_is_told_with_the_name_of_the_group(no_root: None) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        node = Path(folder) / "video0"
        node.touch()
        node.chmod(0)
        with pytest.raises(DeviceAccessDenied, match=f"usermod -aG {node.group()} "):
            UsbCamera(SourceUrl.parse(f"usb:{node}", str(node))).open()


def test_a_camera_that_a_program_plays_may_repeat_a_picture_and_one_with_a_sensor_may_not(
    tmp_path: Path,
) -> None:
    sysfs, virtual, real = tmp_path / "class", tmp_path / "devices/virtual", tmp_path / "devices/pci0/usb1"
    for name, parent in (("video0", real), ("video2", virtual)):
        (parent / name).mkdir(parents=True)
        sysfs.mkdir(exist_ok=True)
        (sysfs / name).symlink_to(parent / name)
    by_name = tmp_path / "by-id-of-the-virtual-one"
    by_name.symlink_to("/dev/video2")
    assert not is_virtual(Path("/dev/video0"), sysfs, virtual)
    assert is_virtual(Path("/dev/video2"), sysfs, virtual)
    assert is_virtual(by_name, sysfs, virtual)
    assert not is_virtual(Path("/dev/video7"), sysfs, virtual)


def test_a_folder_that_this_user_may_not_read_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(DeviceAccessDenied, match="may not read the folder"):
        open_source(f"images:{tmp_path}").open()


def test_a_file_that_this_user_may_not_read_says_so(
    folder: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(DeviceAccessDenied, match="may not read the file"):
        open_source(f"file:{clip}").open()
    pictures = open_source(f"images:{folder}")
    pictures.open()
    with pytest.raises(DeviceAccessDenied, match="may not read the file"):
        pictures.read()


def test_a_video_of_oversized_pictures_is_refused(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video_file, "MAX_IMAGE_PIXELS", 160 * 120 - 1)
    with pytest.raises(DeviceMissing, match="160 by 120 pixels, which is too large"):
        open_source(f"file:{clip}").open()


def test_a_source_at_its_end_tells_new_content_from_old(folder: Path, clip: Path) -> None:
    for source, file in (
        (open_source(f"images:{folder}"), folder / "a.jpg"),
        (open_source(f"file:{clip}"), clip),
    ):
        before = source.revision()
        assert source.revision() == before
        file.unlink()
        assert source.revision() != before
