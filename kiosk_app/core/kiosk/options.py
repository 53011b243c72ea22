"""The options of a kiosk: those that its staff saved, and over them what the hub's configuration sets."""

from dataclasses import asdict, fields
from typing import Any

from hub_sync.client.store import Store
from hub_sync.contract.configuration import MAX_NOTICE
from kiosk_app.core.setup.configuration import wanted
from kiosk_app.kiosk_messages import KioskOptions

_KEY = "kiosk_options"
_OF_HUB = {
    "kiosk_notice": "notice",
    "typing": "typing",
    "search": "search",
    "walk_in_numbers": "walk_in_numbers",
    "idle_s": "idle_s",
    "idle_warning_s": "warning_s",
    "low_reach": "low_reach",
}
"""The hub's name of a setting -> the option."""
_BOUNDS = {"idle_s": (10, 600), "warning_s": (20, 300), "switch_scan_s": (0, 10)}
"""EN 301 549 asks for at least twenty seconds to answer a warning (WCAG 2.2.1)."""


def load_kiosk_options(store: Store) -> KioskOptions:
    """Return the options; the default in the place of what is missing, the nearest bound of what is out of bounds.

    Raises:
        StoreError: the store could not be read.
    """
    saved = store.settings.get(_KEY)
    return read_kiosk_options((saved if isinstance(saved, dict) else {}) | options_of_hub(store))


def options_of_hub(store: Store) -> dict[str, Any]:
    """Return the options that the hub's configuration sets; staff can't change them at the kiosk.

    Raises:
        StoreError: the store could not be read.
    """
    values = wanted(store).set_values()
    return {option: values[name] for name, option in _OF_HUB.items() if name in values}


def options_with_defaults(store: Store) -> dict[str, tuple[Any, Any]]:
    """Return the options by the hub's names of them, each with its value and its default.

    Raises:
        StoreError: the store could not be read.
    """
    options, default = load_kiosk_options(store), KioskOptions()
    return {name: (getattr(options, option), getattr(default, option)) for name, option in _OF_HUB.items()}


def queues_of_hub(store: Store) -> frozenset[str]:
    """Return the ids of the queues that the hub lets this kiosk offer; empty: all that are for self-service.

    Raises:
        StoreError: the store could not be read.
    """
    return frozenset(wanted(store).queues or ())


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
            read[option.name] = " ".join(value.split())[:MAX_NOTICE] if isinstance(value, str) else ""
    return KioskOptions(**read)


def save_kiosk_options(store: Store, options: KioskOptions) -> None:
    """Save the options.

    Raises:
        StoreError: they could not be saved; the old ones stay.
    """
    store.settings.put(_KEY, asdict(options))
