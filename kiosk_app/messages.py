"""The messages between workers and screens. All of them are frozen, so that they may cross threads. Times are UTC.

This module is below all packages of the station.

There is one closed union per direction; its receiver matches it exhaustively:

- `ScreenMessage`: from the workers to a screen.
- `GateCommand`: from a screen to the gate's worker.
- `WindowCommand`: from a screen to the window around it.
- `WorkerMessage`: everything that the workers publish, the screen's messages among it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self
from zoneinfo import ZoneInfo

from hardware.camera import CameraChoice, Frame
from hardware.inputs import InputRole
from hardware.printer import PrinterChoice, PrinterHealth, PrintResult
from hardware.relay import BoardChoice, DoorFault
from hardware.scanner import KEYS, ScannerChoice, ScannerFault, Transmission
from hub_sync.client.store import RecoveryFacts, StoreCause, StoreError, StoreFault
from hub_sync.client.sync.status import SyncStatus
from hub_sync.contract.enums import (
    CheckpointDirection,
    DeviceStatus,
    Direction,
    Passage,
    PassageCause,
    ReasonCode,
    ScanResult,
    ScanType,
)
from hub_sync.contract.ready_check import ReadyPart, ReadyReport, ReadyState
from hub_sync.contract.station_report import AlarmCode
from hub_sync.contract.sync import Override
from hub_sync.rules.admission import Decision
from hub_sync.rules.certificate_faults import CertificateFault
from kiosk_app.bulletin_messages import BulletinCommand, BulletinsChanged
from kiosk_app.kiosk_messages import KioskCommand, KioskMessage, KioskStatus
from kiosk_app.queue_messages import DeskCommand, QueueMessage

# --- the outcome of a scan ----------------------------------------------------------------------


class Trouble(StrEnum):
    """A fault beside the decision itself."""

    NOT_WRITTEN = "not_written"
    """The row could not be committed: the screen is never green, the gate stays shut."""
    GATE_STUCK = "gate_stuck"
    """Admitted and written, but the relay did not answer: the operator lets the person through by hand."""


class Notice(StrEnum):
    """A message for the operator where there was no scan to decide."""

    TWO_CODES = "two_codes"
    NOT_READY = "not_ready"
    """There is no event or checkpoint to decide for; `GateReadiness` says why."""
    NOT_DECIDED = "not_decided"
    """A ticket was held up while a panel paused the camera's scans, and is gone."""
    NOT_SAVED = "not_saved"
    """A setting of the operator could not be saved; the old one stays."""
    NO_SPEECH_ENGINE = "no_speech_engine"
    """The voice was switched on, and this machine has no program that speaks."""
    DOOR_CHANGED = "door_changed"
    """This gate has no seats any more for the entry of the waitlist that the operator chose."""
    GROUP_CHANGED = "group_changed"
    """Somebody whom the operator confirmed is not in the group any more, or the gate serves another checkpoint."""
    EVENT_SERVED = "event_served"
    """The gate serves another event from now on."""
    TAKEN_BACK = "taken_back"
    """The last admission was taken back."""
    UNDO_PASSED = "undo_passed"
    UNDO_TOO_LATE = "undo_too_late"
    UNDO_NOT_LAST = "undo_not_last"
    UNDO_SEATED = "undo_seated"
    SIGN_ON = "sign_on"
    """The event has operators, and none of them is signed on."""
    NOT_ALLOWED = "not_allowed"
    """A supervisor's act without a supervisor's PIN."""
    STATION_FAILED = "station_failed"
    """The program failed outside a scan's decision, as on a camera picture: nothing was decided."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The person or code at the gate, so that an override can repeat the attempt. One of `text` and `participant_id` is set."""

    scan_type: ScanType
    text: str = ""
    participant_id: str = ""


@dataclass(frozen=True, slots=True)
class GroupMember:
    """Another member of a scanned person's group, and the decision if this person came now."""

    participant_id: str
    name: str
    registration_code: str
    category: str
    decision: Decision


@dataclass(frozen=True, slots=True)
class GroupOffer:
    """The rest of a scanned person's group. `too_large`: so many that they are scanned one by one; `members` is empty then."""

    group_ref: str
    members: tuple[GroupMember, ...] = ()
    too_large: bool = False

    @property
    def may_enter(self) -> tuple[GroupMember, ...]:
        """The members who may enter now."""
        return tuple(member for member in self.members if member.decision.admits)


