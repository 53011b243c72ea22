"""Admission: the report's ten steps of a check-in as one pure function, called by station and hub.

    1 decode the code         2 ours? (tenant, event)   3 who is it?           4 status and blacklist
    5 the event's dates       6 the checkpoint          7 been here already?   8 the access log's row
    9 occupancy's change     10 the answer

The caller does steps 1 (`rules.tickets.ticket_codec.open_ticket`) and 3 (its own roster) before, and stores 8 and 9 after. Their
content is decided here; `rules.overrides` says which refusals an operator may override. An exit is never refused for status
or time: people inside must be able to leave.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub_sync.contract.clock import epoch_ms, from_epoch_ms
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
from hub_sync.contract.sync import SEAT_GIVEN, WITHOUT_SEAT, Override
from hub_sync.rules.admission_result import Decision
from hub_sync.rules.overrides import apply_override, is_final, override_marks
from hub_sync.rules.screening import Restriction, standing_on
from hub_sync.rules.tickets.ticket_codec import TicketPayload, TicketRejection, TicketRejectionKind
from hub_sync.rules.times.exit_all import ExitAll, exit_all
from hub_sync.rules.times.opening_hours import Window, entry_window, event_day_start, is_open

__all__ = [
    "AdmissionAttempt",
    "CheckpointRules",
    "Decision",
    "DecisionContext",
    "EventRules",
    "Person",
    "Presence",
    "decide",
]

SHORT_EVENT = timedelta(hours=18)
"""An event that lasts no longer has one day, so that a night's party is not cut in two by the start of a day."""


@dataclass(frozen=True, slots=True)
class EventRules:
    """The rules of an event. Doors None: as it starts and ends. `day_begins_at` and `everyone_leaves_at` are in its time zone.

    `everyone_leaves_at` None: nobody leaves but by a scan.
    `time_zone_known` False: `time_zone` is UTC, because its name is newer than this program.
    """

    id: str
    tenant_id: str
    starts_at: datetime
    ends_at: datetime
    time_zone: ZoneInfo
    time_zone_known: bool = True
    status: EventStatus = EventStatus.PUBLISHED
    unclear: bool = False
    """True if this program does not understand one of its rules."""
    doors_open_at: datetime | None = None
    doors_close_at: datetime | None = None
    day_begins_at: time = time(4)
    everyone_leaves_at: time | None = None

    @property
    def programme(self) -> Window:
        """The span from start to end."""
        return Window(self.starts_at, self.ends_at)

    @property
    def doors(self) -> Window:
        """The span in which the doors are open."""
        return Window(self.doors_open_at or self.starts_at, self.doors_close_at or self.ends_at)

    def exit_all(self, now: datetime, *, sure: bool = True) -> ExitAll | None:
        """Return the hour at which everybody leaves, as far as it has come. By an unsure clock it has not."""
        if not (sure and self.time_zone_known):
            return None
        return exit_all(self.everyone_leaves_at, self.time_zone, now)


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
    reentry_after: timedelta = timedelta(days=1)
    reentry_limit: int = 1
    unknown_tickets: UnknownTicketPolicy = UnknownTicketPolicy.ADMIT
    stale_roster: StaleRosterPolicy = StaleRosterPolicy.WARN
    roster_max_age: timedelta = timedelta(hours=12)
    leaves_zones: bool = False
    unclear: bool = False
    """As `EventRules.unclear`."""


@dataclass(frozen=True, slots=True)
class Person:
    """A participant of the roster. The fields are as in `contract.sync.PARTICIPANT_FIELDS`."""

    id: str
    status: ParticipantStatus
    category: str = ""
    standing: str = ""
    tickets_valid_from: int = 0
    restrictions: tuple[Restriction, ...] = ()
    """What the blacklist says on certain days of the event; none: `standing` holds on all of them."""


@dataclass(frozen=True, slots=True)
class Presence:
    """The presence of a person in the checkpoint's zone, with the times of the last passage and of the last entry."""

    inside: bool = False
    entries: int = 0
    last_at: datetime | None = None
    entered_at: datetime | None = None
    in_venue: bool = False
    """True if the person is in any zone of the event."""
    came_at: datetime | None = field(default=None, compare=False)
    """The last entry into any of the zones that the person is in; None: `last_at`."""
    last_device_id: str = field(default="", compare=False)
    """The station of the last passage; empty: it is not known. It decides nothing."""

    def after(self, hour: ExitAll | None) -> "Presence":
        """Return the presence when everybody who entered before the hour has left."""
        if hour is None:
            return self
        inside, in_venue, last_at = self.inside, self.in_venue, self.last_at
        left_at = _left_at(hour, last_at) if inside else None
        if left_at is not None:
            inside, last_at = False, left_at
        if _left_at(hour, self.came_at or self.last_at) is not None:
            in_venue = False
        return replace(self, inside=inside, in_venue=in_venue, last_at=last_at)


