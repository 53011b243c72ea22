"""Wire models of enrolment and sync, protocol 1.

Push: journal rows are sent as the exact bytes that were hashed at the station (`body`), so that the hub verifies the
chain without serialising again. Pull: pages of changes by a cursor, or a snapshot if the cursor can't be used.
All routes live under `/api/v1/sync/`; a device signs in with `Authorization: Bearer <credential>`.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, FailFast, Field, StrictInt

from hub_sync.contract.bulletins import BulletinList
from hub_sync.contract.door import DoorList
from hub_sync.contract.enums import (
    CheckpointDirection,
    CheckpointType,
    Direction,
    EventStatus,
    Mark,
    ParticipantStatus,
    ReasonCode,
    ReentryPolicy,
    ScanResult,
    ScanType,
    StaleRosterPolicy,
    TicketAlgorithm,
    UnknownTicketPolicy,
)
from hub_sync.contract.lan import PeerRow
from hub_sync.contract.operators import OperatorRow, OperatorStamp
from hub_sync.contract.queue import QueuePull
from hub_sync.contract.screening import ScreeningList
from hub_sync.contract.wire_model import WireInt, WireModel

PROTOCOL = 1
MAX_PUSH_ITEMS = 1000
MAX_PULL_ITEMS = 5000
MAX_MARKS = 64
MAX_BOOTS = 64
"""The most boots that one push speaks of."""
BOOT_HEADER = "Doorward-Boot"
"""Sent with every device call: the station's boot id. Two alternating ids for one credential mean a cloned disk."""


# --- enrolment: POST /api/v1/sync/enrol ---------------------------------------------------------


class EnrolmentCode(WireModel):
    """Content of the enrolment QR code, as JSON. `token` alone can be typed."""

    handshake: int = PROTOCOL
    hub: str
    token: str


class EnrolRequest(WireModel):
    """A station's request for its credential. The token works once."""

    handshake: int = PROTOCOL
    token: str = Field(min_length=8, max_length=128)
    serial: str = Field(min_length=1, max_length=128)
    public_key: str = Field(default="", max_length=256)
    software: str = Field(default="", max_length=64)


class EnrolResponse(WireModel):
    """The credential, sent once. The hub stores only its hash."""

    device_id: str
    tenant_id: str
    event_id: str
    checkpoint_id: str | None
    name: str
    profile: str
    """One of `DeviceProfile`, or a newer hub's own: enrolment, whose code works once, must not fail because of it."""
    credential: str
    server_time_ms: WireInt | None = None


# --- time: GET /api/v1/sync/time ----------------------------------------------------------------


class TimeResponse(WireModel):
    """The hub's wall clock in milliseconds since 1970."""

    server_time_ms: int


# --- up: POST /api/v1/sync/push ------------------------------------------------------------------


class Override(WireModel):
    """An operator's override of a refusal, with its reason."""

    reason: str = Field(min_length=1, max_length=500)
    operator: str = Field(min_length=1, max_length=200)


class ScanRecord(WireModel):
    """One scan as the station stored it: the JSON in a journal row's `body`.

    Times are milliseconds since 1970 by the station's own clock; `clock_offset_ms` is hub minus station as last
    measured (None: never), `clock_sure` whether the station trusted its clock. `code_digest` is the SHA-256 of the
    scanned text, so that unknown codes can be distinguished without being stored. `ticket_issued_at_s` is a genuine ticket's
    `iat` (Unix seconds), None for other scans. `leaves_zones`: the checkpoint says that whoever enters leaves the other zones.
    `operator` is who was signed on at the station, None where nobody has to be.
    `passage_sensor`: a sensor watches the turnstile, so that a `PassageRecord` follows; without one the admission just counts.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=36, max_length=36)
    kind: str = Field(default="scan", pattern="^scan$")
    device_id: str = Field(max_length=36)
    event_id: str = Field(max_length=64)
    checkpoint_id: str = Field(max_length=64)
    zone: str | None = Field(default=None, max_length=64)
    participant_id: str | None = Field(default=None, max_length=64)
    scan_type: ScanType
    direction: Direction
    leaves_zones: bool = False
    result: ScanResult
    reason: ReasonCode
    marks: Annotated[tuple[Mark, ...], FailFast()] = Field(default=(), max_length=MAX_MARKS)
    override_asked: bool = False
    override: Override | None = None
    operator: OperatorStamp | None = None
    code_digest: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")
    ticket_issued_at_s: int | None = Field(default=None, ge=0, lt=2**52)
    passage_sensor: bool = False
    scanned_at_ms: int = Field(ge=0, lt=2**52)
    monotonic_ms: int = Field(ge=0, lt=2**52)
    boot_id: str = Field(max_length=64)
    clock_offset_ms: int | None = Field(default=None, gt=-(2**52), lt=2**52)
    clock_sure: bool
    roster_age_s: int | None = Field(default=None, ge=0, lt=2**52)


def effective_at_ms(record: ScanRecord, anchors: dict[str, int]) -> int:
    """Return a scan's true time by the hub's clock: from the boot's anchor, else the measured offset, else unchanged."""
    if record.boot_id in anchors:
        return anchors[record.boot_id] + record.monotonic_ms
    return record.scanned_at_ms + (record.clock_offset_ms or 0)