@dataclass(frozen=True, slots=True)
class GateOutcome:
    """One scan, start to end. Times are UTC, corrected by the measured offset.

    `sequence` is the journal row's number, None where nothing could be written. `captured_at` is when the frame was
    taken and `relay_at` when the relay's bytes were sent, both monotonic seconds, None where there was neither.
    """

    decision: Decision
    subject: Subject
    at: datetime
    sequence: int | None = None
    row_id: str = ""
    name: str = ""
    registration_code: str = ""
    category: str = ""
    checkpoint_name: str = ""
    pulsed: bool = False
    captured_at: float | None = None
    relay_at: float | None = None
    trouble: Trouble | None = None
    trouble_sentence: str = ""
    """The trouble in English, for the hub and the log."""
    door_fault: DoorFault | None = None
    """The reason why the turnstile was not released."""
    fault: StoreFault | None = None
    """The reason why the row could not be written."""
    group: GroupOffer | None = None
    """The rest of the person's group, if this scan may lead to their admission."""
    passage: Passage | None = None
    """What became of the admission at the turnstile so far; None: it admits nobody, or the gate has no turnstile."""
    passage_cause: PassageCause | None = None
    passage_window_s: float = 0
    """The time in which the turnstile must turn; 0: no sensor watches."""
    passage_reverse: bool = False
    """The turn is reported by the input for the reverse direction."""
    is_registration_code: bool = False
    """The scanned code is no ticket but a registration code of the roster, which admits nobody unless it is typed."""
    earlier_gate: str = ""
    """The other gate at which the ticket was used before; empty: it was this one, or nobody knows."""
    other_event: str = ""
    """The event that the ticket is for, if this station may serve that one, too."""
    event_name: str = ""
    """The event of the gate, where `other_event` is set."""

    @property
    def frame_to_relay_ms(self) -> float | None:
        """The time from the frame's capture to the relay's bytes in milliseconds; None if one of them is unknown."""
        if self.captured_at is None or self.relay_at is None:
            return None
        return (self.relay_at - self.captured_at) * 1000

    @property
    def is_green(self) -> bool:
        """True if the screen may welcome the person: admitted, and on disk."""
        return self.decision.admits and self.sequence is not None


@dataclass(frozen=True, slots=True)
class GroupOutcome:
    """Members of a group who were admitted, or refused, after the scan of another. All rows were written together, or none.

    It comes when the rows are on disk, and again when the turnstile could not be released for somebody (`released`).
    """

    outcomes: tuple[GateOutcome, ...]
    released: bool = False

    @property
    def admitted(self) -> tuple[GateOutcome, ...]:
        """The members who were admitted and written down."""
        return tuple(outcome for outcome in self.outcomes if outcome.is_green)

    @property
    def is_stuck(self) -> bool:
        """True if somebody was admitted for whom the turnstile did not open."""
        return any(outcome.trouble is Trouble.GATE_STUCK for outcome in self.outcomes)


# --- workers to screen --------------------------------------------------------------------------


class HubConnectionState(StrEnum):
    """The state of the connection to the hub. The gate decides without the hub too."""

    NOT_ENROLLED = "not_enrolled"
    """There is no hub to connect to."""
    CONNECTING = "connecting"
    ONLINE = "online"
    OFFLINE = "offline"
    REFUSED = "refused"
    """The hub answers and does not accept this station's credential."""


class ReadinessState(StrEnum):
    """What a gate lacks before it can decide a scan."""

    READY = "ready"
    STARTING = "starting"
    """The workers have not reported yet."""
    DOOR_STARTING = "door_starting"
    """The turnstile cannot open yet: a ticket that is decided now would enter a person who stays outside."""
    NOT_ENROLLED = "not_enrolled"
    CONNECTING = "connecting"
    """Enrolled, without a roster, and the hub was not reached yet."""
    LOADING = "loading"
    """The first roster is being received."""
    NO_ROSTER = "no_roster"
    """There is no roster, and the hub does not answer."""
    HUB_REFUSES = "hub_refuses"
    """There is no roster, and the hub does not accept this station."""
    NO_EVENT = "no_event"
    EVENT_REMOVED = "event_removed"
    """The station may not serve its event any more, and has others: the operator must choose one."""
    NO_CHECKPOINT = "no_checkpoint"
    """The event has no checkpoint that is switched on."""
    CHOOSE_CHECKPOINT = "choose_checkpoint"
    """Nobody has chosen this station's checkpoint: the operator must."""
    CHECKPOINT_OFF = "checkpoint_off"
    """This station's checkpoint was switched off or deleted: the operator must choose another one."""
    WIPING = "wiping"
    """The hub has everything here erased."""
    STORE_CLOSED = "store_closed"
    """The store cannot be opened; the gate tries again."""


@dataclass(frozen=True, slots=True)
class GateReadiness:
    """Whether the gate can decide scans, and what it lacks.

    `detail`: the hub's address, or the name of the checkpoint that is off. `fault` and `cause`: why the store is closed.

    `received` and `total` count participants while the first roster is loaded; `total` None: not announced yet.
    """

    state: ReadinessState = ReadinessState.READY
    received: int = 0
    total: int | None = None
    detail: str = ""
    fault: StoreFault | None = None
    cause: StoreCause | None = None

    @classmethod
    def store_closed(cls, error: StoreError) -> Self:
        """Return the readiness of a station whose store could not be opened."""
        return cls(ReadinessState.STORE_CLOSED, fault=error.fault, cause=error.cause)

    @property
    def needs_event(self) -> bool:
        """True if the operator must choose an event."""
        return self.state is ReadinessState.EVENT_REMOVED

    @property
    def needs_choice(self) -> bool:
        """True if the operator must choose a checkpoint."""
        return self.state in (ReadinessState.CHOOSE_CHECKPOINT, ReadinessState.CHECKPOINT_OFF)


