"""The manifest of check-in: checkpoints, scans, occupancy, conflicts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from hub_sync.contract.clock import from_epoch_ms
from hub_sync.contract.enums import Direction, Passage, PassageCause, ReasonCode, ScanResult
from hub_sync.hub.kit.domain.audit_actions import AuditAction, Entity
from hub_sync.hub.kit.domain.manifest import DomainManifest, NavigationEntry, OpenApiTag
from hub_sync.hub.kit.events.domain_events import DomainEvent, iso_timestamp
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.permissions import Permission, PermissionGroup, Role
from hub_sync.rules.conflicts import ConflictKind, ConflictState

CHECKPOINTS_READ = Permission("checkpoints:read", N_("View"), (Role.VIEWER,))
CHECKPOINTS_CREATE = Permission("checkpoints:create", N_("Create"))
CHECKPOINTS_UPDATE = Permission("checkpoints:update", N_("Change"))
CHECKPOINTS_DELETE = Permission("checkpoints:delete", N_("Delete"))
CHECK_IN_SCAN = Permission("check-in:scan", N_("Scan tickets"), (Role.OPERATOR,))
ACCESS_LOGS_READ = Permission("access-logs:read", N_("View"), (Role.VIEWER,))
OCCUPANCY_READ = Permission("occupancy:read", N_("View"), (Role.VIEWER,))
OCCUPANCY_UPDATE = Permission("occupancy:update", N_("Change"))
CONFLICT_READERS = (ACCESS_LOGS_READ, CHECK_IN_SCAN)
"""Whoever may do one of these may read conflicts; `CHECK_IN_SCAN` resolves them."""

_DIRECTIONS: dict[str, str] = {"entry": N_("Entrance"), "exit": N_("Exit")}
CHECKPOINT_DIRECTIONS: dict[str, str] = {**_DIRECTIONS, "bidirectional": N_("Entrance and exit")}
CHECKPOINT_TYPES: dict[str, str] = {
    "gate": N_("Gate"),
    "meeting-room": N_("Room"),
    "vip-area": N_("VIP area"),
    "registration-desk": N_("Registration desk"),
}
REENTRY_POLICIES: dict[str, str] = {
    "once": N_("Never"),
    "once-a-day": N_("On the next day"),
    "after-exit": N_("After an exit"),
    "after-minutes": N_("After some minutes"),
    "limit": N_("A number of times"),
    "always": N_("Always"),
}
UNKNOWN_TICKET_POLICIES: dict[str, str] = {
    "admit": N_("Let in, with a mark"),
    "hold": N_("Send to the help desk"),
}
STALE_ROSTER_POLICIES: dict[str, str] = {
    "warn": N_("Let in, with a warning"),
    "hold": N_("Send to the help desk"),
}
CHECKPOINT = Entity(
    "checkpoint",
    N_("Checkpoint"),
    fields={
        "name": N_("Name"),
        "type": N_("Kind"),
        "direction": N_("Direction"),
        "zone": N_("Zone"),
        "active": N_("Active"),
        "opens_at": N_("Opens"),
        "closes_at": N_("Closes"),
        "allowed_categories": N_("Allowed categories"),
        "reentry": N_("Coming in again"),
        "reentry_minutes": N_("Coming in again after (minutes)"),
        "reentry_limit": N_("Entries with one ticket"),
        "unknown_tickets": N_("Tickets that are not listed"),
        "stale_roster": N_("List too old"),
        "roster_max_age_s": N_("Oldest list (seconds)"),
        "leaves_zones": N_("Leaves other zones"),
        "deleted_at": N_("Deleted"),
    },
    values={
        "type": CHECKPOINT_TYPES,
        "direction": CHECKPOINT_DIRECTIONS,
        "reentry": REENTRY_POLICIES,
        "unknown_tickets": UNKNOWN_TICKET_POLICIES,
        "stale_roster": STALE_ROSTER_POLICIES,
    },
)
CHECKPOINT_CREATED = AuditAction(CHECKPOINT, "create", N_("Created"))
CHECKPOINT_UPDATED = AuditAction(CHECKPOINT, "update", N_("Changed"))
CHECKPOINT_TOGGLED = AuditAction(CHECKPOINT, "toggle", N_("Opened or closed"))
CHECKPOINT_DELETED = AuditAction(CHECKPOINT, "delete", N_("Deleted"))


@dataclass(frozen=True, kw_only=True)
class CheckpointCreated(DomainEvent):
    """A checkpoint was created."""

    entity: ClassVar[str] = CHECKPOINT.name
    label: ClassVar[str] = N_("A checkpoint was created.")
    name: str


@dataclass(frozen=True, kw_only=True)
class CheckpointUpdated(DomainEvent):
    """Fields of a checkpoint were changed; `changed` names them."""

    entity: ClassVar[str] = CHECKPOINT.name
    label: ClassVar[str] = N_("A checkpoint was changed.")
    changed: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class CheckpointOpened(DomainEvent):
    """A checkpoint was switched on."""

    entity: ClassVar[str] = CHECKPOINT.name
    label: ClassVar[str] = N_("A checkpoint was switched on.")


@dataclass(frozen=True, kw_only=True)
class CheckpointClosed(DomainEvent):
    """A checkpoint was switched off."""

    entity: ClassVar[str] = CHECKPOINT.name
    label: ClassVar[str] = N_("A checkpoint was switched off.")


@dataclass(frozen=True, kw_only=True)
class CheckpointDeleted(DomainEvent):
    """A checkpoint was marked as deleted."""

    entity: ClassVar[str] = CHECKPOINT.name
    label: ClassVar[str] = N_("A checkpoint was deleted.")
    name: str


SHORT_REASONS: dict[ReasonCode, str] = {
    ReasonCode.ADMITTED: N_("let in"),
    ReasonCode.ADMITTED_UNKNOWN: N_("let in, not listed"),
    ReasonCode.EXITED: N_("left"),
    ReasonCode.EXIT_WITHOUT_ENTRY: N_("left without entry"),
    ReasonCode.NOT_A_TICKET: N_("not a ticket"),
    ReasonCode.TICKET_DAMAGED: N_("damaged"),
    ReasonCode.TICKET_FORGED: N_("forged"),
    ReasonCode.TICKET_UNSUPPORTED: N_("unsupported"),
    ReasonCode.TICKET_MALFORMED: N_("unreadable"),
    ReasonCode.UNKNOWN_CODE: N_("unknown code"),
    ReasonCode.WRONG_TENANT: N_("other organiser"),
    ReasonCode.WRONG_EVENT: N_("other event"),
    ReasonCode.UNKNOWN_PARTICIPANT: N_("not listed"),
    ReasonCode.PARTICIPANT_CANCELLED: N_("cancelled"),
    ReasonCode.PARTICIPANT_REJECTED: N_("turned down"),
    ReasonCode.PARTICIPANT_PENDING: N_("not approved"),
    ReasonCode.PARTICIPANT_DELETED: N_("withdrawn"),
    ReasonCode.BLACKLISTED: N_("not permitted"),
    ReasonCode.PARTICIPANT_UNCLEAR: N_("status not understood"),
    ReasonCode.SEAT_GIVEN_AWAY: N_("late, seat given away"),
    ReasonCode.TICKET_REPLACED: N_("replaced ticket"),
    ReasonCode.TICKET_OUTDATED: N_("ticket out of date"),
    ReasonCode.TICKET_NOT_YET_VALID: N_("ticket not valid yet"),
    ReasonCode.TICKET_EXPIRED: N_("ticket expired"),
    ReasonCode.EVENT_DRAFT: N_("not published"),
    ReasonCode.EVENT_OVER: N_("after the end"),
    ReasonCode.DOORS_CLOSED: N_("doors closed"),
    ReasonCode.EVENT_NOT_STARTED: N_("too early"),
    ReasonCode.EVENT_CANCELLED: N_("event cancelled"),
    ReasonCode.CLOCK_UNSURE: N_("clock unsure"),
    ReasonCode.RULE_UNCLEAR: N_("rule not understood"),
    ReasonCode.STATION_LOCKED: N_("station locked"),
    ReasonCode.STATION_REVOKED: N_("station withdrawn"),
    ReasonCode.STATION_OFFLINE: N_("station offline for too long"),
    ReasonCode.UNKNOWN_TIME_ZONE: N_("time zone unknown"),
    ReasonCode.CHECKPOINT_INACTIVE: N_("gate switched off"),
    ReasonCode.CHECKPOINT_CLOSED: N_("gate closed"),
    ReasonCode.CATEGORY_NOT_ALLOWED: N_("wrong category"),
    ReasonCode.WRONG_DIRECTION: N_("wrong way"),
    ReasonCode.ROSTER_STALE: N_("list too old"),
    ReasonCode.ALREADY_INSIDE: N_("already in"),
    ReasonCode.ALREADY_USED: N_("already used"),
    ReasonCode.STATION_FAILED: N_("station failed"),
    ReasonCode.ENTRIES_USED_UP: N_("entries used up"),
    ReasonCode.REENTRY_TOO_SOON: N_("again too soon"),
}
"""A reason in a word or two, to follow a number."""
ACCESS_LOG = Entity(
    "access_log",
    N_("Scan"),
    fields={
        "reason": N_("Reason"),
        "against": N_("Against the verdict"),
        "direction": N_("Direction"),
        "device_id": N_("Station"),
    },
    values={
        "direction": _DIRECTIONS,
        "against": {reason.value: label for reason, label in SHORT_REASONS.items()},
    },
    personal=frozenset(("reason",)),
    read_permission="participants:read",
)
"""Whoever writes the reason of an override may write a name into it."""
SCAN_OVERRIDDEN = AuditAction(ACCESS_LOG, "override", N_("Admitted by override"))

CONFLICT_KINDS: dict[str, str] = {
    ConflictKind.DOUBLE_ENTRY: N_("Double entry"),
    ConflictKind.OVERRIDE: N_("Override"),
    ConflictKind.AGAINST_RULES: N_("Let in against the rules"),
    ConflictKind.UNKNOWN_ADMITTED: N_("Unknown, let in"),
    ConflictKind.UNKNOWN_REFUSED: N_("Unknown, refused"),
    ConflictKind.CLOCK_UNSURE: N_("Clock unsure"),
    ConflictKind.NO_PASSAGE: N_("Nobody went through"),
}
CONFLICT_STATES: dict[str, str] = {
    ConflictState.OPEN: N_("Open"),
    ConflictState.RESOLVED: N_("Resolved"),
    ConflictState.CHANGED: N_("Changed since"),
    ConflictState.WITHDRAWN: N_("Settled by a later scan"),
}
ACCESS_CONFLICT = Entity(
    "access_conflict",
    N_("Conflict"),
    fields={"state": N_("State"), "note": N_("Note"), "resolved_at": N_("Resolved"), "resolved_by": N_("By")},
    values={"state": CONFLICT_STATES},
    personal=frozenset(("note",)),
    read_permission="participants:read",
)
"""Whoever resolves a conflict may write a name into the note."""
CONFLICT_RESOLVED = AuditAction(ACCESS_CONFLICT, "resolve", N_("Resolved"))
CONFLICT_REOPENED = AuditAction(ACCESS_CONFLICT, "reopen", N_("Opened again"))

OCCUPANCY = Entity(
    "venue_occupancy", N_("Occupancy"), fields={"zone": N_("Zone"), "capacity": N_("Capacity")}
)
CAPACITY_UPDATED = AuditAction(OCCUPANCY, "set_capacity", N_("Capacity changed"))


@dataclass(frozen=True, kw_only=True)
class ScanRecorded(DomainEvent):
    """The base of the domain events of scans.

    Attributes:
        result: the verdict.
        reason: the code of the reason for it.
        flag: why the hub doubts the scan; None: it does not.
        scanned_at_ms: the station's clock, in milliseconds since 1970.
        effective_at_ms: the time that rules go by, corrected by what is known of that clock.
    """

    entity: ClassVar[str] = ACCESS_LOG.name
    permissions_to_read: ClassVar[tuple[str, ...]] = (ACCESS_LOGS_READ,)
    id_member: ClassVar[str] = "access_log_id"
    checkpoint_id: str
    device_id: str | None
    participant_id: str | None
    zone: str
    direction: Direction
    result: ScanResult
    reason: ReasonCode
    flag: str | None
    scanned_at_ms: int
    effective_at_ms: int

    @classmethod
    def message_data(cls, entity_id: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Return the payload with one time in place of two."""
        members = {name: value for name, value in payload.items() if not name.endswith("_ms")}
        at = iso_timestamp(from_epoch_ms(payload["effective_at_ms"]))
        return super().message_data(entity_id, members) | {"scanned_at": at}

    @classmethod
    def message_time(cls, occurred_at: datetime, payload: Mapping[str, Any]) -> datetime:
        """Return the time of the scan; a station may have reported it hours later."""
        del occurred_at
        return from_epoch_ms(payload["effective_at_ms"])


