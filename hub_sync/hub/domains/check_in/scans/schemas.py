"""A scan that the hub decides: request and response, for API keys, users and stations alike."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, FailFast, Field, model_validator

from hub_sync.contract.enums import Direction, Mark, ReasonCode, ScanResult, ScanType
from hub_sync.hub.domains.check_in.occupancy.schemas import ZoneOccupancy
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.text_types import SingleLineText
from hub_sync.rules.groups import LARGEST_GROUP


class OverrideRequest(BaseModel):
    """Let somebody pass against the verdict. A key or a user does so in their own name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: SingleLineText = Field(
        description="The reason; it is stored in the access log and the audit log."
    )


class ScanRequest(BaseModel):
    """Somebody before a checkpoint: a ticket's code, a registration code as it was typed, or a participant's id."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {"checkpoint_id": "0198f0c2-7b1e-7000-8000-000000000001", "ticket": "q83v7t8BFQ…"},
                {
                    "checkpoint_id": "0198f0c2-7b1e-7000-8000-000000000001",
                    "registration_code": "reg-4711",
                    "override": {"reason": "Their badge is in the post."},
                },
            ]
        },
    )

    id: UUID | None = Field(
        default=None,
        description="The scan's id, if the caller gives it one: the same again is the same scan, stored once.",
    )
    checkpoint_id: str = Field(min_length=1, max_length=64, description="The checkpoint's id.")
    ticket: str | None = Field(default=None, max_length=4096, description="The text of the ticket's QR code.")
    registration_code: str | None = Field(
        default=None,
        max_length=200,
        description="A registration code; case, spaces and dashes don't matter.",
    )
    participant_id: str | None = Field(
        default=None, min_length=1, max_length=64, description="A participant who was picked from a search."
    )
    direction: Direction | None = Field(
        default=None, description="Left out: an exit's scan is an exit, any other an entry."
    )
    override: OverrideRequest | None = Field(
        default=None, description="Let in against the verdict, where that is possible and needed."
    )

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (
            sum(named is not None for named in (self.ticket, self.registration_code, self.participant_id))
            != 1
        ):
            raise ValueError("give one of ticket, registration_code and participant_id")
        return self

    @property
    def scan_type(self) -> ScanType:
        """The way in which the request names the person."""
        if self.ticket is not None:
            return ScanType.QR
        return ScanType.MANUAL if self.registration_code is not None else ScanType.SEARCH


class StationOverrideRequest(OverrideRequest):
    """The override of a station names its operator."""

    operator: str = Field(min_length=1, max_length=200, description="Who asks, at the station.")


class StationScanRequest(ScanRequest):
    """A station's request is everybody's, with an operator's name on the override."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "checkpoint_id": "0198f0c2-7b1e-7000-8000-000000000001",
                    "registration_code": "reg-4711",
                    "override": {"reason": "Their badge is in the post.", "operator": "Grace"},
                }
            ]
        }
    )

    override: StationOverrideRequest | None = Field(
        default=None, description="Let in against the verdict, where that is possible and needed."
    )


class ScannedParticipant(ResponseModel):
    """The person of a scan."""

    id: str = Field(description="The participant's id.")
    name: str | None = Field(
        description="First and last name; null: the caller lacks `participants:read`.",
        examples=["Ada Lovelace"],
    )
    category: str = Field(description="Their category; empty: none.")


class GroupMemberResponse(ResponseModel):
    """Another member of the scanned person's group, and what the gate would say now."""

    participant_id: str = Field(description="The participant's id.")
    name: str | None = Field(
        description="First and last name; null: the caller lacks `participants:read`.",
        examples=["Augusta King"],
    )
    category: str = Field(description="Their category; empty: none.")
    may_enter: bool = Field(description="True if they would be admitted now.")
    result: ScanResult = Field(description="The verdict that they would get.")
    reason_code: ReasonCode = Field(description="The code of its reason.")
    sentence: str = Field(
        description="The same in a sentence for the operator, in the language of `Accept-Language`; times are in the event's zone.",
        examples=["Let in."],
    )