@dataclass(frozen=True, slots=True)
class EventInfo:
    """The event at this gate. Times are shown in its zone."""

    name: str
    time_zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class EventOption:
    """An event that this station may serve. `roster_at`: its list was last known to be complete; None: it has none."""

    id: str
    name: str
    starts_at: datetime
    ends_at: datetime
    time_zone: ZoneInfo
    roster_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class EventOptions:
    """The events to select from, and the one that is served; none: this station has one event only."""

    options: tuple[EventOption, ...] = ()
    current_id: str = ""


class EventSwitch(StrEnum):
    """The result of serving another event."""

    SERVED = "served"
    NO_LIST = "no_list"
    """Its list was never loaded here, or is damaged."""
    NOT_ASSIGNED = "not_assigned"
    """The station may not serve it any more."""


@dataclass(frozen=True, slots=True)
class EventAnswer:
    """The answer to `ServeEvent`; `name` is the event's."""

    result: EventSwitch
    name: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionStatus:
    """The connection to the hub and the state of synchronisation. `roster_at`: the last complete pull, None: never.

    `pending` counts journal rows that are not sent yet; `set_aside` counts rows that the hub refused and that an
    administrator must check.
    """

    state: HubConnectionState
    since: datetime | None = None
    roster_at: datetime | None = None
    roster_count: int = 0
    roster_max_age: timedelta | None = None
    pending: int = 0
    set_aside: int = 0


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The event's other stations on the local network: how many the hub lists, how many are heard, how many by its list only."""

    listed: int = 0
    heard: int = 0
    by_list: int = 0


@dataclass(frozen=True, slots=True)
class ZoneCapacity:
    """The number of people in one zone. `capacity` None: no limit is known."""

    name: str
    current: int
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Every zone of the event, in the order to show them."""

    zones: tuple[ZoneCapacity, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckpointOption:
    """A checkpoint that this station may serve."""

    id: str
    name: str
    zone: str = ""
    direction: CheckpointDirection = CheckpointDirection.ENTRY


@dataclass(frozen=True, slots=True)
class CheckpointOptions:
    """The checkpoints to select from, the current one (empty: none), and the current direction of the gate."""

    options: tuple[CheckpointOption, ...] = ()
    current_id: str = ""
    direction: Direction = Direction.ENTRY


class CameraAvailability(StrEnum):
    """The camera as the screen shows it."""

    STARTING = "starting"
    LIVE = "live"
    MISSING = "missing"
    FROZEN = "frozen"
    BUSY = "busy"
    ACCESS_DENIED = "access_denied"
    COVERED = "covered"
    OVEREXPOSED = "overexposed"
    ENDED = "ended"
    """Every picture of a folder, or of a video, was shown."""
    NONE = "none"
    """No camera is configured: codes are typed or come from a hand-held scanner."""


class ScannerAvailability(StrEnum):
    """The hand-held scanner as the screen shows it."""

    WINDOW = "window"
    """It types into the window, which sees no fault."""
    READY = "ready"
    STARTING = "starting"
    MISSING = "missing"
    BUSY = "busy"
    ACCESS_DENIED = "access_denied"
    FLOODING = "flooding"


@dataclass(frozen=True, slots=True)
class GateDeviceStatus:
    """The devices at this gate. Without sound a frame along the screen's edge replaces the tone."""

    camera: CameraAvailability = CameraAvailability.STARTING
    sound: bool = True
    relay: bool = True
    scanner: ScannerAvailability = ScannerAvailability.WINDOW


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A person of the roster who matches a search. `inside`: this person is in the zone already."""

    participant_id: str
    name: str
    registration_code: str = ""
    category: str = ""
    inside: bool = False


@dataclass(frozen=True, slots=True)
class SearchResults:
    """The answer to `SearchPeople`, with its `query`, so that a late answer to an older query is dropped.

    `failed`: the roster could not be searched, which is not the same as nobody having that name. `asks_supervisor`: nobody of the
    roster matches, and the blacklist has something about a person with what was typed.
    """

    query: str
    hits: tuple[SearchHit, ...] = ()
    more: bool = False
    failed: bool = False
    asks_supervisor: bool = False


@dataclass(frozen=True, slots=True)
class PassageUpdate:
    """What became of an admission, or a turn that belongs to none (`outcome` None, `scan_id` empty)."""

    cause: PassageCause
    outcome: Passage | None = None
    scan_id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class RecentScans:
    """The last scans of the journal, newest first, for a station that has just started."""

    outcomes: tuple[GateOutcome, ...] = ()


@dataclass(frozen=True, slots=True)
class ActiveAlarms:
    """The alarms that somebody must act on; they stay until their cause ends.

    `door`: the turnstile's fault. `hub_unknown`: what answers as the hub does not know this station. `journal_diverged`: a new journal
    was started because the hub's copy and this station's differ.
    `unknown_time_zone`: the event's, newer than this station's data; empty: it is known.
    `program_failed`: a part of the program failed lately for a reason that nobody foresaw.
    `recovery`: a file of the store was rebuilt at the start of the program.
    `unwritten`: the fault because of which no scan can be recorded now; None: scans can be recorded.
    `disk_free_mb`: the free space of a disk that is almost full; None: there is enough. `disk_full`: it is about to be full.
    `copy_failed`: the second copy of the journal can't be written; the scans are recorded.
    `clock_unsure`: nobody knows if this station's clock is right, so what depends on the time is held.
    """

    door: DoorFault | None = None
    scanner: ScannerFault | None = None
    hub_unknown: bool = False
    hub_certificate: CertificateFault | None = None
    """Why the hub's certificate is not accepted; None: it is, or the hub has none."""
    journal_diverged: bool = False
    unknown_time_zone: str = ""
    not_understood: str = ""
    """The words of a newer hub that this program does not understand; who is concerned is not let in."""
    program_failed: bool = False
    station: DeviceStatus = DeviceStatus.ACTIVE
    """The station's status at the hub. Locked or revoked, it refuses everybody."""
    recovery: RecoveryFacts | None = None
    unwritten: StoreFault | None = None
    disk_free_mb: int | None = None
    disk_full: bool = False
    copy_failed: bool = False
    clock_unsure: bool = False
    cloned: bool = False
    """Another machine uses this station's credential: its disk was copied."""
    cut_off: bool = False
    """The station was without its hub for longer than the hub allows. It admits nobody."""
    offline_minutes: int | None = None
    """The minutes after which that will be so; None: it is not near."""
    turnstile: tuple[AlarmCode, ...] = ()
    """The alarms of the turnstile's inputs."""


