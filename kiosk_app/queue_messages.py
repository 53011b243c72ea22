"""Typed messages between the worker of queues and the screens of a desk and a board."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from hub_sync.contract.enums import QueueStatus
from hub_sync.contract.queue import QueuePriority


class DeskRefusal(StrEnum):
    """A reason why a desk's command did nothing."""

    UNAVAILABLE = "unavailable"
    """There are no queues, or no counter was chosen."""
    BUSY = "busy"
    """Somebody is called or served here: say first what becomes of them."""
    NOBODY_WAITS = "nobody_waits"
    TAKEN = "taken"
    """Another desk has called the ticket."""
    TOO_LATE = "too_late"
    """The ticket is not in the state any more that the command is about."""
    NOT_ALLOWED = "not_allowed"
    """The queue lets desks choose nobody."""
    NEEDS_REASON = "needs_reason"
    ON_BREAK = "on_break"
    SWITCHED_OFF = "switched_off"
    """The hub has queues switched off."""


class StationClosure(StrEnum):
    """A reason of the hub why a station serves nobody, whatever queues there are."""

    LOCKED = "locked"
    WITHDRAWN = "withdrawn"
    ERASING = "erasing"


@dataclass(frozen=True, slots=True)
class DeskTicket:
    """A ticket as a desk shows it. `name` and `category` are empty where the queue hides names. Times by the corrected clock."""

    id: str
    number: str
    queue_name: str
    status: QueueStatus
    waiting_since_ms: int
    name: str = ""
    category: str = ""
    called_at_ms: int | None = None
    served_at_ms: int | None = None
    priority: QueuePriority = QueuePriority.PLAIN
    recalls: int = 0
    no_shows: int = 0
    language: str = ""
    can_pick: bool = True
    """False: the queue lets clerks choose nobody."""


@dataclass(frozen=True, slots=True)
class DeskCounter:
    """A counter to choose from, or to transfer to."""

    id: str
    name: str
    queues: tuple[str, ...] = ()
    """The names of its queues."""
    taken_by: str | None = None
    """Who works there already, by operator and station; "": another desk that is not known by name; None: nobody."""


@dataclass(frozen=True, slots=True)
class DeskQueue:
    """A queue: to transfer to, or to call from."""

    id: str
    letter: str
    name: str
    waiting: int = 0
    is_served: bool = True
    """True if the counter of this desk serves it."""
    is_open: bool = True
    opens_at: datetime | None = None
    """When it opens again, in the event's zone; None: it is not known."""


@dataclass(frozen=True, slots=True)
class DeskConflict:
    """A ticket that this desk called while it did not hear the other desk, which has called it before. `counter` is that one's name."""

    ticket_id: str
    number: str
    counter: str


@dataclass(frozen=True, slots=True)
class QueueConnection:
    """Who hears this station: the hub, and stations on the local network."""

    is_hub_near: bool = False
    neighbours: int = 0


@dataclass(frozen=True, slots=True)
class DeskState:
    """All that a desk shows. `counter` None: none is chosen yet. `auto_call_in_s`: the next one is called by itself."""

    is_available: bool = False
    counters: tuple[DeskCounter, ...] = ()
    counter: DeskCounter | None = None
    queues: tuple[DeskQueue, ...] = ()
    current: DeskTicket | None = None
    waiting: tuple[DeskTicket, ...] = ()
    waiting_count: int = 0
    parked: tuple[DeskTicket, ...] = ()
    no_shows: tuple[DeskTicket, ...] = ()
    break_reason: str | None = None
    break_since_ms: int = 0
    auto_call_in_s: int | None = None
    can_choose: bool = True
    conflicts: tuple[DeskConflict, ...] = ()
    connection: QueueConnection = QueueConnection()
    time_zone: ZoneInfo | None = None
    """The event's; None: it is not known yet."""
    closure: StationClosure | None = None
    """Why there is nothing here; None: the hub gives no queues."""


class DeskAct(StrEnum):
    """What a clerk does."""

    CHOOSE_COUNTER = "choose_counter"
    LEAVE_COUNTER = "leave_counter"
    CALL_NEXT = "call_next"
    CALL_TICKET = "call_ticket"
    RECALL = "recall"
    SERVE = "serve"
    COMPLETE = "complete"
    NO_SHOW = "no_show"
    PARK = "park"
    TRANSFER = "transfer"
    RETURN = "return"
    START_BREAK = "start_break"
    END_BREAK = "end_break"
    DISMISS_CONFLICT = "dismiss_conflict"
    HOLD = "hold"
    """A clerk chooses something: meanwhile nobody is called by itself."""
    RESUME = "resume"


@dataclass(frozen=True, slots=True)
class DeskCommand:
    """A press. `press_id` is new for each press: a command that comes twice does nothing twice."""

    press_id: str
    act: DeskAct
    ticket_id: str = ""
    queue_id: str = ""
    counter_id: str = ""
    reason: str = ""
    operator: str = ""


@dataclass(frozen=True, slots=True)
class DeskResult:
    """What became of a press. `failed`: the store could not be written, and nothing was done."""

    press_id: str
    act: DeskAct
    number: str = ""
    refusal: DeskRefusal | None = None
    failed: bool = False


# --- board ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BoardTicket:
    """A number and the counter that calls it. `is_called`: its holder is to come; else they are there."""

    id: str
    number: str
    counter: str
    queue_id: str
    called_at_ms: int
    is_called: bool = True


@dataclass(frozen=True, slots=True)
class BoardQueue:
    """A queue on a board. `opens_at`: when it opens again, in the event's zone; None: it is not known."""

    id: str
    letter: str
    name: str
    waiting: int
    is_open: bool = True
    opens_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BoardState:
    """All that a board shows. `as_of_ms`: when anything was last heard of others. `announcing`: the ticket that is spoken now."""

    is_available: bool = False
    event_name: str = ""
    serving: tuple[BoardTicket, ...] = ()
    recent: tuple[BoardTicket, ...] = ()
    queues: tuple[BoardQueue, ...] = ()
    announcing: str = ""
    as_of_ms: int | None = None
    connection: QueueConnection = QueueConnection()
    time_zone: ZoneInfo | None = None
    """The event's; None: it is not known yet."""
    closure: StationClosure | None = None
    """Why there is nothing here; None: the hub gives no queues."""


QueueMessage = DeskState | DeskResult | BoardState
