"""A scan that the hub itself decides: by the rules that the gates have, and stored by the way that theirs are.

The scan's id makes a retry harmless. A success is answered again and stored once; a refusal is stored once and never
hides a later success (`log.success_id`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, bindparam, or_, select

from hub_sync.contract.clock import epoch_ms, from_epoch_ms
from hub_sync.contract.enums import CheckpointDirection, Direction, ScanType
from hub_sync.contract.sync import Override, ScanRecord
from hub_sync.hub.domains.check_in import sync_rows
from hub_sync.hub.domains.check_in.access_log import repository
from hub_sync.hub.domains.check_in.checkpoints.service import read_checkpoint
from hub_sync.hub.domains.check_in.errors import ScanIdReused
from hub_sync.hub.domains.check_in.occupancy import projection
from hub_sync.hub.domains.check_in.occupancy.projection import Count
from hub_sync.hub.domains.check_in.scans.schemas import ScanRequest
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import persons
from hub_sync.hub.domains.participants.persons import NamedPerson
from hub_sync.hub.kit.db.tables import ID_LENGTH
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.admission import AdmissionAttempt, Decision, DecisionContext, Presence, decide
from hub_sync.rules.gate_rules import checkpoint_rules, event_rules
from hub_sync.rules.journal_chain import GENESIS, chain_hash
from hub_sync.rules.ticket_codec import (
    KeyRing,
    TicketPayload,
    TicketRejection,
    TicketRejectionKind,
    open_ticket,
)

HUB_JOURNAL = "hub"
"""The journal of scans that the hub decides for a device, chained as the stations' own are."""
_EVENT_DIGITS = 24
_STORABLE = re.compile("[^\\x00\\ud800-\\udfff]+")


_LOG, _PRESENCES = repository.LOG.c, projection.PRESENCE.c
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
_PRESENCE_OF = select(
    _PRESENCES.direction, _PRESENCES.entries, _PRESENCES.at_ms, _PRESENCES.device_id, _PRESENCES.sequence
).where(
    _PRESENCES.tenant_id == bindparam("t"),
    _PRESENCES.event_id == bindparam("e"),
    _PRESENCES.zone == bindparam("zone"),
    _PRESENCES.participant_id == bindparam("p"),
)


class ScannedBy(StrEnum):
    """What kind of scanner a row of the access log tells of."""

    DEVICE = "device"
    KEY = "key"
    USER = "user"

    @classmethod
    def of_journal(cls, journal_id: str) -> "ScannedBy":
        """Whose journal it is (`Scanner.journal_id`; a station's own are UUIDs)."""
        kind, colon, _ = journal_id.partition(":")
        return cls(kind) if colon else cls.DEVICE


@dataclass(frozen=True, slots=True)
class Scanner:
    """Who scans, and at which event: a device, or a key or a person by their id (`by`)."""

    tenant_id: str
    event_id: str
    device_id: str
    by: ScannedBy = ScannedBy.DEVICE

    @property
    def journal_id(self) -> str:
        """Where their scans are chained. A key's or a person's is one an event, as they scan at several at once."""
        if self.by is ScannedBy.DEVICE:
            return HUB_JOURNAL
        event = sha256(self.event_id.encode()).hexdigest()[:_EVENT_DIGITS]
        return f"{self.by.value}:{event}"


@dataclass(frozen=True, slots=True)
class Scanned:
    """The decision, the row that holds it, who it was about, and whether it had been told before."""

    id: str
    decision: Decision
    who: NamedPerson | None
    zone: str
    scanned_at_ms: int
    counts: Sequence[Count]
    """How many are inside afterwards: the event's count, then those of its zones."""
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class _Case:
    key: FeedKey
    scanner: Scanner
    id: str
    request: ScanRequest
    override: Override | None
    point: Row[Any]
    ticket: TicketPayload | TicketRejection | None
    direction: Direction
    who: NamedPerson | None

    @property
    def zone(self) -> str:
        return self.point.zone or ""

    @property
    def digest(self) -> str | None:
        text = self.request.ticket if self.request.ticket is not None else self.request.registration_code
        return None if text is None else sha256(text.encode("utf-8", "replace")).hexdigest()

    @property
    def person_id(self) -> str | None:
        if self.who is not None:
            return self.who.person.id
        return self.ticket.pid if isinstance(self.ticket, TicketPayload) else None


def scan(
    work: Work, ring: KeyRing, scanner: Scanner, request: ScanRequest, override: Override | None = None
) -> Scanned:
    """Decide a scan and store it.

    Args:
        work: the transaction; the event's feed is locked until its end.
        ring: the tenant's ticket keys.
        scanner: who scans.
        request: what was scanned, and where. Without an id it is a new scan, which gets one.
        override: the override that the request asks for, with the operator's name.

    Raises:
        EventNotFound, CheckpointNotFound, ScanIdReused.
    """
    key = FeedKey(scanner.tenant_id, scanner.event_id)
    event_row = events.read(work, *key)
    projection.hold(work, *key)
    case = _case(work, ring, scanner, request, override)
    earlier = None if request.id is None else _earlier(work, case)
    if earlier is not None and earlier.result.admits:
        return _again(work, case, earlier, event_row.capacity)
    attempt = AdmissionAttempt(request.scan_type, case.ticket, case.direction, override)
    presence = _presence(work, case)
    person = case.who.person if case.who else None
    point = checkpoint_rules(sync_rows.checkpoint(case.point))
    event = event_rules(events.row(event_row))
    decision = decide(attempt, event, point, person, presence, DecisionContext(work.now()))
    if earlier is not None and not decision.admits:
        counts = projection.listed(projection.current_counts(work, *key), event_row.capacity)
        return Scanned(earlier.id, decision, case.who, case.zone, epoch_ms(work.now()), counts, repeated=True)
    id_ = case.id if earlier is None else repository.success_id(case.id)
    record = _record(work, case, decision)
    counts = projection.listed(_store(work, case, id_, record), event_row.capacity)
    return Scanned(id_, decision, case.who, case.zone, record.scanned_at_ms, counts)


