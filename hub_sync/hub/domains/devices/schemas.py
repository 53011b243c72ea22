"""Requests and responses about devices, and the authenticated device."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from hub_sync.contract.enums import DeviceProfile, DeviceStatus
from hub_sync.contract.station_report import StationReport
from hub_sync.hub.domains.devices.online_state import DeviceState
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.text_types import Id, Instant, Networks, OptionalText, RequiredNoteText, ShortText

DAY_HOURS = 24
MAX_EVENTS = 20
"""The most events that a station may serve: it stores a list of participants for each."""
_Name = Annotated[ShortText, Field(description="The station's name.", examples=["Gate 1"])]
_Event = Annotated[Id, Field(description="The id of its first event.")]
_Events = Annotated[
    Annotated[list[Id], Field(min_length=1, max_length=MAX_EVENTS, fail_fast=True)] | None,
    Field(description="The ids of all events that the station may serve, beginning with the first one."),
]
_Checkpoint = Annotated[
    Id | None, Field(description="The id of its checkpoint at the first event; null: the operator chooses.")
]
_Checkpoints = Annotated[
    Annotated[dict[Id, Id | None], Field(max_length=MAX_EVENTS)] | None,
    Field(
        description="The ids of its checkpoints by the ids of its events; null: the operator chooses. Events that are not "
        "named keep theirs."
    ),
]
_Hours = Annotated[
    float, Field(gt=0, le=30 * DAY_HOURS, description="The hours for which the code is valid.", examples=[24])
]


class _WithEvents(BaseModel):
    """The assignment of a device. If both are named, `event_id` is the first of `events`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="after")
    def _check_first_event(self) -> Self:
        first, listed = getattr(self, "event_id", None), getattr(self, "events", None)
        if first is not None and listed and listed[0] != first:
            raise ValueError("events must begin with event_id")
        return self


class NewDevice(_WithEvents):
    """A new device, for which a station enrols with a code within `expires_in_hours`."""

    name: _Name
    event_id: _Event
    events: _Events = None
    checkpoint_id: _Checkpoint = None
    profile: DeviceProfile = Field(
        default=DeviceProfile.GATE, description="The profile; kiosk and board need FF_KIOSK_MODE."
    )
    expires_in_hours: _Hours = DAY_HOURS


class DeviceChanges(_WithEvents):
    """The members to change; the others stay.

    `events` names all events that the station may serve; `event_id` alone takes the place of the first one. Of an event that it
    serves no longer, the scans that it made are still accepted. `access_ends_at` and `ip_allow_list` can't exceed the caller's
    own bounds.
    """

    name: _Name | None = None
    event_id: _Event | None = None
    events: _Events = None
    checkpoint_id: _Checkpoint = None
    checkpoints: _Checkpoints = None
    access_ends_at: Instant | None = Field(
        default=None, description="When the station's access ends; null: never."
    )
    ip_allow_list: Networks = Field(
        default=[],
        description="The addresses and networks (CIDR) from which the station calls; empty: everywhere.",
        examples=[["192.0.2.0/24"]],
    )


class NewEnrolmentCode(BaseModel):
    """A new enrolment code in place of the one before."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    expires_in_hours: _Hours = DAY_HOURS


class NewDeviceStatus(BaseModel):
    """Lock, unlock (ACTIVE), revoke or retire."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: DeviceStatus = Field(description="ACTIVE, LOCKED, REVOKED or RETIRED.", examples=["LOCKED"])
    reason: OptionalText = Field(
        default="", description="Why; it is stored in the audit log.", examples=["It was left unattended."]
    )


