from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hardware.camera import CameraFault, CameraHealth, CameraState
from hardware.errors import RelayFault
from hardware.inputs import InputRole, InputSnapshot, InputState
from hardware.relay import DoorFault, DoorHealth, DoorState
from hardware.scanner import ScannerFault, ScannerHealth, ScannerState
from hardware.tones import SoundHealth, SoundState
from hub_sync.client.lan.status import LanStatus, PeerSource, PeerState
from hub_sync.client.store import DiskSpace
from hub_sync.client.sync.status import ConnectionState
from hub_sync.contract.ready_check import ReadyState
from kiosk_app.core.setup import ready_items
from kiosk_app.core.setup.ready_items import WIRING_TEST_AGE
from kiosk_app.messages import (
    EventOption,
    EventOptions,
    GateReadiness,
    ReadinessState,
    ReadyItem,
    WiringAnswer,
    WiringResult,
)

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
BOARD = "lcus:/dev/ttyUSB0"
READY, WARN, NOT_READY = ReadyState.READY, ReadyState.WARN, ReadyState.NOT_READY
NO_PART = ReadyState.NOT_APPLICABLE


def verdict(item: ReadyItem) -> tuple[ReadyState, str]:
    return item.state, item.cause


def camera(fault: CameraFault | None = None, state: CameraState = CameraState.LIVE) -> CameraHealth:
    return CameraHealth(state, 0.0, "", fault=fault)


def wiring(answer: WiringAnswer = WiringAnswer.TURNED, **changes: object) -> WiringResult:
    values = {
        "address": BOARD,
        "channel": 1,
        "at": NOW,
        "operator": "Grace",
        "is_off": True,
        "has_sensed": False,
    }
    return WiringResult(**(values | changes | {"answer": answer}))  # type: ignore[arg-type]


def test_a_camera_is_ready_once_it_has_read_a_code() -> None:
    item = ready_items.camera_item
    assert verdict(item(None, has_read=False)) == (NO_PART, "none")
    assert verdict(item(camera(), has_read=False)) == (WARN, "unread")
    assert verdict(item(camera(), has_read=True)) == (READY, "ok")
    assert verdict(item(camera(CameraFault.COVERED), has_read=True)) == (NOT_READY, "dark")
    assert verdict(item(camera(CameraFault.OVEREXPOSED), has_read=True)) == (NOT_READY, "dark")
    lost = camera(CameraFault.LOST, CameraState.MISSING)
    assert verdict(item(lost, has_read=True)) == (NOT_READY, "missing")
    denied = camera(CameraFault.ACCESS_DENIED, CameraState.MISSING)
    assert verdict(item(denied, has_read=True)) == (NOT_READY, "denied")


@pytest.mark.parametrize(
    ("health", "has_read", "has_camera", "expected"),
    [
        (ScannerHealth(ScannerState.WINDOW), False, True, (NO_PART, "none")),
        (ScannerHealth(ScannerState.WINDOW), False, False, (WARN, "unread")),
        (ScannerHealth(ScannerState.WINDOW), True, True, (READY, "ok")),
        (ScannerHealth(ScannerState.READY), False, True, (WARN, "unread")),
        (ScannerHealth(ScannerState.READY), True, True, (READY, "ok")),
        (ScannerHealth(ScannerState.MISSING, fault=ScannerFault.LOST), True, True, (NOT_READY, "missing")),
        (ScannerHealth(ScannerState.READY, fault=ScannerFault.FLOODING), True, True, (NOT_READY, "floods")),
        (
            ScannerHealth(ScannerState.MISSING, fault=ScannerFault.ACCESS_DENIED),
            True,
            True,
            (NOT_READY, "denied"),
        ),
    ],
)
def test_a_scanner_is_ready_once_it_has_read_a_code(
    health: ScannerHealth, has_read: bool, has_camera: bool, expected: tuple[ReadyState, str]
) -> None:
    assert verdict(ready_items.scanner_item(health, has_read=has_read, has_camera=has_camera)) == expected


