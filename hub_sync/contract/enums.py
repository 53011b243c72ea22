"""The report's sixteen enums, and those that station and hub need for a scan.

Values are sent on the wire and stored in the database. They never change once released.
"""

from enum import StrEnum

# --- the report's sixteen -----------------------------------------------------------------------


class StepType(StrEnum):
    """Type of a workflow step."""

    REVIEW = "REVIEW"
    APPROVAL = "APPROVAL"
    COLLECT = "COLLECT"
    NOTIFY = "NOTIFY"
    PRINT = "PRINT"
    FORK = "FORK"
    JOIN = "JOIN"


class ApiKeyStatus(StrEnum):
    """Life of an API key."""

    ACTIVE = "ACTIVE"
    ROTATED = "ROTATED"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"


class RateLimitTier(StrEnum):
    """Tier of an API key's calls a minute."""

    STANDARD = "STANDARD"
    ELEVATED = "ELEVATED"
    PREMIUM = "PREMIUM"
    CUSTOM = "CUSTOM"


class WebhookStatus(StrEnum):
    """Life of a webhook subscription."""

    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    SUSPENDED = "SUSPENDED"
    DISABLED = "DISABLED"


class DeliveryStatus(StrEnum):
    """Life of one webhook delivery."""

    PENDING = "PENDING"
    SENDING = "SENDING"
    DELIVERED = "DELIVERED"
    RETRYING = "RETRYING"
    DEAD_LETTER = "DEAD_LETTER"


class ScanType(StrEnum):
    """Source of a scan: a scanned code, a typed code, or a searched name."""

    QR = "QR"
    MANUAL = "MANUAL"
    SEARCH = "SEARCH"


class ScanResult(StrEnum):
    """The verdict on a scan."""

    VALID = "VALID"
    INVALID = "INVALID"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"
    ALREADY_SCANNED = "ALREADY_SCANNED"
    MANUAL_OVERRIDE = "MANUAL_OVERRIDE"

    @property
    def admits(self) -> bool:
        """True if the gate opens."""
        return self in (ScanResult.VALID, ScanResult.MANUAL_OVERRIDE)


class BulkOperationType(StrEnum):
    """Action of a bulk operation on each of its items; the last three are ours, not the report's."""

    STATUS_CHANGE = "STATUS_CHANGE"
    WORKFLOW_ACTION = "WORKFLOW_ACTION"
    TICKET_ISSUE = "TICKET_ISSUE"
    MESSAGE = "MESSAGE"
    IMPORT = "IMPORT"
    EXPORT = "EXPORT"
    DELETE = "DELETE"
    FIELD_CHANGE = "FIELD_CHANGE"
    TICKET_REISSUE = "TICKET_REISSUE"
    RESTORE = "RESTORE"


class BulkOperationStatus(StrEnum):
    """Life of a bulk operation, its undo included."""

    DRAFT = "DRAFT"
    PREVIEWED = "PREVIEWED"
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    COMPLETED = "COMPLETED"
    COMPLETED_WITH_ERRORS = "COMPLETED_WITH_ERRORS"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"
    UNDOING = "UNDOING"
    UNDONE = "UNDONE"
    PARTIALLY_UNDONE = "PARTIALLY_UNDONE"


class DuplicateStatus(StrEnum):
    """Life of a pair of participants that may be one person."""

    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    MERGED = "MERGED"
    DISMISSED = "DISMISSED"


class WaitlistStatus(StrEnum):
    """Life of a place on the waitlist."""

    WAITING = "WAITING"
    OFFERED = "OFFERED"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    EXPIRED = "EXPIRED"
    WITHDRAWN = "WITHDRAWN"
    REMOVED = "REMOVED"


class WaitlistPriority(StrEnum):
    """Priority of an entry on the waitlist."""

    LOW = "LOW"
    NORMAL = "NORMAL"
    HIGH = "HIGH"
    VIP = "VIP"


class MessageChannel(StrEnum):
    """The way a message takes."""

    EMAIL = "EMAIL"
    SMS = "SMS"
    PUSH = "PUSH"
    KIOSK = "KIOSK"