@dataclass(frozen=True, slots=True)
class DoubleAdmission:
    """A ticket that this station and another one admitted without knowing of each other.

    `at` is the time here, `other_at` and `other_gate` are time and checkpoint there; None or empty: not known.
    """

    id: str
    name: str
    at: datetime | None
    other_at: datetime | None
    other_gate: str


@dataclass(frozen=True, slots=True)
class DoubleAdmissions:
    """The double admissions that nobody at this station has dismissed, newest first."""

    items: tuple[DoubleAdmission, ...] = ()


@dataclass(frozen=True, slots=True)
class UnreleasedMember:
    """Somebody of a group who was admitted when the program stopped, and whom nothing has let through."""

    name: str
    registration_code: str


@dataclass(frozen=True, slots=True)
class UnreleasedMembers:
    """The members of a group who were admitted and not let through before the program stopped."""

    members: tuple[UnreleasedMember, ...] = ()


@dataclass(frozen=True, slots=True)
class DoorPlace:
    """Somebody on the waitlist, with the number of seats that they want. `fits`: this gate has as many for them."""

    entry_id: str
    participant_id: str
    name: str
    registration_code: str
    seats: int = 1
    fits: bool = True


@dataclass(frozen=True, slots=True)
class DoorWaitlist:
    """The seats that this gate may give to the waitlist now, and who waits, the next one first. Nothing before the minute."""

    seats: int = 0
    places: tuple[DoorPlace, ...] = ()


@dataclass(frozen=True, slots=True)
class OperatorChoice:
    """Somebody who may sign on at this station."""

    id: str
    name: str
    is_supervisor: bool


@dataclass(frozen=True, slots=True)
class OperatorStatus:
    """Who may sign on (nobody: no PIN is asked), who is signed on, and the supervisor whose PIN is still good."""

    choices: tuple[OperatorChoice, ...] = ()
    signed_on: OperatorChoice | None = None
    since: datetime | None = None
    supervisor: OperatorChoice | None = None

    @property
    def is_required(self) -> bool:
        """True if somebody must sign on."""
        return bool(self.choices)


class PinResult(StrEnum):
    """The result of checking a PIN."""

    ACCEPTED = "accepted"
    WRONG = "wrong"
    WAIT = "wait"
    """There were too many wrong ones: this one was not checked, or no further one is for some time."""
    NOT_LISTED = "not_listed"
    """The operator may not sign on here any more."""
    NO_SUPERVISOR = "no_supervisor"


@dataclass(frozen=True, slots=True)
class PinAnswer:
    """The answer to `SignOn` and `Authorise`. `wait_s`: for how many seconds no PIN of this operator is checked."""

    result: PinResult
    wait_s: int = 0
    status: OperatorStatus = OperatorStatus()


class NameDisplay(StrEnum):
    """How the screen names people."""

    FULL = "full"
    INITIALS = "initials"
    CODE = "code"
    """By their registration codes only."""


VOLUMES = (100, 75, 50, 25)
"""Volumes of the tones in percent. A gate is never silent by a slip of the finger: that is a setting of the program."""


@dataclass(frozen=True, slots=True)
class StationOptions:
    """What a supervisor has set at this station."""

    names: NameDisplay = NameDisplay.FULL
    volume: int = 100
    """Of the tones, one of `VOLUMES`."""
    speaks: bool = False
    """A voice speaks the word of each verdict."""


@dataclass(frozen=True, slots=True)
class ScreenSleep:
    """Whether the screen may go to sleep, because nothing on this machine could be asked to keep it awake."""

    may_sleep: bool


