"""Scans that the hub decides: by the same rules as the stations, stored in the same way.

The scan's id makes a retry idempotent. A success is stored once and answered again; a refusal is stored once and never
hides a later success (`repository.success_id`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, bindparam, or_, select

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.enums import CheckpointDirection, Direction, ScanType
from hub_sync.contract.sync import Override, ScanRecord
from hub_sync.hub.domains.check_in import sync_rows
from hub_sync.hub.domains.check_in.access_log import repository
from hub_sync.hub.domains.check_in.checkpoints.service import get_checkpoint_row
from hub_sync.hub.domains.check_in.conflicts import recording
from hub_sync.hub.domains.check_in.errors import ScanIdReused
from hub_sync.hub.domains.check_in.occupancy import projection
from hub_sync.hub.domains.check_in.occupancy.projection import Count
from hub_sync.hub.domains.check_in.scans.schemas import ScanRequest
from hub_sync.hub.domains.check_in.tables import ScannedBy
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.service import NamedPerson
from hub_sync.hub.kit.db.tables import ID_LENGTH
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.admission import AdmissionAttempt, Decision, DecisionContext, Presence, decide
from hub_sync.rules.journal_chain import GENESIS, chain_hash
from hub_sync.rules.presence import PresenceEntry, merge_presence
from hub_sync.rules.rules_from_rows import checkpoint_rules, event_rules
from hub_sync.rules.tickets.ticket_codec import (
    TicketPayload,
    TicketRejection,
    TicketRejectionKind,
    open_ticket,
)
from hub_sync.rules.tickets.ticket_keys import KeyRing

HUB_JOURNAL = "hub"
"""The journal of scans that the hub decides for a device, chained as the stations' own are."""
_EVENT_DIGITS = 24
_STORABLE = re.compile("[^\\x00\\ud800-\\udfff]+")


