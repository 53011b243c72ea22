"""Forms of webhooks."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from hub_sync.hub.console.local_times import ChooseHour, LocalTime, to_instant
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
    """The form of a new webhook."""

    url: Url
    description: OptionalText = ""
    event_types: EventTypes

    def new(self) -> NewSubscription:
        """Return the webhook to create."""
        return NewSubscription(**self._values())

    def _values(self) -> dict[str, Any]:
        return {"url": self.url, "description": self.description, "event_types": self.event_types}


class EditWebhookForm(WebhookForm):
    """The form of an existing webhook; `version` is the one that was shown."""

    version: int

    def changes(self) -> SubscriptionChanges:
        """Return the changes."""
        return SubscriptionChanges(**self._values())


class ExampleForm(BaseModel):
    """The form of an example."""

    event_type: EventTypeName


class RecoverForm(BaseModel):
    """The form of a recovery."""

    since: LocalTime

    def instant(self, zone: str, choose: ChooseHour) -> datetime:
        """Return the time in an IANA time zone.

        Raises:
            FormInvalid: 422, the clocks skip this time.
            ConfirmationNeeded: 409, `choose` asks first.
        """
        return to_instant("since", self.since, zone, choose=choose)


def filled_from(subscription: WebhookSubscription) -> dict[str, Any]:
    """Return the values that the form shows at first."""
    return {
        "url": subscription.url,
        "description": subscription.description,
        "event_types": subscription.event_types,
    }
