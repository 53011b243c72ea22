"""Flagging what a station let in while it did not know better.

Somebody who was cancelled, blocked or deleted at the hub while the station was offline was rightly shown green there.
The row stays as it is; `AccessLog.flag` says for what reason the hub, as things stood when the row arrived, would have
refused it. What an operator let in by an override, knowing, is not flagged.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hub_sync.contract.enums import Direction, ParticipantStatus, ReasonCode, ScanResult, ScanType
from hub_sync.contract.sync import ScanRecord
from hub_sync.hub.domains.check_in.access_log.repository import Entry
from hub_sync.rules.admission import (
    AdmissionAttempt,
    CheckpointRules,
    DecisionContext,
    EventRules,
    Person,
    Presence,
    decide,
)

_DAY = timedelta(days=1)


def wants_flag_check(record: ScanRecord) -> bool:
    """Whether a scan let somebody in by the rules, so that the hub's opinion of them matters."""
    return (
        record.result is ScanResult.VALID
        and record.direction is Direction.ENTRY
        and bool(record.participant_id)
    )


def standing_refusals(people: Iterable[Person], now: datetime) -> Mapping[str, ReasonCode]:
    """Who of these people would be refused for their own standing, wherever they came, and why."""
    # Thousands of people have a handful of standings between them: each is decided once.
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
    """Ask the one decision function about an open door of an event that is on."""
    event = EventRules("event", "tenant", now - _DAY, now + _DAY, ZoneInfo("UTC"))
    decision = decide(
        AdmissionAttempt(ScanType.SEARCH),
        event,
        CheckpointRules("door"),
        person,
        Presence(),
        DecisionContext(now),
    )
    return None if decision.admits else decision.reason


def flag(entry: Entry, flags: Mapping[str, ReasonCode]) -> Entry:
    """The entry, flagged if its person is to be."""
    reason = flags.get(entry.record.participant_id or "")
    if reason is None or not wants_flag_check(entry.record):
        return entry
    return replace(entry, flag=reason)