class EnrolmentProblem(StrEnum):
    """Why a station could not be enrolled; each has a sentence that says what to do."""

    NOT_A_CODE = "not_a_code"
    NO_HUB = "no_hub"
    """A typed code needs the hub's address, too."""
    BAD_HUB = "bad_hub"
    NO_ANSWER = "no_answer"
    NO_TLS = "no_tls"
    LOG_IN_PAGE = "log_in_page"
    """Something other than the hub answered, such as a hotel's network."""
    CERTIFICATE = "certificate"
    REFUSED = "refused"
    """The code was used, has expired, or is mistyped."""
    BUSY = "busy"
    HUB_FAILED = "hub_failed"
    UNSENT = "unsent"
    """The station has scans that its hub has not got yet."""
    NOT_SAVED = "not_saved"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class EnrolmentUpdate:
    """News of an enrolment. `problem` None and `name` empty: the hub is being asked. `hub`: its address."""

    problem: EnrolmentProblem | None = None
    hub: str = ""
    name: str = ""
    profile: str = ""

    @property
    def is_enrolled(self) -> bool:
        """True if the station is enrolled now."""
        return bool(self.name)


@dataclass(frozen=True, slots=True)
class CodeCaptured:
    """The camera sees this code, while scans are captured for the screen."""

    text: str


@dataclass(frozen=True, slots=True)
class CameraChoices:
    """The cameras of this machine, the address in use, and if it is the one of the next start."""

    choices: tuple[CameraChoice, ...]
    current: str
    saved: bool = False


@dataclass(frozen=True, slots=True)
class IdentifyStation:
    """Show the station's name over everything for so many seconds: somebody at the hub looks for the machine."""

    name: str
    seconds: int


@dataclass(frozen=True, slots=True)
class AppearanceChanged:
    """The hub has set another theme or language."""

    theme: str
    language: str


@dataclass(frozen=True, slots=True)
class EarlierScan:
    """A scan of a person. `result` and `reason` None: an admission at another station, of which the hub tells no more.

    `with_everybody`: no scan, but the hour at which everybody leaves.

    `place` is the checkpoint, and of a scan elsewhere the zone (empty: the venue).
    """

    at: datetime
    place: str
    direction: Direction
    result: ScanResult | None = None
    reason: ReasonCode | None = None
    taken_back: bool = False
    with_everybody: bool = False


@dataclass(frozen=True, slots=True)
class PersonCard:
    """The answer to `ShowPerson`. Without a name and a code: the roster does not have this person (any more)."""

    participant_id: str
    name: str = ""
    registration_code: str = ""
    category: str = ""
    inside: bool = False
    scans: tuple[EarlierScan, ...] = ()


@dataclass(frozen=True, slots=True)
class ShiftSummary:
    """The answer to `SummariseShift`: what was scanned while an operator was signed on. `refused`: the most frequent first."""

    name: str
    since: datetime
    until: datetime
    scans: int
    admitted: int
    refused: tuple[tuple[ReasonCode, int], ...] = ()
    overrides: int = 0
    taken_back: int = 0


UNDO_MS = 60_000
"""The time after an admission in which it can be taken back."""


class UndoResult(StrEnum):
    """The result of taking an admission back."""

    DONE = "done"
    PASSED = "passed"
    """The turnstile has seen the person pass, or the admission was taken back already."""
    TOO_LATE = "too_late"
    NOT_LAST = "not_last"
    """Somebody else was let in meanwhile."""
    SEATED = "seated"
    """The admission gave a seat of the waitlist: no row of the journal takes that back."""


@dataclass(frozen=True, slots=True)
class UndoAnswer:
    """The answer to `TakeBack`; `outcome` is the admission."""

    result: UndoResult
    outcome: GateOutcome


StatusMessage = (
    EventInfo
    | EventOptions
    | GateReadiness
    | ConnectionStatus
    | Neighbours
    | Occupancy
    | CheckpointOptions
    | GateDeviceStatus
    | SearchResults
    | RecentScans
    | ActiveAlarms
    | DoubleAdmissions
    | UnreleasedMembers
    | DoorWaitlist
    | OperatorStatus
    | StationOptions
    | ScreenSleep
    | PassageUpdate
    | KioskStatus
)


@dataclass(frozen=True, slots=True)
class ScanCaptured:
    """A code that was scanned while `CaptureScans` is on. Nothing was decided. `source`: the place of the scanner's address."""

    scan: Transmission
    source: str = KEYS


@dataclass(frozen=True, slots=True)
class ScannerChoices:
    """The answer to `ListScanners`: the scanners of this machine, the address in use, and if it is saved."""

    choices: tuple[ScannerChoice, ...]
    current: str
    fault: ScannerFault | None = None
    saved: bool = False


class WiringAnswer(StrEnum):
    """What the person in front of the turnstile saw after a test pulse."""

    TURNED = "turned"
    NOT_TURNED = "not_turned"
    OTHER_TURNED = "other_turned"


class WiringRefusal(StrEnum):
    """Why no test pulse was sent."""

    NO_TURNSTILE = "no_turnstile"
    NOT_READY = "not_ready"
    GRANT_OPEN = "grant_open"
    """Somebody who was admitted may still walk through."""
    FAILED = "failed"
    NO_INPUTS = "no_inputs"
    """The chosen board has no inputs, and the settings name some."""


class WiringDoubt(StrEnum):
    """What has changed since a wiring test."""

    OTHER_BOARD = "other_board"
    REBOOTED = "rebooted"
    RECONNECTED = "reconnected"


