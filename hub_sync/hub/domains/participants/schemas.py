"""What participants are made and changed with, and how they are told."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.kit.json_fields import JsonObject
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.text_types import Email, Label, OptionalText, reject_nul

Phone = Annotated[str, StringConstraints(max_length=64, pattern=r"^[0-9+()./ -]*$")]
Code = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]+$")]
Photo = Annotated[str, StringConstraints(max_length=500), AfterValidator(reject_nul)]


def _addressable(id_: str) -> str:
    """Clients take such segments out of an address (RFC 3986, 5.2.4): nobody could ask for it."""
    if id_ in (".", ".."):
        raise ValueError("must be more than dots")
    return id_


OwnId = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9._~:@!$'()*+,;=-]{1,64}$", examples=["crm-17"]),
    AfterValidator(_addressable),
]
"""What stands in an address as it is (RFC 3986, 3.3), so that every link to it leads there."""

_EXAMPLE: dict[str, Any] = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "email": "ada@example.org",
    "phone": "+44 20 7946 0018",
    "registration_code": "K7M2P-9QXRT",
    "status": "APPROVED",
    "category": "Speaker",
    "photo": "https://example.org/ada.jpg",
    "extra": {"diet": "vegetarian"},
}


class NewParticipant(BaseModel):
    """A new registration. Without a code it gets one; with an `id` (of another system) it keeps that."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [_EXAMPLE]})

    id: OwnId | None = Field(default=None, description="An id of the caller's; else one is made.")
    first_name: OptionalText = Field(default="", description="First name.")
    last_name: OptionalText = Field(default="", description="Last name.")
    email: Email | None = Field(default=None, description="E-mail address.")
    phone: Phone | None = Field(default=None, description="Phone number.")
    registration_code: Code | None = Field(
        default=None, description="The code on the ticket, unique in the event; else one is made."
    )
    status: ParticipantStatus = Field(
        default=ParticipantStatus.PENDING, description="Where the registration stands."
    )
    category: Label = Field(default="", description="What kind of participant, such as Speaker.")
    photo: Photo | None = Field(default=None, description="Where the photo is.")
    extra: JsonObject = Field(default_factory=dict)


class ParticipantChanges(BaseModel):
    """What to change; what is left out stays. `email`, `phone` and `photo` can be taken away with null."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"status": "APPROVED", "category": "Speaker"}]},
    )

    first_name: OptionalText | None = Field(default=None, description="First name.")
    last_name: OptionalText | None = Field(default=None, description="Last name.")
    email: Email | None = Field(default=None, description="E-mail address.")
    phone: Phone | None = Field(default=None, description="Phone number.")
    registration_code: Code | None = Field(default=None, description="The code on the ticket.")
    status: ParticipantStatus | None = Field(default=None, description="Where the registration stands.")
    category: Label | None = Field(default=None, description="What kind of participant, such as Speaker.")
    photo: Photo | None = Field(default=None, description="Where the photo is.")
    extra: JsonObject | None = None


class ParticipantResponse(ResponseModel):
    """A participant."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "01977a41-0c5e-7a11-8b5e-3f2a1b0c9d8e",
                    "event_id": "01977a3e-5b1c-7d2a-9f00-6c1d2e3f4a5b",
                    **_EXAMPLE,
                    "version": 2,
                    "created_at": "2026-02-17T09:30:00Z",
                    "updated_at": "2026-02-18T14:05:00Z",
                }
            ]
        }
    )

    id: str = Field(description="Its id.")
    event_id: str = Field(description="The event's id.")
    first_name: str = Field(description="First name.")
    last_name: str = Field(description="Last name.")
    email: str | None = Field(description="E-mail address.")
    phone: str | None = Field(description="Phone number.")
    registration_code: str = Field(description="The code on the ticket, unique in the event.")
    status: ParticipantStatus = Field(description="Where the registration stands.")
    category: str = Field(description="What kind of participant, such as Speaker.")
    photo: str | None = Field(description="Where the photo is.")
    extra: dict[str, Any] = Field(description="Whatever the caller keeps with it.")
    version: int = Field(description="Grows with every change; its ETag.")
    created_at: datetime = Field(description="When it was made, UTC.")
    updated_at: datetime = Field(description="When it last changed, UTC.")