_EXAMPLE: Mapping[str, Any] = {
    "checkpoint_id": "01976b2e-5c20-7e14-8a01-0b9e6f1d2c3a",
    "device_id": "01976b2e-5c20-7f02-b6c4-5d8e7a9f0b1c",
    "participant_id": "01976b2e-5c1f-7a55-9d0c-3f6f1a2b4c5d",
    "zone": "hall-a",
    "direction": "entry",
    "scanned_at": "2026-06-10T09:00:30.000Z",
}


@dataclass(frozen=True, kw_only=True)
class ScanAccepted(ScanRecorded):
    """A station admitted a person, or let a person leave."""

    label: ClassVar[str] = N_("A station admitted a person, or let a person leave.")
    event_type: ClassVar[str] = "scan.accepted"
    example: ClassVar[Mapping[str, Any]] = {
        "access_log_id": "01976b2e-5c22-7b61-8f33-1a2b3c4d5e6f",
        **_EXAMPLE,
        "result": "VALID",
        "reason": "admitted",
        "flag": None,
    }


@dataclass(frozen=True, kw_only=True)
class ScanRejected(ScanRecorded):
    """A station refused a person."""

    label: ClassVar[str] = N_("A station refused a person.")
    event_type: ClassVar[str] = "scan.rejected"
    example: ClassVar[Mapping[str, Any]] = {
        "access_log_id": "01976b2e-5c22-7c90-a1b2-c3d4e5f60718",
        **_EXAMPLE,
        "result": "ALREADY_SCANNED",
        "reason": "already_inside",
        "flag": None,
    }