class PushItem(WireModel):
    """A journal row. `hash` is the lower-case hex of `rules.journal_chain.link(previous hash, body)`.

    A row that the station set aside (the hub failed on it alone) is sent with an empty body and the reason in
    `set_aside`. The chain continues over its hash, and the hub shows that it is missing.
    """

    sequence: int = Field(ge=1, lt=2**52)
    body: str = Field(max_length=16_384)
    hash: str = Field(pattern="^[0-9a-f]{64}$")
    set_aside: str | None = Field(default=None, max_length=500)


class ClockCorrection(WireModel):
    """The true time of a boot, measured after some of its rows were sent. It replaces the time that the hub gave them.

    `anchor_ms` is as in `PushRequest.anchors`. Rows whose monotonic clock lies from `unsure_from_ms` to `unsure_to_ms` were
    decided by a wrong time that the station believed; None: there are none.
    """

    boot_id: str = Field(max_length=64)
    anchor_ms: WireInt
    unsure_from_ms: WireInt | None = None
    unsure_to_ms: WireInt | None = None


def _limit_boots(anchors: Any) -> Any:
    """Refuse too many anchors at once, before an error is collected for each of them."""
    if isinstance(anchors, dict) and len(anchors) > MAX_BOOTS:
        raise ValueError(f"has more than {MAX_BOOTS} boots")
    return anchors


class PushRequest(WireModel):
    """Journal rows in sequence. `journal_id` names one incarnation of a station's journal.

    `anchors` holds, for boots that occur in the items and that ever measured the hub's time, the hub's wall clock at that
    boot's monotonic zero: a row's true time is then `anchors[row.boot_id] + row.monotonic_ms`, however wrong the
    station's wall clock was. `corrections` says which anchors were measured, or replaced, after rows of their boots were
    sent.
    """

    journal_id: str = Field(min_length=36, max_length=36)
    sent_at_ms: int = Field(ge=0, lt=2**52)
    anchors: Annotated[
        dict[str, Annotated[StrictInt, Field(gt=-(2**52), lt=2**52)]], BeforeValidator(_limit_boots)
    ] = Field(default_factory=dict, max_length=MAX_BOOTS)
    corrections: Annotated[tuple[ClockCorrection, ...], FailFast()] = Field(default=(), max_length=MAX_BOOTS)
    items: Annotated[tuple[PushItem, ...], FailFast()] = Field(max_length=MAX_PUSH_ITEMS)


class PushVerdict(WireModel):
    """Result of one pushed item.

    ACCEPTED: stored now. DUPLICATE: stored before. QUARANTINED: stored apart at the hub, with the reason; the chain
    continues. SET_ASIDE: the station's note of a row that it set aside was stored.
    """

    sequence: int
    verdict: str = Field(max_length=64)
    """Not an enum: a word that a station does not know must not keep it from reading the acknowledged prefix."""
    code: str | None = None
    message: str | None = None


class Acknowledged(WireModel):
    """The prefix of a journal that the hub holds: up to `sequence`, whose row has the hash `head`.

    Sequence 0 with an empty head means no row yet.
    """

    journal_id: str
    sequence: int
    head: str


