"""Executes the commands of the camera's set-up on the gate's thread."""

from functools import partial

from hardware.camera import CameraCapture, list_cameras, open_source
from hub_sync.client.store import Store
from kiosk_app.core.setup.camera_choice import load_camera, save_camera
from kiosk_app.messages import CameraChoices, ListCameras, UseCamera


class CameraCommands:
    """Lists cameras, and changes the one that is read. `current` is its address; a station without a camera gets one at its next start."""

    def __init__(self, camera: CameraCapture | None = None, current: str = "") -> None:
        self._camera, self._current = camera, current

    def execute(self, store: Store, command: ListCameras | UseCamera) -> CameraChoices:
        """Execute a command; return the cameras of this machine, and the one in use.

        Raises:
            StoreError: the address could not be saved; the camera that is read stays.
        """
        if isinstance(command, UseCamera):
            save_camera(store, command.address)
            if command.address != self._current and self._camera is not None and command.address:
                self._camera.use(partial(open_source, command.address))
                self._current = command.address
        return CameraChoices(
            list_cameras(), self._current, saved=load_camera(store, "") == self._current != ""
        )