class GroupResponse(ResponseModel):
    """The rest of the scanned person's group, whom `POST …/scans/group` admits."""

    group_ref: str | None = Field(
        description="What the group shares; null: the caller lacks `participants:read`.",
        examples=["Order 4711"],
    )
    may_enter: int = Field(description="How many of the others may enter now.")
    too_large: bool = Field(
        description="True for a group of more than 50, whose members are scanned one by one; `members` is empty."
    )
    members: tuple[GroupMemberResponse, ...] = Field(description="The other members, by name.")


class GroupMemberRequest(BaseModel):
    """A member to admit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: UUID | None = Field(
        default=None,
        description="The scan's id, if the caller gives it one: the same again is the same scan, stored once.",
    )
    participant_id: str = Field(min_length=1, max_length=64, description="The participant's id.")


class GroupScanRequest(BaseModel):
    """Admit members of a group after the scan of one of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    checkpoint_id: str = Field(min_length=1, max_length=64, description="The checkpoint of the scan.")
    scan_id: str = Field(
        min_length=1, max_length=64, description="The scan of a member: `access_log_id` of its answer."
    )
    members: Annotated[tuple[GroupMemberRequest, ...], FailFast()] = Field(
        min_length=1, max_length=LARGEST_GROUP, description="Whom to admit: members of its `group`."
    )

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        if len({each.participant_id for each in self.members}) != len(self.members):
            raise ValueError("name each participant once")
        ids = [each.id for each in self.members if each.id is not None]
        if len(set(ids)) != len(ids):
            raise ValueError("give each member's scan an id of its own")
        return self


class EarlierEntry(ResponseModel):
    """The entry that makes this one a second."""

    access_log_id: str = Field(description="Its row in the access log.")
    checkpoint_id: str = Field(description="The checkpoint's id.")
    scanned_at: datetime = Field(description="The time by the hub's clock.")


class ScanResponse(ResponseModel):
    """The verdict on a scan. A refusal is an answer like any other."""

    access_log_id: str = Field(description="The id of its row in the access log.")
    result: ScanResult = Field(description="The verdict; VALID and MANUAL_OVERRIDE open the gate.")
    reason_code: ReasonCode = Field(description="The code of the reason.")
    sentence: str = Field(
        description="The same in a sentence for the operator, in the language of `Accept-Language`; times are in the event's zone.",
        examples=["Let in."],
    )
    detail: str = Field(
        description="The detail of the sentence for programs: a time (ISO 8601) in the event's time zone, a category, a reason."
    )
    direction: Direction = Field(description="The direction.")
    participant: ScannedParticipant | None = Field(description="The participant, if known.")
    participant_id: str | None = Field(description="The id that the ticket names, known here or not.")
    earlier: EarlierEntry | None = Field(description="With ALREADY_SCANNED: the entry before.")
    marks: tuple[Mark, ...] = Field(description="Further remarks.")
    overridable: bool = Field(description="True if an override would open the gate.")
    override_asked: bool = Field(description="True if an override was requested.")
    occupancy_change: int = Field(description="The change of the zone's count: 1, 0 or -1.")
    occupancy: tuple[ZoneOccupancy, ...] = Field(description="The event's count and the zone's, afterwards.")
    group: GroupResponse | None = Field(
        description="The rest of the person's group, if they have one and this scan may lead it; else null."
    )
    scanned_at: datetime = Field(description="The time of the decision.")
    repeated: bool = Field(description="True if the same scan was sent before; it is stored once.")


class GroupScanResponse(ResponseModel):
    """The verdicts on the members of a group, in the order of the request."""

    admitted: int = Field(description="How many of them were admitted.")
    scans: tuple[ScanResponse, ...] = Field(description="A verdict for each; `group` is null in all of them.")