def _left_at(hour: ExitAll | None, entered_at: datetime | None) -> datetime | None:
    if hour is None or entered_at is None:
        return None
    left_at_ms = hour.left_at_ms(epoch_ms(entered_at))
    return None if left_at_ms is None else from_epoch_ms(left_at_ms)


@dataclass(frozen=True, slots=True)
class AdmissionAttempt:
    """A person's attempt to pass. `ticket` is None if a code was typed or a name searched."""

    scan_type: ScanType
    ticket: TicketPayload | TicketRejection | None = None
    direction: Direction = Direction.ENTRY
    override: Override | None = None
    in_group: bool = False
    """True for a member of a group that another member's scan admits: nobody showed this person's ticket."""


@dataclass(frozen=True, slots=True)
class DecisionContext:
    """The present time, `sure` if it can be trusted, and the age of the roster (None: there was never one).

    `station` is the status of the station that decides, as the hub last proved it. `is_cut_off`: it was without its hub for longer than
    the hub allows, so that it may not know that it was revoked.
    """

    now: datetime
    sure: bool = True
    roster_age: timedelta | None = timedelta(0)
    station: DeviceStatus = DeviceStatus.ACTIVE
    is_cut_off: bool = False


KEY_ENDED = "key_ended"
"""The detail of `TICKET_OUTDATED` for a ticket whose key is known to have ended. Without it, the ticket may also be of another event."""
_TICKET_REASONS = {
    TicketRejectionKind.NOT_A_TICKET: ReasonCode.NOT_A_TICKET,
    TicketRejectionKind.DAMAGED: ReasonCode.TICKET_DAMAGED,
    TicketRejectionKind.FORGED: ReasonCode.TICKET_FORGED,
    TicketRejectionKind.OUTDATED: ReasonCode.TICKET_OUTDATED,
    TicketRejectionKind.UNSUPPORTED: ReasonCode.TICKET_UNSUPPORTED,
    TicketRejectionKind.MALFORMED: ReasonCode.TICKET_MALFORMED,
}


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
        presence: The presence of that person in `checkpoint.zone` by the scans alone: at the hour that everybody leaves, they left.
        moment: The present time and the age of the roster.
    """
    presence = presence.after(event.exit_all(moment.now, sure=moment.sure))
    case = _AdmissionCase(attempt, event, checkpoint, person, presence, moment)
    steps = _ENTRY_STEPS if attempt.direction is Direction.ENTRY else _EXIT_STEPS
    refusals = [refusal for step in steps if (refusal := step(case))]
    final = next((refusal for refusal in refusals if is_final(refusal.reason)), None)
    if not refusals:
        decision = _admitted(case)
    else:
        refusal = final if final is not None and attempt.override is not None else refusals[0]
        decision = _refused(case, refusal, overridable=final is None)
        if attempt.override is not None:
            decision = apply_override(decision, attempt.override, _occupancy_change(case))
    marks, is_override_asked = _marks(case, decision), attempt.override is not None
    if not marks and not is_override_asked:
        return decision
    return replace(decision, override_asked=is_override_asked, marks=marks)


# --- the steps: each refuses or passes on -------------------------------------------------------


def _check_station(case: _AdmissionCase) -> _Refusal | None:
    """Refuse everybody at a station that the hub has locked or revoked, whatever its direction; entries at one that is cut off."""
    if case.moment.station is DeviceStatus.ACTIVE:
        is_cut_off = case.moment.is_cut_off and case.attempt.direction is Direction.ENTRY
        return _Refusal(ScanResult.INVALID, ReasonCode.STATION_OFFLINE) if is_cut_off else None
    is_revoked = case.moment.station in (DeviceStatus.REVOKED, DeviceStatus.RETIRED)
    reason = ReasonCode.STATION_REVOKED if is_revoked else ReasonCode.STATION_LOCKED
    return _Refusal(ScanResult.INVALID, reason)


def _check_decoded(case: _AdmissionCase) -> _Refusal | None:
    ticket = case.attempt.ticket
    if isinstance(ticket, TicketRejection):
        detail = KEY_ENDED if ticket.is_of_ended_key else ""
        return _Refusal(ScanResult.INVALID, _TICKET_REASONS[ticket.kind], detail)
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
    is_restricted = case.checkpoint.allowed_categories is not None  # the category of a stranger is not known
    has_roster = case.moment.roster_age is not None  # without one, cancelled people are strangers too
    if (refuses_unknown or is_restricted or not has_roster) and case.attempt.direction is Direction.ENTRY:
        return _Refusal(ScanResult.INVALID, ReasonCode.UNKNOWN_PARTICIPANT)
    return None


_STATUS_REFUSALS = {
    ParticipantStatus.CANCELLED: _Refusal(ScanResult.REVOKED, ReasonCode.PARTICIPANT_CANCELLED),
    ParticipantStatus.REJECTED: _Refusal(ScanResult.REVOKED, ReasonCode.PARTICIPANT_REJECTED),
    ParticipantStatus.PENDING: _Refusal(ScanResult.INVALID, ReasonCode.PARTICIPANT_PENDING),
}


_CLEAR_STANDINGS = ("", "flagged", "merged")
"""The first words of standings that refuse nobody. What this program does not know may be a ban."""


def _standing(case: _AdmissionCase) -> str:
    """Return the person's standing on this day of the event. By an unsure clock, or without a local time, it is as the hub sent it."""
    person, event = case.person, case.event
    if person is None:
        return ""
    if not person.restrictions or not case.moment.sure or not event.time_zone_known:
        return person.standing
    day = case.moment.now.astimezone(event.time_zone).date().isoformat()
    return standing_on(person.standing, person.restrictions, day)


