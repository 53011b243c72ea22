"""Admission: the report's ten steps of a check-in as one pure function, called by station and hub.

    1 decode the code         2 ours? (tenant, event)   3 who is it?           4 status and blacklist
    5 the event's dates       6 the checkpoint          7 been here already?   8 the access log's row
    9 occupancy's change     10 the answer

The caller does steps 1 (`rules.ticket_codec.open_ticket`) and 3 (its own roster) before, and stores 8 and 9 after. Their
content is decided here. An exit is never refused for status or time: people inside must be able to leave.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub_sync.contract.enums import (
    CheckpointDirection,
    DeviceStatus,
    Direction,
    EventStatus,
    Mark,
    ParticipantStatus,
    ReasonCode,
    ReentryPolicy,
    ScanResult,
    ScanType,
    StaleRosterPolicy,
    UnknownTicketPolicy,
)
from hub_sync.contract.sync import Override
from hub_sync.rules.opening_hours import event_window, is_open
from hub_sync.rules.ticket_codec import TicketPayload, TicketRejection, TicketRejectionKind


@dataclass(frozen=True, slots=True)
class EventRules:
    """The rules of an event. `time_zone_known` False: `time_zone` is UTC, because its name is newer than this program."""

    id: str
    tenant_id: str
    starts_at: datetime
    ends_at: datetime
    time_zone: ZoneInfo
    time_zone_known: bool = True
    status: EventStatus = EventStatus.PUBLISHED
    unclear: bool = False
    """True if this program does not understand one of its rules."""


@dataclass(frozen=True, slots=True)
class CheckpointRules:
    """The rules of a checkpoint. Hours are in the event's time zone; `allowed_categories` None means all."""

    id: str
    active: bool = True
    direction: CheckpointDirection = CheckpointDirection.ENTRY
    zone: str = ""
    opens_at: time | None = None
    closes_at: time | None = None
    allowed_categories: frozenset[str] | None = None
    reentry: ReentryPolicy = ReentryPolicy.AFTER_EXIT
    unknown_tickets: UnknownTicketPolicy = UnknownTicketPolicy.ADMIT
    stale_roster: StaleRosterPolicy = StaleRosterPolicy.WARN
    roster_max_age: timedelta = timedelta(hours=12)
    unclear: bool = False
    """As `EventRules.unclear`."""


@dataclass(frozen=True, slots=True)
class Person:
    """A participant of the roster. `standing` is as in `contract.sync.PARTICIPANT_FIELDS`."""

    id: str
    status: ParticipantStatus
    category: str = ""
    standing: str = ""


@dataclass(frozen=True, slots=True)
class Presence:
    """The presence of a person in the checkpoint's zone."""

    inside: bool = False
    entries: int = 0
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AdmissionAttempt:
    """A person's attempt to pass. `ticket` is None if a code was typed or a name searched."""

    scan_type: ScanType
    ticket: TicketPayload | TicketRejection | None = None
    direction: Direction = Direction.ENTRY
    override: Override | None = None


