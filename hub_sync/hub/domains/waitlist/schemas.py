"""Request and response schemas of waitlists."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from hub_sync.contract.enums import WaitlistPriority, WaitlistStatus
from hub_sync.hub.domains.participants.service import NewParticipant
from hub_sync.hub.domains.waitlist.tables import PromotionOutcome
from hub_sync.hub.kit.schemas import ResponseModel
from hub_sync.hub.kit.text_types import Id, Label
from hub_sync.rules.waitlist.entries import PartyRule
from hub_sync.rules.waitlist.promotion import WhyCode

MAX_PARTY = 100
MAX_ENTRIES = 100_000
MAX_MINUTES = 60 * 24 * 30
MAX_CAPACITY = 10_000_000
MAX_QUOTAS = 50
_MINUTES_OF_DAY = 1440
MAX_DOOR_MINUTE = _MINUTES_OF_DAY

PartySize = Annotated[int, Field(ge=1, le=MAX_PARTY)]
QuotaName = Annotated[str, StringConstraints(min_length=1, max_length=64)]
_CATEGORY = "The list that it is on. Empty: the general one; any seat will do."


class NewWaitlistEntry(BaseModel):
    """A participant who joins the waitlist."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    participant_id: Id = Field(description="A participant of the event, who is pending.")
    party_size: PartySize = Field(
        default=1, description="How many seats are wanted, the participant's own among them."
    )
    priority: WaitlistPriority = WaitlistPriority.NORMAL
    category: Label = Field(default="", description=_CATEGORY)


class NewWaitlistPerson(BaseModel):
    """A new person who joins the waitlist: they are registered, and take no seat."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    participant: NewParticipant = Field(description="The person, who is pending.")
    party_size: PartySize = Field(
        default=1, description="How many seats are wanted, the person's own among them."
    )
    priority: WaitlistPriority = WaitlistPriority.NORMAL
    category: Label = Field(default="", description=_CATEGORY)


class WaitlistEntryChanges(BaseModel):
    """Changes of an entry; what is left out stays. Each is audited."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    party_size: PartySize | None = None
    priority: WaitlistPriority | None = None
    category: Label | None = Field(default=None, description=_CATEGORY)


class WaitlistEntryResponse(ResponseModel):
    """An entry."""

    id: str
    event_id: str
    participant_id: str
    status: WaitlistStatus
    priority: WaitlistPriority
    party_size: int
    seats_accepted: int = Field(
        description="Seats that the party has. One that was split waits for the rest."
    )
    category: str
    skips: int = Field(description="How often it was overtaken, since too few seats were free for its party.")
    joined_at: datetime
    ended_at: datetime | None
    end_reason: str
    version: int
    created_at: datetime
    updated_at: datetime


class WhyResponse(ResponseModel):
    """The reason why an entry waits."""

    code: WhyCode
    needed: int = Field(description="Seats that it needs.")
    free: int = Field(description="Seats that are free for it.")
    until: datetime | None = Field(description="Of COLLECTING: until when seats are collected for it.")
    sentence: str = Field(description="The same in English.")


class WaitlistOfferResponse(ResponseModel):
    """An offer of seats."""

    id: str
    entry_id: str
    seats: int
    category: str = Field(description="The category from whose seats they are; empty: the general ones.")
    trigger: str
    hold_until: datetime
    outcome: PromotionOutcome
    delivered_at: datetime | None
    decided_at: datetime | None
    created_at: datetime


class WaitlistPlaceResponse(ResponseModel):
    """An entry with its place, what it waits for, and its offers."""

    entry: WaitlistEntryResponse
    position: int | None = Field(
        description="Its place among those who wait, from 1; null: it does not wait."
    )
    waiting: int = Field(description="How many entries wait.")
    why: WhyResponse | None
    evaluated_at: datetime | None = Field(description="When free seats were last looked at.")
    offers: list[WaitlistOfferResponse]
    page_url: str = Field(description="The page of whoever waits; empty if the hub's address is not known.")


class WaitlistPreviewOffer(ResponseModel):
    """An offer that would be made."""

    entry_id: str
    participant_id: str
    seats: int
    category: str


class WaitlistPreview(ResponseModel):
    """The offers that would be made if the event had another capacity. Nothing is offered by it."""

    capacity: int | None
    used: int = Field(description="Seats that are taken, or held by an offer.")
    free: int | None = Field(description="Seats that would be free; null: there is no limit.")
    waiting: int
    offers: list[WaitlistPreviewOffer]


class WaitlistSettingsChanges(BaseModel):
    """Changes of the settings; what is left out stays. `most_entries` and `door_minute` are removed by null."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    is_active: bool | None = Field(default=None, description="The event keeps a waitlist.")
    is_paused: bool | None = Field(default=None, description="People may join, and nobody is offered seats.")
    is_public: bool | None = Field(default=None, description="People may join on a public page.")
    party_rule: PartyRule | None = Field(
        default=None, description="What happens to free seats that are too few for the party that is next."
    )
    largest_party: PartySize | None = None
    most_entries: int | None = Field(default=None, ge=1, le=MAX_ENTRIES)
    collect_minutes: int | None = Field(default=None, ge=1, le=MAX_MINUTES)
    hold_minutes: int | None = Field(
        default=None, ge=1, le=_MINUTES_OF_DAY, description="How long an offer holds its seats at most."
    )
    last_offer_minutes: int | None = Field(
        default=None,
        ge=0,
        le=MAX_MINUTES,
        description="No offer is made or holds later than so many minutes before the start.",
    )
    door_minute: int | None = Field(
        default=None,
        ge=0,
        le=MAX_DOOR_MINUTE,
        description="So many minutes after the start, gates give seats of people who did not come to those who wait there. "
        "Null: they do not.",
    )
    quotas: dict[QuotaName, Annotated[int, Field(ge=0, le=MAX_CAPACITY)]] | None = Field(
        default=None, max_length=MAX_QUOTAS, description="Seats that a category has for itself."
    )


class WaitlistSettingsResponse(ResponseModel):
    """The settings of an event's waitlist."""

    event_id: str
    is_active: bool
    is_paused: bool
    is_public: bool
    party_rule: PartyRule
    largest_party: int
    most_entries: int | None
    collect_minutes: int
    hold_minutes: int
    last_offer_minutes: int
    door_minute: int | None
    quotas: dict[str, Any]
    evaluated_at: datetime | None
    version: int


class WaitlistAnswer(BaseModel):
    """The offer that is answered."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    promotion_id: Id