@dataclass(frozen=True, slots=True)
class WiringResult:
    """The answer to a test pulse. `is_off`: the contact opened again; `has_sensed`: the passage sensor reported a turn."""

    address: str
    channel: int
    at: datetime
    operator: str
    answer: WiringAnswer
    is_off: bool
    has_sensed: bool
    boot_id: str = ""
    """The start of the computer in which it was; a computer that was moved was switched off."""

    def doubt(self, address: str, boot_id: str, reconnected_at: datetime | None) -> "WiringDoubt | None":
        """Return why the answer may not be true any more for the board at an address; None: nothing has changed."""
        if self.address != address:
            return WiringDoubt.OTHER_BOARD
        if self.boot_id != boot_id:
            return WiringDoubt.REBOOTED
        is_older = reconnected_at is not None and self.at < reconnected_at
        return WiringDoubt.RECONNECTED if is_older else None


@dataclass(frozen=True, slots=True)
class WiringState:
    """The wiring test as it is now. `is_off` and `has_sensed` are of the last test pulse; None: there was none.

    `active` and `inputs_ready`: the inputs live; `has_sensor`: a passage sensor is set.
    """

    address: str = ""
    channel: int = 1
    channels: int = 1
    door: DoorFault | None = None
    inputs_ready: bool = False
    has_sensor: bool = False
    active: tuple[InputRole, ...] = ()
    is_waiting: bool = False
    """A test pulse was sent, and nobody has said yet if the turnstile turned."""
    is_off: bool | None = None
    has_sensed: bool = False
    refusal: WiringRefusal | None = None
    last: WiringResult | None = None
    last_age_s: float = 0.0
    doubt: WiringDoubt | None = None
    boards: tuple[BoardChoice, ...] = ()
    """The kinds of boards in the USB sockets of this machine."""
    kept: str = ""
    """The address that the next start uses; it may be another than that in use."""
    is_saved: bool = False
    """True if `kept` was kept on this page, and is not that of the settings."""


@dataclass(frozen=True, slots=True)
class ReadyItem:
    """One part in the ready check. `cause`: what is wrong with it, `ok` if nothing is.

    `n`, `at`, `name` and `age_s` are what its sentence says: a number, a time, a name, how long ago the time is.
    """

    part: ReadyPart
    state: ReadyState = ReadyState.READY
    cause: str = "ok"
    n: int = 0
    at: datetime | None = None
    name: str = ""
    age_s: float | None = None


@dataclass(frozen=True, slots=True)
class ReadyCheckState:
    """The ready check as it is now, and the last one that somebody finished (None: nobody has)."""

    items: tuple[ReadyItem, ...] = ()
    last: ReadyReport | None = None
    needs_ear: bool = False
    """The tone was played, and nobody has said yet if it was heard."""
    mode: str = "gate"
    """The mode in which the station serves people."""


@dataclass(frozen=True, slots=True)
class PrintUpdate:
    """What became of a job of `kiosk_app.core.printing`. `result` None: it is being printed."""

    job_id: str
    result: PrintResult | None = None


@dataclass(frozen=True, slots=True)
class PrinterReport:
    """The printer's state, whenever it changes."""

    address: str
    health: PrinterHealth


@dataclass(frozen=True, slots=True)
class PrinterTest:
    """What a person said of the last test print on a printer."""

    address: str
    at: datetime
    operator: str
    is_good: bool


@dataclass(frozen=True, slots=True)
class PrinterSetupState:
    """The printer's set-up as it is now. `address` empty: the station has no printer.

    `choices` None: the printers of this machine are being searched for. `result` is that of the last test print.
    """

    address: str = ""
    health: PrinterHealth = PrinterHealth()  # noqa: RUF009 -- frozen
    choices: tuple[PrinterChoice, ...] | None = None
    is_printing: bool = False
    result: PrintResult | None = None
    needs_eye: bool = False
    """The test print is done, and nobody has said yet if it came out right."""
    has_bad_address: bool = False
    """The address that somebody wrote last is none; the printer in use stays."""
    last: PrinterTest | None = None
    last_age_s: float = 0.0


class SettingSource(StrEnum):
    """Where the value of a setting comes from."""

    HUB = "hub"
    STATION = "station"
    """Somebody chose it on this station's screen."""
    MACHINE = "machine"
    """The command line, the environment or `station.toml`."""
    DEFAULT = "default"


class HubWish(StrEnum):
    """Why the station does not work with what the hub wants."""

    AT_RESTART = "at_restart"
    FIXED = "fixed"
    CHANGED = "changed"
    UNUSABLE = "unusable"


SettingValue = str | int | float | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SettingEntry:
    """A setting as this run works with it. `wanted` and `wish`: what the hub wants instead, and why that does not count; None: nothing."""

    name: str
    value: SettingValue
    source: SettingSource
    unit: str = ""
    wanted: SettingValue | None = None
    wish: HubWish | None = None


@dataclass(frozen=True, slots=True)
class SettingsOverview:
    """The settings of this station."""

    entries: tuple[SettingEntry, ...]


