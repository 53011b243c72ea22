"""What webhooks are made and changed with."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from hub_sync.hub.domains import registry
from hub_sync.hub.domains.webhooks.tables import URL_LENGTH
from hub_sync.hub.kit.text_types import Instant, OptionalText, reject_nul

ALL = "*"
SUBSCRIBABLE: tuple[str, ...] = (ALL, *registry().event_types)
"""Every event type of the catalogue, and the wildcard over them."""
_MOST = 50

EventTypeName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=64),
    AfterValidator(reject_nul),
]
EventTypes = Annotated[
    list[Annotated[EventTypeName, Field(json_schema_extra={"enum": list(SUBSCRIBABLE)})]],
    Field(min_length=1, max_length=_MOST),
]
Url = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=URL_LENGTH),
    AfterValidator(reject_nul),
]
_TOLD = {
    "url": "Where to post: an `https` (or `http`) address on the public internet, without a user name in it.",
    "description": "What it is for.",
    "event_types": "Which event types are sent: those of `/webhooks/event-types`, or `*` for all, those to come too.",
}
_EXAMPLE: dict[str, Any] = {
    "url": "https://hooks.example.org/doorward",
    "description": "Badge printing",
    "event_types": ["participant.approved", "scan.accepted"],
}


def _told(name: str, **more: Any) -> Any:
    """What the API's description says of a field."""
    return Field(description=_TOLD[name], examples=[_EXAMPLE[name]], **more)


class NewSubscription(BaseModel):
    """A new webhook."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [_EXAMPLE]})

    url: Url = _told("url")
    description: OptionalText = _told("description", default="")
    event_types: EventTypes = _told("event_types")


class SubscriptionChanges(BaseModel):
    """What to change; what is left out stays. At another address nothing is held against the endpoint any more."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"event_types": ["*"]}]}
    )

    url: Url | None = _told("url", default=None)
    description: OptionalText | None = _told("description", default=None)
    event_types: EventTypes | None = _told("event_types", default=None)


class ExampleRequest(BaseModel):
    """Which event type an example is wanted of."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    event_type: Annotated[EventTypeName, Field(json_schema_extra={"enum": list(SUBSCRIBABLE[1:])})] = Field(
        description="One of `/webhooks/event-types`, whether the webhook is subscribed to it or not.",
        examples=["participant.approved"],
    )


class RecoveryRequest(BaseModel):
    """From when on everything is to be delivered that was not."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: Instant = Field(
        description="From this time on, no further back than the log goes (30 days, unless the hub is set otherwise).",
        examples=["2026-06-10T08:00:00Z"],
    )
