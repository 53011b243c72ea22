"""Request and response schemas of registration pages."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from hub_sync.hub.domains.participants.service import NewParticipant
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.text_types import Instant, Label, reject_nul

MAX_PARTY = 20
MAX_SEATS = 1_000_000
MAX_CATEGORIES = 50
LongText = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=4000), AfterValidator(reject_nul)
]
CategoryName = Annotated[Label, StringConstraints(min_length=1)]
Seats = Annotated[int, Field(ge=0, le=MAX_SEATS)]


class RegistrationSettingsChanges(BaseModel):
    """Changes of the settings; what is left out stays. The times are removed by null."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    is_active: bool | None = Field(default=None, description="The event has a public registration page.")
    opens_at: Instant | None = Field(default=None, description="Registrations are taken from then on.")
    closes_at: Instant | None = Field(
        default=None, description="Registrations are taken until then; null: until the event ends."
    )
    approves: bool | None = Field(
        default=None, description="Registrations are approved at once; otherwise they are pending."
    )
    confirms_email: bool | None = Field(
        default=None,
        description="A registration counts once the person has confirmed it by the link of a mail.",
    )
    needs_phone: bool | None = Field(default=None, description="A phone number must be given.")
    largest_party: int | None = Field(
        default=None, ge=1, le=MAX_PARTY, description="People who may be registered at once."
    )
    categories: dict[CategoryName, Seats | None] | None = Field(
        default=None,
        max_length=MAX_CATEGORIES,
        description="The categories that may be chosen, each with the seats it has at most; null: no limit of its own.",
    )
    intro: LongText | None = Field(default=None, description="A text above the form.")
    consent_text: LongText | None = Field(
        default=None,
        description="What people must agree to; a new text gets the next version. Empty: nothing.",
    )
    marketing_text: LongText | None = Field(
        default=None, description="What people may agree to beside that, such as news. Empty: it isn't asked."
    )


class RegistrationSettingsResponse(ResponseModel):
    """The settings of an event's registration page."""

    event_id: str
    is_active: bool
    opens_at: datetime | None
    closes_at: datetime | None
    approves: bool
    confirms_email: bool
    needs_phone: bool
    largest_party: int
    categories: dict[str, Any]
    intro: str
    consent_text: str
    consent_version: int
    marketing_text: str
    version: int


class RegistrationConsentResponse(ResponseModel):
    """The consents that somebody gave on the page, with their times. Names and addresses are the participant's."""

    id: str
    event_id: str
    participant_id: str | None = Field(description="The participant; null until the address is confirmed.")
    party_size: int
    language: str
    consent_version: int | None
    consent_text: str
    consented_at: datetime | None
    marketing_text: str
    marketing_at: datetime | None = Field(description="When news were agreed to; null: they were not.")
    confirmed_at: datetime | None
    created_at: datetime


class NewRegistration(BaseModel):
    """A registration as the page sends it, once its fields are readable."""

    model_config = ConfigDict(frozen=True)

    person: NewParticipant
    companions: tuple[tuple[str, str], ...] = ()
    consent: bool = False
    marketing: bool = False
    on_waitlist: bool = False
    language: str = ""

    @property
    def party_size(self) -> int:
        """The number of people."""
        return 1 + len(self.companions)