class MessageStatus(StrEnum):
    """Life of one message to one recipient."""

    QUEUED = "QUEUED"
    DEFERRED = "DEFERRED"
    SENDING = "SENDING"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    BOUNCED = "BOUNCED"
    FAILED = "FAILED"
    DEAD = "DEAD"
    SUPPRESSED = "SUPPRESSED"
    UNSURE = "UNSURE"
    """The connection or the hub was lost after the message began to go out: never sent again without a person's word."""


class MessagePurpose(StrEnum):
    """Why somebody is written to; people opt out of a purpose."""

    MARKETING = "MARKETING"
    EVENT_NEWS = "EVENT_NEWS"
    TRANSACTIONAL = "TRANSACTIONAL"
    """Tickets, passwords, offers that the person asked for: no link to unsubscribe, and no quiet hours."""


class SuppressionSource(StrEnum):
    """Who decided that an address gets no more messages of a purpose."""

    PERSON = "PERSON"
    BOUNCE = "BOUNCE"
    COMPLAINT = "COMPLAINT"
    OPERATOR = "OPERATOR"


class BroadcastStatus(StrEnum):
    """Life of a broadcast."""

    DRAFT = "DRAFT"
    SCHEDULED = "SCHEDULED"
    SENDING = "SENDING"
    PAUSED = "PAUSED"
    COMPLETED = "COMPLETED"
    PARTIAL = "PARTIAL"
    CANCELLED = "CANCELLED"


class CloneStatus(StrEnum):
    """Life of the cloning of an event."""

    PLANNED = "PLANNED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class QueueStatus(StrEnum):
    """Life of a queue ticket."""

    WAITING = "WAITING"
    CALLED = "CALLED"
    SERVING = "SERVING"
    COMPLETED = "COMPLETED"
    NO_SHOW = "NO_SHOW"
    EXPIRED = "EXPIRED"
    PARKED = "PARKED"
    CANCELLED = "CANCELLED"


REPORT_ENUMS: tuple[type[StrEnum], ...] = (
    ApiKeyStatus,
    RateLimitTier,
    WebhookStatus,
    DeliveryStatus,
    ScanType,
    ScanResult,
    BulkOperationType,
    BulkOperationStatus,
    DuplicateStatus,
    WaitlistStatus,
    WaitlistPriority,
    MessageChannel,
    MessageStatus,
    BroadcastStatus,
    CloneStatus,
    QueueStatus,
)
"""The sixteen new ones; StepType existed before the report and gained JOIN."""

# --- what a scan is about -----------------------------------------------------------------------


class ParticipantStatus(StrEnum):
    """Status of a registration."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"


class EventStatus(StrEnum):
    """Status of an event. Gates admit to a PUBLISHED one only; an operator may override a DRAFT, never a CANCELLED one.

    A TEMPLATE is the pattern of events: it never takes place, and no station gets it.
    """

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    CANCELLED = "CANCELLED"
    TEMPLATE = "TEMPLATE"


class CheckpointType(StrEnum):
    """Kind of place behind a checkpoint."""

    GATE = "gate"
    MEETING_ROOM = "meeting-room"
    VIP_AREA = "vip-area"
    REGISTRATION_DESK = "registration-desk"


class CheckpointDirection(StrEnum):
    """Directions in which a checkpoint lets people pass."""

    ENTRY = "entry"
    EXIT = "exit"
    BIDIRECTIONAL = "bidirectional"


class Direction(StrEnum):
    """Direction of one person's passage."""

    ENTRY = "entry"
    EXIT = "exit"


class ReentryPolicy(StrEnum):
    """When a person may enter again with one ticket.

    ONCE: never. ONCE_A_DAY: on the next day of the event. AFTER_EXIT: after an exit, and on the next day of the event.
    AFTER_MINUTES: a number of minutes after the last entry. LIMIT: until a number of entries is used. ALWAYS: at any time.
    """

    ONCE = "once"
    ONCE_A_DAY = "once-a-day"
    AFTER_EXIT = "after-exit"
    AFTER_MINUTES = "after-minutes"
    LIMIT = "limit"
    ALWAYS = "always"