class PushResponse(WireModel):
    """Verdicts in the order of the items, and the acknowledged prefix."""

    verdicts: Annotated[tuple[PushVerdict, ...], FailFast()]
    acknowledged: Acknowledged
    server_time_ms: int


# --- down: GET /api/v1/sync/pull?event=&epoch=&cursor=&limit=&keys=&count= -----------------------


class AssignedEvent(WireModel):
    """An event that a station may serve, as it names the event before it has pulled its roster."""

    id: str
    name: str
    starts_at_ms: WireInt
    ends_at_ms: WireInt
    time_zone: str


class EventRow(WireModel):
    """An event as its gates need it. Instants are in milliseconds since 1970; `time_zone` is an IANA name.

    `doors_open_at_ms` and `doors_close_at_ms` None: as the event starts and ends. `day_begins_at`: the local `HH:MM` at
    which a day of the event begins. `everyone_leaves_at`: that at which whoever is still inside has left; None: at none.
    """

    id: str
    tenant_id: str
    name: str
    slug: str
    starts_at_ms: WireInt
    ends_at_ms: WireInt
    doors_open_at_ms: WireInt | None = None
    doors_close_at_ms: WireInt | None = None
    day_begins_at: str = "04:00"
    everyone_leaves_at: str | None = None
    time_zone: str
    capacity: WireInt | None
    status: EventStatus
    deleted: bool = False
    unclear: tuple[str, ...] = ()
    """Set by the station, never by a hub: the members that it does not understand. People are held then."""


class CheckpointRow(WireModel):
    """A checkpoint. Opening hours are local `HH:MM` in the event's zone and may pass midnight.

    `reentry_minutes` belongs to the policy AFTER_MINUTES, `reentry_limit` to LIMIT. `leaves_zones`: whoever enters here
    leaves every other zone.
    """

    id: str
    event_id: str
    name: str
    type: CheckpointType
    direction: CheckpointDirection
    zone: str | None
    active: bool
    opens_at: str | None
    closes_at: str | None
    allowed_categories: tuple[str, ...] | None
    reentry: ReentryPolicy
    reentry_minutes: WireInt | None = None
    reentry_limit: WireInt | None = None
    unknown_tickets: UnknownTicketPolicy
    stale_roster: StaleRosterPolicy
    roster_max_age_s: WireInt
    leaves_zones: bool = False
    deleted: bool = False
    unclear: tuple[str, ...] = ()
    """As `EventRow.unclear`."""


PARTICIPANT_FIELDS = (
    "id",
    "first_name",
    "last_name",
    "code",
    "status",
    "category",
    "standing",
    "version",
    "tickets_valid_from",
    "group_ref",
)
"""Fields of a participant, which is sent as a plain list in this order to save the names of 100,000 objects.

`standing` is "" | "deleted" | "blocked:<reason>" | "flagged:<reason>" | "merged:<survivor id>". A deleted participant
keeps the id and loses the names, so that its ticket is refused as deleted and not admitted as unknown.
`tickets_valid_from` is in Unix seconds as a ticket's `iat`: a ticket that was issued before is replaced; 0: none is.
`group_ref` is what the members of a group share, such as a family's order number; "": no group.
"""
UNCLEAR = "unclear:"
"""Prefix of the standing that a station gives to somebody whose row it does not understand; the member's name follows."""
MERGED = "merged:"
"""Prefix of the standing of a merged participant; the survivor's id follows."""
BLOCKED, FLAGGED = "blocked:list", "flagged:list"
"""The standings that the blacklist gives. The reason is at the hub, and no station gets it."""
SEAT_GIVEN = "flagged:seat"
"""The standing of somebody whose seat went to the waitlist at the door. A station that does not know it takes it for a flag."""
SEAT_GIVEN_FLAGGED = "flagged:seat-and-list"
"""That of somebody whom the blacklist flags as well."""
WITHOUT_SEAT = (SEAT_GIVEN, SEAT_GIVEN_FLAGGED)
ParticipantRow = tuple[str, str, str, str, ParticipantStatus, str, str, WireInt, WireInt, str]

