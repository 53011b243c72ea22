"""The options of a kiosk, saved for the next start."""

from dataclasses import asdict, fields
from typing import Any

from hub_sync.client.store import Store
from kiosk_app.kiosk_messages import KioskOptions

_KEY = "kiosk_options"
_LONGEST_NOTICE = 200
_BOUNDS = {"idle_s": (10, 600), "warning_s": (20, 300), "switch_scan_s": (0, 10)}
"""EN 301 549 asks for at least twenty seconds to answer a warning (WCAG 2.2.1)."""


def load_kiosk_options(store: Store) -> KioskOptions:
    """Return the saved options; the default in the place of what is missing or out of bounds.

    Raises:
        StoreError: the store could not be read.
    """
    saved = store.settings.get(_KEY)
    return read_kiosk_options(saved if isinstance(saved, dict) else {})


def read_kiosk_options(values: dict[str, Any]) -> KioskOptions:
    """Return the options of values that may be of any kind."""
    read: dict[str, Any] = {}
    for option in fields(KioskOptions):
        value = values.get(option.name)
        if isinstance(option.default, bool):
            read[option.name] = value if isinstance(value, bool) else option.default
        elif isinstance(option.default, int):
            low, high = _BOUNDS[option.name]
            number = value if isinstance(value, int) and not isinstance(value, bool) else option.default
            read[option.name] = min(high, max(low, number))
        else:
            read[option.name] = " ".join(value.split())[:_LONGEST_NOTICE] if isinstance(value, str) else ""
    return KioskOptions(**read)


def save_kiosk_options(store: Store, options: KioskOptions) -> None:
    """Save the options.

    Raises:
        StoreError: they could not be saved; the old ones stay.
    """
    store.settings.put(_KEY, asdict(options))
