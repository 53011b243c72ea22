"""What is wanted of stations, by the defaults of their event and profile and by their own settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import selectinload

from hub_sync.contract.configuration import ConfigurationValues, settings_of
from hub_sync.contract.enums import DeviceProfile
from hub_sync.contract.fleet import AppliedConfiguration, ConfigurationRow
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.devices.commands.service import wake_station
from hub_sync.hub.domains.devices.configuration.schemas import NewFleetConfiguration
from hub_sync.hub.domains.devices.errors import (
    DeviceChanged,
    FleetConfigurationChanged,
    SettingOfAnotherProfile,
)
from hub_sync.hub.domains.devices.manifest import (
    CONFIGURATION_UPDATED,
    FLEET_CONFIGURATION_UPDATED,
    DeviceUpdated,
    FleetConfigurationUpdated,
)
from hub_sync.hub.domains.devices.profiles import MODES
from hub_sync.hub.domains.devices.tables import FleetConfiguration, KioskDevice
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.kit.db.optimistic_locking import IfVersion, check_version
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events import change_feed, domain_events
from hub_sync.hub.kit.events.change_feed import FeedKey


@dataclass(frozen=True, slots=True)
class ConfigurationState:
    """What is wanted of a station, and what its last report says that it has applied."""

    wanted: Mapping[str, Any]
    wanted_version: int
    applied_version: int | None
    not_applied: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    actual: Mapping[str, bool | int | str] = field(default_factory=dict)

    @property
    def is_applied(self) -> bool:
        """True if all that is wanted is applied; also if nothing was ever wanted."""
        return (
            self.applied_version == self.wanted_version and not self.not_applied
        ) or not self.wanted_version


def state_of(device: KioskDevice) -> ConfigurationState:
    """Return what is wanted of a device, and what its station has applied."""
    return state_from(device.report, device.configuration, device.configuration_version)


def state_from(
    report: Mapping[str, Any] | None, wanted: Mapping[str, Any], version: int
) -> ConfigurationState:
    """Return the state of a configuration by a station's latest report."""
    reported = ((report or {}).get("fleet") or {}).get("configuration")
    if not reported:
        return ConfigurationState(wanted, version, None)
    applied = AppliedConfiguration.model_validate(reported)
    return ConfigurationState(
        wanted, version, applied.version, applied.not_applied, applied.reasons, applied.actual
    )


def row_for(device: KioskDevice | Row[Any], applied: AppliedConfiguration | None) -> ConfigurationRow | None:
    """Return the configuration that the answer to a report has: none if the station has applied this version, or there is none."""
    if not device.configuration_version or (applied and applied.version == device.configuration_version):
        return None
    return ConfigurationRow(version=device.configuration_version, values=device.configuration)


def find_defaults(
    work: Work, tenant_id: str, event_id: str, profile: DeviceProfile
) -> FleetConfiguration | None:
    """Return the defaults of an event and a profile, or None if nobody has set any."""
    f = FleetConfiguration
    query = select(f).where(f.tenant_id == tenant_id, f.event_id == event_id, f.profile == profile)
    return work.session.scalar(query)


def set_defaults(
    work: Work,
    tenant_id: str,
    event_id: str,
    profile: DeviceProfile,
    new: NewFleetConfiguration,
    if_version: IfVersion = None,
) -> FleetConfiguration:
    """Replace the defaults of an event and a profile. Its stations get them with their next report.

    Raises:
        EventNotFound: 404. FleetConfigurationChanged: 412. SettingOfAnotherProfile: 422.
    """
    events.get(work, tenant_id, event_id)
    settings = checked(new.settings, profile)
    change_feed.lock(work.session, FeedKey(tenant_id, event_id))  # before any device, as by a push
    row = find_defaults(work, tenant_id, event_id, profile)
    check_version(row.version if row else 0, if_version, FleetConfigurationChanged)
    before = {**row.settings, "max_offline_s": row.max_offline_s} if row else {"max_offline_s": None}
    if row is None:
        row = FleetConfiguration(
            tenant_id=tenant_id, id=work.new_id(), event_id=event_id, profile=profile, version=0
        )
        work.session.add(row)
    row.settings, row.max_offline_s = settings, new.max_offline_s
    row.version += 1
    work.session.flush()
    after = {**settings, "max_offline_s": row.max_offline_s}
    audit.record(
        work,
        tenant_id,
        FLEET_CONFIGURATION_UPDATED,
        row.id,
        before=_filled(before, after) | {"profile": None, "event_id": None},
        after=_filled(after, before) | {"profile": profile.value, "event_id": event_id},
    )
    updated = FleetConfigurationUpdated(entity_id=row.id, event_id=event_id, profile=profile)
    domain_events.emit(work, tenant_id, updated)
    d = KioskDevice
    concerned = (
        select(d)
        .where(d.tenant_id == tenant_id, d.event_id == event_id, d.profile == profile)
        .order_by(d.id)
        .options(selectinload(d.assignments))
        .with_for_update(key_share=True)
    )
    for device in work.session.scalars(concerned.execution_options(populate_existing=True)):
        refresh(work, device, row)
    return row


def set_own(
    work: Work, device: KioskDevice, settings: ConfigurationValues, if_version: IfVersion = None
) -> KioskDevice:
    """Replace the own settings of a device whose row is locked.

    Raises:
        DeviceChanged: 412. SettingOfAnotherProfile: 422.
    """
    check_version(device.version, if_version, DeviceChanged)
    own = checked(settings, device.profile)
    before = device.own_configuration
    if own == before:
        return device
    device.own_configuration = own
    device.version += 1
    refresh(work, device, find_defaults(work, device.tenant_id, device.event_id, device.profile))
    work.session.flush()
    audit.record(
        work,
        device.tenant_id,
        CONFIGURATION_UPDATED,
        device.id,
        before=_filled(before, own) | {"version": device.version - 1},
        after=_filled(own, before) | {"version": device.version},
    )
    updated = DeviceUpdated(entity_id=device.id, event_id=device.event_id, changed=["configuration"])
    domain_events.emit(work, device.tenant_id, updated)
    return device


def refresh(work: Work, device: KioskDevice, defaults: FleetConfiguration | None) -> None:
    """Compute what is wanted of a device, and count its version up if that has changed."""
    wanted = {**(defaults.settings if defaults else {}), **device.own_configuration}
    device.max_offline_s = defaults.max_offline_s if defaults else None
    if wanted == (device.configuration or {}):
        return
    device.configuration = wanted
    device.configuration_version = (device.configuration_version or 0) + 1
    wake_station(work, device)


def refresh_from_event(work: Work, device: KioskDevice) -> None:
    """Compute what is wanted of a device that is new, or serves another first event."""
    refresh(work, device, find_defaults(work, device.tenant_id, device.event_id, device.profile))


def checked(settings: ConfigurationValues, profile: DeviceProfile) -> dict[str, Any]:
    """Return the values that are set, if stations of a profile can have them.

    Raises:
        SettingOfAnotherProfile: 422.
    """
    values = settings.set_values()
    known = {setting.name for setting in settings_of(profile)}
    wrong = [name for name in values if name not in known]
    if settings.mode is not None and settings.mode not in MODES[profile]:
        wrong.append("mode")
    if wrong:
        raise SettingOfAnotherProfile(names=", ".join(wrong))
    return values


def _filled(values: Mapping[str, Any], others: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with None in the place of what only the others have, so that the audit log shows it."""
    return {name: values.get(name) for name in (*values, *(name for name in others if name not in values))}
