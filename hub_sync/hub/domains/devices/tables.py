"""Kiosk devices (every station is one), commands to them and the sessions of kiosks."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, and_
from sqlalchemy.orm import Mapped, mapped_column, object_session, relationship

from hub_sync.contract.enums import DeviceProfile, DeviceStatus
from hub_sync.contract.fleet import CommandKind, CommandStatus
from hub_sync.hub.domains.devices.manifest import KIOSK_DEVICE
from hub_sync.hub.domains.devices.online_state import DeviceState, online_state
from hub_sync.hub.kit.db.cloning import CopiedTable, LeftOut, Part, Rewrite, StartAnew
from hub_sync.hub.kit.db.references import Clone, Erase, Merge, Reference
from hub_sync.hub.kit.db.search_column import Searchable
from hub_sync.hub.kit.db.tables import ID_LENGTH, Base, TenantRow, enum_column, json_type, tenant_foreign_key
from hub_sync.hub.kit.domain.entity_names import EntityNames
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.issuers import MAX_OWNER


class KioskDevice(Searchable, TenantRow, Base):
    """A station. Of its enrolment code and its credentials only the SHA-256 is kept."""

    __tablename__ = "kiosk_devices"
    __searched_by__ = ("name",)
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        tenant_foreign_key("checkpoints", "checkpoint_id"),
        Index("ix_kiosk_devices_event", "tenant_id", "event_id"),
        Index("ix_kiosk_devices_by_id", "id"),
        Index("ix_kiosk_devices_by_enrol_code", "enrol_code_hash"),
    )
    name: Mapped[str] = mapped_column(String(120))
    serial: Mapped[str | None] = mapped_column(String(128))
    profile: Mapped[DeviceProfile] = mapped_column(enum_column(DeviceProfile))
    enrol_code_hash: Mapped[str | None] = mapped_column(String(64))
    enrol_expires_at: Mapped[datetime | None]
    code_issued_by: Mapped[str | None] = mapped_column(String(MAX_OWNER))
    """`Bounds.owner` of whoever issued the enrolment code; None: whoever runs the hub."""
    enrolled_at: Mapped[datetime | None]
    public_key: Mapped[str] = mapped_column(String(256), default="")
    credential_hash: Mapped[str | None] = mapped_column(String(64))
    next_credential_hash: Mapped[str | None] = mapped_column(String(64))
    """That of a rotation: both credentials are valid until this one is used for the first time."""
    access_ends_at: Mapped[datetime | None]
    """The end of the credential: that of the API key which issued the enrolment code; None: it has none."""
    ip_allow_list: Mapped[list[str]] = mapped_column(json_type(), default=list)
    """The only networks from which it enrols and calls: those of that API key; empty: everywhere."""
    key_ring: Mapped[list[str]] = mapped_column(json_type(), default=list)
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    """The first of its events (`DeviceEvent`)."""
    checkpoint_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    """Its checkpoint at the first event."""
    software_version: Mapped[str] = mapped_column(String(64), default="")
    last_seen_at: Mapped[datetime | None]
    status: Mapped[DeviceStatus] = mapped_column(enum_column(DeviceStatus), default=DeviceStatus.PENDING)
    status_changed_at: Mapped[datetime | None]
    status_reason: Mapped[str] = mapped_column(String(200), default="")
    """Why the status was changed last, in the words of whoever did it."""
    last_boot_id: Mapped[str | None] = mapped_column(String(64))
    recent_boots: Mapped[list[str]] = mapped_column(json_type(), default=list)
    clone_suspected: Mapped[bool] = mapped_column(default=False)
    seals_disagree_at: Mapped[datetime | None]
    """Since when a seal of its journal contradicts the hub; None: none does."""
    doubts_resolved_at: Mapped[datetime | None]
    """When somebody last looked into what was suspected of it: a copied credential, a contradicted journal."""
    doubts_note: Mapped[str] = mapped_column(String(500), default="")
    """What they found."""
    report: Mapped[dict[str, Any] | None]
    """The station's latest report (`contract.station_report.StationReport`)."""
    reported_at: Mapped[datetime | None]
    configuration: Mapped[dict[str, Any]] = mapped_column(json_type(), default=dict)
    """What is wanted of it: the defaults of its first event and its profile, with its own settings over them."""
    configuration_version: Mapped[int] = mapped_column(default=0)
    """Counts the changes of `configuration`; 0: nothing was ever wanted."""
    max_offline_s: Mapped[int | None]
    """Seconds without a proven word of the hub after which it admits nobody, by the defaults of its event; None: it goes on."""
    own_configuration: Mapped[dict[str, Any]] = mapped_column(json_type(), default=dict)
    """The settings of this device alone."""
    wiped_at: Mapped[datetime | None]
    """When the station said that it erases its store; None: it did not, or has enrolled again since."""
    version: Mapped[int] = mapped_column(default=1)
    assignments: Mapped[list["DeviceEvent"]] = relationship(
        order_by="DeviceEvent.position", cascade="save-update, merge"
    )
    """All events that were ever assigned to it."""

    @property
    def events(self) -> list[str]:
        """The ids of the events that are assigned to it, the first one first."""
        return [assigned.event_id for assigned in self.assigned]

    @property
    def assigned(self) -> "list[DeviceEvent]":
        """The events that are assigned to it, in their order."""
        present = [row for row in self.assignments if row.removed_at is None]
        return sorted(present, key=lambda row: row.position)

    @property
    def checkpoints(self) -> dict[str, str | None]:
        """The ids of its checkpoints by the ids of its events."""
        return {row.event_id: row.checkpoint_id for row in self.assigned} | {
            self.event_id: self.checkpoint_id
        }

    @property
    def state(self) -> DeviceState:
        """The connection state at the reference time of the row's session (`set_reference_time`)."""
        return online_state(self.last_seen_at, object_session(self))


