"""Request and response schemas of participants."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.json_values import JsonObject
from hub_sync.hub.kit.schemas import DataResponse, ResponseModel
from hub_sync.hub.kit.text_types import Email, ExpectedFormat, Label, OptionalText, Phone, reject_nul
from hub_sync.rules.text_normalization import drop_invisible

Code = Annotated[
    str,
    BeforeValidator(lambda value: drop_invisible(value).strip() if isinstance(value, str) else value),
    StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]+$"),
    ExpectedFormat(N_("Letters, digits and signs in one line, such as K7M2P-9QXRT.")),
]
Photo = Annotated[str, StringConstraints(max_length=500), AfterValidator(reject_nul)]


def _reject_dots(id_: str) -> str:
    """Refuse "." and "..": clients remove such segments from a URL (RFC 3986, 5.2.4), so that no request can name them."""
    if id_ in (".", ".."):
        raise ValueError("must be more than dots")
    return id_


OwnId = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9._~:@!$'()*+,;=-]{1,64}$", examples=["crm-17"]),
    AfterValidator(_reject_dots),
]
"""The characters that need no escape in a path (RFC 3986, 3.3), so that every link works as it is."""

ExternalId = Annotated[
    str,
    BeforeValidator(lambda value: drop_invisible(value).strip() if isinstance(value, str) else value),
    StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$"),
    ExpectedFormat(N_("Characters in one line, such as 4711.")),
]
_EXTERNAL_ID = (
    "The registration's id in another system, such as a shop or a CRM. No two participants of an event have the same. "
    "Imports know a participant again by it."
)
_GROUP_REF = (
    "The group, such as a family's order number. Participants of an event with the same text may be admitted together "
    "with one scan. Empty: no group."
)
_EXAMPLE: dict[str, Any] = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "email": "ada@example.org",
    "phone": "+44 20 7946 0018",
    "registration_code": "K7M2P-9QXRT",
    "external_id": "shop-4711-1",
    "status": "APPROVED",
    "category": "Speaker",
    "group_ref": "Order 4711",
    "photo": "https://example.org/ada.jpg",
    "extra": {"diet": "vegetarian"},
}


class NewParticipant(BaseModel):
    """A new registration. Without a code, one is generated; an `id` of another system is kept."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [_EXAMPLE]})

    id: OwnId | None = Field(default=None, description="The caller's own id; if left out, one is generated.")
    first_name: OptionalText = Field(default="", description="First name.")
    last_name: OptionalText = Field(default="", description="Last name.")
    email: Email | None = Field(default=None, description="E-mail address.")
    phone: Phone | None = Field(default=None, description="Phone number.")
    registration_code: Code | None = Field(
        default=None,
        description="The code on the ticket, with at least four letters and digits. No two codes of an event may read the "
        "same: case, spaces, dashes, O and 0, I, L and 1 make no difference. If left out, one is generated.",
    )
    external_id: ExternalId | None = Field(default=None, description=_EXTERNAL_ID)
    status: ParticipantStatus = Field(
        default=ParticipantStatus.PENDING, description="Status of the registration."
    )
    category: Label = Field(default="", description="Category, such as Speaker.")
    group_ref: Label = Field(default="", description=_GROUP_REF)
    photo: Photo | None = Field(default=None, description="URL or path of the photo.")
    extra: JsonObject = Field(default_factory=dict)


class ParticipantChanges(BaseModel):
    """Changes of a participant. Fields that are left out stay. `email`, `phone`, `external_id` and `photo` are removed by null."""

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
    external_id: ExternalId | None = Field(default=None, description=_EXTERNAL_ID)
    status: ParticipantStatus | None = Field(default=None, description="Status of the registration.")
    category: Label | None = Field(default=None, description="Category, such as Speaker.")
    group_ref: Label | None = Field(default=None, description=_GROUP_REF)
    photo: Photo | None = Field(default=None, description="URL or path of the photo.")
    extra: JsonObject | None = None


_SIMILAR: dict[str, Any] = {
    "participant_id": "01977a41-0c5e-7a11-8b5e-3f2a1b0c9d8f",
    "href": "/api/v1/events/01977a3e-5b1c-7d2a-9f00-6c1d2e3f4a5b/participants/01977a41-0c5e-7a11-8b5e-3f2a1b0c9d8f",
    "name": "A… L…",
    "email": "a…@example.org",
    "score": 0.9731,
}


class SimilarRegistration(BaseModel):
    """Somebody who is registered already and may be the same person."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"examples": [_SIMILAR]})

    participant_id: str = Field(description="The participant.")
    href: str = Field(description="The path of the participant.")
    name: str = Field(description="The name, masked.")
    email: str | None = Field(description="The e-mail address, masked.")
    score: float = Field(description="How likely it is the same person, from 0 to 1.")


class RegistrationMeta(BaseModel):
    """What the hub noticed about a registration."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"examples": [{"similar": [_SIMILAR]}]})

    similar: list[SimilarRegistration] = Field(
        description="Who has the same e-mail address or family name and may be the same person, likeliest first; "
        "`similar-participants` looks at more. Only for callers with `duplicates:review` and `participants:read`."
    )


class ParticipantResponse(ResponseModel):
    """A participant."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "01977a41-0c5e-7a11-8b5e-3f2a1b0c9d8e",
                    "event_id": "01977a3e-5b1c-7d2a-9f00-6c1d2e3f4a5b",
                    **_EXAMPLE,
                    "tickets_valid_from": "2026-02-18T14:05:00Z",
                    "version": 2,
                    "created_at": "2026-02-17T09:30:00Z",
                    "updated_at": "2026-02-18T14:05:00Z",
                }
            ]
        }
    )

    id: str = Field(description="Id of the participant.")
    event_id: str = Field(description="Id of the event.")
    first_name: str = Field(description="First name.")
    last_name: str = Field(description="Last name.")
    email: str | None = Field(description="E-mail address.")
    phone: str | None = Field(description="Phone number.")
    registration_code: str = Field(description="The code on the ticket, unique in the event.")
    external_id: str | None = Field(description=_EXTERNAL_ID)
    status: ParticipantStatus = Field(description="Status of the registration.")
    category: str = Field(description="Category, such as Speaker.")
    group_ref: str = Field(description=_GROUP_REF)
    photo: str | None = Field(description="URL or path of the photo.")
    extra: dict[str, Any] = Field(description="Custom fields of the caller.")
    tickets_valid_from: datetime | None = Field(
        description="Gates refuse tickets that were issued before; null: none. Reissuing the ticket sets it."
    )
    version: int = Field(description="Version, which grows with every change; it is the ETag.")
    created_at: datetime = Field(description="Time of creation, UTC.")
    updated_at: datetime = Field(description="Time of the last change, UTC.")


class RegistrationResponse(DataResponse[ParticipantResponse]):
    """A registered participant, with what the hub noticed."""

    meta: RegistrationMeta | None = Field(
        default=None, description="Left out if there is nothing that the caller may read."
    )
