"""Checkpoints, the immutable access log, and what is folded from it: who is where, how many, and conflicts."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
    type_coerce,
)
from sqlalchemy.orm import ColumnProperty, Mapped, column_property, mapped_column

from hub_sync.contract.enums import (
    CheckpointDirection,
    CheckpointType,
    Direction,
    Passage,
    PassageCause,
    ReasonCode,
    ReentryPolicy,
    ScanResult,
    ScanType,
    StaleRosterPolicy,
    UnknownTicketPolicy,
)
from hub_sync.hub.domains.check_in.manifest import CHECKPOINT
from hub_sync.hub.kit.db.cloning import CopiedTable, Keep, LeftOut, Part, ShiftTime, StartAnew
from hub_sync.hub.kit.db.name_column import UniquelyNamed
from hub_sync.hub.kit.db.references import Clone, Erase, Merge, Reference
from hub_sync.hub.kit.db.search_column import Searchable
from hub_sync.hub.kit.db.tables import (
    ID_LENGTH,
    Base,
    EpochMs,
    TenantRow,
    enum_column,
    tenant_foreign_key,
)
from hub_sync.hub.kit.domain.entity_names import EntityNames
from hub_sync.hub.kit.events.change_feed import FeedTracked, feed_index
from hub_sync.hub.kit.i18n import N_
from hub_sync.rules.conflicts import ConflictKind, ConflictState


class ScannedBy(StrEnum):
    """The kind of scanner that made a row of the access log."""

    DEVICE = "device"
    KEY = "key"
    USER = "user"

    @classmethod
    def of_journal(cls, journal_id: str) -> "ScannedBy":
        """Return the kind of scanner of a journal (`Scanner.journal_id`; a station's own are UUIDs)."""
        kind, colon, _ = journal_id.partition(":")
        return cls(kind) if colon else cls.DEVICE


class _NeverNull(ColumnProperty.Comparator[datetime]):
    nullable = False


class Checkpoint(UniquelyNamed, Searchable, FeedTracked, TenantRow, Base):
    """A place where tickets are scanned. Hours are local `HH:MM` in the event's zone; categories None: all."""

    __tablename__ = "checkpoints"
    __searched_by__ = ("name",)
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        feed_index("checkpoints"),
        Index(
            "uq_checkpoints_folded_name",
            "tenant_id",
            "event_id",
            "folded_name",
            unique=True,
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
        CheckConstraint("roster_max_age_s > 0", name="roster_max_age_s"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    name: Mapped[str] = mapped_column(String(120))
    type: Mapped[CheckpointType] = mapped_column(enum_column(CheckpointType))
    direction: Mapped[CheckpointDirection] = mapped_column(enum_column(CheckpointDirection))
    zone: Mapped[str | None] = mapped_column(String(64))
    active: Mapped[bool] = mapped_column(default=True)
    opens_at: Mapped[str | None] = mapped_column(String(5))
    closes_at: Mapped[str | None] = mapped_column(String(5))
    allowed_categories: Mapped[list[str] | None]
    reentry: Mapped[ReentryPolicy] = mapped_column(
        enum_column(ReentryPolicy), default=ReentryPolicy.AFTER_EXIT
    )
    reentry_minutes: Mapped[int | None]
    reentry_limit: Mapped[int | None]
    unknown_tickets: Mapped[UnknownTicketPolicy] = mapped_column(
        enum_column(UnknownTicketPolicy), default=UnknownTicketPolicy.ADMIT
    )
    stale_roster: Mapped[StaleRosterPolicy] = mapped_column(
        enum_column(StaleRosterPolicy), default=StaleRosterPolicy.WARN
    )
    roster_max_age_s: Mapped[int] = mapped_column(default=12 * 3600)
    leaves_zones: Mapped[bool] = mapped_column(default=False)
    """Whoever enters here leaves every other zone."""
    deleted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


REFUSED = "result <> 'VALID' AND result <> 'MANUAL_OVERRIDE'"
OVERRIDDEN = "result = 'MANUAL_OVERRIDE'"
"""Conditions of partial indexes: a query that says the same, word for word, finds few rows among many."""


class AccessLog(TenantRow, Base):
    """One scan; the row is never changed, but for its time if the station's clock was wrong, and for `passage`.

    `id` is the station's `ScanRecord.id`. `passage` follows from the rows about it (`PassageReport`).

    `participant_id` is no foreign key: a gate may admit a ticket of somebody the hub has not stored yet. `zone` is ""
    for the event as a whole. Times in milliseconds since 1970: `scanned_at_ms` by the station's clock,
    `effective_at_ms` corrected (`contract.sync.effective_at_ms`).
    """

    __tablename__ = "access_logs"
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        UniqueConstraint("tenant_id", "device_id", "journal_id", "sequence", name="uq_access_logs_sequence"),
        Index("ix_access_logs_person", "tenant_id", "event_id", "participant_id", "effective_at_ms"),
        Index("ix_access_logs_time", "tenant_id", "event_id", "effective_at_ms"),
        Index("ix_access_logs_received", "tenant_id", "event_id", "log_seq"),
        Index("ix_access_logs_checkpoint", "tenant_id", "event_id", "checkpoint_id", "effective_at_ms"),
        Index("ix_access_logs_device", "tenant_id", "event_id", "device_id", "effective_at_ms"),
        Index("ix_access_logs_reason", "tenant_id", "event_id", "reason_code", "effective_at_ms"),
        Index(
            "ix_access_logs_refused",
            "tenant_id",
            "event_id",
            "effective_at_ms",
            sqlite_where=text(REFUSED),
            postgresql_where=text(REFUSED),
        ),
        Index(
            "ix_access_logs_overridden",
            "tenant_id",
            "event_id",
            "result",
            "effective_at_ms",
            sqlite_where=text(OVERRIDDEN),
            postgresql_where=text(OVERRIDDEN),
        ),
        CheckConstraint("sequence >= 1", name="sequence"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    checkpoint_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    device_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    journal_id: Mapped[str] = mapped_column(String(36))
    sequence: Mapped[int] = mapped_column(BigInteger)
    participant_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    scan_type: Mapped[ScanType] = mapped_column(enum_column(ScanType))
    result: Mapped[ScanResult] = mapped_column(enum_column(ScanResult))
    reason_code: Mapped[ReasonCode] = mapped_column(enum_column(ReasonCode, constraint=False))
    marks: Mapped[list[str]]
    direction: Mapped[Direction] = mapped_column(enum_column(Direction))
    leaves_zones: Mapped[bool] = mapped_column(default=False)
    zone: Mapped[str] = mapped_column(String(64), default="")
    scanned_at_ms: Mapped[int] = mapped_column(BigInteger)
    effective_at_ms: Mapped[int] = mapped_column(BigInteger)
    scanned_at: Mapped[datetime] = column_property(
        type_coerce(effective_at_ms, EpochMs()), comparator_factory=_NeverNull
    )
    """`effective_at_ms` as an instant."""
    received_at: Mapped[datetime]
    log_seq: Mapped[int] = mapped_column(BigInteger)
    """Numbers the event's rows in the order in which they were committed; 0: stored before numbers were given."""
    clock: Mapped[dict[str, Any]]
    clock_sure: Mapped[bool]
    override_asked: Mapped[bool] = mapped_column(default=False)
    override_reason: Mapped[str | None] = mapped_column(String(500))
    override_by: Mapped[str | None] = mapped_column(String(200))
    operator_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    """Who was signed on at the station; no foreign key, as it is the station's word. None: nobody had to be."""
    operator_name: Mapped[str | None] = mapped_column(String(120))
    passage: Mapped[Passage | None] = mapped_column(enum_column(Passage))
    code_digest: Mapped[str | None] = mapped_column(String(64))
    journal_hash: Mapped[str] = mapped_column(String(64))
    flag: Mapped[str | None] = mapped_column(String(64))
    """Why the hub would have refused what the station admitted (a reason code), as it stood when the row arrived."""


class PassageReport(TenantRow, Base):
    """A station's row about a passage (`contract.passage`). `id` is its record's; `access_log_id` None: a turn of nobody's admission."""

    __tablename__ = "passage_reports"
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        tenant_foreign_key("access_logs", "access_log_id"),
        UniqueConstraint(
            "tenant_id", "device_id", "journal_id", "sequence", name="uq_passage_reports_sequence"
        ),
        Index("ix_passage_reports_scan", "tenant_id", "access_log_id"),
        Index("ix_passage_reports_received", "tenant_id", "event_id", "log_seq"),
        Index("ix_passage_reports_time", "tenant_id", "event_id", "effective_at_ms", "id"),
        Index("ix_passage_reports_cause", "tenant_id", "event_id", "cause", "effective_at_ms"),
        CheckConstraint("sequence >= 1", name="sequence"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    checkpoint_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    device_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    journal_id: Mapped[str] = mapped_column(String(36))
    sequence: Mapped[int] = mapped_column(BigInteger)
    access_log_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    outcome: Mapped[Passage | None] = mapped_column(enum_column(Passage, constraint=False))
    cause: Mapped[PassageCause] = mapped_column(enum_column(PassageCause, constraint=False))
    operator: Mapped[str | None] = mapped_column(String(200))
    note: Mapped[str | None] = mapped_column(String(500))
    effective_at_ms: Mapped[int] = mapped_column(BigInteger)
    """The time of the observation in milliseconds since 1970, corrected as far as it is known."""
    observed_at: Mapped[datetime] = column_property(
        type_coerce(effective_at_ms, EpochMs()), comparator_factory=_NeverNull
    )
    """`effective_at_ms` as an instant."""
    log_seq: Mapped[int] = mapped_column(BigInteger)
    """As `AccessLog.log_seq`, from the same counter."""
    journal_hash: Mapped[str] = mapped_column(String(64))
    boot_id: Mapped[str] = mapped_column(String(64), default="")
    """The boot whose clock timed the observation; "": it was stored before boots were, and its time stays."""
    monotonic_ms: Mapped[int] = mapped_column(BigInteger, default=0)


class VenueOccupancy(FeedTracked, TenantRow, Base):
    """The number of people inside a zone; no zone: the event. A projection of the access log."""

    __tablename__ = "venue_occupancies"
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        feed_index("venue_occupancies"),
        Index("uq_venue_occupancies_zone", "tenant_id", "event_id", text("coalesce(zone, '')"), unique=True),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    zone: Mapped[str | None] = mapped_column(String(64))
    current: Mapped[int] = mapped_column(default=0)
    capacity: Mapped[int | None]
    flows_complete: Mapped[bool] = mapped_column(default=True)
    """Of the event's own row: `OccupancyFlow` has every entry and exit. If not, a job computes it anew."""
    exit_hour: Mapped[str] = mapped_column(String(80), default="")
    """Of the event's own row: the hour that everybody leaves (`ExitAll.name`) by which the projections were computed; empty: none.

    If the event has another by now, a job computes them anew.
    """


class OccupancyFlow(Base):
    """Entries and exits of one minute at one checkpoint: how many people came into a zone ("": the venue) or left it.

    A projection of the access log, as the counts are; their sums up to now are the counts.
    """

    __tablename__ = "occupancy_flows"
    __table_args__ = (tenant_foreign_key("events", "event_id"),)
    tenant_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("tenants.id"), primary_key=True)
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    zone: Mapped[str] = mapped_column(String(64), primary_key=True)
    minute: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Minutes since 1970."""
    checkpoint_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    entries: Mapped[int]
    exits: Mapped[int]


class ZonePresence(FeedTracked, TenantRow, Base):
    """The last passage of a person into or out of a zone: a register keyed by (at_ms, device_id, sequence), last writer wins.

    A scan elsewhere with which the person left the zone is an exit here (`rules.occupancy`), and so is the hour at which
    everybody leaves: then `device_id` is empty (`rules.occupancy.NO_STATION`).
    """

    __tablename__ = "zone_presences"
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        feed_index("zone_presences"),
        Index("uq_zone_presences_person", "tenant_id", "event_id", "participant_id", "zone", unique=True),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    zone: Mapped[str] = mapped_column(String(64), default="")
    participant_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    direction: Mapped[Direction] = mapped_column(enum_column(Direction))
    at_ms: Mapped[int] = mapped_column(BigInteger)
    device_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    sequence: Mapped[int] = mapped_column(BigInteger)
    entries: Mapped[int] = mapped_column(default=0)
    entered_at_ms: Mapped[int] = mapped_column(BigInteger, default=0)
    """The time of the last entry; 0: never."""
    left_others_at_ms: Mapped[int] = mapped_column(BigInteger, default=0)
    """The time of the last scan here with which the person left every other zone; 0: never."""
    entered_by_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    """The row of the entry since which the person has been inside; None if they are not, or it was not stored yet."""


class AccessConflict(FeedTracked, TenantRow, Base):
    """What happened at the gates that somebody should look into (`rules.conflicts`); the scans concerned all stay.

    Scans of one kind and subject are one conflict: `scans` of them, from `at_ms` to `until_ms`. `later_id` and `device_id`
    are those of the first of them, and of a double entry the later scan's.
    """

    __tablename__ = "access_conflicts"
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        tenant_foreign_key("access_logs", "later_id"),
        tenant_foreign_key("access_logs", "earlier_id"),
        feed_index("access_conflicts"),
        UniqueConstraint("tenant_id", "event_id", "kind", "subject", name="uq_access_conflicts_subject"),
        Index("ix_access_conflicts_person", "tenant_id", "event_id", "participant_id", "zone"),
        Index("ix_access_conflicts_state", "tenant_id", "event_id", "state", "at_ms"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    kind: Mapped[ConflictKind] = mapped_column(enum_column(ConflictKind, constraint=False))
    subject: Mapped[str] = mapped_column(String(128))
    zone: Mapped[str] = mapped_column(String(64), default="")
    participant_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    later_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    earlier_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    """The earlier scan of a double entry."""
    at_ms: Mapped[int] = mapped_column(BigInteger)
    until_ms: Mapped[int] = mapped_column(BigInteger)
    scans: Mapped[int] = mapped_column(default=1)
    device_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    other_device_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    verdict: Mapped[ReasonCode | None] = mapped_column(enum_column(ReasonCode, constraint=False))
    """What the rules would have said; None: nothing else."""
    upheld: Mapped[bool] = mapped_column(default=True)
    """False once a scan that arrived later shows that there was no conflict."""
    state: Mapped[ConflictState] = mapped_column(
        enum_column(ConflictState, constraint=False), default=ConflictState.OPEN
    )
    note: Mapped[str] = mapped_column(String(500), default="")
    resolved_by: Mapped[str | None] = mapped_column(String(400))
    """Who looked into it last; None while nobody has."""
    resolved_at: Mapped[datetime | None]
    changed_at: Mapped[datetime | None]
    """When a scan changed it last after it was resolved."""


ENTITY_NAMES = (EntityNames(CHECKPOINT, Checkpoint, (Checkpoint.name,)),)


REFERENCES = (
    Reference("access_conflicts.earlier_id", "access_logs", Clone.DROP, Erase.REFERENCE),
    Reference("access_conflicts.event_id", "events", Clone.DROP, Erase.ROW),
    Reference("access_conflicts.later_id", "access_logs", Clone.DROP, Erase.ROW),
    Reference("access_conflicts.participant_id", "participants", Clone.DROP, Erase.NOTHING, Merge.KEEP_BOTH),
    Reference("access_logs.event_id", "events", Clone.DROP, Erase.ROW),
    Reference("access_logs.participant_id", "participants", Clone.DROP, Erase.NOTHING, Merge.KEEP_BOTH),
    Reference("checkpoints.event_id", "events", Clone.REMAP, Erase.ROW),
    Reference("occupancy_flows.event_id", "events", Clone.DROP, Erase.ROW),
    Reference("passage_reports.access_log_id", "access_logs", Clone.DROP, Erase.ROW),
    Reference("passage_reports.event_id", "events", Clone.DROP, Erase.ROW),
    Reference("venue_occupancies.event_id", "events", Clone.REMAP, Erase.ROW),
    Reference("zone_presences.event_id", "events", Clone.DROP, Erase.ROW),
    Reference("zone_presences.participant_id", "participants", Clone.DROP, Erase.NOTHING, Merge.RECOUNTED),
)


CHECKPOINTS_PART = Part("checkpoints", N_("Checkpoints and zones"), order=10)
CLONING = (
    CopiedTable(
        "checkpoints",
        CHECKPOINTS_PART,
        label=N_("Checkpoint"),
        names=("name",),
        columns={
            "opens_at": ShiftTime(N_("Opens")),
            "closes_at": ShiftTime(N_("Closes")),
            "allowed_categories": Keep(),
            "deleted_at": StartAnew(),
            "version": StartAnew(1),
        },
    ),
    CopiedTable(
        "venue_occupancies",
        CHECKPOINTS_PART,
        label=N_("Capacity of a zone"),
        names=("zone",),
        entity="venue_occupancy",
        columns={"current": StartAnew(0), "flows_complete": StartAnew(True), "exit_hour": StartAnew("")},
        select=lambda rows, _: [row for row in rows if row["capacity"] is not None],
        volatile=frozenset({"current", "flows_complete", "exit_hour"}),
        comes_by_itself=lambda row: row["capacity"] is None,
    ),
    LeftOut(
        ("access_logs", "passage_reports", "access_conflicts"),
        N_("Access log and conflicts"),
        N_("They are the record of what happened at the doors of the other event."),
    ),
    LeftOut(
        ("occupancy_flows", "zone_presences"),
        N_("Who is inside"),
        N_("Nobody has entered the copy yet: all counts begin at zero."),
    ),
)
