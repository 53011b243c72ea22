"""The capture thread: newest frame only; silent, frozen, hung and vanished cameras noticed and opened again."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from hardware.camera import CameraCapture, CameraFault, CameraState, Image, VirtualCamera, open_source
from hardware.camera.capture_session import CaptureSession
from hardware.errors import DeviceAccessDenied, DeviceBusy, DeviceLost, DeviceMissing
from tests.support.waiting import eventually

NOTICED = 2.0  # seconds, as asked


def picture(level: int) -> Image:
    return np.full((72, 128, 3), level % 256, dtype=np.uint8)


class Pushing:
    """Pushes a new frame every few milliseconds while it is on."""

    def __init__(self, feed: VirtualCamera) -> None:
        self.feed, self.on, self.ended, self.level = feed, True, threading.Event(), 0
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        while not self.ended.wait(0.01):
            if self.on:
                self.level = (self.level + 1) % 200
                self.feed.push(picture(self.level + 20))


@pytest.fixture
def feed() -> VirtualCamera:
    return VirtualCamera(max_frame_interval=0.3)


@pytest.fixture
def pushing(feed: VirtualCamera) -> Iterator[Pushing]:
    pushing = Pushing(feed)
    yield pushing
    pushing.ended.set()
    pushing.thread.join()


def state(camera: CameraCapture) -> CameraState:
    return camera.health().state


def test_who_is_slow_gets_the_newest_frame_and_never_an_old_one(feed: VirtualCamera) -> None:
    with CameraCapture(feed.source) as camera:
        eventually(lambda: _pushed(feed) and state(camera) is CameraState.LIVE)
        first = camera.latest()
        assert first is not None
        for level in range(100, 120):
            feed.push(picture(level))
        eventually(lambda: (frame := camera.latest()) is not None and frame.image[0, 0, 0] == 119)
        newest = camera.latest(first.number)
        assert newest is not None
        assert newest.number > first.number
        assert newest.captured_at > first.captured_at
        assert camera.latest(newest.number, timeout=0.05) is None


def _pushed(feed: VirtualCamera) -> bool:
    feed.push(picture(50))
    return True


def test_a_frame_cannot_be_written_to_as_it_crosses_threads(feed: VirtualCamera, pushing: Pushing) -> None:
    with CameraCapture(feed.source) as camera:
        frame = camera.latest(0, 2.0)
        assert frame is not None
        with pytest.raises(ValueError, match="read-only"):
            frame.image[0, 0] = 1


def test_before_it_is_started_there_is_no_frame_and_it_says_so(feed: VirtualCamera) -> None:
    camera = CameraCapture(feed.source)

    assert camera.latest() is None
    assert camera.health().state is CameraState.MISSING
    assert camera.health().message == "The camera has not been opened yet."
    camera.stop()


def test_numbers_go_on_after_stop_and_start(feed: VirtualCamera, pushing: Pushing) -> None:
    camera = CameraCapture(feed.source)
    camera.start()
    first = camera.latest(0, 2.0)
    camera.stop()
    camera.start()
    camera.start()
    assert first is not None
    second = camera.latest(first.number + 1, 2.0)
    camera.stop()

    assert second is not None


def test_a_camera_that_falls_silent_is_noticed_within_two_seconds_and_is_live_again(
    feed: VirtualCamera, pushing: Pushing
) -> None:
    with CameraCapture(feed.source) as camera:
        eventually(lambda: state(camera) is CameraState.LIVE)
        pushing.on = False
        assert eventually(lambda: state(camera) is CameraState.STALE) < NOTICED
        assert camera.health().message == "The camera delivers no new images."
        pushing.on = True
        assert eventually(lambda: state(camera) is CameraState.LIVE) < NOTICED
        assert camera.health().reopen_count == 1


def test_an_unplugged_camera_is_noticed_at_once_and_opened_again_when_it_is_back(
    feed: VirtualCamera, pushing: Pushing
) -> None:
    with CameraCapture(feed.source) as camera:
        eventually(lambda: state(camera) is CameraState.LIVE)
        before = camera.health()
        feed.unplug()
        assert eventually(lambda: state(camera) is CameraState.MISSING) < NOTICED
        assert "unplugged" in camera.health().message
        assert camera.health().since > before.since
        last = camera.latest()
        assert last is not None
        time.sleep(0.5)
        feed.plug()
        assert eventually(lambda: state(camera) is CameraState.LIVE, within_s=3.0) < 2.5
        assert camera.latest(last.number, 1.0) is not None


class Device:
    """A camera whose faults a test sets: it delivers `image()` every 10 ms."""

    max_frame_interval = 0.2

    def __init__(self, image: Callable[[], Image], *, may_repeat: bool = True) -> None:
        self.image = image
        self.may_repeat = may_repeat
        self.hang: threading.Event | None = None
        self.hang_in_open: threading.Event | None = None
        self.opened = self.closed = 0
        self.fault: Exception | None = None

    def open(self) -> None:
        self.opened += 1
        if self.hang_in_open is not None:
            self.hang_in_open.wait()

    def read(self) -> Image | None:
        if self.hang is not None:
            self.hang.wait()
        if self.fault is not None:
            raise self.fault
        time.sleep(0.01)
        return self.image()

    def close(self) -> None:
        self.closed += 1

    def revision(self) -> object:
        return None


def changing() -> Callable[[], Image]:
    rng = np.random.default_rng(1)
    return lambda: rng.integers(0, 256, (72, 128, 3), np.uint8)


def test_a_frozen_sensor_is_stale_though_frames_keep_coming() -> None:
    device = Device(changing(), may_repeat=False)
    with CameraCapture(lambda: device) as camera:
        eventually(lambda: state(camera) is CameraState.LIVE)
        same = device.image()
        moving, device.image = device.image, lambda: same
        assert eventually(lambda: state(camera) is CameraState.STALE) < NOTICED
        assert camera.health().message == "The camera's image is frozen."
        time.sleep(0.6)
        assert state(camera) is CameraState.STALE, "opening it again brought the same picture: it is not live"
        device.image = moving
        assert eventually(lambda: state(camera) is CameraState.LIVE) < NOTICED


def test_a_frozen_sensor_is_not_opened_every_second_for_ever() -> None:
    device = Device(lambda: picture(90), may_repeat=False)
    now = [0.0]
    with CameraCapture(lambda: device, clock=lambda: now[0], stale_after=0.2) as camera:
        eventually(lambda: camera.latest() is not None)
        for _ in range(150):  # thirty seconds
            now[0] += 0.2
            time.sleep(0.02)
        assert state(camera) is CameraState.STALE
        assert camera.health().fault is CameraFault.FROZEN
    assert device.opened <= 16, "two seconds between the attempts, after the first three"


@pytest.mark.parametrize(
    ("level", "fault"),
    [
        (0, CameraFault.COVERED),
        (16, CameraFault.COVERED),
        (255, CameraFault.OVEREXPOSED),
    ],
)
def test_a_sensor_without_light_or_with_too_much_is_open_and_says_so_though_its_frames_are_equal(
    level: int, fault: CameraFault
) -> None:
    device = Device(lambda: picture(level), may_repeat=False)
    with CameraCapture(lambda: device, stale_after=0.1) as camera:
        eventually(lambda: camera.health().fault is fault)
        time.sleep(0.8)
        assert (camera.health().state, camera.health().fault) == (CameraState.LIVE, fault)
        assert device.opened == 1
        moving = changing()
        device.image = moving
        eventually(lambda: camera.health().message == "")
        assert camera.health().fault is None


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (DeviceMissing("There is no camera."), CameraFault.LOST),
        (DeviceLost("Unplugged."), CameraFault.LOST),
        (DeviceBusy("In use."), CameraFault.BUSY),
        (DeviceAccessDenied("Not allowed."), CameraFault.ACCESS_DENIED),
        (KeyError("a bug"), CameraFault.FAILED),
    ],
)
def test_what_the_driver_says_is_told_apart(error: Exception, fault: CameraFault) -> None:
    device = Device(changing())
    device.fault = error
    with CameraCapture(lambda: device) as camera:
        eventually(lambda: camera.health().fault is fault)


def test_pictures_that_may_repeat_are_not_taken_for_frozen() -> None:
    with CameraCapture(lambda: Device(lambda: picture(90)), stale_after=0.2) as camera:
        eventually(lambda: state(camera) is CameraState.LIVE)
        time.sleep(0.8)
        assert state(camera) is CameraState.LIVE
        assert camera.health().reopen_count == 0


def test_a_hung_read_is_left_behind_and_the_camera_opened_anew() -> None:
    hung, healthy = Device(changing()), Device(changing())
    hung.hang = threading.Event()
    waiting = [healthy, hung]
    with CameraCapture(lambda: waiting.pop() if len(waiting) > 1 else waiting[0]) as camera:
        assert eventually(lambda: state(camera) is CameraState.STALE) < NOTICED
        eventually(lambda: state(camera) is CameraState.LIVE)
        assert hung.closed == 0, "closing a device under a hung read can crash the process"
        frame_before = camera.latest()
        hung.hang.set()
        eventually(lambda: hung.closed == 1)
        assert frame_before is not None
        assert state(camera) is CameraState.LIVE


def test_hung_reads_do_not_pile_up_without_end() -> None:
    release, sources = threading.Event(), []

    def make() -> Device:
        sources.append(Device(changing()))
        sources[-1].hang = release
        return sources[-1]

    with CameraCapture(make, stale_after=0.05, retry_delays=(0.01,)) as camera:
        eventually(lambda: len(sources) == 3)
        time.sleep(0.6)
        assert len(sources) == 3
        release.set()
        eventually(lambda: state(camera) is CameraState.LIVE)


@pytest.mark.parametrize("where", ["hang", "hang_in_open"])
def test_stop_does_not_wait_for_a_hung_driver(where: str) -> None:
    device, release = Device(changing()), threading.Event()
    setattr(device, where, release)
    camera = CameraCapture(lambda: device)
    camera.start()
    eventually(lambda: device.opened == 1)

    start = time.monotonic()
    camera.stop()

    assert time.monotonic() - start < 1.0
    release.set()
    eventually(lambda: device.closed == 1)


def test_a_camera_that_does_not_open_is_missing_and_says_so() -> None:
    device = Device(changing())
    device.hang_in_open = threading.Event()
    with CameraCapture(lambda: device, open_timeout=0.2) as camera:
        eventually(lambda: camera.health().message == "The camera does not open.")
        assert state(camera) is CameraState.MISSING
        device.hang_in_open.set()
        eventually(lambda: state(camera) is CameraState.LIVE)


def test_a_camera_that_is_not_there_yet_is_opened_when_it_comes(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    with CameraCapture(lambda: open_source(f"images:{folder}?fps=50&loop=1")) as camera:
        eventually(lambda: "There is no folder" in camera.health().message)
        folder.mkdir()
        (folder / "a.png").write_bytes(cv2.imencode(".png", picture(77))[1].tobytes())
        eventually(lambda: state(camera) is CameraState.LIVE, within_s=4.0)


def test_a_clip_that_was_played_to_its_end_is_not_begun_again(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(cv2.imencode(".png", picture(77))[1].tobytes())
    sources = []

    def make() -> object:
        sources.append(open_source(f"images:{tmp_path}?fps=50"))
        return sources[-1]

    with CameraCapture(make) as camera:  # type: ignore[arg-type]
        eventually(lambda: camera.health().message == "All images were shown.")
        time.sleep(0.6)
        assert len(sources) == 1
        last = camera.latest()
        assert last is not None, "its last frame can still be had"


def png(path: Path, level: int) -> None:
    path.write_bytes(cv2.imencode(".png", picture(level))[1].tobytes())


def test_a_folder_that_goes_after_its_end_and_comes_back_is_played_again(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    png(folder / "a.png", 77)
    with CameraCapture(lambda: open_source(f"images:{folder}?fps=50")) as camera:
        eventually(lambda: camera.health().fault is CameraFault.ENDED)
        folder.rename(tmp_path / "away")
        eventually(lambda: "There is no folder" in camera.health().message)
        last = camera.latest()
        assert last is not None
        (tmp_path / "away").rename(folder)
        assert camera.latest(last.number, timeout=5.0) is not None


@pytest.mark.parametrize("loop", [0, 1])
def test_a_folder_that_goes_while_it_is_played_is_lost_and_played_again_when_it_is_back(
    tmp_path: Path, loop: int
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(100):
        png(folder / f"{number:03}.png", number + 20)
    with CameraCapture(lambda: open_source(f"images:{folder}?fps=20&loop={loop}")) as camera:
        eventually(lambda: state(camera) is CameraState.LIVE)
        folder.rename(tmp_path / "away")
        eventually(lambda: camera.health().fault is CameraFault.LOST)
        last = camera.latest()
        assert last is not None
        (tmp_path / "away").rename(folder)
        eventually(lambda: state(camera) is CameraState.LIVE)


def test_a_folder_of_which_no_picture_can_be_opened_has_not_come_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"no picture")
    with CameraCapture(lambda: open_source(f"images:{tmp_path}?fps=50")) as camera:
        eventually(lambda: "can be opened" in camera.health().message)
        assert camera.health().fault is CameraFault.LOST
        png(tmp_path / "a.png", 77)
        eventually(lambda: camera.health().fault is CameraFault.ENDED)


def test_pictures_that_are_added_after_the_end_are_played(tmp_path: Path) -> None:
    png(tmp_path / "a.png", 77)
    with CameraCapture(lambda: open_source(f"images:{tmp_path}?fps=50")) as camera:
        eventually(lambda: camera.health().fault is CameraFault.ENDED)
        png(tmp_path / "b.png", 99)
        eventually(lambda: (frame := camera.latest()) is not None and frame.image[0, 0, 0] == 99)


def test_a_bug_in_a_source_is_logged_and_does_not_end_the_capture(caplog: pytest.LogCaptureFixture) -> None:
    device = Device(changing())
    device.fault = KeyError("a bug")
    with caplog.at_level(logging.ERROR), CameraCapture(lambda: device) as camera:
        eventually(lambda: camera.health().message == "The camera failed.")
        device.fault = None
        eventually(lambda: state(camera) is CameraState.LIVE)
    assert any(record.exc_info for record in caplog.records)


@pytest.mark.parametrize("fault", [DeviceLost("The cable is loose."), DeviceMissing("Gone.")])
def test_the_sources_own_sentence_reaches_the_operator(fault: Exception) -> None:
    device = Device(changing())
    device.fault = fault
    with CameraCapture(lambda: device) as camera:
        eventually(lambda: camera.health().message == str(fault))


@pytest.mark.parametrize(("level", "word"), [(0, "black"), (255, "white")])
def test_a_covered_or_dazzled_lens_is_live_and_said_to_be_so(level: int, word: str) -> None:
    device = Device(lambda: picture(level))
    with CameraCapture(lambda: device) as camera:
        eventually(lambda: word in camera.health().message)
        assert state(camera) is CameraState.LIVE
        device.image = changing()
        eventually(lambda: camera.health().message == "")


def test_frames_of_an_odd_shape_are_frames_and_empty_ones_are_none() -> None:
    odd = [
        np.zeros((0, 0, 3), np.uint8),
        np.zeros((1, 1), np.uint8),
        np.zeros((0, 720), np.uint8),
        picture(60),
    ]
    device = Device(lambda: odd.pop() if len(odd) > 1 else odd[0])
    with CameraCapture(lambda: device) as camera:
        eventually(lambda: (frame := camera.latest()) is not None and frame.image.shape == (1, 1))
        eventually(lambda: state(camera) is CameraState.STALE)
        frame = camera.latest()
        assert frame is not None
        assert frame.number == 2


def test_a_camera_goes_on_after_its_supervisor_failed(
    feed: VirtualCamera, pushing: Pushing, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    start, failed = CaptureSession.start, threading.Event()

    def no_thread(session: CaptureSession) -> None:
        if failed.is_set():
            start(session)
            return
        failed.set()
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(CaptureSession, "start", no_thread)
    with CameraCapture(feed.source, retry_delays=(0.01,)) as camera:
        eventually(lambda: state(camera) is CameraState.LIVE)
    assert "supervisor failed" in caplog.text
