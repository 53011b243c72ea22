"""Decides what the camera's page shows. Qt-free."""

from collections.abc import Sequence
from dataclasses import dataclass

from kiosk_app.messages import (
    CameraAvailability,
    CameraChoices,
    CodeCaptured,
    GateDeviceStatus,
    ListCameras,
    ScreenCommand,
    ScreenMessage,
    UseCamera,
)
from kiosk_app.ui.items import ListItem
from resources.themes import Signal
from resources.translations.catalogue import Texts

NO_CAMERA_ID = "none"


@dataclass(frozen=True, slots=True)
class CameraPageState:
    """Everything that the page shows. `is_dark`: there is no picture."""

    signal: Signal
    title: str
    text: str
    cameras: tuple[ListItem, ...] = ()
    is_dark: bool = False


class CameraPresenter:
    """Keeps what is known of the cameras."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._status = CameraAvailability.STARTING
        self._choices: CameraChoices | None = None
        self._has_read = False

    @property
    def state(self) -> CameraPageState:
        """The present state."""
        words, status = self._texts, self._status
        if status is CameraAvailability.LIVE:
            key, signal = ("read", Signal.GREEN) if self._has_read else ("live", Signal.BLUE)
            return CameraPageState(
                signal, words(f"setup.camera.{key}"), words(f"setup.camera.{key}_text"), self._cameras()
            )
        if status is CameraAvailability.STARTING:
            return CameraPageState(
                Signal.BLUE, words("setup.camera.starting"), words("setup.camera.live_text"), self._cameras()
            )
        key = f"camera.{status.value}"
        return CameraPageState(Signal.AMBER, words(key), words(f"{key}_text"), self._cameras(), is_dark=True)

    def receive(self, message: ScreenMessage) -> None:
        """Take a message into account."""
        match message:
            case GateDeviceStatus():
                self._status = message.camera
            case CameraChoices():
                self._choices = message
            case CodeCaptured():
                self._has_read = True

    def tick(self) -> Sequence[ScreenCommand]:
        """Return the command that asks for the cameras: one may have been plugged in."""
        return (ListCameras(),)

    def choose(self, camera_id: str) -> Sequence[ScreenCommand]:
        """Use another camera, now and at the next start."""
        self._has_read, self._status = False, CameraAvailability.STARTING
        return (UseCamera("" if camera_id == NO_CAMERA_ID else camera_id),)

    def _cameras(self) -> tuple[ListItem, ...]:
        words, known = self._texts, self._choices
        if known is None:
            return ()
        addresses = {choice.address: choice.name for choice in known.choices}
        if known.current and known.current not in addresses:
            addresses = {known.current: "", **addresses}
        rows = [
            ListItem(
                address, name or address, address if name else "", "camera", current=address == known.current
            )
            for address, name in addresses.items()
        ]
        none = ListItem(
            NO_CAMERA_ID, words("setup.camera.none"), icon="camera-off", current=not known.current
        )
        return (*rows, none)