ScreenMessage = (
    QueueMessage
    | GateOutcome
    | GroupOutcome
    | Notice
    | StatusMessage
    | ScanCaptured
    | ScannerChoices
    | WiringState
    | ReadyCheckState
    | PinAnswer
    | UndoAnswer
    | EventAnswer
    | PersonCard
    | ShiftSummary
    | PrintUpdate
    | PrinterReport
    | PrinterSetupState
    | SettingsOverview
    | IdentifyStation
    | AppearanceChanged
    | EnrolmentUpdate
    | CodeCaptured
    | CameraChoices
    | BulletinsChanged
    | KioskMessage
)

# --- screen to workers --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SubmitCode:
    """Decide a code that a person typed."""

    text: str


@dataclass(frozen=True, slots=True)
class SubmitOrSearch:
    """Decide typed letters if they are somebody's code; else search the roster for them, as `SearchPeople` does."""

    text: str


@dataclass(frozen=True, slots=True)
class SubmitScan:
    """Decide a code that a hand-held scanner sent, as the camera's. `source`: the place of its address."""

    scan: Transmission
    source: str = KEYS


@dataclass(frozen=True, slots=True)
class SearchPeople:
    """Search the roster for a name; the answer is `SearchResults(query, ...)`."""

    query: str


@dataclass(frozen=True, slots=True)
class AdmitPerson:
    """Decide for a person who was selected from search results."""

    participant_id: str


@dataclass(frozen=True, slots=True)
class RepeatWithOverride:
    """Decide the same attempt again, with an override. `row_id` is the refused attempt's journal row."""

    subject: Subject
    override: Override
    row_id: str


@dataclass(frozen=True, slots=True)
class AdmitGroup:
    """Admit these members of the group of somebody who was scanned; the answer is a `GroupOutcome`."""

    subject: Subject
    participant_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AdmitAtDoor:
    """Give an entry of the waitlist its seats at this gate, and let its person in; the answer is as that of a scan."""

    entry_id: str


@dataclass(frozen=True, slots=True)
class ServeEvent:
    """Serve another event; the answer is `EventAnswer`, then `EventOptions(...)`."""

    id: str


@dataclass(frozen=True, slots=True)
class ServeCheckpoint:
    """Serve another checkpoint; the answer is `CheckpointOptions(...)`."""

    id: str


@dataclass(frozen=True, slots=True)
class SetDirection:
    """Change the direction of the gate; the answer is `CheckpointOptions(...)`."""

    direction: Direction


@dataclass(frozen=True, slots=True)
class DismissDoubleAdmission:
    """Take a double admission off this station's screen; the answer is `DoubleAdmissions(...)`."""

    id: str


@dataclass(frozen=True, slots=True)
class DismissUnreleased:
    """Take the members who were not let through off the screen: somebody has seen to them."""


@dataclass(frozen=True, slots=True)
class ShowPerson:
    """Show what the station knows of a person; the answer is `PersonCard`."""

    participant_id: str


@dataclass(frozen=True, slots=True)
class SaveOptions:
    """Use these options from now on, and after a restart; the answer is `StationOptions`."""

    options: StationOptions


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Take the last admission back; the answer is `UndoAnswer`. Where there are operators, it is the supervisor's act."""

    outcome: GateOutcome
    operator: str


@dataclass(frozen=True, slots=True)
class SignOn:
    """Sign an operator on; the answer is `PinAnswer`."""

    operator_id: str
    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Authorise:
    """Check a supervisor's PIN for what only a supervisor may do; the answer is `PinAnswer`."""

    operator_id: str
    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SummariseShift:
    """Summarise the shift of whoever is signed on; the answer is `ShiftSummary`."""


@dataclass(frozen=True, slots=True)
class SignOff:
    """Sign off whoever is signed on."""


@dataclass(frozen=True, slots=True)
class EndAuthority:
    """Ask for a supervisor's PIN again from now on."""


@dataclass(frozen=True, slots=True)
class SaveAppearance:
    """Save theme or language for the next start; None: it was not changed."""

    theme: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class ListScanners:
    """List the scanners of this machine; the answer is `ScannerChoices(...)`."""


@dataclass(frozen=True, slots=True)
class UseScanner:
    """Read another scanner, or by other settings. `save`: keep it for the next start; else it is a trial."""

    address: str
    save: bool = False


@dataclass(frozen=True, slots=True)
class ShowWiring:
    """Show the wiring test as it is now; the answer to this and the next six is `WiringState(...)`."""


@dataclass(frozen=True, slots=True)
class SelectChannel:
    """Try another channel of the relay board until the program ends."""

    channel: int


@dataclass(frozen=True, slots=True)
class UseBoard:
    """Try another relay board until the program ends. Where the station has no turnstile yet, it is kept for the next start."""

    address: str


@dataclass(frozen=True, slots=True)
class KeepBoard:
    """Keep the board and the channel in use for the next start."""


@dataclass(frozen=True, slots=True)
class ForgetBoard:
    """Forget the board that was kept: the next start uses that of the settings."""


@dataclass(frozen=True, slots=True)
class TestPulse:
    """Send one test pulse. It admits nobody."""

    __test__ = False  # no test of pytest's


@dataclass(frozen=True, slots=True)
class AnswerWiring:
    """Store what the person saw."""

    answer: WiringAnswer
    operator: str = ""


@dataclass(frozen=True, slots=True)
class ShowReadyCheck:
    """Show the ready check as it is now; the answer to this and the next three is `ReadyCheckState(...)`.

    `screen_may_sleep` is what the window knows of its screen; None: nothing.
    """

    screen_may_sleep: bool | None = None