def test_a_turnstile_is_ready_after_a_wiring_test_of_this_board_today() -> None:
    health = DoorHealth(DoorState.READY)

    def item(last: WiringResult | None, health: DoorHealth | None = health) -> tuple[ReadyState, str]:
        return verdict(ready_items.relay_item(health, BOARD, last, NOW))

    assert item(None, None) == (NO_PART, "none")
    assert item(None) == (WARN, "untested")
    assert item(wiring()) == (READY, "ok")
    assert item(wiring(address="lcus:/dev/ttyUSB1")) == (WARN, "untested")
    assert item(wiring(WiringAnswer.NOT_TURNED)) == (NOT_READY, "not_turned")
    assert item(wiring(WiringAnswer.OTHER_TURNED)) == (NOT_READY, "not_turned")
    assert item(wiring(is_off=False)) == (NOT_READY, "stays_on")
    assert item(wiring(at=NOW - WIRING_TEST_AGE - timedelta(seconds=1))) == (WARN, "long_ago")
    assert item(wiring(), DoorHealth(DoorState.MISSING)) == (NOT_READY, "missing")
    assert item(wiring(boot_id="boot-0")) == (WARN, "rebooted")
    later = ready_items.relay_item(
        health, BOARD, wiring(), NOW + timedelta(hours=3), reconnected_at=NOW + timedelta(hours=1)
    )
    assert (verdict(later), later.age_s) == ((WARN, "reconnected"), 3 * 3600)
    earlier = ready_items.relay_item(health, BOARD, wiring(), NOW, reconnected_at=NOW - timedelta(hours=1))
    assert verdict(earlier) == (READY, "ok")
    stuck = DoorHealth(DoorState.READY, "", DoorFault(RelayFault.STAYS_ON))
    assert item(wiring(), stuck) == (NOT_READY, "stays_on")


def test_the_sensor_is_ready_at_rest() -> None:
    def item(*active: InputRole, state: InputState = InputState.READY) -> tuple[ReadyState, str]:
        return verdict(ready_items.sensor_item(InputSnapshot(state, active), has_sensor=True))

    assert verdict(ready_items.sensor_item(None, has_sensor=False)) == (NO_PART, "none")
    assert verdict(ready_items.sensor_item(InputSnapshot(), has_sensor=False)) == (NO_PART, "none")
    assert item() == (READY, "ok")
    assert item(InputRole.PASSAGE) == (WARN, "active")
    assert item(InputRole.TAMPER) == (WARN, "opened")
    assert item(InputRole.PASSAGE, InputRole.FIRE) == (NOT_READY, "fire")
    assert item(InputRole.JAM) == (NOT_READY, "jammed")
    assert item(state=InputState.LOST) == (NOT_READY, "unreadable")


def test_a_tone_is_ready_once_somebody_heard_it() -> None:
    audible, silent = SoundHealth(SoundState.AUDIBLE), SoundHealth(SoundState.SILENT)
    assert verdict(ready_items.sound_item(audible, has_sound=True, heard=None)) == (WARN, "unheard")
    assert verdict(ready_items.sound_item(audible, has_sound=True, heard=False)) == (WARN, "not_heard")
    assert verdict(ready_items.sound_item(audible, has_sound=True, heard=True)) == (READY, "ok")
    assert verdict(ready_items.sound_item(silent, has_sound=True, heard=True)) == (WARN, "silent")
    assert verdict(ready_items.sound_item(silent, has_sound=False, heard=None)) == (NO_PART, "off")


@pytest.mark.parametrize(
    ("state", "roster", "checkpoint"),
    [
        (ReadinessState.NOT_ENROLLED, (NOT_READY, "not_enrolled"), (NOT_READY, "unknown")),
        (ReadinessState.NO_ROSTER, (NOT_READY, "missing"), (NOT_READY, "unknown")),
        (ReadinessState.HUB_REFUSES, (NOT_READY, "missing"), (NOT_READY, "unknown")),
        (ReadinessState.LOADING, (WARN, "loading"), (NOT_READY, "unknown")),
        (ReadinessState.NO_EVENT, (NOT_READY, "no_event"), (NOT_READY, "unknown")),
        (ReadinessState.EVENT_REMOVED, (NOT_READY, "event_removed"), (NOT_READY, "unknown")),
        (ReadinessState.NO_CHECKPOINT, (READY, "ok"), (NOT_READY, "none_exists")),
        (ReadinessState.CHOOSE_CHECKPOINT, (READY, "ok"), (NOT_READY, "not_chosen")),
        (ReadinessState.CHECKPOINT_OFF, (READY, "ok"), (NOT_READY, "switched_off")),
        (ReadinessState.READY, (READY, "ok"), (READY, "ok")),
    ],
)
def test_a_gate_needs_a_list_and_a_checkpoint(
    state: ReadinessState, roster: tuple[ReadyState, str], checkpoint: tuple[ReadyState, str]
) -> None:
    readiness = GateReadiness(state)
    assert verdict(ready_items.roster_item(readiness, 10, timedelta(minutes=1), None)) == roster
    assert verdict(ready_items.checkpoint_item(readiness, "Main gate")) == checkpoint


