"""The station's report: POST /api/v1/sync/report, at most every 15 s, and at once when an alarm starts or ends.

It is about the machine alone and names no participant and no scan; of operators it names who finished the last ready check.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import FailFast, Field, StringConstraints

from hub_sync.contract.fleet import FleetReport
from hub_sync.contract.lan import LanReport
from hub_sync.contract.ready_check import ReadyReport
from hub_sync.contract.wire_model import WireModel

REPORT_EVERY_S = 15.0
MAX_ALARMS = 32
_Count = Annotated[int, Field(ge=0, lt=2**52)]


class AlarmCode(StrEnum):
    """Code of a station's alarm. A newer station may send others, which the hub stores as they are."""

    CAMERA_LOST = "CAMERA_LOST"
    CAMERA_POOR = "CAMERA_POOR"
    """The camera delivers pictures that are black or white all over."""
    RELAY_LOST = "RELAY_LOST"
    RELAY_DISAGREES = "RELAY_DISAGREES"
    """The relay board answers, and its contact is not in the commanded state."""
    TURNSTILE_JAMMED = "TURNSTILE_JAMMED"
    SENSOR_LOST = "SENSOR_LOST"
    """The turnstile's inputs can't be read: admissions count at the grant."""
    SENSOR_STUCK = "SENSOR_STUCK"
    """The passage sensor is active all the time, as one that is taped over."""
    SENSOR_SILENT = "SENSOR_SILENT"
    """Several people in a row were admitted, and the passage sensor reported none: no entry is given back."""
    FIRE_INPUT = "FIRE_INPUT"
    """The fire alarm's contact at the turnstile is active. The station only tells it."""
    TAMPER_INPUT = "TAMPER_INPUT"
    """The turnstile's housing is open."""
    SOUND_LOST = "SOUND_LOST"
    SCANNER_LOST = "SCANNER_LOST"
    SCANNER_POOR = "SCANNER_POOR"
    """The hand-held scanner sends without a pause; most of it is dropped."""
    PRINTER_LOST = "PRINTER_LOST"
    """The printer is not there, does not answer or reports a fault of its own."""
    PRINTER_PAPER_OUT = "PRINTER_PAPER_OUT"
    PRINTER_PAPER_LOW = "PRINTER_PAPER_LOW"
    DISK_FULL = "DISK_FULL"
    """A scan could not be written because the disk is full, or it is about to be."""
    DISK_LOW = "DISK_LOW"
    """The disk is almost full."""
    STORE_FAILED = "STORE_FAILED"
    STORE_RECOVERED = "STORE_RECOVERED"
    """A damaged file of the store was replaced, or a backup was restored."""
    JOURNAL_PARTED = "JOURNAL_PARTED"
    SEALS_DISAGREE = "SEALS_DISAGREE"
    """A seal of the journal contradicts the rows or the seals that the hub has. The hub raises it itself."""
    CLOCK_UNSURE = "CLOCK_UNSURE"
    HUB_NEWER = "HUB_NEWER"
    """The hub sends what the station's program does not understand: the program needs an update."""
    TIME_ZONE_UNKNOWN = "TIME_ZONE_UNKNOWN"
    """The event's time zone is newer than the station's time zone data: nobody is let in before an update."""
    KIOSK_HELP = "KIOSK_HELP"
    """A visitor at a kiosk calls for staff."""
    KIOSK_OUT_OF_SERVICE = "KIOSK_OUT_OF_SERVICE"
    """Staff have taken a kiosk out of service."""
    PROGRAM_FAILED = "PROGRAM_FAILED"
    """A part of the station's program failed for a reason that nobody foresaw; its log has the details."""


class StationAlarm(WireModel):
    """An alarm, with the sentence on the station's screen."""

    code: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")] = Field(
        description="One of AlarmCode, or a newer station's own.", examples=["CAMERA_LOST"]
    )
    sentence: str | None = Field(
        default=None, max_length=300, description="The sentence on the station's screen.", examples=[None]
    )


class KioskReport(WireModel):
    """The sessions of visitors at a kiosk since it was enrolled, by their outcome. It names nobody."""

    completed: _Count = Field(default=0, description="Came to an outcome.", examples=[412])
    abandoned: _Count = Field(default=0, description="The visitor went away, or gave up.", examples=[17])
    terminated: _Count = Field(default=0, description="Staff or a fault of the kiosk ended it.", examples=[2])
    seconds: _Count = Field(
        default=0, description="From the first to the last touch, all together.", examples=[9130]
    )
    last_ended_at_ms: _Count | None = Field(default=None, description="When the last one ended.")


class StationReport(WireModel):
    """Status of a station. Ages and times are in seconds by its own monotonic clock."""

    unsent: _Count = Field(description="Journal rows that the hub has not acknowledged.", examples=[0])
    set_aside: _Count = Field(
        default=0, description="Rows that the hub failed on, of which only a note was sent."
    )
    quarantined: _Count = Field(default=0, description="Rows that the hub quarantined.")
    roster_age_s: _Count | None = Field(
        default=None,
        description="Since the roster was last known to be complete; null: never.",
        examples=[12],
    )
    journal_sequence: _Count = Field(description="The journal's last row.", examples=[1841])
    software: str = Field(default="", max_length=64, examples=["doorward 0.1.0"])
    uptime_s: _Count = Field(description="Since the program was started.", examples=[7205])
    clock_offset_ms: int | None = Field(
        default=None,
        gt=-(2**52),
        lt=2**52,
        description="The hub's clock minus its own, as it measured in this boot; null: not yet.",
        examples=[12],
    )
    event_id: str | None = Field(
        default=None,
        max_length=64,
        description="The event that it serves now, of those that are assigned to it; null: an older station.",
    )
    checkpoint_id: str | None = Field(
        default=None,
        max_length=64,
        description="The checkpoint that it serves, as the operator or the hub chose it; null: none yet.",
    )
    public_key: str = Field(
        default="",
        max_length=256,
        description="The public halves of its key pair (`dk1.<Ed25519>.<X25519>`); empty: an older station.",
    )
    lan: LanReport | None = Field(
        default=None,
        description="The local network; null: the station hears no others, or is older.",
    )
    ready: ReadyReport | None = Field(
        default=None,
        description="The last ready check that somebody finished; null: none yet, or an older station.",
        examples=[None],
    )
    fleet: FleetReport | None = Field(
        default=None,
        description="What it runs as, results of commands, the applied configuration; null: an older station.",
        examples=[None],
    )
    kiosk: KioskReport | None = Field(
        default=None,
        description="Visitors' sessions; null: it is no kiosk, or nobody was there yet.",
        examples=[None],
    )
    gives_door_seats: bool = Field(
        default=False,
        description="It can give seats of people who did not come to the waitlist; false: an older station.",
        examples=[True],
    )
    alarms: Annotated[tuple[StationAlarm, ...], FailFast()] = Field(
        default=(), max_length=MAX_ALARMS, description="Active alarms; empty if there are none."
    )
