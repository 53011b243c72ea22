"""What is wanted of stations, and what they have applied."""

import pytest

from hub_sync.contract.configuration import ConfigurationValues
from hub_sync.contract.enums import DeviceProfile
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.devices import service as devices
from hub_sync.hub.domains.devices.errors import (
    FleetConfigurationChanged,
    SettingOfAnotherProfile,
)
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.domains.devices.fleet import send_report
from tests.hub_sync.hub.station_client import StationClient, another_event, another_station, serve, station

__all__ = ["station"]


def set_defaults(
    hub: HubContext, seeded: Seeded, profile: DeviceProfile = DeviceProfile.GATE, **settings: object
) -> None:
    with hub.uow.begin() as work:
        new = devices.NewFleetConfiguration(
            settings=ConfigurationValues.model_validate(settings), max_offline_s=3600
        )
        devices.set_defaults(work, seeded.tenant_id, seeded.event_id, profile, new)


def set_own(hub: HubContext, seeded: Seeded, **settings: object) -> None:
    with hub.uow.begin() as work:
        values = ConfigurationValues.model_validate(settings)
        devices.configure(work, seeded.tenant_id, seeded.device_id, values)


def state(hub: HubContext, seeded: Seeded) -> devices.ConfigurationState:
    with hub.uow.read() as work:
        return devices.state_of(devices.get(work, seeded.tenant_id, seeded.device_id))


def test_a_station_gets_what_is_wanted_until_it_says_that_it_has_applied_it(
    hub: HubContext, station: StationClient, seeded: Seeded
) -> None:
    assert send_report(station)["configuration"] is None
    assert state(hub, seeded).is_applied, "nothing was ever wanted"
    set_defaults(hub, seeded, theme="light", language="de")
    set_own(hub, seeded, theme="dark")
    answer = send_report(station)
    assert answer["configuration"] == {"version": 2, "values": {"theme": "dark", "language": "de"}}
    assert answer["max_offline_s"] == 3600
    assert send_report(station, configuration={"version": 1})["configuration"]["version"] == 2
    assert not state(hub, seeded).is_applied
    reason = {"language": "It is used from the next start on."}
    assert send_report(station, configuration={"version": 2, "not_applied": reason})["configuration"] is None
    assert (state(hub, seeded).is_applied, state(hub, seeded).not_applied) == (False, reason)
    send_report(station, configuration={"version": 2})
    assert state(hub, seeded).is_applied


def test_the_version_counts_changes_of_what_is_wanted_and_nothing_else(
    hub: HubContext, station: StationClient, seeded: Seeded
) -> None:
    other, _ = another_station(hub, station.client, seeded)
    set_own(hub, seeded, theme="dark")
    set_defaults(hub, seeded, theme="light")
    assert state(hub, seeded).wanted_version == 1, "its own setting goes before the default"
    assert send_report(other)["configuration"] == {"version": 1, "values": {"theme": "light"}}
    set_defaults(hub, seeded, DeviceProfile.KIOSK, low_reach=True)
    assert send_report(other)["configuration"]["version"] == 1
    set_own(hub, seeded)
    assert send_report(station)["configuration"] == {"version": 2, "values": {"theme": "light"}}


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_new_station_and_one_that_serves_another_event_get_the_defaults_of_their_event(
    hub: HubContext, station: StationClient, seeded: Seeded
) -> None:
    set_defaults(hub, seeded, theme="light")
    other, _ = another_station(hub, station.client, seeded)
    assert send_report(other)["configuration"]["values"] == {"theme": "light"}
    fair_id, _ = another_event(hub, seeded)
    serve(hub, seeded, fair_id)
    answer = send_report(station)
    assert (answer["configuration"]["values"], answer["max_offline_s"]) == ({}, None)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_profile_is_given_only_what_it_can_have(hub: HubContext, seeded: Seeded) -> None:
    for settings in ({"idle_s": 60}, {"mode": "desk"}, {"low_reach": True}):
        with pytest.raises(SettingOfAnotherProfile):
            set_own(hub, seeded, **settings)
        with pytest.raises(SettingOfAnotherProfile):
            set_defaults(hub, seeded, DeviceProfile.BOARD, **settings)
    set_defaults(hub, seeded, DeviceProfile.KIOSK, idle_s=60, mode="gate")


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_who_changes_what_somebody_else_has_changed_is_told_and_the_audit_log_has_each_setting(
    hub: HubContext, seeded: Seeded
) -> None:
    new = devices.NewFleetConfiguration(settings=ConfigurationValues(theme="light"))
    where = (seeded.tenant_id, seeded.event_id, DeviceProfile.GATE)
    with hub.uow.begin() as work:
        row_id = devices.set_defaults(work, *where, new, 0).id
    with hub.uow.begin() as work, pytest.raises(FleetConfigurationChanged):
        devices.set_defaults(work, *where, new, 0)
    newer = devices.NewFleetConfiguration(settings=ConfigurationValues(volume=50))
    with hub.uow.begin() as work:
        devices.set_defaults(work, *where, newer, 1)
    with hub.uow.read() as work:
        entries = audit.entries_of(work, seeded.tenant_id, "fleet_configuration", row_id)
    before, after = entries[-1].before or {}, entries[-1].after or {}
    assert (before["theme"], after["theme"], after["volume"]) == ("light", None, 50)