def test_the_lists_of_other_events_are_named_with_their_times_the_worst_alone() -> None:
    def option(name: str, hours_ago: float | None, ends_in: int = 1) -> EventOption:
        at = None if hours_ago is None else NOW - timedelta(hours=hours_ago)
        return EventOption(name, name, NOW, NOW + timedelta(days=ends_in), ZoneInfo("UTC"), at)

    here = option("here", None)
    assert verdict(ready_items.events_item(EventOptions(), NOW)) == (NO_PART, "none")
    over = option("over", None, ends_in=-1)
    assert verdict(ready_items.events_item(EventOptions((here, over), "here"), NOW)) == (NO_PART, "none")
    fine = ready_items.events_item(EventOptions((here, option("gala", 1)), "here"), NOW)
    assert (verdict(fine), "gala" in fine.name, "-" in fine.name) == ((READY, "ok"), True, True)
    tokyo = replace(option("gala", 1), time_zone=ZoneInfo("Asia/Tokyo"))
    at = f"{(NOW - timedelta(hours=1)).astimezone(ZoneInfo('Asia/Tokyo')):%H:%M}"
    assert at in ready_items.events_item(EventOptions((here, tokyo), "here"), NOW).name, (
        "as the gate's clock says"
    )
    old = ready_items.events_item(EventOptions((here, option("gala", 1), option("ball", 13)), "here"), NOW)
    assert (verdict(old), "gala" in old.name, "ball" in old.name) == ((WARN, "old"), False, True)
    two = (here, option("ball", 13), option("fair", None))
    missing = ready_items.events_item(EventOptions(two, "here"), NOW)
    assert (verdict(missing), "fair" in missing.name, "ball" in missing.name) == (
        (WARN, "missing"),
        True,
        False,
    )


def test_an_old_or_empty_list_is_a_warning_and_a_damaged_one_is_none() -> None:
    ready, hour = GateReadiness(), timedelta(hours=1)
    assert verdict(ready_items.roster_item(ready, 10, hour * 13, hour * 12)) == (WARN, "old")
    assert verdict(ready_items.roster_item(ready, 0, hour, hour * 12)) == (WARN, "empty")
    assert verdict(ready_items.roster_item(ready, 10, None, hour * 12)) == (NOT_READY, "missing")


def test_a_gate_may_open_without_the_hub_and_not_while_it_is_locked() -> None:
    def item(
        connection: ConnectionState, *, is_enrolled: bool = True, is_active: bool = True
    ) -> tuple[ReadyState, str]:
        return verdict(ready_items.hub_item(connection, is_enrolled=is_enrolled, is_active=is_active))

    assert item(ConnectionState.ONLINE) == (READY, "ok")
    assert item(ConnectionState.OFFLINE) == (WARN, "offline")
    assert item(ConnectionState.REFUSED) == (NOT_READY, "refused")
    assert item(ConnectionState.ONLINE, is_active=False) == (NOT_READY, "locked")
    assert item(ConnectionState.OFFLINE, is_enrolled=False) == (NOT_READY, "not_enrolled")


def test_disk_and_store() -> None:
    assert verdict(ready_items.disk_item(None)) == (NOT_READY, "unreadable")
    assert verdict(ready_items.disk_item(DiskSpace(1 << 40))) == (READY, "ok")
    assert verdict(ready_items.disk_item(DiskSpace(0))) == (NOT_READY, "full")

    def store(
        *, can_write: bool = True, was_recovered: bool = False, is_copied: bool = True
    ) -> tuple[ReadyState, str]:
        return verdict(
            ready_items.store_item(can_write=can_write, was_recovered=was_recovered, is_copied=is_copied)
        )

    assert store() == (READY, "ok")
    assert store(can_write=False, was_recovered=True) == (NOT_READY, "unwritable")
    assert store(was_recovered=True) == (WARN, "recovered")
    assert store(is_copied=False) == (WARN, "no_copy")


def test_operators_other_gates_clock_and_screen() -> None:
    assert verdict(ready_items.operators_item(is_required=False, name="")) == (NO_PART, "none")
    assert verdict(ready_items.operators_item(is_required=True, name="")) == (WARN, "nobody")
    assert verdict(ready_items.operators_item(is_required=True, name="Mara")) == (READY, "ok")
    heard = PeerState("2", "Gate 2", "192.0.2.1", PeerSource.LIST, 1)
    assert verdict(ready_items.peers_item(LanStatus())) == (NO_PART, "none")
    assert verdict(ready_items.peers_item(LanStatus(peers=(heard,)))) == (READY, "ok")
    missing = ready_items.peers_item(LanStatus(peers=(heard, PeerState("3", "Gate 3"))))
    assert (verdict(missing), missing.n) == ((WARN, "missing"), 1)
    assert verdict(ready_items.clock_item(is_sure=False)) == (WARN, "unsure")
    assert verdict(ready_items.clock_item(is_sure=True)) == (READY, "ok")
    assert verdict(ready_items.screen_item(None)) == (NO_PART, "none")
    assert verdict(ready_items.screen_item(True)) == (WARN, "sleeps")
    assert verdict(ready_items.screen_item(False)) == (READY, "ok")