class DeviceEvent(Base):
    """An event that a station may serve, or might once. Rows stay: what was scanned there may come long after."""

    __tablename__ = "device_events"
    __table_args__ = (
        tenant_foreign_key("kiosk_devices", "device_id"),
        tenant_foreign_key("events", "event_id"),
        tenant_foreign_key("checkpoints", "checkpoint_id"),
        Index("ix_device_events_event", "tenant_id", "event_id"),
    )
    tenant_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("tenants.id"), primary_key=True)
    device_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    position: Mapped[int]
    """0 is the first event, which is `KioskDevice.event_id`."""
    checkpoint_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    """Its checkpoint at this event; at the first one that of `KioskDevice`, which counts."""
    assigned_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    """Since when it does not serve the event any more; None: it does."""


IS_ASSIGNED = and_(
    DeviceEvent.tenant_id == KioskDevice.tenant_id,
    DeviceEvent.device_id == KioskDevice.id,
    DeviceEvent.removed_at.is_(None),
)
"""The condition by which the events that a station serves belong to it."""


class DevicePublicKeyRecord(TenantRow, Base):
    """A public key that a station had, since `created_at`; rows are only added."""

    __tablename__ = "device_public_keys"
    __table_args__ = (
        tenant_foreign_key("kiosk_devices", "device_id"),
        UniqueConstraint("tenant_id", "device_id", "public_key", name="uq_device_public_keys_key"),
    )
    device_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    public_key: Mapped[str] = mapped_column(String(256))


class SessionOutcome(StrEnum):
    """The outcome of a kiosk session."""

    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    ABANDONED = "ABANDONED"
    TERMINATED = "TERMINATED"


class DeviceCommand(TenantRow, Base):
    """A command to a station. Its id keeps a repeated one from being obeyed twice."""

    __tablename__ = "device_commands"
    __table_args__ = (
        tenant_foreign_key("kiosk_devices", "device_id"),
        Index("ix_device_commands_due", "tenant_id", "device_id", "status"),
        Index("ix_device_commands_by_end", "status", "expires_at"),
    )
    device_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    kind: Mapped[CommandKind] = mapped_column(enum_column(CommandKind))
    arguments: Mapped[dict[str, Any]] = mapped_column(json_type(), default=dict)
    expires_at: Mapped[datetime]
    status: Mapped[CommandStatus] = mapped_column(enum_column(CommandStatus), default=CommandStatus.QUEUED)
    issued_by: Mapped[str] = mapped_column(String(MAX_OWNER), default="")
    """Who issued it, as the audit log names them."""
    delivered_at: Mapped[datetime | None]
    """When an answer had it for the first time. The answer may have been lost: it comes again with each report."""
    started_at: Mapped[datetime | None]
    """When the station first said that it runs."""
    answered_at: Mapped[datetime | None]
    """When its status became final."""
    error: Mapped[str | None] = mapped_column(String(500))

    @property
    def is_late(self) -> bool:
        """True if the station said what became of it after it had expired."""
        by_station = self.status in (CommandStatus.DONE, CommandStatus.FAILED, CommandStatus.REFUSED)
        return by_station and self.answered_at is not None and self.answered_at > self.expires_at