class ResolvedDoubts(BaseModel):
    """The result of a look into what is suspected of a station."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    note: RequiredNoteText = Field(
        description="What was found; it stands on the station's page and in the audit log.",
        examples=["Its disk was restored from the copy of Friday; the evidence of both is filed."],
    )


class DeviceResponse(ResponseModel):
    """A device."""

    id: str = Field(description="The device's id.", examples=["01977a3e-5b1c-7d2a-9f00-6c1d2e3f4a5b"])
    name: str = Field(description="Its name.", examples=["Gate 1"])
    serial: str | None = Field(description="The name of its machine; null before enrolment.")
    profile: DeviceProfile = Field(description="The profile.")
    event_id: str = Field(description="The id of its first event.")
    events: list[str] = Field(
        description="The ids of all events that it may serve, the first one first.",
        examples=[["01977a3e-5b1c-7d2a-9f00-6c1d2e3f4a5b"]],
    )
    checkpoint_id: str | None = Field(
        description="The id of its checkpoint at the first event; null: the operator chooses."
    )
    checkpoints: dict[str, str | None] = Field(
        description="The ids of its checkpoints by the ids of its events; null: the operator chooses.",
        examples=[{"01977a3e-5b1c-7d2a-9f00-6c1d2e3f4a5b": None}],
    )
    status: DeviceStatus = Field(description="The status.")
    status_reason: str = Field(
        description="Why the status was changed last; empty: nobody said. “…” without `participants:read`."
    )
    status_changed_at: datetime | None = Field(description="The time of the last change of status.")
    state: DeviceState = Field(description="Online: it called within the last 60 s.")
    last_seen_at: datetime | None = Field(description="The time of its last call, to half a minute.")
    enrolled_at: datetime | None = Field(description="The time of enrolment.")
    enrol_expires_at: datetime | None = Field(description="The time at which its enrolment code expires.")
    access_ends_at: datetime | None = Field(
        description="The time at which the station's access ends; null: never. It is the end of the API key that issued "
        "the enrolment code, if that key has one."
    )
    ip_allow_list: list[str] = Field(
        description="The networks from which the station may enrol and call; empty: everywhere. They are those of the API "
        "key that issued the enrolment code.",
        examples=[["192.0.2.0/24"]],
    )
    software_version: str = Field(description="The software of its station.", examples=["doorward 0.1.0"])
    clone_suspected: bool = Field(description="True if two machines use its credential.")
    seals_disagree_at: datetime | None = Field(
        description="Since when a seal of its journal contradicts the hub; null: none does."
    )
    doubts_resolved_at: datetime | None = Field(
        description="The time at which somebody last looked into what was suspected of it."
    )
    doubts_note: str = Field(
        description="What was found then; empty: nobody has looked. “…” without `participants:read`."
    )
    reported_at: datetime | None = Field(description="The time of its latest status report.")
    report: StationReport | None = Field(description="Its latest status report.")
    created_at: datetime = Field(description="The time of creation.")
    updated_at: datetime = Field(description="The time of the last change.")
    version: int = Field(
        description="The version, incremented by every change by a user; the ETag names it.", examples=[3]
    )


class EnrolmentResponse(ResponseModel):
    """The enrolment code of a device. It is in one response only; the hub stores a hash."""

    code: str = Field(description="The code to type at the station.", examples=["7K2QP-XH4MT-9WRCD-3VBNF"])
    qr: str = Field(description="The text of the QR code that the station's camera reads.")
    expires_at: datetime = Field(description="The time at which the code expires. It works once.")


class DeviceWithCodeResponse(DeviceResponse):
    """A device with its enrolment code."""

    enrolment: EnrolmentResponse


@dataclass(frozen=True, slots=True)
class AuthenticatedDevice:
    """The device that makes a call; its credential and status were checked at this call."""

    id: str
    tenant_id: str
    event_id: str
    """The first of its events."""
    checkpoint_id: str | None
    """Its checkpoint at the first event."""
    name: str
    withdrawn_at: datetime | None = None
    """The time of its revocation; None while it is in use."""
    further: tuple[tuple[str, str | None], ...] = ()
    """Its further events, in their order, each with its checkpoint there."""
    profile: DeviceProfile = DeviceProfile.GATE
    uses_next_credential: bool = field(default=False, compare=False)
    """True if it called with the new credential of a rotation, and is the first to do so."""

    @property
    def event_ids(self) -> tuple[str, ...]:
        """The ids of the events that it may serve, the first one first."""
        return (self.event_id, *(event_id for event_id, _ in self.further))

    def checkpoint_at(self, event_id: str) -> str | None:
        """Return its checkpoint at one of its events; None: the operator chooses."""
        return self.checkpoint_id if event_id == self.event_id else dict(self.further).get(event_id)

    @property
    def feeds(self) -> tuple[FeedKey, ...]:
        """The feeds of its events."""
        return tuple(FeedKey(self.tenant_id, event_id) for event_id in self.event_ids)