def _check_status(case: _AdmissionCase) -> _Refusal | None:
    if case.person is None:
        return None
    standing = _standing(case).partition(":")[0]
    if standing == "deleted":
        return _Refusal(ScanResult.REVOKED, ReasonCode.PARTICIPANT_DELETED)
    if standing == "blocked":
        return _Refusal(ScanResult.REVOKED, ReasonCode.BLACKLISTED)
    if standing not in _CLEAR_STANDINGS:  # of a newer hub
        return _Refusal(ScanResult.INVALID, ReasonCode.PARTICIPANT_UNCLEAR)
    if _standing(case) in WITHOUT_SEAT and not case.presence.entries:
        return _Refusal(ScanResult.INVALID, ReasonCode.SEAT_GIVEN_AWAY)
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


def _check_ticket_current(case: _AdmissionCase) -> _Refusal | None:
    ticket = case.attempt.ticket
    if case.person is None or not isinstance(ticket, TicketPayload):
        return None
    if ticket.iat >= case.person.tickets_valid_from:
        return None
    return _Refusal(ScanResult.REVOKED, ReasonCode.TICKET_REPLACED)


def _check_ticket_validity(case: _AdmissionCase) -> _Refusal | None:
    """Refuse outside the times that the ticket itself has, such as a ticket for one day of several."""
    ticket = case.attempt.ticket
    if not isinstance(ticket, TicketPayload):
        return None
    second = int(case.moment.now.timestamp())
    if ticket.not_before is not None and second < ticket.not_before:
        reason, edge = ReasonCode.TICKET_NOT_YET_VALID, ticket.not_before
    elif ticket.not_after is not None and second >= ticket.not_after:
        reason, edge = ReasonCode.TICKET_EXPIRED, ticket.not_after
    else:
        return None
    if not case.moment.sure:
        reason = ReasonCode.CLOCK_UNSURE
    return _Refusal(ScanResult.EXPIRED, reason, _local_time(case, datetime.fromtimestamp(edge, UTC)))


_EVENT_REFUSALS = {
    EventStatus.DRAFT: _Refusal(ScanResult.INVALID, ReasonCode.EVENT_DRAFT),
    EventStatus.CANCELLED: _Refusal(ScanResult.EXPIRED, ReasonCode.EVENT_CANCELLED),
    EventStatus.TEMPLATE: _Refusal(ScanResult.INVALID, ReasonCode.RULE_UNCLEAR),
}


def _check_event_status(case: _AdmissionCase) -> _Refusal | None:
    return _EVENT_REFUSALS.get(case.event.status)


def _check_event_dates(case: _AdmissionCase) -> _Refusal | None:
    event, now = case.event, case.moment.now
    window = entry_window(event.programme, event.doors, case.checkpoint.opens_at, event.time_zone)
    if now in window:
        return None
    over = now >= window.end
    edge = _local_time(case, window.end if over else window.start)
    if not case.moment.sure:
        return _Refusal(ScanResult.EXPIRED, ReasonCode.CLOCK_UNSURE, edge)
    if not over:
        return _Refusal(ScanResult.EXPIRED, ReasonCode.EVENT_NOT_STARTED, edge)
    reason = ReasonCode.EVENT_OVER if now >= event.ends_at else ReasonCode.DOORS_CLOSED
    return _Refusal(ScanResult.EXPIRED, reason, edge)


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
    if policy is ReentryPolicy.ALWAYS or not (presence.entries or presence.inside):
        return None
    if policy is ReentryPolicy.AFTER_MINUTES:
        return _check_minutes(case)
    if policy is ReentryPolicy.LIMIT:
        return _check_limit(case)
    if policy is ReentryPolicy.AFTER_EXIT and not presence.inside:
        return None
    if policy is not ReentryPolicy.ONCE and _on_a_later_day(case):
        return None
    reason = ReasonCode.ALREADY_INSIDE if presence.inside else ReasonCode.ALREADY_USED
    return _Refusal(ScanResult.ALREADY_SCANNED, reason, _local_time(case, presence.last_at))


