"""The forms of webhooks."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from hub_sync.hub.console.i18n.local_times import LocalTime
from hub_sync.hub.domains.webhooks.schemas import (
    EventTypeName,
    EventTypes,
    NewSubscription,
    SubscriptionChanges,
    Url,
)
from hub_sync.hub.domains.webhooks.tables import WebhookSubscription
from hub_sync.hub.kit.text_types import OptionalText


class WebhookForm(BaseModel):
    """What the form of a webhook asks for."""

    url: Url
    description: OptionalText = ""
    event_types: EventTypes

    def new(self) -> NewSubscription:
        """As what to make."""
        return NewSubscription(**self._values())

    def _values(self) -> dict[str, Any]:
        return {"url": self.url, "description": self.description, "event_types": self.event_types}


class EditForm(WebhookForm):
    """As `WebhookForm`; `version` is the one that it was filled in from."""

    version: int

    def changes(self) -> SubscriptionChanges:
        """As what to change."""
        return SubscriptionChanges(**self._values())


class ExampleForm(BaseModel):
    """Of which event type an example is sent."""

    event_type: EventTypeName


class RecoverForm(BaseModel):
    """From when on everything is delivered that was not."""

    since: LocalTime

    def instant(self, zone: str) -> datetime:
        """The time in a zone."""
        return self.since.replace(tzinfo=ZoneInfo(zone))


def filled_from(subscription: WebhookSubscription) -> dict[str, Any]:
    """What the form of a webhook shows at first."""
    return {
        "url": subscription.url,
        "description": subscription.description,
        "event_types": subscription.event_types,
    }