@dataclass(frozen=True, kw_only=True)
class PassageReported(DomainEvent):
    """A turnstile's sensor, or an operator, told what became of an admission.

    Attributes:
        passage: NO_PASSAGE gives the entry back, and PASSED after that counts it again.
        cause: how the station knows.
        effective_at_ms: the time of the observation, in milliseconds since 1970.
    """

    entity: ClassVar[str] = ACCESS_LOG.name
    label: ClassVar[str] = N_("A turnstile reported whether an admitted person passed.")
    permissions_to_read: ClassVar[tuple[str, ...]] = (ACCESS_LOGS_READ,)
    event_type: ClassVar[str] = "scan.passage"
    id_member: ClassVar[str] = "access_log_id"
    example: ClassVar[Mapping[str, Any]] = {
        "access_log_id": "01976b2e-5c22-7b61-8f33-1a2b3c4d5e6f",
        **{
            name: value for name, value in _EXAMPLE.items() if name not in ("direction", "zone", "scanned_at")
        },
        "passage": "NO_PASSAGE",
        "cause": "timed_out",
        "observed_at": "2026-06-10T09:00:35.500Z",
    }
    checkpoint_id: str
    device_id: str
    participant_id: str | None
    passage: Passage
    cause: PassageCause
    effective_at_ms: int

    @classmethod
    def message_data(cls, entity_id: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Return the payload with the time as a text."""
        members = {name: value for name, value in payload.items() if not name.endswith("_ms")}
        at = iso_timestamp(from_epoch_ms(payload["effective_at_ms"]))
        return super().message_data(entity_id, members) | {"observed_at": at}

    @classmethod
    def message_time(cls, occurred_at: datetime, payload: Mapping[str, Any]) -> datetime:
        """Return the time of the observation."""
        del occurred_at
        return from_epoch_ms(payload["effective_at_ms"])


PASSAGES: dict[Passage, str] = {
    Passage.WITHOUT_SENSOR: N_("Counted when let in (no sensor)"),
    Passage.GRANTED: N_("Let in, not passed yet"),
    Passage.PASSED: N_("Passed"),
    Passage.NO_PASSAGE: N_("Not passed, entry given back"),
    Passage.UNKNOWN: N_("Not known, counted"),
}
PASSAGE_CAUSES: dict[PassageCause, str] = {
    PassageCause.TURN: N_("the turnstile turned"),
    PassageCause.LATE_TURN: N_("the turnstile turned late"),
    PassageCause.TIMED_OUT: N_("the turnstile did not turn in time"),
    PassageCause.JAMMED: N_("the turnstile was jammed"),
    PassageCause.SENSOR_LOST: N_("the sensor could not be read"),
    PassageCause.SENSOR_STUCK: N_("the sensor was stuck"),
    PassageCause.SENSOR_SILENT: N_("the sensor has been silent for several people"),
    PassageCause.RELAY_FAILED: N_("the turnstile was not released"),
    PassageCause.RESTARTED: N_("the station restarted meanwhile"),
    PassageCause.OPERATOR: N_("an operator took it back"),
    PassageCause.REVERSE_TURN: N_("the turnstile turned the other way"),
    PassageCause.DOUBLE_TURN: N_("the turnstile turned a second time"),
    PassageCause.UNGRANTED_TURN: N_("the turnstile turned, nobody was let in"),
}


@dataclass(frozen=True, kw_only=True)
class ConflictMoved(DomainEvent):
    """The base of the domain events of conflicts.

    Attributes:
        kind: the kind of conflict.
        verdict: what the rules would have said; None: nothing else.
        device_id: the scanner of the scan concerned, of a double entry the later one.
        other_device_id: of a double entry the scanner of the earlier scan.
        access_log_id: the scan concerned, the first of several; of a double entry the later one.
        other_access_log_id: of a double entry the earlier scan.
        at_ms: the time of that scan in milliseconds since 1970.
    """

    entity: ClassVar[str] = ACCESS_CONFLICT.name
    permissions_to_read: ClassVar[tuple[str, ...]] = (ACCESS_LOGS_READ,)
    id_member: ClassVar[str] = "conflict_id"
    kind: ConflictKind
    verdict: ReasonCode | None
    zone: str
    participant_id: str | None
    device_id: str
    other_device_id: str | None
    access_log_id: str
    other_access_log_id: str | None
    at_ms: int

    @classmethod
    def message_data(cls, entity_id: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Return the payload with the time as messages have it."""
        members = {name: value for name, value in payload.items() if name != "at_ms"}
        return super().message_data(entity_id, members) | {
            "at": iso_timestamp(from_epoch_ms(payload["at_ms"]))
        }


_CONFLICT_EXAMPLE: Mapping[str, Any] = {
    "conflict_id": "01976b2e-5c23-7d10-9e44-2b3c4d5e6f70",
    "kind": "double-entry",
    "verdict": "already_inside",
    "zone": "hall-a",
    "participant_id": "01976b2e-5c1f-7a55-9d0c-3f6f1a2b4c5d",
    "device_id": "01976b2e-5c20-7f02-b6c4-5d8e7a9f0b1c",
    "other_device_id": "01976b2e-5c20-7f02-b6c4-6e9f8bac1d2e",
    "access_log_id": "01976b2e-5c22-7b61-8f33-1a2b3c4d5e6f",
    "other_access_log_id": "01976b2e-5c21-7b61-8f33-0a1b2c3d4e5f",
    "at": "2026-06-10T09:00:30.000Z",
}


@dataclass(frozen=True, kw_only=True)
class ConflictOpened(ConflictMoved):
    """Something happened at the gates that somebody should look into."""

    label: ClassVar[str] = N_("Something happened at the gates that somebody should look into.")
    event_type: ClassVar[str] = "conflict.opened"
    example: ClassVar[Mapping[str, Any]] = _CONFLICT_EXAMPLE


@dataclass(frozen=True, kw_only=True)
class ConflictResolved(ConflictMoved):
    """Somebody has resolved a conflict, or a later scan showed that there was none."""

    label: ClassVar[str] = N_("A conflict was resolved, or a later scan settled it.")
    event_type: ClassVar[str] = "conflict.resolved"
    example: ClassVar[Mapping[str, Any]] = {**_CONFLICT_EXAMPLE, "note": "Both were let in by mistake."}
    permissions_to_read: ClassVar[tuple[str, ...]] = (ACCESS_LOGS_READ, "participants:read")
    note: str


@dataclass(frozen=True, kw_only=True)
class ConflictReopened(ConflictMoved):
    """Somebody has opened a conflict again, or a later scan has changed what was resolved."""

    label: ClassVar[str] = N_("A resolved conflict was opened again, or a later scan changed it.")
    event_type: ClassVar[str] = "conflict.reopened"
    example: ClassVar[Mapping[str, Any]] = _CONFLICT_EXAMPLE


MANIFEST = DomainManifest(
    name="check_in",
    permissions=(
        PermissionGroup(
            "checkpoints",
            N_("Checkpoints"),
            (CHECKPOINTS_READ, CHECKPOINTS_CREATE, CHECKPOINTS_UPDATE, CHECKPOINTS_DELETE),
        ),
        PermissionGroup("check-in", N_("Check-in"), (CHECK_IN_SCAN,)),
        PermissionGroup("access-logs", N_("Access log"), (ACCESS_LOGS_READ,)),
        PermissionGroup("occupancy", N_("Occupancy"), (OCCUPANCY_READ, OCCUPANCY_UPDATE)),
    ),
    navigation=(
        NavigationEntry(
            group="venue",
            label=N_("Scanner"),
            path="/events/{event_id}/scanner",
            order=5,
            permissions=CHECK_IN_SCAN,
            icon="scan",
        ),
        NavigationEntry(
            group="venue",
            label=N_("Checkpoints"),
            path="/events/{event_id}/checkpoints",
            order=10,
            permissions=CHECKPOINTS_READ,
            icon="gate",
        ),
        NavigationEntry(
            group="venue",
            label=N_("Conflicts"),
            path="/events/{event_id}/conflicts",
            order=40,
            permissions=CONFLICT_READERS,
            icon="warn",
            counter="open_conflicts",
        ),
    ),
    openapi_tags=(
        OpenApiTag("check-in", "Checkpoints, scans, the access log, occupancy, and how they change live."),
    ),
    entities=(CHECKPOINT, ACCESS_LOG, ACCESS_CONFLICT, OCCUPANCY),
    audit_actions=(
        CHECKPOINT_CREATED,
        CHECKPOINT_UPDATED,
        CHECKPOINT_TOGGLED,
        CHECKPOINT_DELETED,
        SCAN_OVERRIDDEN,
        CONFLICT_RESOLVED,
        CONFLICT_REOPENED,
        CAPACITY_UPDATED,
    ),
    domain_events=(
        CheckpointCreated,
        CheckpointUpdated,
        CheckpointOpened,
        CheckpointClosed,
        CheckpointDeleted,
        ScanAccepted,
        ScanRejected,
        PassageReported,
        ConflictOpened,
        ConflictResolved,
        ConflictReopened,
    ),
    webhook_groups=(("scan", N_("Scans")), ("conflict", N_("Conflicts"))),
)