# --- what the rules are asked about ---------------------------------------------------------------


def _case(
    work: Work, ring: KeyRing, scanner: Scanner, request: ScanRequest, override: Override | None
) -> _Case:
    key = FeedKey(scanner.tenant_id, scanner.event_id)
    point = read_checkpoint(work, *key, request.checkpoint_id)
    ticket = None if request.ticket is None else _opened(request.ticket, ring, work)
    direction = request.direction
    if direction is None:
        direction = Direction.EXIT if point.direction is CheckpointDirection.EXIT else Direction.ENTRY
    id_ = work.new_id() if request.id is None else str(request.id)
    who = _who(work, key, request, ticket)
    return _Case(key, scanner, id_, request, override, point, ticket, direction, who)


def _opened(code: str, ring: KeyRing, work: Work) -> TicketPayload | TicketRejection:
    """The ticket; ids that no row can hold make a malformed one."""
    ticket = open_ticket(code, ring, work.now())
    if isinstance(ticket, TicketPayload) and (
        len(ticket.pid) > ID_LENGTH or not _STORABLE.fullmatch(ticket.pid)
    ):
        return TicketRejection(TicketRejectionKind.MALFORMED, "The seal is good, but pid is no id.")
    return ticket


def _who(
    work: Work, key: FeedKey, request: ScanRequest, ticket: TicketPayload | TicketRejection | None
) -> NamedPerson | None:
    """Whom the scan is about. A code is a ticket or nothing: an id held up as a code finds nobody."""
    if request.registration_code is not None:
        return persons.find_by_code(work.session, key, request.registration_code)
    id_ = request.participant_id
    if isinstance(ticket, TicketPayload) and (ticket.tid, ticket.eid) == key:
        id_ = ticket.pid
    return None if id_ is None else persons.find_by_ids(work.session, key, [id_]).get(id_)


def _presence(work: Work, case: _Case) -> Presence:
    """Where the person is, by whatever id they passed: those merged into theirs count as theirs, as at the stations."""
    if case.person_id is None:
        return Presence()
    people = (case.person_id, *persons.merged_into(work.session, case.key, case.person_id))
    bound = {"t": case.key.tenant_id, "e": case.key.event_id, "zone": case.zone}
    rows = [row for id_ in people for row in work.fetch_all(_PRESENCE_OF, {**bound, "p": id_})]
    rows.sort(key=lambda row: (row.at_ms, row.device_id, row.sequence), reverse=True)
    if not rows:
        return Presence()
    last, entries = rows[0], max(row.entries for row in rows)
    return Presence(last.direction is Direction.ENTRY, entries, from_epoch_ms(last.at_ms))


# --- what is known of this id, and what is stored under it ----------------------------------------


def _earlier(work: Work, case: _Case) -> Row[Any] | None:
    """The row that this scan has already: its success if there is one, else its refusal.

    Raises:
        ScanIdReused: the id is another scan's.
    """
    id_ = case.id
    bound = {"t": case.key.tenant_id, "id": id_, "success_id": repository.success_id(id_)}
    rows = work.fetch_all(_EARLIER, bound)
    for row in rows:
        same = (row.device_id, row.event_id, row.checkpoint_id, row.code_digest, row.scan_type)
        mine = (case.scanner.device_id, case.key.event_id, case.point.id, case.digest, case.request.scan_type)
        if same != mine or (
            case.request.scan_type is ScanType.SEARCH and row.participant_id != case.person_id
        ):
            raise ScanIdReused
    return max(rows, key=lambda row: row.result.admits, default=None)


def _again(work: Work, case: _Case, row: Row[Any], event_capacity: int | None) -> Scanned:
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
    known = persons.find_by_ids(work.session, case.key, [row.participant_id] if row.participant_id else [])
    who = known.get(row.participant_id) if row.participant_id else None
    counts = projection.listed(projection.current_counts(work, *case.key), event_capacity)
    return Scanned(row.id, decision, who, row.zone, row.scanned_at_ms, counts, repeated=True)


def _record(work: Work, case: _Case, decision: Decision) -> ScanRecord:
    return ScanRecord(
        id=case.id,
        device_id=case.scanner.device_id,
        event_id=case.key.event_id,
        checkpoint_id=case.point.id,
        zone=case.point.zone,
        participant_id=decision.participant_id,
        scan_type=case.request.scan_type,
        direction=decision.direction,
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


def _store(work: Work, case: _Case, id_: str, record: ScanRecord) -> projection.Counts:
    journal = {"t": case.key.tenant_id, "d": case.scanner.device_id, "j": case.scanner.journal_id}
    last = work.fetch_one(_END_OF_JOURNAL, journal)
    sequence, head = (last.sequence, last.journal_hash) if last else (0, GENESIS)
    entry = repository.Entry(
        id=id_,
        record=record,
        journal_id=case.scanner.journal_id,
        sequence=sequence + 1,
        hash=chain_hash(head, record.model_dump_json().encode()),
        effective_at_ms=record.scanned_at_ms,
    )
    repository.append(work, case.key.tenant_id, [entry])
    admitted = [record.participant_id] if record.result.admits and record.participant_id else []
    return projection.settle(work, *case.key, admitted)
