"""Why a kiosk is out of order: one cause at a time, with the time since which it is, for visitors and for staff."""

from dataclasses import dataclass, field
from datetime import datetime

from hub_sync.contract.enums import DeviceStatus
from kiosk_app.kiosk_messages import KioskStatus
from kiosk_app.messages import (
    ActiveAlarms,
    CameraAvailability,
    GateDeviceStatus,
    GateReadiness,
    ReadinessState,
    ScannerAvailability,
)

_STARTING = frozenset(
    {
        ReadinessState.STARTING,
        ReadinessState.DOOR_STARTING,
        ReadinessState.CONNECTING,
        ReadinessState.LOADING,
    }
)
_POOR_CAMERA = frozenset(
    {
        CameraAvailability.LIVE,
        CameraAvailability.STARTING,
        CameraAvailability.NONE,
        CameraAvailability.ENDED,
    }
)


@dataclass(frozen=True, slots=True)
class KioskTrouble:
    """A cause, the id of its sentence for staff, and since when. `is_short`: it ends by itself, as a start does."""

    cause: str
    staff: str = ""
    since: datetime | None = None
    is_short: bool = False
    ends_sessions: bool = True


@dataclass(frozen=True, slots=True)
class StationFacts:
    """What the workers have reported."""

    readiness: GateReadiness = field(default_factory=lambda: GateReadiness(ReadinessState.STARTING))
    alarms: ActiveAlarms = field(default_factory=ActiveAlarms)
    devices: GateDeviceStatus = field(default_factory=GateDeviceStatus)
    kiosk: KioskStatus | None = None


def reads_camera(facts: StationFacts) -> bool:
    """Return True if the camera reads tickets now."""
    return facts.devices.camera is CameraAvailability.LIVE


def reads_tickets(facts: StationFacts) -> bool:
    """Return True if a camera or a scanner reads tickets now. A scanner that types as a keyboard counts where there is no camera."""
    scanner = facts.devices.scanner
    if facts.devices.camera in (CameraAvailability.LIVE, CameraAvailability.STARTING):
        return True
    if scanner is ScannerAvailability.WINDOW:
        return facts.devices.camera in (CameraAvailability.NONE, CameraAvailability.ENDED)
    return scanner in (ScannerAvailability.READY, ScannerAvailability.STARTING)


def find_trouble(facts: StationFacts, now: datetime) -> KioskTrouble | None:
    """Return the first cause because of which nobody can check in here, or None."""
    if facts.kiosk is None:
        return KioskTrouble("starting", is_short=True)
    for find in (_of_staff, _of_readiness, _of_store, _of_readers):
        if (trouble := find(facts)) is not None:
            return trouble
    return _of_times(facts.kiosk, now)


def find_reader_faults(facts: StationFacts) -> tuple[str, ...]:
    """Return the ids of staff's sentences on a camera and a scanner that fail, also beside one that works."""
    faults = []
    if facts.devices.camera not in _POOR_CAMERA:
        faults.append("kiosk.staff.camera")
    if facts.devices.scanner in (
        ScannerAvailability.MISSING,
        ScannerAvailability.BUSY,
        ScannerAvailability.ACCESS_DENIED,
        ScannerAvailability.FLOODING,
    ):
        faults.append("kiosk.staff.scanner")
    return tuple(faults)


def _of_staff(facts: StationFacts) -> KioskTrouble | None:
    if facts.kiosk is not None and facts.kiosk.options.out_of_service:
        return KioskTrouble("service", "kiosk.staff.service")
    if facts.alarms.station is not DeviceStatus.ACTIVE:
        return KioskTrouble("fault", f"kiosk.staff.{facts.alarms.station.value.lower()}")
    return None


def _of_readiness(facts: StationFacts) -> KioskTrouble | None:
    state = facts.readiness.state
    if state is ReadinessState.READY:
        return None
    return KioskTrouble(
        "starting" if state in _STARTING else "fault",
        "" if state in _STARTING else f"kiosk.staff.{state.value}",
        is_short=state in _STARTING,
    )


def _of_store(facts: StationFacts) -> KioskTrouble | None:
    if facts.alarms.unwritten is not None or facts.alarms.disk_full:
        return KioskTrouble("fault", "kiosk.staff.disk")
    if facts.alarms.clock_unsure:
        return KioskTrouble("fault", "kiosk.staff.clock", ends_sessions=False)
    if facts.kiosk is not None and facts.kiosk.is_exit:
        return KioskTrouble("fault", "kiosk.staff.exit")
    return None


def _of_readers(facts: StationFacts) -> KioskTrouble | None:
    options = facts.kiosk.options if facts.kiosk else None
    if options is None or options.typing or options.search or reads_tickets(facts):
        return None
    staff = (*find_reader_faults(facts), "kiosk.staff.camera")
    return KioskTrouble("reader", staff[0], ends_sessions=False)


def _of_times(kiosk: KioskStatus, now: datetime) -> KioskTrouble | None:
    if kiosk.opens_at is not None and now < kiosk.opens_at:
        return KioskTrouble("not_open", since=None, ends_sessions=False)
    if kiosk.closes_at is not None and now >= kiosk.closes_at:
        return KioskTrouble("over", ends_sessions=False)
    return None