def _check_limit(case: _AdmissionCase) -> _Refusal | None:
    limit = case.checkpoint.reentry_limit
    if case.presence.entries < limit:
        return None
    return _Refusal(ScanResult.ALREADY_SCANNED, ReasonCode.ENTRIES_USED_UP, str(limit))


def _check_minutes(case: _AdmissionCase) -> _Refusal | None:
    entered_at = case.presence.entered_at
    again_at = entered_at and entered_at + case.checkpoint.reentry_after
    if again_at is not None and case.moment.sure and case.moment.now >= again_at:
        return None
    return _Refusal(ScanResult.ALREADY_SCANNED, ReasonCode.REENTRY_TOO_SOON, _local_time(case, again_at))


def _on_a_later_day(case: _AdmissionCase) -> bool:
    """Return True if the last entry was on an earlier day of the event. An unsure clock begins no day."""
    event, entered_at = case.event, case.presence.entered_at
    if entered_at is None or not case.moment.sure or event.doors.end - event.doors.start <= SHORT_EVENT:
        return False
    return entered_at < event_day_start(case.moment.now, event.day_begins_at, event.time_zone)


def _local_time(case: _AdmissionCase, at: datetime | None) -> str:
    return "" if at is None else at.astimezone(case.event.time_zone).isoformat()


_Step = Callable[[_AdmissionCase], _Refusal | None]
_ENTRY_STEPS: tuple[_Step, ...] = (
    _check_station,
    _check_decoded,
    _check_tenant_and_event,
    _check_known,
    _check_status,
    _check_ticket_current,
    _check_understood,
    _check_event_status,
    _check_time_zone,
    _check_ticket_validity,
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


def _is_counted(case: _AdmissionCase) -> bool:
    """Return True if the person counts in the checkpoint's zone; a checkpoint without a zone counts who is in the venue."""
    return case.presence.inside or (case.presence.in_venue and not case.checkpoint.zone)


def _occupancy_change(case: _AdmissionCase) -> int:
    if case.attempt.direction is Direction.ENTRY:
        return 0 if _is_counted(case) else 1
    return -1 if _is_counted(case) else 0


def _admitted(case: _AdmissionCase) -> Decision:
    if case.attempt.direction is Direction.EXIT:
        reason = ReasonCode.EXITED if _is_counted(case) else ReasonCode.EXIT_WITHOUT_ENTRY
    else:
        reason = ReasonCode.ADMITTED if case.person else ReasonCode.ADMITTED_UNKNOWN
    return Decision(
        result=ScanResult.VALID,
        reason=reason,
        direction=case.attempt.direction,
        participant_id=_participant_id(case),
        occupancy_change=_occupancy_change(case),
    )


def _refused(case: _AdmissionCase, refusal: _Refusal, *, overridable: bool) -> Decision:
    return Decision(
        result=refusal.result,
        reason=refusal.reason,
        direction=case.attempt.direction,
        participant_id=_participant_id(case),
        overridable=overridable,
        detail=refusal.detail,
    )


def _roster_is_stale(case: _AdmissionCase) -> bool:
    age = case.moment.roster_age
    return age is None or age > case.checkpoint.roster_max_age


def _marks(case: _AdmissionCase, decision: Decision) -> tuple[Mark, ...]:
    genuine = isinstance(case.attempt.ticket, TicketPayload) and decision.participant_id is not None
    present = {
        Mark.UNKNOWN_PARTICIPANT: case.person is None and genuine,
        Mark.CLOCK_UNSURE: not case.moment.sure,
        Mark.ROSTER_STALE: _roster_is_stale(case),
        **override_marks(decision.result, is_requested=case.attempt.override is not None),
        Mark.ENTERED_AGAIN: _enters_again(case, decision),
        Mark.IN_GROUP: case.attempt.in_group and decision.admits,
        Mark.BLACKLIST_FLAG: _standing(case).startswith("flagged:") and _standing(case) != SEAT_GIVEN,
    }
    return tuple(mark for mark, holds in present.items() if holds)


def _enters_again(case: _AdmissionCase, decision: Decision) -> bool:
    """Return True if the rules admit somebody who is inside already: this is known, and so no conflict of two gates."""
    is_entry = case.attempt.direction is Direction.ENTRY
    return is_entry and decision.result is ScanResult.VALID and case.presence.inside
