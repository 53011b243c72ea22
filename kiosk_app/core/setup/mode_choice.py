"""The mode that this station runs as: the one that somebody chose here, or the hub."""

from collections.abc import Collection

from hub_sync.client.store import Store

_KEY = "mode"
SERVICE_MODES = ("gate", "kiosk", "desk", "board")
"""The modes in which a station serves people, in the order of their buttons. One without a screen in this program is not offered."""


def available_modes(screens: Collection[str]) -> tuple[str, ...]:
    """Return the modes of those screens that this program has."""
    return tuple(mode for mode in SERVICE_MODES if mode in screens)


def load_mode(store: Store, screens: Collection[str], *, mode: str | None = None, setting: str = "") -> str:
    """Return the mode of this run: that of the command line, of the settings, the saved one, that of the station's profile, or the gate.

    `screens` are the names of those that this program has.

    Raises:
        StoreError: the store could not be read.
    """
    enrolment = store.settings.enrolment()
    profile = "" if enrolment is None else enrolment.profile
    if mode is not None:
        return mode
    known = available_modes(screens)
    choices = (setting, str(store.settings.get(_KEY) or ""), profile)
    return next((choice for choice in choices if choice in known), known[0])


def saved_mode(store: Store) -> str:
    """Return the saved mode, "" if there is none."""
    return str(store.settings.get(_KEY) or "")


def save_mode(store: Store, mode: str) -> None:
    """Save the mode for the next start.

    Raises:
        StoreError: the store could not be written.
    """
    store.settings.put(_KEY, mode)
