"""Flags on scans that the hub would have refused.

A station that is offline rightly admits somebody who was cancelled, blocked or deleted at the hub meanwhile, or whose ticket
was replaced. The row stays; `AccessLog.flag` is the reason for which the hub would have refused the person when the row arrived. An override
is not flagged: the operator knew.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from hub_sync.contract.enums import Direction, ParticipantStatus, ReasonCode, ScanResult, ScanType
from hub_sync.contract.sync import ScanRecord
from hub_sync.hub.domains.check_in.access_log.repository import AccessLogEntry
from hub_sync.rules.admission import (
    AdmissionAttempt,
    CheckpointRules,
    DecisionContext,
    EventRules,
    Person,
    Presence,
    decide,
)
from hub_sync.rules.times.time_zones import load_time_zone

_DAY = timedelta(days=1)


def may_be_flagged(record: ScanRecord) -> bool:
    """Return True for an entry that the rules admitted: only such a scan may get a flag."""
    return (
        record.result is ScanResult.VALID
        and record.direction is Direction.ENTRY
        and bool(record.participant_id)
    )


def status_refusals(people: Iterable[Person], now: datetime) -> Mapping[str, ReasonCode]:
    """Return the reason for each of these people whom their own status excludes at every checkpoint."""
    # Thousands of people have a handful of statuses between them: each is decided once.
    alike: dict[tuple[ParticipantStatus, str], list[str]] = defaultdict(list)
    for person in people:
        alike[person.status, person.standing].append(person.id)
    refused: dict[str, ReasonCode] = {}
    for (status, standing), ids in alike.items():
        reason = _refusal(Person(ids[0], status, standing=standing), now)
        if reason is not None:
            refused |= dict.fromkeys(ids, reason)
    return refused


def _refusal(person: Person, now: datetime) -> ReasonCode | None:
    """Return the reason by which the decision function refuses the person at an open checkpoint, or None."""
    event = EventRules("event", "tenant", now - _DAY, now + _DAY, load_time_zone("UTC"))
    decision = decide(
        AdmissionAttempt(ScanType.SEARCH),
        event,
        CheckpointRules("door"),
        person,
        Presence(),
        DecisionContext(now),
    )
    return None if decision.admits else decision.reason


def with_flag(
    entry: AccessLogEntry, flags: Mapping[str, ReasonCode], valid_from: Mapping[str, int]
) -> AccessLogEntry:
    """Return the entry with its flag, if there is a reason for one.

    Args:
        entry: A scan of a station.
        flags: Reasons by participant id.
        valid_from: The time from which tickets of a participant must have been issued (Unix seconds), by id.
    """
    record = entry.record
    participant_id = record.participant_id or ""
    reason = flags.get(participant_id)
    if reason is None and record.ticket_issued_at_s is not None:
        is_replaced = record.ticket_issued_at_s < valid_from.get(participant_id, 0)
        reason = ReasonCode.TICKET_REPLACED if is_replaced else None
    if reason is None or not may_be_flagged(record):
        return entry
    return replace(entry, flag=reason)
