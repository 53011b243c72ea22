"""The presenter's memory between two calls. Private to the presenter and its parts."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from itertools import count
from typing import assert_never
from zoneinfo import ZoneInfo

from hub_sync.contract.enums import DeviceStatus, Passage, PassageCause
from kiosk_app.messages import (
    UNDO_MS,
    ActiveAlarms,
    CheckpointOptions,
    ConnectionStatus,
    DoorWaitlist,
    DoubleAdmission,
    DoubleAdmissions,
    EventAnswer,
    EventOptions,
    EventSwitch,
    GateDeviceStatus,
    GateOutcome,
    GateReadiness,
    GroupOutcome,
    HubConnectionState,
    Neighbours,
    Notice,
    Occupancy,
    OperatorChoice,
    OperatorStatus,
    PersonCard,
    PinAnswer,
    SearchResults,
    ShiftSummary,
    StationOptions,
    UnreleasedMember,
    UnreleasedMembers,
)
from kiosk_app.screens.gate.presenter.actions import UserAction
from kiosk_app.screens.gate.presenter.verdict_formatting import FormatContext, recent_scan_item
from kiosk_app.ui.items import ListItem
from resources.translations.catalogue import Texts

StationStatus = (
    GateReadiness
    | ConnectionStatus
    | Neighbours
    | Occupancy
    | CheckpointOptions
    | EventOptions
    | GateDeviceStatus
    | ActiveAlarms
    | DoubleAdmissions
    | UnreleasedMembers
    | DoorWaitlist
    | OperatorStatus
    | StationOptions
)
LAST_SCANS = 50
VERDICT_MS = 4_000
"""The time that a verdict stays if no other scan comes (the design's four seconds)."""
GROUP_MS = 60_000
"""The time that the rest of a person's group is offered: they must come to the gate."""
SETTLING_MS = 1_000
"""The time after its window in which a passage is settled."""
PASSED_MS = 1_500
"""The time that a verdict stays after the person has passed."""
TURN_ALERT_MS = 15_000
"""The time that a turn which belongs to no admission stays on the screen."""
CALL_MS = 600
"""The time after another entry of the waitlist has its turn in which the buttons about it do nothing: the finger was on its way."""
OVERRIDE_MS = 30_000
"""The time that a refused person can still be admitted: a supervisor needs longer to come than a verdict stays."""


class OpenPanel(Enum):
    """The panel that is open."""

    NOTHING = auto()
    SEARCH = auto()
    OVERRIDE = auto()
    GROUP = auto()
    WAITLIST = auto()
    EVENTS = auto()
    CHECKPOINTS = auto()
    MENU = auto()
    QUIT = auto()
    UNDO = auto()
    PERSON = auto()
    HAND_OVER = auto()
    PIN = auto()


_NAMING_PANELS = (
    OpenPanel.SEARCH,
    OpenPanel.OVERRIDE,
    OpenPanel.GROUP,
    OpenPanel.WAITLIST,
    OpenPanel.PERSON,
    OpenPanel.UNDO,
    OpenPanel.HAND_OVER,
)


@dataclass(slots=True)
class CalledPlace:
    """The entry of the waitlist that the buttons of the open panel are about, and the time from which on they can be pressed."""

    entry_id: str = ""
    ready_ms: int = 0

    def show(self, entry_id: str, now_ms: int) -> None:
        """Take into account which entry the panel shows now; empty: none, or the panel is not open."""
        if entry_id != self.entry_id:
            self.ready_ms = now_ms + CALL_MS if self.entry_id else now_ms
            self.entry_id = entry_id

    def takes_press(self, entry_id: str, now_ms: int) -> bool:
        """Return True if a press about an entry is to be followed: that entry is on the screen, and long enough."""
        return bool(entry_id) and entry_id == self.entry_id and now_ms >= self.ready_ms


_TYPED_PANELS = (OpenPanel.PIN, OpenPanel.OVERRIDE, OpenPanel.UNDO)
"""Panels in which somebody types. A scan by a hand-held scanner leaves them open: what is typed next must not go elsewhere."""


@dataclass
class VerdictDisplay:
    """The verdict or banner that is displayed, and until when."""

    current: GateOutcome | GroupOutcome | Notice | None = None
    as_banner: bool = False
    above_panel: bool = False
    """True if the verdict came while a panel was open that stays open."""
    until_ms: int = 0
    serial: int = 0
    passage_until_ms: int = 0
    """The end of the window in which the displayed person may pass."""

    def show(self, verdict: GateOutcome | GroupOutcome | Notice, now_ms: int, *, as_banner: bool) -> None:
        """Display a verdict; it replaces the last one. A person who may still pass keeps it until that is settled."""
        self.current, self.as_banner, self.until_ms = verdict, as_banner, now_ms + VERDICT_MS
        self.passage_until_ms, self.above_panel = 0, False
        self.serial += 1
        if isinstance(verdict, GateOutcome) and verdict.passage is Passage.GRANTED:
            self.passage_until_ms = now_ms + round(verdict.passage_window_s * 1000)
            self.until_ms = max(self.until_ms, self.passage_until_ms + SETTLING_MS)

    def settle(self, outcome: GateOutcome, now_ms: int) -> None:
        """Display what became of an admission: at once where it was given back, unless another person is displayed."""
        is_displayed = isinstance(self.current, GateOutcome) and self.current.row_id == outcome.row_id
        if outcome.passage is Passage.NO_PASSAGE and (is_displayed or self.current is None):
            self.show(outcome, now_ms, as_banner=False)
        elif is_displayed:
            self.current, self.until_ms = outcome, min(self.until_ms, now_ms + PASSED_MS)

    def clear(self) -> None:
        """Return to ready."""
        self.current, self.as_banner, self.above_panel = None, False, False


@dataclass
class LastRefusal:
    """The last refused person, who may still be admitted by an override."""

    outcome: GateOutcome | None = None
    until_ms: int = 0

    def remember(self, outcome: GateOutcome, now_ms: int) -> None:
        """Remember a refusal that may be overridden; forget the last one at any other scan of a person."""
        self.outcome = outcome if outcome.decision.overridable else None
        self.until_ms = now_ms + OVERRIDE_MS

    def extend(self, now_ms: int) -> None:
        """Count the time anew, as the supervisor has just typed a PIN for this person."""
        self.until_ms = now_ms + OVERRIDE_MS

    def current(self, now_ms: int) -> GateOutcome | None:
        """Return the refusal that may be overridden now, or None."""
        return self.outcome if now_ms < self.until_ms else None


@dataclass
class LastGroup:
    """The last person whose group may follow."""

    outcome: GateOutcome | None = None
    until_ms: int = 0

    def remember(self, outcome: GateOutcome, now_ms: int) -> None:
        """Remember a scan with a group whose members may enter; forget the last one at any other scan of a person."""
        self.outcome = outcome if outcome.group is not None and outcome.group.may_enter else None
        self.until_ms = now_ms + GROUP_MS

    def current(self, now_ms: int) -> GateOutcome | None:
        """Return the scan whose group may be admitted now, or None."""
        return self.outcome if now_ms < self.until_ms else None


@dataclass
class LastAdmission:
    """The last person who was let in or out, as long as that can be taken back."""

    outcome: GateOutcome | None = None
    until_ms: int = 0

    def remember(self, outcome: GateOutcome, now_ms: int) -> None:
        """Remember an admission; a refusal after it changes nothing."""
        if outcome.is_green:
            self.outcome, self.until_ms = outcome, now_ms + UNDO_MS

    def current(self, now_ms: int) -> GateOutcome | None:
        """Return the admission that may be taken back now, or None."""
        return self.outcome if now_ms < self.until_ms else None


@dataclass
class RecentScanList:
    """The last scans and their list items. A new scan formats one item, another language all of them."""

    outcomes: deque[tuple[int, GateOutcome]] = field(default_factory=lambda: deque(maxlen=LAST_SCANS))
    items: tuple[ListItem, ...] = ()
    taken_back: set[str] = field(default_factory=set)
    """The rows of scans that were taken back since the start of the program."""
    _keys: "count[int]" = field(default_factory=count)

    def add(self, outcome: GateOutcome, context: FormatContext) -> None:
        """Put a scan on top."""
        key = next(self._keys)
        self.outcomes.appendleft((key, outcome))
        self.items = (recent_scan_item(outcome, context, key), *self.items[: LAST_SCANS - 1])

    def mark_taken_back(self, row_id: str, context: FormatContext) -> None:
        """Say of a scan that it was taken back."""
        self.taken_back.add(row_id)
        self.rebuild(context)

    def replace_all(self, change: Callable[[GateOutcome], GateOutcome], context: FormatContext) -> None:
        """Change every scan, as when names are hidden from now on."""
        changed = [(key, change(outcome)) for key, outcome in self.outcomes]
        self.outcomes.clear()
        self.outcomes.extend(changed)
        self.rebuild(context)

    def settle(
        self, scan_id: str, cause: PassageCause, passage: Passage, context: FormatContext
    ) -> GateOutcome | None:
        """Say what became of an admission in its item; return the scan, None if it is not in the list any more."""
        for place, (key, outcome) in enumerate(self.outcomes):
            if outcome.row_id == scan_id:
                settled = replace(outcome, passage=passage, passage_cause=cause)
                self.outcomes[place] = (key, settled)
                item = recent_scan_item(settled, context, key, taken_back=scan_id in self.taken_back)
                self.items = (*self.items[:place], item, *self.items[place + 1 :])
                return settled
        return None

    def reset(self, outcomes: Iterable[GateOutcome], context: FormatContext) -> None:
        """Start with the journal's last scans, newest first."""
        newest = list(outcomes)[:LAST_SCANS]
        self.clear()
        self.taken_back = {
            outcome.row_id for outcome in newest if outcome.passage_cause is PassageCause.OPERATOR
        }
        for outcome in reversed(newest):
            self.add(outcome, context)
        if self.taken_back:
            self.rebuild(context)

    def clear(self) -> None:
        """Forget every scan."""
        self.outcomes.clear()
        self.taken_back.clear()
        self.items = ()

    def rebuild(self, context: FormatContext) -> None:
        """Format every item again, in another language or zone."""
        self.items = tuple(
            recent_scan_item(outcome, context, key, taken_back=outcome.row_id in self.taken_back)
            for key, outcome in self.outcomes
        )


@dataclass
class SearchState:
    """The search of people: its query, and its results once they have come."""

    query: str = ""
    results: SearchResults | None = None
    focus: int = 0

    def start(self, query: str) -> None:
        """Start another search."""
        self.query, self.results = query, None


@dataclass
class PinEntry:
    """The PIN that is asked for. `then`: what a supervisor's PIN is for; None: somebody signs on."""

    then: UserAction | None = None
    operator_id: str = ""
    problem: PinAnswer | None = None
    is_checked: bool = False
    """True while the answer is waited for."""
    attempt: int = 0
    """Counts up when the digits must be cleared."""
    target: GateOutcome | None = None
    """The scan that `then` is about: the refusal to override, or the admission to take back."""


@dataclass
class GateModel:
    """Everything that the view state is built from."""

    texts: Texts
    theme: str
    time_zone: ZoneInfo
    operator: str = ""
    is_zone_known: bool = False
    """True if `time_zone` is the event's: before that no clock is shown."""
    connection: ConnectionStatus = field(
        default_factory=lambda: ConnectionStatus(HubConnectionState.CONNECTING)
    )
    readiness: GateReadiness = field(default_factory=GateReadiness)
    neighbours: Neighbours = field(default_factory=Neighbours)
    occupancy: Occupancy = field(default_factory=Occupancy)
    checkpoints: CheckpointOptions = field(default_factory=CheckpointOptions)
    events: EventOptions = field(default_factory=EventOptions)
    event_problem: EventAnswer | None = None
    """Why the event that was selected last is not served."""
    devices: GateDeviceStatus = field(default_factory=GateDeviceStatus)
    alarms: ActiveAlarms = field(default_factory=ActiveAlarms)
    operators: OperatorStatus = field(default_factory=OperatorStatus)
    pin: PinEntry = field(default_factory=PinEntry)
    double_admissions: tuple[DoubleAdmission, ...] = ()
    unreleased: tuple[UnreleasedMember, ...] = ()
    door: DoorWaitlist = field(default_factory=DoorWaitlist)
    absent_places: set[str] = field(default_factory=set)
    """The entries of the waitlist whose people did not answer when they were called."""
    called_place: CalledPlace = field(default_factory=CalledPlace)
    turn: PassageCause | None = None
    """The last turn that belongs to no admission, until `turn_until_ms`."""
    turn_until_ms: int = 0
    verdict_display: VerdictDisplay = field(default_factory=VerdictDisplay)
    last_refusal: LastRefusal = field(default_factory=LastRefusal)
    last_group: LastGroup = field(default_factory=LastGroup)
    last_admission: LastAdmission = field(default_factory=LastAdmission)
    recent: RecentScanList = field(default_factory=RecentScanList)
    search: SearchState = field(default_factory=SearchState)
    open_panel: OpenPanel = OpenPanel.NOTHING
    panel_below_quit: OpenPanel = OpenPanel.NOTHING
    """The panel in which somebody typed when the window was to be closed; it is there again if it is not."""
    override_target: GateOutcome | None = None
    undo_target: GateOutcome | None = None
    undo_until_ms: int = 0
    group_target: GateOutcome | None = None
    screen_may_sleep: bool = False
    options: StationOptions = field(default_factory=StationOptions)
    summary: ShiftSummary | None = None
    """That of the hand-over that is open; None: its answer has not come."""
    person_id: str = ""
    person: PersonCard | None = None
    """The card that is open; None: its answer has not come."""
    problem: str = ""
    input_generation: int = 0

    def close_panel(self) -> None:
        """Close the open panel."""
        self.open_panel, self.override_target, self.problem = OpenPanel.NOTHING, None, ""
        self.group_target = self.undo_target = None
        self.panel_below_quit = OpenPanel.NOTHING

    def ask_to_quit(self) -> None:
        """Ask whether to close the station, over the open panel."""
        if self.open_panel is not OpenPanel.QUIT:
            self.panel_below_quit = self.open_panel if self.is_typed_into else OpenPanel.NOTHING
            self.open_panel = OpenPanel.QUIT

    def return_from_quit(self) -> None:
        """Return to the panel in which somebody typed, or to none."""
        below = self.panel_below_quit
        if below is OpenPanel.NOTHING:
            self.close_panel()
        self.open_panel, self.panel_below_quit = below, OpenPanel.NOTHING

    @property
    def is_typed_into(self) -> bool:
        """True if a panel is open in which somebody types."""
        return self.open_panel in _TYPED_PANELS

    def take_status(self, message: StationStatus) -> None:
        """Remember the newest status of its kind."""
        match message:
            case GateReadiness():
                self._take_readiness(message)
            case ConnectionStatus() | Neighbours():
                self._take_network(message)
            case Occupancy():
                self.occupancy = message
            case CheckpointOptions() | EventOptions():
                self._take_choices(message)
            case GateDeviceStatus():
                self.devices = message
            case ActiveAlarms():
                self._take_alarms(message)
            case DoubleAdmissions() | UnreleasedMembers() | DoorWaitlist():
                self._take_alerts(message)
            case StationOptions():
                self.options = message
            case OperatorStatus():
                self._take_operators(message)
            case _:
                assert_never(message)

    def _take_choices(self, message: CheckpointOptions | EventOptions) -> None:
        if isinstance(message, EventOptions):
            self._take_events(message)
        else:
            self.checkpoints = message

    def _take_events(self, events: EventOptions) -> None:
        """End what was going on at another event: the verdict, the offer of a group, what could be undone."""
        before, self.events = self.events.current_id, events
        if before and events.current_id != before:
            self._forget_people()
            self.occupancy = Occupancy()
            if self.open_panel is not OpenPanel.PIN:
                self.close_panel()
        if not events.options and self.open_panel is OpenPanel.EVENTS:
            self.close_panel()

    def take_event_answer(self, answer: EventAnswer) -> bool:
        """Take the answer about another event into account; return True if it is served now."""
        is_served = answer.result is EventSwitch.SERVED
        self.event_problem = None if is_served else answer
        if is_served and self.open_panel is OpenPanel.EVENTS:
            self.close_panel()
        return is_served

    def _take_alerts(self, message: DoubleAdmissions | UnreleasedMembers | DoorWaitlist) -> None:
        if isinstance(message, DoubleAdmissions):
            self.double_admissions = message.items
        elif isinstance(message, DoorWaitlist):
            self.door = message
        else:
            self.unreleased = message.members

    def _take_network(self, message: ConnectionStatus | Neighbours) -> None:
        if isinstance(message, Neighbours):
            self.neighbours = message
        else:
            self.connection = message

    @property
    def needs_sign_on(self) -> bool:
        """True if nothing is decided until somebody signs on. A locked station decides nothing, and shows no names."""
        is_active = self.alarms.station is DeviceStatus.ACTIVE
        return is_active and self.operators.is_required and self.operators.signed_on is None

    def ask_for_pin(self, then: UserAction | None = None) -> None:
        """Open the list of operators: of those whose PIN is good for `then`, or of all, to sign on.

        A supervisor who is signed on is selected already, and so is somebody who is the only choice.
        """
        self.close_panel()
        self.open_panel, self.pin = OpenPanel.PIN, PinEntry(then, attempt=self.pin.attempt + 1)
        choices = self.pin_choices
        signed_on = self.operators.signed_on
        if len(choices) == 1 or (then is not None and signed_on in choices):
            self.pin.operator_id = choices[0].id if len(choices) == 1 or not signed_on else signed_on.id

    @property
    def pin_choices(self) -> tuple[OperatorChoice, ...]:
        """The operators whose PIN is asked for."""
        choices = self.operators.choices
        return choices if self.pin.then is None else tuple(each for each in choices if each.is_supervisor)

    def _only_choice(self) -> str:
        """Return the only operator whose PIN may be typed, "" if there is a choice."""
        choices = self.pin_choices
        return choices[0].id if len(choices) == 1 else ""

    def require_sign_on(self) -> None:
        """Open the list of operators where nothing else is open and nobody is signed on."""
        if self.needs_sign_on and self.open_panel is OpenPanel.NOTHING:
            self.ask_for_pin()

    def _take_operators(self, operators: OperatorStatus) -> None:
        """Close the PIN pad of a station that has no operators any more; forget a choice that is not listed any more."""
        self.operators = operators
        if self.open_panel is not OpenPanel.PIN:
            return
        if not operators.is_required:
            self.close_panel()
        elif self.pin.operator_id not in {each.id for each in self.pin_choices}:
            only = self._only_choice()
            if only:  # digits of another PIN may have been typed
                self.pin.attempt += 1
            self.pin.operator_id = only

    def _take_alarms(self, alarms: ActiveAlarms) -> None:
        """Forget people as soon as the station is locked or revoked: it names nobody until it is unlocked."""
        was_active, self.alarms = self.alarms.station is DeviceStatus.ACTIVE, alarms
        if was_active and alarms.station is not DeviceStatus.ACTIVE:
            self._forget_people()

    def _forget_people(self) -> None:
        """Clear everything that names a person: verdict, last refusal, last scans, search and alerts."""
        if isinstance(self.verdict_display.current, GateOutcome | GroupOutcome):
            self.verdict_display.clear()
        self.last_refusal.outcome = self.last_group.outcome = self.last_admission.outcome = None
        self.pin.target = None
        self.recent.clear()
        self.double_admissions, self.unreleased = (), ()
        self.door, self.absent_places = DoorWaitlist(), set()
        if self.search.query:
            self.search.start("")
            self.input_generation += 1
        is_sign_on = self.open_panel is OpenPanel.PIN and self.pin.then is None
        if self.open_panel in _NAMING_PANELS or is_sign_on:
            self.close_panel()

    def _take_readiness(self, readiness: GateReadiness) -> None:
        """Offer the events or checkpoints as soon as the operator must choose one, and no longer than that."""
        before, self.readiness = self.readiness, readiness
        needed_choice = before.needs_choice
        if readiness.needs_event and not before.needs_event and self.open_panel is OpenPanel.NOTHING:
            self.open_panel = OpenPanel.EVENTS
        if readiness.needs_choice and not needed_choice and self.open_panel is OpenPanel.NOTHING:
            self.open_panel = OpenPanel.CHECKPOINTS
        elif needed_choice and not readiness.needs_choice and self.open_panel is OpenPanel.CHECKPOINTS:
            self.close_panel()

    @property
    def pauses_scanning(self) -> bool:
        """True if a panel is open that a new verdict would close under the operator's hands."""
        is_act = self.open_panel is OpenPanel.PIN and not self.needs_sign_on
        return is_act or self.open_panel in (
            OpenPanel.OVERRIDE,
            OpenPanel.GROUP,
            OpenPanel.WAITLIST,
            OpenPanel.QUIT,
            OpenPanel.UNDO,
            OpenPanel.PERSON,
        )
