"""Requests and responses about devices, and the authenticated device."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from hub_sync.contract.enums import DeviceProfile, DeviceStatus
from hub_sync.contract.station_report import StationReport
from hub_sync.hub.domains.devices.tables import DeviceState
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.text_types import Id, ShortText

DAY_HOURS = 24
_Name = Annotated[ShortText, Field(description="What people call the station.", examples=["Gate 1"])]
_Event = Annotated[Id, Field(description="The event that it serves.")]
_Checkpoint = Annotated[
    Id | None, Field(description="The event's checkpoint where it stands; null: its operator picks one.")
]
_Hours = Annotated[
    float, Field(gt=0, le=30 * DAY_HOURS, description="How long the code is good.", examples=[24])
]


class NewDevice(BaseModel):
    """A new device, for which a station enrols with a code within `expires_in_hours`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: _Name
    event_id: _Event
    checkpoint_id: _Checkpoint = None
    profile: DeviceProfile = Field(
        default=DeviceProfile.GATE, description="What it serves as; kiosk and board need FF_KIOSK_MODE."
    )
    expires_in_hours: _Hours = DAY_HOURS


class DeviceChanges(BaseModel):
    """The members to change; the others stay. Only a device without an enrolled station may move to another event."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: _Name | None = None
    event_id: _Event | None = None
    checkpoint_id: _Checkpoint = None


class NewEnrolmentCode(BaseModel):
    """A new enrolment code in place of the one before."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    expires_in_hours: _Hours = DAY_HOURS


class NewDeviceStatus(BaseModel):
    """Lock, unlock (ACTIVE), revoke or retire."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: DeviceStatus = Field(description="ACTIVE, LOCKED, REVOKED or RETIRED.", examples=["LOCKED"])


class DeviceResponse(ResponseModel):
    """A device."""

    id: str = Field(description="The device's id.", examples=["01977a3e-5b1c-7d2a-9f00-6c1d2e3f4a5b"])
    name: str = Field(description="What people call it.", examples=["Gate 1"])
    serial: str | None = Field(description="What its machine calls itself; null until it enrolled.")
    profile: DeviceProfile = Field(description="What it serves as.")
    event_id: str = Field(description="The event that it serves.")
    checkpoint_id: str | None = Field(description="Where it stands; null: its operator picks.")
    status: DeviceStatus = Field(description="Where it is in its life.")
    state: DeviceState = Field(description="Online: heard of within the last 60 s.")
    last_seen_at: datetime | None = Field(description="When it was heard of last, to half a minute.")
    enrolled_at: datetime | None = Field(description="When a station enrolled as it.")
    enrol_expires_at: datetime | None = Field(description="Until when its enrolment code is good.")
    software_version: str = Field(description="What its station runs.", examples=["doorward 0.1.0"])
    desired_config_version: int = Field(description="The configuration that it should work by.")
    applied_config_version: int = Field(description="The one that it said it works by.")
    clone_suspected: bool = Field(description="Two machines were seen to use its credential.")
    reported_at: datetime | None = Field(description="When it last told of itself.")
    report: StationReport | None = Field(description="What it said then.")
    created_at: datetime = Field(description="When it was made.")
    updated_at: datetime = Field(description="When the hub changed what it knows of it.")
    version: int = Field(description="Goes up with every change by a person; its ETag.", examples=[3])


class EnrolmentResponse(ResponseModel):
    """The enrolment code of a device. It is in one response only; the hub stores a hash."""

    code: str = Field(description="To be typed at the station.", examples=["7K2QP-XH4MT-9WRCD-3VBNF"])
    qr: str = Field(description="The text of the QR code that the station's camera reads.")
    expires_at: datetime = Field(description="Until when the code is good. It works once.")


class DeviceWithCodeResponse(DeviceResponse):
    """A device with its enrolment code."""

    enrolment: EnrolmentResponse


@dataclass(frozen=True, slots=True)
class AuthenticatedDevice:
    """The device that makes a call; its credential and status were checked at this call."""

    id: str
    tenant_id: str
    event_id: str
    checkpoint_id: str | None
    name: str

    @property
    def feed(self) -> FeedKey:
        """The feed of its event."""
        return FeedKey(self.tenant_id, self.event_id)