class FleetConfiguration(TenantRow, Base):
    """The settings that all stations of an event with a profile have, unless a device has its own."""

    __tablename__ = "fleet_configurations"
    __table_args__ = (
        tenant_foreign_key("events", "event_id"),
        UniqueConstraint("tenant_id", "event_id", "profile", name="uq_fleet_configurations_profile"),
    )
    event_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    profile: Mapped[DeviceProfile] = mapped_column(enum_column(DeviceProfile))
    settings: Mapped[dict[str, Any]] = mapped_column(json_type(), default=dict)
    max_offline_s: Mapped[int | None]
    """Seconds without a proven word of the hub after which a station admits nobody; None: it goes on."""
    version: Mapped[int] = mapped_column(default=1)


class DeviceLog(TenantRow, Base):
    """A log that a station has uploaded for a command, compressed with gzip as it came."""

    __tablename__ = "device_logs"
    __table_args__ = (
        tenant_foreign_key("kiosk_devices", "device_id"),
        UniqueConstraint("tenant_id", "command_id", name="uq_device_logs_command"),
        Index("ix_device_logs_age", "tenant_id", "created_at"),
    )
    device_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    command_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    size: Mapped[int]
    """Bytes of `content`."""
    received_at: Mapped[datetime]


class KioskSession(TenantRow, Base):
    """One person at a kiosk; it has no name after its end."""

    __tablename__ = "kiosk_sessions"
    __table_args__ = (
        tenant_foreign_key("kiosk_devices", "device_id"),
        Index("ix_kiosk_sessions_device", "tenant_id", "device_id", "started_at"),
    )
    device_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    locale: Mapped[str] = mapped_column(String(16))
    started_at: Mapped[datetime]
    last_input_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    participant_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    outcome: Mapped[SessionOutcome] = mapped_column(
        enum_column(SessionOutcome), default=SessionOutcome.ACTIVE
    )


ENTITY_NAMES = (
    EntityNames(KIOSK_DEVICE, KioskDevice, (KioskDevice.name,), actor=("device:", KioskDevice.id)),
)


REFERENCES = (
    Reference("device_commands.device_id", "kiosk_devices", Clone.DROP, Erase.ROW),
    Reference("device_events.checkpoint_id", "checkpoints", Clone.DROP, Erase.REFERENCE),
    Reference("device_events.device_id", "kiosk_devices", Clone.DROP, Erase.ROW),
    Reference("device_events.event_id", "events", Clone.DROP, Erase.ROW),
    Reference("device_logs.device_id", "kiosk_devices", Clone.DROP, Erase.ROW),
    Reference("device_public_keys.device_id", "kiosk_devices", Clone.DROP, Erase.ROW),
    Reference("fleet_configurations.event_id", "events", Clone.REMAP, Erase.ROW),
    Reference("kiosk_devices.checkpoint_id", "checkpoints", Clone.DROP, Erase.REFERENCE),
    Reference("kiosk_devices.event_id", "events", Clone.DROP, Erase.REFERENCE),
    Reference("kiosk_sessions.device_id", "kiosk_devices", Clone.DROP, Erase.ROW),
    Reference("kiosk_sessions.participant_id", "participants", Clone.DROP, Erase.REFERENCE, Merge.KEEP_BOTH),
)


STATIONS_PART = Part("station-settings", N_("Settings of stations"), order=30)
CLONING = (
    CopiedTable(
        "fleet_configurations",
        STATIONS_PART,
        label=N_("Settings of stations"),
        names=("profile",),
        columns={"settings": Rewrite(), "version": StartAnew(1)},
    ),
    LeftOut(
        (
            "kiosk_devices",
            "device_events",
            "device_commands",
            "device_logs",
            "device_public_keys",
            "kiosk_sessions",
        ),
        N_("Stations"),
        N_("A station has keys of its own. Assign it to the copy, or enrol it there."),
    ),
)
