"""What the gate screen is told, beside the scans themselves: frozen, so that it may cross threads. Times are UTC."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from hub_sync.contract.enums import CheckpointDirection, Direction
from kiosk_app.core.outcome import GateOutcome


class LinkState(StrEnum):
    """Whether the hub is in reach; the gate decides without it all the same."""

    CONNECTING = "connecting"
    ONLINE = "online"
    OFFLINE = "offline"
    REFUSED = "refused"
    """The hub answers and does not take this station's credential."""


@dataclass(frozen=True, slots=True)
class EventInfo:
    """The event at this gate; times are shown in its zone."""

    name: str
    time_zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class LinkInfo:
    """The station's way to the hub. `roster_at`: the last complete pull, None: never.

    `set_aside` counts rows that the hub would not take and an admin must look at.
    """

    state: LinkState
    since: datetime | None = None
    roster_at: datetime | None = None
    roster_count: int = 0
    roster_max_age: timedelta | None = None
    waiting: int = 0
    set_aside: int = 0


@dataclass(frozen=True, slots=True)
class ZoneCount:
    """How many are in one zone; capacity None: no limit known."""

    name: str
    current: int
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Every zone of the event, in the order to show them."""

    zones: tuple[ZoneCount, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckpointChoice:
    """A checkpoint that this station may serve."""

    id: str
    name: str
    zone: str = ""
    direction: CheckpointDirection = CheckpointDirection.ENTRY


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """What may be picked, what is, and which way the gate is working now."""

    choices: tuple[CheckpointChoice, ...] = ()
    current_id: str = ""
    direction: Direction = Direction.ENTRY


class CameraState(StrEnum):
    """Whether there are frames."""

    STARTING = "starting"
    LIVE = "live"
    MISSING = "missing"
    NONE = "none"
    """No camera was asked for (a hand-held scanner, a typed code)."""


@dataclass(frozen=True, slots=True)
class Devices:
    """What stands at this gate. Without sound the screen's edge takes the tone's place."""

    camera: CameraState = CameraState.STARTING
    sound: bool = True
    relay: bool = True


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """One hit of a search in the roster. `inside` tells that this person is in the zone already."""

    participant_id: str
    name: str
    registration_code: str = ""
    category: str = ""
    inside: bool = False


@dataclass(frozen=True, slots=True)
class FoundPeople:
    """What a search found; `query` as it was asked, so that a late answer to an old question is dropped."""

    query: str
    people: tuple[FoundPerson, ...] = ()
    more: bool = False


@dataclass(frozen=True, slots=True)
class RecentScans:
    """The last scans from the journal, newest first, for a station that has just started."""

    outcomes: tuple[GateOutcome, ...] = ()


@dataclass(frozen=True, slots=True)
class Alarms:
    """What somebody must see to, and what stays told until then.

    `sentences`: from the store or the sync engine (a damaged store, a journal that parted from the hub's). `doubles`:
    tickets that two stations admitted without knowing of each other.
    """

    sentences: tuple[str, ...] = ()
    doubles: int = 0


Fact = EventInfo | LinkInfo | Occupancy | Checkpoints | Devices | FoundPeople | RecentScans | Alarms