@dataclass(frozen=True, slots=True)
class DecisionContext:
    """The present time, `sure` if it can be trusted, and the age of the roster (None: there was never one).

    `station` is the status of the station that decides, as the hub last proved it.
    """

    now: datetime
    sure: bool = True
    roster_age: timedelta | None = timedelta(0)
    station: DeviceStatus = DeviceStatus.ACTIVE


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision. `detail` fills the operator's sentence (a time in the event's zone, a category, a reason)."""

    result: ScanResult
    reason: ReasonCode
    direction: Direction
    participant_id: str | None = None
    occupancy_change: int = 0
    overridable: bool = False
    override: Override | None = None
    override_asked: bool = False
    marks: tuple[Mark, ...] = ()
    detail: str = ""

    @property
    def admits(self) -> bool:
        """True if the gate opens."""
        return self.result.admits


_TICKET_REASONS = {
    TicketRejectionKind.NOT_A_TICKET: ReasonCode.NOT_A_TICKET,
    TicketRejectionKind.DAMAGED: ReasonCode.TICKET_DAMAGED,
    TicketRejectionKind.FORGED: ReasonCode.TICKET_FORGED,
    TicketRejectionKind.UNSUPPORTED: ReasonCode.TICKET_UNSUPPORTED,
    TicketRejectionKind.MALFORMED: ReasonCode.TICKET_MALFORMED,
}

_NEVER_OVERRIDDEN = frozenset(
    {
        *_TICKET_REASONS.values(),
        ReasonCode.UNKNOWN_CODE,
        ReasonCode.WRONG_TENANT,
        ReasonCode.WRONG_EVENT,
        ReasonCode.PARTICIPANT_DELETED,
        ReasonCode.BLACKLISTED,
        ReasonCode.PARTICIPANT_UNCLEAR,
        ReasonCode.STATION_LOCKED,
        ReasonCode.STATION_REVOKED,
        ReasonCode.CHECKPOINT_INACTIVE,
        ReasonCode.EVENT_CANCELLED,
    }
)
"""An override admits a known person, not an unknown code. A block or an inactive checkpoint is lifted at the hub."""


@dataclass(frozen=True, slots=True)
class _Refusal:
    result: ScanResult
    reason: ReasonCode
    detail: str = ""


@dataclass(frozen=True, slots=True)
class _AdmissionCase:
    attempt: AdmissionAttempt
    event: EventRules
    checkpoint: CheckpointRules
    person: Person | None
    presence: Presence
    moment: DecisionContext


def decide(
    attempt: AdmissionAttempt,
    event: EventRules,
    checkpoint: CheckpointRules,
    person: Person | None,
    presence: Presence,
    moment: DecisionContext,
) -> Decision:
    """Decide one attempt. Pure: the same arguments give the same decision on a station and on the hub.

    Args:
        attempt: The ticket or typed code, with direction and override.
        event: The rules of the event.
        checkpoint: The rules of the checkpoint.
        person: The roster's participant for the ticket's `pid` or the typed code, or None.
        presence: The presence of that person in `checkpoint.zone`.
        moment: The present time and the age of the roster.
    """
    case = _AdmissionCase(attempt, event, checkpoint, person, presence, moment)
    steps = _ENTRY_STEPS if attempt.direction is Direction.ENTRY else _EXIT_STEPS
    refusal = next((result for step in steps if (result := step(case))), None)
    if refusal is None:
        decision = _admitted(case)
    elif attempt.override and refusal.reason not in _NEVER_OVERRIDDEN:
        decision = _overridden(case, refusal)
    else:
        decision = _refused(case, refusal)
    return replace(decision, override_asked=attempt.override is not None, marks=_marks(case, decision))


# --- the steps: each refuses or passes on -------------------------------------------------------


def _check_station(case: _AdmissionCase) -> _Refusal | None:
    """Refuse everybody at a station that the hub has locked or revoked, whatever its direction."""
    if case.moment.station is DeviceStatus.ACTIVE:
        return None
    is_revoked = case.moment.station in (DeviceStatus.REVOKED, DeviceStatus.RETIRED)
    reason = ReasonCode.STATION_REVOKED if is_revoked else ReasonCode.STATION_LOCKED
    return _Refusal(ScanResult.INVALID, reason)


def _check_decoded(case: _AdmissionCase) -> _Refusal | None:
    ticket = case.attempt.ticket
    if isinstance(ticket, TicketRejection):
        return _Refusal(ScanResult.INVALID, _TICKET_REASONS[ticket.kind])
    return None


def _check_tenant_and_event(case: _AdmissionCase) -> _Refusal | None:
    ticket = case.attempt.ticket
    if not isinstance(ticket, TicketPayload):
        return None
    if ticket.tid != case.event.tenant_id:
        return _Refusal(ScanResult.INVALID, ReasonCode.WRONG_TENANT)
    if ticket.eid != case.event.id:
        return _Refusal(ScanResult.INVALID, ReasonCode.WRONG_EVENT)
    return None


def _check_known(case: _AdmissionCase) -> _Refusal | None:
    if case.person is not None:
        return None
    if case.attempt.ticket is None:
        return _Refusal(ScanResult.INVALID, ReasonCode.UNKNOWN_CODE)
    refuses_unknown = case.checkpoint.unknown_tickets is UnknownTicketPolicy.HOLD
    if refuses_unknown and case.attempt.direction is Direction.ENTRY:
        return _Refusal(ScanResult.INVALID, ReasonCode.UNKNOWN_PARTICIPANT)
    return None


_STATUS_REFUSALS = {
    ParticipantStatus.CANCELLED: _Refusal(ScanResult.REVOKED, ReasonCode.PARTICIPANT_CANCELLED),
    ParticipantStatus.REJECTED: _Refusal(ScanResult.REVOKED, ReasonCode.PARTICIPANT_REJECTED),
    ParticipantStatus.PENDING: _Refusal(ScanResult.INVALID, ReasonCode.PARTICIPANT_PENDING),
}


_CLEAR_STANDINGS = ("", "flagged", "merged")
"""The first words of standings that refuse nobody. What this program does not know may be a ban."""


def _check_status(case: _AdmissionCase) -> _Refusal | None:
    if case.person is None:
        return None
    standing, _, reason = case.person.standing.partition(":")
    if standing == "deleted":
        return _Refusal(ScanResult.REVOKED, ReasonCode.PARTICIPANT_DELETED)
    if standing == "blocked":
        return _Refusal(ScanResult.REVOKED, ReasonCode.BLACKLISTED, reason)
    if standing not in _CLEAR_STANDINGS:  # of a newer hub
        return _Refusal(ScanResult.INVALID, ReasonCode.PARTICIPANT_UNCLEAR)
    return _STATUS_REFUSALS.get(case.person.status)


def _check_understood(case: _AdmissionCase) -> _Refusal | None:
    if case.event.unclear or case.checkpoint.unclear:
        return _Refusal(ScanResult.INVALID, ReasonCode.RULE_UNCLEAR)
    return None


def _check_time_zone(case: _AdmissionCase) -> _Refusal | None:
    """Refuse where no local time can be computed. A supervisor may admit, and people may leave."""
    if not case.event.time_zone_known:
        return _Refusal(ScanResult.INVALID, ReasonCode.UNKNOWN_TIME_ZONE)
    return None


def _check_event_dates(case: _AdmissionCase) -> _Refusal | None:
    if case.event.status is EventStatus.CANCELLED:
        return _Refusal(ScanResult.EXPIRED, ReasonCode.EVENT_CANCELLED)
    window = event_window(case.event.starts_at, case.event.ends_at, case.event.time_zone)
    if case.moment.now in window:
        return None
    over = case.moment.now >= window.end
    edge = (window.end if over else window.start).astimezone(case.event.time_zone)
    if not case.moment.sure:
        return _Refusal(ScanResult.EXPIRED, ReasonCode.CLOCK_UNSURE, edge.isoformat())
    reason = ReasonCode.EVENT_OVER if over else ReasonCode.EVENT_NOT_STARTED
    return _Refusal(ScanResult.EXPIRED, reason, edge.isoformat())


def _check_checkpoint_active(case: _AdmissionCase) -> _Refusal | None:
    if not case.checkpoint.active:
        return _Refusal(ScanResult.INVALID, ReasonCode.CHECKPOINT_INACTIVE)
    return None


def _check_direction(case: _AdmissionCase) -> _Refusal | None:
    allowed = case.checkpoint.direction
    if allowed is not CheckpointDirection.BIDIRECTIONAL and allowed.value != case.attempt.direction.value:
        return _Refusal(ScanResult.INVALID, ReasonCode.WRONG_DIRECTION)
    return None


def _check_opening_hours(case: _AdmissionCase) -> _Refusal | None:
    point = case.checkpoint
    if is_open(case.moment.now, point.opens_at, point.closes_at, case.event.time_zone):
        return None
    if not case.moment.sure:
        return _Refusal(ScanResult.INVALID, ReasonCode.CLOCK_UNSURE)
    hours = f"{point.opens_at or time(0):%H:%M}\u2013{point.closes_at or time(0):%H:%M}"
    return _Refusal(ScanResult.INVALID, ReasonCode.CHECKPOINT_CLOSED, hours)


def _check_category(case: _AdmissionCase) -> _Refusal | None:
    allowed = case.checkpoint.allowed_categories
    if allowed is None or case.person is None or case.person.category in allowed:
        return None
    return _Refusal(ScanResult.INVALID, ReasonCode.CATEGORY_NOT_ALLOWED, case.person.category)


def _check_roster_age(case: _AdmissionCase) -> _Refusal | None:
    if case.checkpoint.stale_roster is StaleRosterPolicy.HOLD and _roster_is_stale(case):
        return _Refusal(ScanResult.INVALID, ReasonCode.ROSTER_STALE)
    return None


def _check_reentry(case: _AdmissionCase) -> _Refusal | None:
    policy, presence = case.checkpoint.reentry, case.presence
    last = presence.last_at.astimezone(case.event.time_zone).isoformat() if presence.last_at else ""
    if policy is ReentryPolicy.ONCE and presence.entries:
        reason = ReasonCode.ALREADY_INSIDE if presence.inside else ReasonCode.ALREADY_USED
        return _Refusal(ScanResult.ALREADY_SCANNED, reason, last)
    if policy is ReentryPolicy.AFTER_EXIT and presence.inside:
        return _Refusal(ScanResult.ALREADY_SCANNED, ReasonCode.ALREADY_INSIDE, last)
    return None


_Step = Callable[[_AdmissionCase], _Refusal | None]
_ENTRY_STEPS: tuple[_Step, ...] = (
    _check_station,
    _check_decoded,
    _check_tenant_and_event,
    _check_known,
    _check_status,
    _check_understood,
    _check_time_zone,
    _check_event_dates,
    _check_checkpoint_active,
    _check_direction,
    _check_opening_hours,
    _check_category,
    _check_roster_age,
    _check_reentry,
)
_EXIT_STEPS: tuple[_Step, ...] = (
    _check_station,
    _check_decoded,
    _check_tenant_and_event,
    _check_known,
    _check_checkpoint_active,
    _check_direction,
)


# --- the answers --------------------------------------------------------------------------------


def _participant_id(case: _AdmissionCase) -> str | None:
    """Return the participant's id, or None for a ticket of another tenant or event, even if it contains an id of ours."""
    if _check_tenant_and_event(case) is not None:
        return None
    if case.person is not None:
        return case.person.id
    ticket = case.attempt.ticket
    return ticket.pid if isinstance(ticket, TicketPayload) else None