PRESENCE_FIELDS = (
    "zone",
    "participant_id",
    "direction",
    "at_ms",
    "device_id",
    "sequence",
    "entries",
    "entered_at_ms",
    "left_others_at_ms",
)
"""A person's last scan in a zone at any station: a last-writer-wins register ordered by (at, device, sequence).

A scan elsewhere with which the person left the zone is an exit here (`rules.occupancy`). `entered_at_ms` is the time of
the last entry, 0 if there was none. `left_others_at_ms` is the time of the last scan here with which the person left every
other zone; 0: never.
"""
PresenceRow = tuple[str, str, Direction, WireInt, str, WireInt, WireInt, WireInt, WireInt]


class OccupancyRow(WireModel):
    """Number of people inside a zone ("" is the event as a whole)."""

    zone: str
    current: WireInt
    capacity: WireInt | None


class QrKeyRow(WireModel):
    """A ticket key. `material` is 32 bytes in hex; validity is in milliseconds since 1970, None means no limit.

    The material of an Ed25519 key is its public part. `tenant_id` is that of the tenants whose tickets it signs.
    """

    kid: str
    material: str = Field(pattern="^[0-9a-f]{64}$")
    not_before_ms: WireInt | None
    not_after_ms: WireInt | None
    algorithm: TicketAlgorithm = TicketAlgorithm.SEALED
    tenant_id: str = ""

    def values(self) -> tuple[str | int | None, ...]:
        """Return the values in the order of the fields."""
        return tuple(self.model_dump(mode="json").values())


MAX_ENDED_KEYS = 64
"""Ticket keys that have ended of which stations know: the newest ones."""


class EndedKeyRow(WireModel):
    """A ticket key that has ended, without its material: by it a station tells an old ticket from a forged one.

    `key_id` is that of an Ed25519 key, in hex, as its tickets name it; "": the key's tickets name none.
    """

    kid: str = Field(max_length=64)
    algorithm: TicketAlgorithm
    key_id: str = Field(default="", pattern="^([0-9a-f]{8})?$")


def key_ring_digest(keys: Iterable[Sequence[str | int | None]]) -> str:
    """Return the digest of ticket keys, each as `QrKeyRow.values`, whatever their order."""
    lines = sorted(" ".join(map(str, key)) for key in keys)
    return sha256("|".join(lines).encode()).hexdigest()[:16]


class ConflictRow(WireModel):
    """Admissions of one ticket by two stations while they were not in sync. The later row is flagged; both are kept.

    `at_ms` and `checkpoint_id` are those of the later row, `other_at_ms` and `other_checkpoint_id` of the earlier one
    (None and "": the hub does not tell).
    """

    access_log_id: str
    participant_id: str
    zone: str
    at_ms: WireInt
    device_id: str
    checkpoint_id: str = ""
    other_access_log_id: str
    other_device_id: str
    other_checkpoint_id: str = ""
    other_at_ms: WireInt | None = None
    cleared: bool = False


MAX_MISSING_ROWS = 200
"""Quarantined rows of a journal that are named to other stations: the newest ones."""


class JournalHead(WireModel):
    """The row of a station's journal up to which the hub's presences include it, without the rows `missing`: they are in quarantine."""

    device_id: Annotated[str, Field(max_length=64)]
    journal_id: Annotated[str, Field(max_length=64)]
    sequence: WireInt
    missing: Annotated[tuple[WireInt, ...], FailFast()] = Field(default=(), max_length=MAX_MISSING_ROWS)