class UnknownTicketPolicy(StrEnum):
    """Policy for a genuine ticket of a participant who is not on the station's roster."""

    ADMIT = "admit"
    HOLD = "hold"


class StaleRosterPolicy(StrEnum):
    """Policy for a roster that is older than allowed."""

    WARN = "warn"
    HOLD = "hold"


class Passage(StrEnum):
    """The outcome of an admission at the turnstile."""

    WITHOUT_SENSOR = "WITHOUT_SENSOR"
    """No sensor watches: the admission counts from the moment it was granted."""
    GRANTED = "GRANTED"
    """A sensor watches, and has not reported yet. The admission counts until it reports that nobody passed."""
    PASSED = "PASSED"
    NO_PASSAGE = "NO_PASSAGE"
    """Nobody passed, or an operator took the admission back: it does not count, and the ticket is as before."""
    UNKNOWN = "UNKNOWN"
    """The sensor, the relay or the station failed meanwhile. The admission counts."""

    @property
    def counts(self) -> bool:
        """True if the person is where the admission says."""
        return self is not Passage.NO_PASSAGE


class PassageCause(StrEnum):
    """The cause of a station's row about a passage."""

    TURN = "turn"
    """The arm turned within the window of the grant."""
    LATE_TURN = "late_turn"
    """The arm turned after the window, when no other grant was open: the grant that was given back counts again."""
    TIMED_OUT = "timed_out"
    """The arm did not turn within the window."""
    JAMMED = "jammed"
    """The arm was jammed at the end of the window."""
    SENSOR_LOST = "sensor_lost"
    """The inputs could not be read within the window."""
    SENSOR_STUCK = "sensor_stuck"
    """The sensor was active during the whole window, as one that is taped over or bent."""
    SENSOR_SILENT = "sensor_silent"
    """No turn, as with several grants before: the sensor itself is doubted, and nothing is given back."""
    RELAY_FAILED = "relay_failed"
    """The turnstile was not released: whoever passed was let through by hand."""
    RESTARTED = "restarted"
    """The station ended between the grant and its outcome."""
    OPERATOR = "operator"
    """An operator took the admission back."""
    REVERSE_TURN = "reverse_turn"
    """The arm turned the other way."""
    DOUBLE_TURN = "double_turn"
    """The arm turned again right after a passage: somebody may have slipped through behind."""
    UNGRANTED_TURN = "ungranted_turn"
    """The arm turned though nobody was admitted."""

    @property
    def settles(self) -> bool:
        """True if the row says what became of an admission; else it tells of a turn that belongs to none."""
        return self not in (
            PassageCause.REVERSE_TURN,
            PassageCause.DOUBLE_TURN,
            PassageCause.UNGRANTED_TURN,
        )


class DeviceProfile(StrEnum):
    """Role of a station."""

    GATE = "gate"
    KIOSK = "kiosk"
    BOARD = "board"
    DESK = "desk"

    @property
    def scans(self) -> bool:
        """True if it may decide scans, and so has ticket keys, participants and the blacklist's hashes."""
        return self is not DeviceProfile.BOARD


class OperatorRole(StrEnum):
    """The role of an operator at a station."""

    STEWARD = "steward"
    """Scans, and types codes."""
    SUPERVISOR = "supervisor"
    """Also searches, overrides, undoes, changes settings and closes the program."""


class DeviceStatus(StrEnum):
    """Life of a station in the fleet."""

    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    LOCKED = "LOCKED"
    REVOKED = "REVOKED"
    RETIRED = "RETIRED"


