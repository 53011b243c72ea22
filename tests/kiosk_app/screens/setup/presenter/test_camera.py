"""The camera's page: what it says, and the cameras to choose from."""

from hardware.camera import CameraChoice
from kiosk_app.messages import (
    CameraAvailability,
    CameraChoices,
    CodeCaptured,
    GateDeviceStatus,
    ListCameras,
    UseCamera,
)
from kiosk_app.screens.setup.presenter.camera import NO_CAMERA_ID, CameraPresenter
from resources.themes import Signal
from resources.translations.catalogue import texts


def test_a_camera_is_good_once_it_has_read_a_code() -> None:
    page = CameraPresenter(texts("en"))
    page.receive(GateDeviceStatus(CameraAvailability.LIVE, sound=True))
    signals = [page.state.signal]
    page.receive(CodeCaptured("any"))
    signals.append(page.state.signal)
    page.choose("usb:1")  # which has read nothing yet
    signals.append(page.state.signal)
    assert signals == [Signal.BLUE, Signal.GREEN, Signal.BLUE]


def test_a_fault_is_said_as_at_the_gate() -> None:
    page = CameraPresenter(texts("en"))
    page.receive(GateDeviceStatus(CameraAvailability.ACCESS_DENIED, sound=True))
    assert (page.state.signal, page.state.title) == (Signal.AMBER, texts("en")("camera.access_denied"))


def test_the_cameras_are_listed_and_one_or_none_is_chosen() -> None:
    page = CameraPresenter(texts("en"))
    assert page.tick() == (ListCameras(),)
    page.receive(CameraChoices((CameraChoice("usb:0", "Webcam"),), "file:clip.mp4"))
    assert [(row.id, row.current) for row in page.state.cameras] == [
        ("file:clip.mp4", True),
        ("usb:0", False),
        (NO_CAMERA_ID, False),
    ]
    assert page.choose("usb:0") == (UseCamera("usb:0"),)
    assert page.choose(NO_CAMERA_ID) == (UseCamera(""),)
