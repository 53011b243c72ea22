"""Responses about tenants and their ticket keys. They never contain the material of a key."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from hub_sync.contract.enums import QrFormat
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.text_types import Instant


class TenantResponse(ResponseModel):
    """An organiser: the owner of events, participants and stations."""

    id: str = Field(description="The tenant's id.", examples=["01977a3e-5b1c-7d2a-9f00-6c1d2e3f4a5b"])
    slug: str = Field(description="Short name, for commands and the sign-in.", examples=["acme"])
    name: str = Field(description="Name that people read.", examples=["Acme Events"])
    qr_format: QrFormat = Field(description="Version of the tickets that are issued; gates open both.")
    created_at: datetime = Field(description="Time of creation.")
    updated_at: datetime = Field(description="Time of the last change.")


class TicketKeyResponse(ResponseModel):
    """A ticket key. The newest valid key is used for new tickets; every valid key opens tickets."""

    id: str = Field(description="The key's id.")
    kid: str = Field(description="Name of the key.", examples=["key-8f3a10c2"])
    algorithm: str = Field(
        description="Algorithm of the tickets: AES-256-GCM (version 1) or Ed25519 (version 2).",
        examples=["AES-256-GCM"],
    )
    source: str = Field(
        description="generated, environment, or derived: from SESSION_SECRET, for development only.",
        examples=["generated"],
    )
    not_before: datetime | None = Field(description="Valid from then on; null: without a beginning.")
    not_after: datetime | None = Field(description="Valid until then; null: without an end.")
    replaced_by: str | None = Field(
        description="It ends when all stations have the key of this name; null: it does not end like that.",
        examples=[None],
    )
    created_at: datetime = Field(description="Time of creation.")


class TicketFormatRequest(BaseModel):
    """Request for the version of the tickets that are issued from now on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    qr_format: QrFormat = Field(
        description=(
            "v1: sealed with AES-256-GCM; a station holds the key. v2: signed with Ed25519; a station holds only the public "
            "part, so a stolen one can create no ticket. v2 needs a smaller code, and can hold a validity of its own."
        )
    )
    old_until: Instant | None = Field(
        default=None,
        description=(
            "Until when tickets of the other version open gates. Null: as long as they do now. Only from then on is a station "
            "without the keys that could create such tickets."
        ),
        examples=[None],
    )


class KeyRotationRequest(BaseModel):
    """Request for a new key, which is used for new tickets from now on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    old_until: Instant | None = Field(
        default=None,
        description=(
            "Until when the keys before open tickets. Null: as long as they do now, so that every ticket that was handed "
            "out stays good. A time that has passed withdraws all of those tickets at once."
        ),
        examples=[None],
    )
    until_all_have_it: bool = Field(
        default=False,
        description="The keys before end when all stations in use have reported that they have the new one. A station that stays "
        "away keeps them open.",
    )
