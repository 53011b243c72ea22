"""Each setting of this station as it works now: its value, where that comes from, and what the hub wants instead.

`configuration` says which of them wins; this says it to whoever stands at the machine.
"""

from collections.abc import Callable, Mapping
from typing import Any

from hub_sync.client.fleet.agent import CONFIGURATION
from hub_sync.client.store import Store
from hub_sync.contract.configuration import settings_of
from hub_sync.contract.fleet import ConfigurationRow
from kiosk_app.core.appearance import Appearance, load_appearance
from kiosk_app.core.setup import configuration as rules
from kiosk_app.core.setup.configuration import StationConfiguration
from kiosk_app.core.station_options import load_options
from kiosk_app.messages import HubWish, SettingEntry, SettingSource, SettingsOverview, StationOptions

_WISHES = {
    rules.FIXED: HubWish.FIXED,
    rules.AT_RESTART: HubWish.AT_RESTART,
    rules.INVALID: HubWish.UNUSABLE,
    rules.NO_SCREEN: HubWish.UNUSABLE,
    rules.OTHER_DEVICE: HubWish.UNUSABLE,
}
_CHANGED = rules.CHANGED.partition("{")[0]
_DEFAULT_OPTIONS = rules.option_values(StationOptions())
KioskValues = Callable[[Store], Mapping[str, tuple[Any, Any]]]
"""Returns a kiosk's own options by the hub's names of them, each with its value and its default."""


def read_settings(
    configuration: StationConfiguration, kiosk_values: KioskValues, store: Store
) -> SettingsOverview:
    """Return the settings that a station of this profile has.

    Raises:
        StoreError: the store could not be read.
    """
    enrolment = store.settings.enrolment()
    profile = "gate" if enrolment is None else enrolment.profile
    saved = store.settings.get(CONFIGURATION)
    row = ConfigurationRow(version=0) if saved is None else ConfigurationRow.model_validate(saved)
    wanted = rules.wanted(store).set_values()
    reasons = configuration.not_applied(store, row).not_applied
    kiosk = kiosk_values(store)
    values = _values(configuration, kiosk, store)
    defaults = _DEFAULT_OPTIONS | {name: default for name, (_, default) in kiosk.items()}
    return SettingsOverview(
        tuple(
            SettingEntry(
                setting.name,
                _shown(store, setting.name, values[setting.name]),
                _source(
                    configuration,
                    wanted,
                    reasons,
                    setting.name,
                    is_chosen=_is_chosen_here(store, setting.name, values[setting.name], defaults),
                ),
                setting.info.unit,
                _shown(store, setting.name, wanted[setting.name]) if setting.name in reasons else None,
                _wish(reasons[setting.name]) if setting.name in reasons else None,
            )
            for setting in settings_of(profile)
            if setting.name in values
        )
    )


def _values(
    configuration: StationConfiguration, kiosk: Mapping[str, tuple[Any, Any]], store: Store
) -> dict[str, Any]:
    appearance = configuration.appearance(store)
    return {
        "language": appearance.language,
        "theme": appearance.theme,
        **rules.option_values(load_options(store)),
        **{name: configuration.in_use[name] for name in rules.MACHINE if name in configuration.in_use},
        **{name: configuration.device_in_use(name) for name in rules.DEVICES},
        **{name: value for name, (value, _) in kiosk.items()},
        "queues": tuple(rules.wanted(store).queues or ()),
    }


def _source(
    configuration: StationConfiguration,
    wanted: Mapping[str, Any],
    reasons: Mapping[str, str],
    name: str,
    *,
    is_chosen: bool,
) -> SettingSource:
    if name in wanted and name not in reasons:
        return SettingSource.HUB
    if is_chosen:
        return SettingSource.STATION
    return SettingSource.MACHINE if name in configuration.fixed else SettingSource.DEFAULT


def _is_chosen_here(store: Store, name: str, value: Any, defaults: Mapping[str, Any]) -> bool:
    """Return True if a value is what somebody chose on this station's screen."""
    if name in rules.APPEARANCE:
        return bool(getattr(load_appearance(store, Appearance("", "")), name))
    if name in rules.DEVICES:
        return rules.is_saved_device(store, name, str(value))
    return name in defaults and bool(value != defaults[name])


def _wish(reason: str) -> HubWish:
    if reason.startswith(_CHANGED):
        return HubWish.CHANGED
    return _WISHES.get(reason, HubWish.UNUSABLE)


def _shown(store: Store, name: str, value: Any) -> str | int | float | bool | tuple[str, ...]:
    """Return a value as it is shown: queues by their names."""
    if name != "queues":
        shown: str | int | float | bool = value
        return shown
    event = store.venue.event()
    names = {} if event is None else {row.id: row.name for row in store.queue.queues(event.id)}
    return tuple(names.get(queue_id, "?") for queue_id in value)
