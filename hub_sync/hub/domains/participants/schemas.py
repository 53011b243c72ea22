"""What participants are made with."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.kit.texts import Email, OptionalLine, Token


class NewParticipant(BaseModel):
    """A new registration. Without a code it gets one; with an `id` (of another system) it keeps that."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str | None = Field(default=None, min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")
    first_name: OptionalLine = ""
    last_name: OptionalLine = ""
    email: Email | None = None
    phone: str | None = Field(default=None, max_length=64, pattern=r"^[0-9+()./ -]*$")
    registration_code: str | None = Field(
        default=None, min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]+$"
    )
    status: ParticipantStatus = ParticipantStatus.PENDING
    category: Token = ""
    photo: str | None = Field(default=None, max_length=500)
    extra: dict[str, Any] = Field(default_factory=dict)