@dataclass(frozen=True, slots=True)
class PlayTestTone:
    """Play a tone, which a person confirms."""


@dataclass(frozen=True, slots=True)
class ConfirmTone:
    """Note if the tone was heard."""

    heard: bool


@dataclass(frozen=True, slots=True)
class FinishReadyCheck:
    """Store the ready check as it is now, with the time and the name, and report it to the hub."""

    operator: str = ""


@dataclass(frozen=True, slots=True)
class ShowPrinter:
    """Show the printer's set-up as it is now; the answer to this and the next three is `PrinterSetupState(...)`."""


@dataclass(frozen=True, slots=True)
class ShowSettings:
    """Show where each setting of this station comes from; the answer is `SettingsOverview(...)`."""


@dataclass(frozen=True, slots=True)
class UsePrinter:
    """Use another printer from now on, and after the next start; an empty address: none."""

    address: str


@dataclass(frozen=True, slots=True)
class PrintTest:
    """Print a test slip, which a person looks at."""

    language: str = "en"


@dataclass(frozen=True, slots=True)
class AnswerPrint:
    """Note if the test print came out right."""

    is_good: bool
    operator: str = ""


@dataclass(frozen=True, slots=True)
class SyncNow:
    """Try to reach the hub at once, because a person requested it. No answer: the status shows what becomes of it."""


@dataclass(frozen=True, slots=True)
class PauseScanning:
    """Pause the camera's scans while a panel is open that a new verdict would close, or resume them."""

    paused: bool


@dataclass(frozen=True, slots=True)
class CaptureScans:
    """Pass scans to the screen as `ScanCaptured` and decide none, or decide them again."""

    active: bool


@dataclass(frozen=True, slots=True)
class EnrolStation:
    """Enrol this station with a code: the text of the console's QR code, or a typed code with the hub's address."""

    code: str
    hub: str = ""


@dataclass(frozen=True, slots=True)
class ChooseMode:
    """Run as this mode from the next start on."""

    mode: str


@dataclass(frozen=True, slots=True)
class ListCameras:
    """List the cameras of this machine; the answer to this and the next is `CameraChoices(...)`."""


@dataclass(frozen=True, slots=True)
class UseCamera:
    """Read another camera, from now on and at the next start."""

    address: str


StationCommand = (
    SubmitCode
    | SubmitOrSearch
    | SearchPeople
    | AdmitPerson
    | AdmitAtDoor
    | RepeatWithOverride
    | ServeEvent
    | ServeCheckpoint
    | SetDirection
    | DismissDoubleAdmission
    | DismissUnreleased
    | SaveAppearance
    | ShowPerson
    | SaveOptions
    | TakeBack
    | SignOn
    | Authorise
    | SummariseShift
    | SignOff
    | EndAuthority
    | SyncNow
    | ChooseMode
    | ListCameras
    | UseCamera
    | ShowSettings
)
ScannerCommand = ListScanners | UseScanner
WiringCommand = ShowWiring | SelectChannel | UseBoard | KeepBoard | ForgetBoard | TestPulse | AnswerWiring
ReadyCommand = ShowReadyCheck | PlayTestTone | ConfirmTone | FinishReadyCheck
PrinterCommand = ShowPrinter | UsePrinter | PrintTest | AnswerPrint
QueuedCommand = StationCommand | ScannerCommand | WiringCommand | ReadyCommand | PrinterCommand | KioskCommand
"""Executed in order on the gate's thread."""
GateCommand = QueuedCommand | SubmitScan | AdmitGroup | PauseScanning | CaptureScans
"""`SubmitScan` is decided in the same order, after the camera's debounce."""

# --- screen to window ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ToggleFullScreen:
    """Change between full screen and a window."""


@dataclass(frozen=True, slots=True)
class CloseWindow:
    """Close the station; the operator has confirmed it."""


@dataclass(frozen=True, slots=True)
class OpenScreen:
    """Open another screen over this one; `mode` is its name in `SCREENS`, `page` that of a page of the set-up."""

    mode: str
    page: str = ""


@dataclass(frozen=True, slots=True)
class LeaveScreen:
    """Return to the screen below; close the station if this is its only screen."""


@dataclass(frozen=True, slots=True)
class RestartProgram:
    """End the program and start it again, because what it runs as has changed."""


WindowCommand = RestartProgram | ToggleFullScreen | CloseWindow | OpenScreen | LeaveScreen
WorkCommand = GateCommand | DeskCommand | BulletinCommand | EnrolStation
"""Executed by a worker of the station."""
ScreenCommand = WorkCommand | WindowCommand
"""Everything that a screen may issue."""

# --- workers to everybody -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FrameDecoded:
    """A frame was decoded: the duration in milliseconds, and if it held a code."""

    duration_ms: float
    has_code: bool


WorkerMessage = ScreenMessage | Frame | FrameDecoded | SyncStatus
Publish = Callable[[WorkerMessage], None]
"""Receives the workers' messages. It is called on their threads and must not block."""


def ignore(_: WorkerMessage) -> None:
    """Drop a message; for a station without a screen."""