class PullPage(WireModel):
    """One page of a snapshot or of deltas.

    Send `cursor` back unchanged. `snapshot`: the page belongs to a snapshot, which replaces the roster once `more` is False;
    `total` is its number of participants. A cursor whose epoch is not the hub's is answered with a new snapshot.
    `participant_count` is the event's number of participants now, deleted and merged ones too; it is sent with the last
    page of deltas to a station that asks for it (`count=true`). `assigned_checkpoint_id` is the checkpoint that the hub has
    assigned to the station ("": the operator chooses; null: the hub is older); another one than before replaces what the
    operator chose. `operators`: all who may sign on at the station, sent if its digest of them (`operators=`) is another; null:
    they are the same, or the hub is older. An empty list: nobody has to sign on. `peers`: the event's other active stations, sent
    likewise (`peers=`). `journals`: up to where the presences include the journals of the event's stations, with the first page of a
    snapshot and the last one of deltas; null: it is not known.

    `event_id` is the event of the page: the one that the station asks for (`event=`), or the first that is assigned to it if it
    asks for none ("": the hub is older). An event that is not assigned is refused: 404 `EventNotAssigned`.
    `assigned_events` is on every page for a station with several events, the first event first, without deleted ones; null: the
    station has the page's event alone, or the hub is older.

    `ended_keys` come with `keys`: ticket keys that have ended since, the newest ones; null: as `keys`, or the hub is older.

    `screening`: the blacklist of the event for this station, sent if its stamp (`screening=`) is another; null: it is the same, the event
    has none, or the hub is older.

    `bulletins`: what the station shows of the hub's messages at this event, sent to a station that knows them (it says `bulletins=`) if its
    stamp is another; null: they are the same, or the hub is older.

    `door`: the seats that a gate may give to the waitlist, sent to a gate that knows of it (it says `door=`) if its stamp is another; null:
    they are the same, there are none, or the hub is older.

    `queue` is for stations with the profile kiosk, desk or board; null: nothing of it has changed, or the hub is older.

    `upto` is the number in the event's feed up to which the station has everything with this page; null: it has not yet, or the hub is
    older. It says which `LiveChanges` follow.
    """

    epoch: str
    event_id: str = ""
    cursor: str
    more: bool
    snapshot: bool
    total: int | None = None
    participant_count: int | None = None
    assigned_checkpoint_id: str | None = None
    events: tuple[EventRow, ...] = ()
    checkpoints: tuple[CheckpointRow, ...] = ()
    participants: tuple[ParticipantRow, ...] = ()
    presence: tuple[PresenceRow, ...] = ()
    occupancy: tuple[OccupancyRow, ...] = ()
    keys: tuple[QrKeyRow, ...] | None = None
    ended_keys: Annotated[tuple[EndedKeyRow, ...] | None, Field(max_length=MAX_ENDED_KEYS)] = None
    operators: tuple[OperatorRow, ...] | None = None
    peers: tuple[PeerRow, ...] | None = None
    assigned_events: tuple[AssignedEvent, ...] | None = None
    journals: tuple[JournalHead, ...] | None = None
    conflicts: tuple[ConflictRow, ...] = ()
    screening: ScreeningList | None = None
    bulletins: BulletinList | None = None
    door: DoorList | None = None
    queue: QueuePull | None = None
    upto: int | None = None
    server_time_ms: int


# --- live: GET /api/v1/sync/live (text/event-stream) ---------------------------------------------

CHANGES_EVENT = "changes"
"""SSE event name; its data is a `LiveChanges`. Only for a station that asks for them: `GET /api/v1/sync/live?changes=true`, with
`&event=ID&cursor=CURSOR` for what has changed since."""
MAX_CHANGES_BYTES = 48 * 1024
"""The longest `LiveChanges.page`; more is pulled."""


class LiveChanges(WireModel):
    """The changes of an event since the number `after` of its feed, up to `upto`; the same for all stations of a kind.

    `page` is the JSON of a `PullPage`, compressed with zstd, in base64. It is a page of deltas as a pull would bring it, without what differs
    from station to station, and without an event. Its `journals` are those that have grown since. A station applies it if it has everything up to a number
    from `after` on and before `upto`, or its cursor is `since`; if it has less, it pulls. `proof` is
    `rules.answer_proof.compute_changes_proof` with the nonce of the stream's request.
    """

    event_id: Annotated[str, Field(max_length=64)]
    epoch: Annotated[str, Field(max_length=64)]
    after: WireInt
    since: Annotated[str, Field(max_length=1024)]
    upto: WireInt
    page: Annotated[str, Field(max_length=MAX_CHANGES_BYTES)]
    proof: Annotated[str, Field(max_length=64)]


NUDGE_EVENT = "nudge"
"""SSE event name; its data is `{"cursor": "<the feed's head>", "event_id": "<the feed's event>"}`: pull that event now, unless the
cursor is the station's own. One for each event comes when the stream is opened, unless the station has said where it is
(`event`, `cursor`) and `CHANGES_EVENT` with what it lacks comes in its place.

A ping comment goes every 15 s."""
