"""The camera's address as the set-up chose it, saved in the station's store."""

from hardware.camera import open_source
from hub_sync.client.store import Store

_KEY = "camera"
NO_CAMERA = "none"
"""Saved where somebody chose to have no camera, whatever the settings name."""


def load_camera(store: Store, default: str, *, camera: str | None = None) -> str:
    """Return the address of this run: `camera` of the command line, then the saved one, then `default`; empty: no camera.

    Raises:
        StoreError: the store could not be read.
    """
    if camera is not None:
        return camera
    saved = str(store.settings.get(_KEY, ""))
    if saved == NO_CAMERA:
        return ""
    try:
        check_camera(saved)
    except ValueError:  # none, or of another version
        return default
    return saved


def check_camera(address: str) -> None:
    """Check an address without opening the camera.

    Raises:
        ValueError: it names no camera.
    """
    open_source(address)


def save_camera(store: Store, address: str) -> None:
    """Save the camera for the next start; empty: no camera.

    Raises:
        StoreError: the store could not be written.
    """
    store.settings.put(_KEY, address or NO_CAMERA)
