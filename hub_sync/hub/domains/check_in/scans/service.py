"""A scan that the hub itself decides: by the rules that the gates have, and stored by the way that theirs are.

The scan's id makes a retry harmless. A success is answered again and stored once; a refusal is stored once and never
hides a later success (`log.success_id`).
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, select

from hub_sync.contract.clock import epoch_ms, from_epoch_ms
from hub_sync.contract.enums import CheckpointDirection, Direction, ScanType
from hub_sync.contract.sync import ScanRecord
from hub_sync.hub.domains.check_in import sync_rows
from hub_sync.hub.domains.check_in.access_log import repository
from hub_sync.hub.domains.check_in.checkpoints.service import get_checkpoint
from hub_sync.hub.domains.check_in.occupancy import projection
from hub_sync.hub.domains.check_in.scans.station_schemas import ScanAsked
from hub_sync.hub.domains.check_in.tables import Checkpoint
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.participants import persons
from hub_sync.hub.domains.participants.persons import Named
from hub_sync.hub.kit.db.tables import ID_LENGTH
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import Conflict
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.rules.admission import Attempt, Decision, DecisionContext, Presence, decide
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


class ScanIdReused(Conflict):
    """The id is that of another scan."""


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
    who: Named | None
    zone: str
    scanned_at_ms: int
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class _Case:
    key: FeedKey
    scanner: Scanner
    asked: ScanAsked
    point: Checkpoint
    ticket: TicketPayload | TicketRejection | None
    direction: Direction
    who: Named | None

    @property
    def zone(self) -> str:
        return self.point.zone or ""

    @property
    def digest(self) -> str | None:
        text = self.asked.code if self.asked.code is not None else self.asked.registration_code
        return None if text is None else sha256(text.encode("utf-8", "replace")).hexdigest()

    @property
    def person_id(self) -> str | None:
        if self.who is not None:
            return self.who.person.id
        return self.ticket.pid if isinstance(self.ticket, TicketPayload) else None


def scan(work: Work, ring: KeyRing, scanner: Scanner, asked: ScanAsked) -> Scanned:
    """Decide a scan and store it.

    Raises:
        EventNotFound, CheckpointNotFound, ScanIdReused.
    """
    key = FeedKey(scanner.tenant_id, scanner.event_id)
    event = event_rules(events.row(events.get(work, *key)))
    projection.hold(work, *key)
    case = _case(work, ring, scanner, asked)
    earlier = _earlier(work, case)
    if earlier is not None and earlier.result.admits:
        return _again(work, case, earlier)
    attempt = Attempt(case.asked.scan_type, case.ticket, case.direction, asked.override)
    presence = _presence(work, case)
    person = case.who.person if case.who else None
    point = checkpoint_rules(sync_rows.checkpoint(case.point))
    decision = decide(attempt, event, point, person, presence, DecisionContext(work.now()))
    if earlier is not None and not decision.admits:
        return Scanned(earlier.id, decision, case.who, case.zone, epoch_ms(work.now()), repeated=True)
    id_ = str(asked.id) if earlier is None else repository.success_id(str(asked.id))
    record = _record(work, case, decision)
    _store(work, case, id_, record)
    return Scanned(id_, decision, case.who, case.zone, record.scanned_at_ms)


# --- what the rules are asked about ---------------------------------------------------------------


def _case(work: Work, ring: KeyRing, scanner: Scanner, asked: ScanAsked) -> _Case:
    key = FeedKey(scanner.tenant_id, scanner.event_id)
    point = get_checkpoint(work, *key, asked.checkpoint_id)
    ticket = None if asked.code is None else _opened(asked.code, ring, work)
    direction = asked.direction
    if direction is None:
        direction = Direction.EXIT if point.direction is CheckpointDirection.EXIT else Direction.ENTRY
    return _Case(key, scanner, asked, point, ticket, direction, _who(work, key, asked, ticket))


def _opened(code: str, ring: KeyRing, work: Work) -> TicketPayload | TicketRejection:
    """The ticket; ids that no row can hold make a malformed one."""
    ticket = open_ticket(code, ring, work.now())
    if isinstance(ticket, TicketPayload) and (
        len(ticket.pid) > ID_LENGTH or not _STORABLE.fullmatch(ticket.pid)
    ):
        return TicketRejection(TicketRejectionKind.MALFORMED, "The seal is good, but pid is no id.")
    return ticket


def _who(
    work: Work, key: FeedKey, asked: ScanAsked, ticket: TicketPayload | TicketRejection | None
) -> Named | None:
    """Whom the scan is about. A code is a ticket or nothing: an id held up as a code finds nobody."""
    if asked.registration_code is not None:
        return persons.by_code(work.session, key, asked.registration_code)
    id_ = asked.participant_id
    if isinstance(ticket, TicketPayload) and (ticket.tid, ticket.eid) == key:
        id_ = ticket.pid
    return None if id_ is None else persons.by_ids(work.session, key, [id_]).get(id_)


def _presence(work: Work, case: _Case) -> Presence:
    """Where the person is, by whatever id they passed: those merged into theirs count as theirs, as at the stations."""
    if case.person_id is None:
        return Presence()
    c = projection.PRESENCE.c
    people = (case.person_id, *persons.merged_into(work.session, case.key, case.person_id))
    order = (c.at_ms.desc(), c.device_id.desc(), c.sequence.desc())
    rows = work.session.execute(
        select(c.direction, c.entries, c.at_ms)
        .where(
            c.tenant_id == case.key.tenant_id,
            c.event_id == case.key.event_id,
            c.zone == case.zone,
            c.participant_id.in_(people),
        )
        .order_by(*order)
    ).all()
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
    id_ = str(case.asked.id)
    query = select(repository.LOG).where(
        repository.LOG.c.tenant_id == case.key.tenant_id,
        repository.LOG.c.id.in_([id_, repository.success_id(id_)]),
    )
    rows = list(work.session.execute(query))
    for row in rows:
        same = (row.device_id, row.event_id, row.checkpoint_id, row.code_digest, row.scan_type)
        mine = (case.scanner.device_id, case.key.event_id, case.point.id, case.digest, case.asked.scan_type)
        if same != mine or (case.asked.scan_type is ScanType.SEARCH and row.participant_id != case.person_id):
            raise ScanIdReused("This id was used for another scan; give each scan its own.")
    return max(rows, key=lambda row: row.result.admits, default=None)


def _again(work: Work, case: _Case, row: Row[Any]) -> Scanned:
    override = case.asked.override if row.override_reason is not None else None
    decision = Decision(
        result=row.result,
        reason=row.reason_code,
        direction=row.direction,
        participant_id=row.participant_id,
        override=override,
        override_asked=row.override_asked,
        marks=tuple(row.marks),
    )
    known = persons.by_ids(work.session, case.key, [row.participant_id] if row.participant_id else [])
    who = known.get(row.participant_id) if row.participant_id else None
    return Scanned(row.id, decision, who, row.zone, row.scanned_at_ms, repeated=True)


def _record(work: Work, case: _Case, decision: Decision) -> ScanRecord:
    return ScanRecord(
        id=str(case.asked.id),
        device_id=case.scanner.device_id,
        event_id=case.key.event_id,
        checkpoint_id=case.point.id,
        zone=case.point.zone,
        participant_id=decision.participant_id,
        scan_type=case.asked.scan_type,
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


def _store(work: Work, case: _Case, id_: str, record: ScanRecord) -> None:
    c = repository.LOG.c
    last = work.session.execute(
        select(c.sequence, c.journal_hash)
        .where(
            c.tenant_id == case.key.tenant_id,
            c.device_id == case.scanner.device_id,
            c.journal_id == case.scanner.journal_id,
        )
        .order_by(c.sequence.desc())
        .limit(1)
    ).one_or_none()
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
    if record.result.admits and record.participant_id:
        projection.settle(work, *case.key, [record.participant_id])