_LOG = repository.LOG.c
_EARLIER = select(repository.LOG).where(
    _LOG.tenant_id == bindparam("t"), or_(_LOG.id == bindparam("id"), _LOG.id == bindparam("success_id"))
)
_END_OF_JOURNAL = (
    select(_LOG.sequence, _LOG.journal_hash)
    .where(
        _LOG.tenant_id == bindparam("t"), _LOG.device_id == bindparam("d"), _LOG.journal_id == bindparam("j")
    )
    .order_by(_LOG.sequence.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Scanner:
    """The scanner and its event: a device, an API key or a person by id (`by`)."""

    tenant_id: str
    event_id: str
    device_id: str
    by: ScannedBy = ScannedBy.DEVICE

    @property
    def journal_id(self) -> str:
        """The journal in which the scans are chained; a key or a person has one for each event."""
        if self.by is ScannedBy.DEVICE:
            return HUB_JOURNAL
        event = sha256(self.event_id.encode()).hexdigest()[:_EVENT_DIGITS]
        return f"{self.by.value}:{event}"


@dataclass(frozen=True, slots=True)
class Scanned:
    """The decision, its row, its person, and whether the scan is a repetition."""

    id: str
    decision: Decision
    named_person: NamedPerson | None
    zone: str
    scanned_at_ms: int
    time_zone: str
    """The event's."""
    counts: Sequence[Count]
    """How many are inside afterwards: the event's count, then those of its zones."""
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class LeadingScan:
    """The scan of a group's member with which another member is admitted. `code_digest` is that of the code that was shown."""

    code_digest: str | None


@dataclass(frozen=True, slots=True)
class _ScanCase:
    key: FeedKey
    scanner: Scanner
    id: str
    request: ScanRequest
    override: Override | None
    checkpoint: Row[Any]
    ticket: TicketPayload | TicketRejection | None
    direction: Direction
    named_person: NamedPerson | None
    led_by: LeadingScan | None

    @property
    def zone(self) -> str:
        return self.checkpoint.zone or ""

    @property
    def digest(self) -> str | None:
        if self.led_by is not None:
            return self.led_by.code_digest
        text = self.request.ticket if self.request.ticket is not None else self.request.registration_code
        return None if text is None else sha256(text.encode("utf-8", "replace")).hexdigest()

    @property
    def person_id(self) -> str | None:
        if self.named_person is not None:
            return self.named_person.person.id
        return self.ticket.pid if isinstance(self.ticket, TicketPayload) else None


def scan(
    work: Work,
    ring: KeyRing,
    scanner: Scanner,
    request: ScanRequest,
    override: Override | None = None,
    led_by: LeadingScan | None = None,
) -> Scanned:
    """Decide a scan and store it.

    Args:
        work: the transaction; the event's feed is locked until its end.
        ring: the tenant's ticket keys.
        scanner: who scans.
        request: what was scanned, and where. Without an id it is a new scan, which gets one.
        override: the override that the request asks for, with the operator's name.
        led_by: the scan of another member of the group, if that one admits this person.

    Raises:
        EventNotFound, CheckpointNotFound, ScanIdReused.
    """
    key = FeedKey(scanner.tenant_id, scanner.event_id)
    event_row = events.read_and_lock_feed(work, key)
    case = _build_case(work, ring, scanner, request, override, led_by)
    earlier = None if request.id is None else _find_earlier(work, case)
    if earlier is not None and earlier.result.admits:
        return _repeated(work, case, earlier, event_row)
    zone_name: str = event_row.time_zone
    attempt = AdmissionAttempt(
        request.scan_type, case.ticket, case.direction, override, in_group=led_by is not None
    )
    presences = () if case.person_id is None else projection.read_presences(work, key, case.person_id)
    presence = presence_in(case.zone, presences)
    person = case.named_person.person if case.named_person else None
    checkpoint = checkpoint_rules(sync_rows.checkpoint_row(case.checkpoint))
    event = event_rules(events.row(event_row))
    decision = decide(attempt, event, checkpoint, person, presence, DecisionContext(work.now()))
    if earlier is not None and not decision.admits:
        counts = projection.list_counts(projection.current_counts(work, *key), event_row.capacity)
        scanned_at_ms = epoch_ms(work.now())
        return Scanned(
            earlier.id,
            decision,
            case.named_person,
            case.zone,
            scanned_at_ms,
            zone_name,
            counts,
            repeated=True,
        )
    id_ = case.id if earlier is None else repository.success_id(case.id)
    record = _record(work, case, decision)
    counts = projection.list_counts(_store(work, case, id_, record, presences), event_row.capacity)
    return Scanned(id_, decision, case.named_person, case.zone, record.scanned_at_ms, zone_name, counts)


# --- the input of the rules ---------------------------------------------------------------


def _build_case(
    work: Work,
    ring: KeyRing,
    scanner: Scanner,
    request: ScanRequest,
    override: Override | None,
    led_by: LeadingScan | None,
) -> _ScanCase:
    key = FeedKey(scanner.tenant_id, scanner.event_id)
    checkpoint = get_checkpoint_row(work, *key, request.checkpoint_id)
    ticket = None if request.ticket is None else _open_ticket(request.ticket, ring, work)
    direction = request.direction
    if direction is None:
        direction = Direction.EXIT if checkpoint.direction is CheckpointDirection.EXIT else Direction.ENTRY
    id_ = work.new_id() if request.id is None else str(request.id)
    named_person = _find_person(work, key, request, ticket)
    return _ScanCase(
        key, scanner, id_, request, override, checkpoint, ticket, direction, named_person, led_by
    )


def _open_ticket(code: str, ring: KeyRing, work: Work) -> TicketPayload | TicketRejection:
    """Return the opened ticket; a participant id that no row can store is malformed."""
    ticket = open_ticket(code, ring, work.now())
    if isinstance(ticket, TicketPayload) and (
        len(ticket.pid) > ID_LENGTH or not _STORABLE.fullmatch(ticket.pid)
    ):
        return TicketRejection(TicketRejectionKind.MALFORMED, "The seal is good, but pid is no id.")
    return ticket


def _find_person(
    work: Work, key: FeedKey, request: ScanRequest, ticket: TicketPayload | TicketRejection | None
) -> NamedPerson | None:
    """Return the person of the scan, or None. A code is a ticket or nothing: an id that is shown as a code finds nobody."""
    if request.registration_code is not None:
        return participants.find_person_by_code(work.session, key, request.registration_code)
    id_ = request.participant_id
    if isinstance(ticket, TicketPayload) and (ticket.tid, ticket.eid) == key:
        id_ = ticket.pid
    return None if id_ is None else participants.find_persons(work.session, key, [id_]).get(id_)


def presence_in(zone: str, presences: Sequence[Row[Any]]) -> Presence:
    """Return a person's presence in a zone."""
    return merge_presence(
        zone,
        [
            PresenceEntry(
                row.at_ms,
                row.device_id,
                row.sequence,
                row.zone,
                row.direction,
                row.entries,
                row.entered_at_ms,
                row.left_others_at_ms,
            )
            for row in presences
        ],
    )


# --- earlier tries, and storing ----------------------------------------


def _find_earlier(work: Work, case: _ScanCase) -> Row[Any] | None:
    """Return the row of an earlier try of this scan: its success if there is one, else its refusal, else None.

    Raises:
        ScanIdReused: the id is another scan's.
    """
    id_ = case.id
    bound = {"t": case.key.tenant_id, "id": id_, "success_id": repository.success_id(id_)}
    rows = work.fetch_all(_EARLIER, bound)
    for row in rows:
        same = (row.device_id, row.event_id, row.checkpoint_id, row.code_digest, row.scan_type)
        mine = (
            case.scanner.device_id,
            case.key.event_id,
            case.checkpoint.id,
            case.digest,
            case.request.scan_type,
        )
        if same != mine or (
            case.request.scan_type is ScanType.SEARCH and row.participant_id != case.person_id
        ):
            raise ScanIdReused
    return max(rows, key=lambda row: row.result.admits, default=None)


def _repeated(work: Work, case: _ScanCase, row: Row[Any], event_row: Row[Any]) -> Scanned:
    override = case.override if row.override_reason is not None else None
    decision = Decision(
        result=row.result,
        reason=row.reason_code,
        direction=row.direction,
        participant_id=row.participant_id,
        override=override,
        override_asked=row.override_asked,
        marks=tuple(row.marks),
    )
    known = participants.find_persons(
        work.session, case.key, [row.participant_id] if row.participant_id else []
    )
    named_person = known.get(row.participant_id) if row.participant_id else None
    counts = projection.list_counts(projection.current_counts(work, *case.key), event_row.capacity)
    return Scanned(
        row.id,
        decision,
        named_person,
        row.zone,
        row.scanned_at_ms,
        event_row.time_zone,
        counts,
        repeated=True,
    )


def _record(work: Work, case: _ScanCase, decision: Decision) -> ScanRecord:
    return ScanRecord(
        id=case.id,
        device_id=case.scanner.device_id,
        event_id=case.key.event_id,
        checkpoint_id=case.checkpoint.id,
        zone=case.checkpoint.zone,
        participant_id=decision.participant_id,
        scan_type=case.request.scan_type,
        direction=decision.direction,
        leaves_zones=case.checkpoint.leaves_zones and decision.direction is Direction.ENTRY,
        result=decision.result,
        reason=decision.reason,
        marks=decision.marks,
        override_asked=decision.override_asked,
        override=decision.override,
        code_digest=case.digest,
        scanned_at_ms=epoch_ms(work.now()),
        monotonic_ms=work.clock.monotonic_ms(),
        boot_id=work.clock.boot_id,
        clock_offset_ms=0,
        clock_sure=True,
        roster_age_s=0,
    )


def _store(
    work: Work, case: _ScanCase, id_: str, record: ScanRecord, presences: Sequence[Row[Any]]
) -> projection.Counts:
    journal = {"t": case.key.tenant_id, "d": case.scanner.device_id, "j": case.scanner.journal_id}
    last = work.fetch_one(_END_OF_JOURNAL, journal)
    sequence, head = (last.sequence, last.journal_hash) if last else (0, GENESIS)
    entry = repository.AccessLogEntry(
        id=id_,
        record=record,
        journal_id=case.scanner.journal_id,
        sequence=sequence + 1,
        hash=chain_hash(head, record.model_dump_json().encode()),
        effective_at_ms=record.scanned_at_ms,
    )
    repository.append(work, case.key.tenant_id, [entry])
    recording.record_scans(work, case.key.tenant_id, [entry])
    admitted = [record.participant_id] if record.result.admits and record.participant_id else []
    known = presences if record.participant_id == case.person_id else None
    return projection.refresh(work, *case.key, admitted, known, repository.added_scans([entry]))