class ReasonCode(StrEnum):
    """Reason of a decision. The operator's sentences are in the catalogues (`reason.already_inside`) and in `check_in/scans/sentences.py`."""

    ADMITTED = "admitted"
    ADMITTED_UNKNOWN = "admitted_unknown"
    EXITED = "exited"
    EXIT_WITHOUT_ENTRY = "exit_without_entry"

    NOT_A_TICKET = "not_a_ticket"
    TICKET_DAMAGED = "ticket_damaged"
    TICKET_FORGED = "ticket_forged"
    TICKET_UNSUPPORTED = "ticket_unsupported"
    TICKET_MALFORMED = "ticket_malformed"
    UNKNOWN_CODE = "unknown_code"
    WRONG_TENANT = "wrong_tenant"
    WRONG_EVENT = "wrong_event"
    UNKNOWN_PARTICIPANT = "unknown_participant"

    PARTICIPANT_CANCELLED = "participant_cancelled"
    PARTICIPANT_REJECTED = "participant_rejected"
    PARTICIPANT_PENDING = "participant_pending"
    PARTICIPANT_DELETED = "participant_deleted"
    BLACKLISTED = "blacklisted"
    PARTICIPANT_UNCLEAR = "participant_unclear"
    """The hub is newer than the station, which does not understand what it says about this participant."""
    SEAT_GIVEN_AWAY = "seat_given_away"
    """The person came late, and the seat went to somebody on the waitlist (`contract.door`)."""

    TICKET_REPLACED = "ticket_replaced"
    TICKET_OUTDATED = "ticket_outdated"
    """The ticket's key has ended. A sealed ticket names no key: it may be of another event."""
    TICKET_NOT_YET_VALID = "ticket_not_yet_valid"
    TICKET_EXPIRED = "ticket_expired"

    EVENT_DRAFT = "event_draft"
    EVENT_OVER = "event_over"
    DOORS_CLOSED = "doors_closed"
    EVENT_NOT_STARTED = "event_not_started"
    EVENT_CANCELLED = "event_cancelled"
    CLOCK_UNSURE = "clock_unsure"
    UNKNOWN_TIME_ZONE = "unknown_time_zone"
    """The event's time zone is newer than the station's time zone data."""

    RULE_UNCLEAR = "rule_unclear"
    """The hub is newer than the station, which does not understand a rule of its event or checkpoint."""
    STATION_LOCKED = "station_locked"
    STATION_REVOKED = "station_revoked"
    STATION_OFFLINE = "station_offline"
    """The station was without its hub for longer than the hub allows."""

    CHECKPOINT_INACTIVE = "checkpoint_inactive"
    CHECKPOINT_CLOSED = "checkpoint_closed"
    CATEGORY_NOT_ALLOWED = "category_not_allowed"
    WRONG_DIRECTION = "wrong_direction"
    ROSTER_STALE = "roster_stale"

    ALREADY_INSIDE = "already_inside"
    ALREADY_USED = "already_used"
    ENTRIES_USED_UP = "entries_used_up"
    REENTRY_TOO_SOON = "reentry_too_soon"

    STATION_FAILED = "station_failed"
    """The station's program failed on this scan, for a reason that nobody foresaw."""


class TicketAlgorithm(StrEnum):
    """How tickets of a key are protected. `SIGNED`: stations have the public part only."""

    SEALED = "AES-256-GCM"
    SIGNED = "Ed25519"


class QrFormat(StrEnum):
    """Version of the tickets that a tenant issues; gates open both."""

    V1 = "v1"
    V2 = "v2"

    @property
    def algorithm(self) -> TicketAlgorithm:
        """The algorithm that protects its tickets."""
        return TicketAlgorithm.SEALED if self is QrFormat.V1 else TicketAlgorithm.SIGNED


class Mark(StrEnum):
    """Remark on an admitted or refused scan, in addition to its reason."""

    UNKNOWN_PARTICIPANT = "unknown_participant"
    CLOCK_UNSURE = "clock_unsure"
    ROSTER_STALE = "roster_stale"
    OVERRIDE_NOT_NEEDED = "override_not_needed"
    OVERRIDE_NOT_ALLOWED = "override_not_allowed"
    BLACKLIST_FLAG = "blacklist_flag"
    ENTERED_AGAIN = "entered_again"
    IN_GROUP = "in_group"
    """Admitted with the rest of a group, by the scan of another member."""
    TIME_IMPOSSIBLE = "time_impossible"
    """Given by the hub: what the station says of the scan's time can't be true, and another time counts."""
    CHECKPOINT_DIFFERS = "checkpoint_differs"
    """Set by the hub: the row's zone or direction is not the checkpoint's."""


MARKS_OF_THE_HUB = frozenset({Mark.TIME_IMPOSSIBLE, Mark.CHECKPOINT_DIFFERS})
"""A station never sets these."""
