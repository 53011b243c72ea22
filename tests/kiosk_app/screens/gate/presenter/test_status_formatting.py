"""The banner while no code is shown: what keeps people waiting, the gravest first."""

import pytest

from hub_sync.client.store import StoreFault
from hub_sync.contract.enums import DeviceStatus
from kiosk_app.messages import ActiveAlarms, CameraAvailability, GateDeviceStatus, Neighbours
from kiosk_app.screens.gate.presenter.status_formatting import build_banner, neighbours_text
from resources.themes import Signal
from resources.translations.catalogue import texts

EN = texts("en")
READY = GateDeviceStatus(camera=CameraAvailability.LIVE)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (DeviceStatus.PENDING, "station_locked"),
        (DeviceStatus.LOCKED, "station_locked"),
        (DeviceStatus.REVOKED, "station_revoked"),
        (DeviceStatus.RETIRED, "station_revoked"),
    ],
)
def test_a_station_that_may_not_decide_says_so_in_red_whatever_else_is_wrong(
    status: DeviceStatus, reason: str
) -> None:
    alarms = ActiveAlarms(station=status, unwritten=StoreFault.FULL, unknown_time_zone="Mars/Base")
    banner = build_banner(READY, alarms, EN)
    assert (banner.title, banner.text) == (EN("gate_closed.title"), EN(f"reason.{reason}"))
    assert banner.signal is Signal.RED


@pytest.mark.parametrize(
    ("fault", "key"), [(StoreFault.FULL, "unwritten.full"), (StoreFault.IO, "unwritten.other")]
)
def test_scans_that_cannot_be_recorded_come_before_zone_and_camera(fault: StoreFault, key: str) -> None:
    devices = GateDeviceStatus(camera=CameraAvailability.MISSING)
    banner = build_banner(devices, ActiveAlarms(unwritten=fault, unknown_time_zone="Mars/Base"), EN)
    assert (banner.title, banner.text, banner.signal) == (EN(key), EN(f"{key}_text"), Signal.RED)


def test_an_unknown_time_zone_comes_before_the_camera() -> None:
    devices = GateDeviceStatus(camera=CameraAvailability.MISSING)
    banner = build_banner(devices, ActiveAlarms(unknown_time_zone="Mars/Base"), EN)
    assert "Mars/Base" in banner.text
    assert banner.signal is Signal.AMBER


def test_a_gate_without_faults_tells_visitors_what_to_do() -> None:
    assert build_banner(READY, ActiveAlarms(), EN).title == EN("ready.title")
    without = build_banner(GateDeviceStatus(camera=CameraAvailability.NONE), ActiveAlarms(), EN)
    assert without.title == EN("camera.none")


@pytest.mark.parametrize("alarms", [ActiveAlarms(program_failed=True), ActiveAlarms(copy_failed=True)])
def test_an_alarm_that_keeps_nobody_waiting_is_no_banner(alarms: ActiveAlarms) -> None:
    assert build_banner(READY, alarms, EN).title == EN("ready.title")


@pytest.mark.parametrize(
    ("neighbours", "text"),
    [
        (Neighbours(), ""),
        (Neighbours(listed=2), "No other station is heard"),
        (Neighbours(listed=2, heard=2), "3 stations hear each other"),
        (Neighbours(listed=2, heard=2, by_list=1), "3 stations hear each other"),
        (Neighbours(listed=2, heard=2, by_list=2), "3 stations hear each other (found by list)"),
        (Neighbours(listed=3, heard=1, by_list=1), "Other stations heard: 1 of 3 (found by list)"),
    ],
)
def test_a_quiet_line_says_how_many_gates_are_heard_and_how(neighbours: Neighbours, text: str) -> None:
    assert neighbours_text(neighbours, EN) == text