def _occupancy_change(case: _AdmissionCase) -> int:
    if case.attempt.direction is Direction.ENTRY:
        return 0 if case.presence.inside else 1
    return -1 if case.presence.inside else 0


def _admitted(case: _AdmissionCase) -> Decision:
    if case.attempt.direction is Direction.EXIT:
        reason = ReasonCode.EXITED if case.presence.inside else ReasonCode.EXIT_WITHOUT_ENTRY
    else:
        reason = ReasonCode.ADMITTED if case.person else ReasonCode.ADMITTED_UNKNOWN
    return Decision(
        result=ScanResult.VALID,
        reason=reason,
        direction=case.attempt.direction,
        participant_id=_participant_id(case),
        occupancy_change=_occupancy_change(case),
    )


def _overridden(case: _AdmissionCase, refusal: _Refusal) -> Decision:
    return Decision(
        result=ScanResult.MANUAL_OVERRIDE,
        reason=refusal.reason,
        direction=case.attempt.direction,
        participant_id=_participant_id(case),
        occupancy_change=_occupancy_change(case),
        override=case.attempt.override,
        detail=refusal.detail,
    )


def _refused(case: _AdmissionCase, refusal: _Refusal) -> Decision:
    return Decision(
        result=refusal.result,
        reason=refusal.reason,
        direction=case.attempt.direction,
        participant_id=_participant_id(case),
        overridable=refusal.reason not in _NEVER_OVERRIDDEN,
        detail=refusal.detail,
    )


def _roster_is_stale(case: _AdmissionCase) -> bool:
    age = case.moment.roster_age
    return age is None or age > case.checkpoint.roster_max_age


def _marks(case: _AdmissionCase, decision: Decision) -> tuple[Mark, ...]:
    genuine = isinstance(case.attempt.ticket, TicketPayload) and decision.participant_id is not None
    override_requested = case.attempt.override is not None
    present = {
        Mark.UNKNOWN_PARTICIPANT: case.person is None and genuine,
        Mark.CLOCK_UNSURE: not case.moment.sure,
        Mark.ROSTER_STALE: _roster_is_stale(case),
        Mark.OVERRIDE_NOT_NEEDED: override_requested and decision.result is ScanResult.VALID,
        Mark.OVERRIDE_NOT_ALLOWED: override_requested and not decision.admits,
        Mark.BLACKLIST_FLAG: case.person is not None and case.person.standing.startswith("flagged:"),
    }
    return tuple(mark for mark, holds in present.items() if holds)
