"""What each flag opens, in words for whoever switches it."""

from dataclasses import dataclass

from hub_sync.contract.flags import FeatureFlag
from hub_sync.hub.console import N_


@dataclass(frozen=True, slots=True)
class Description:
    """A flag's name for people, and what is there once it is on."""

    name: str
    opens: str


DESCRIPTIONS: dict[FeatureFlag, Description] = {
    FeatureFlag.REST_API: Description(
        N_("REST API"),
        N_("Lets other programs in by API key, and opens the page of API keys. Stations don't need it."),
    ),
    FeatureFlag.WEBHOOKS: Description(
        N_("Webhooks"),
        N_("Tells other systems at once what happens here: approvals, scans, finished bulk operations."),
    ),
    FeatureFlag.BULK_OPERATIONS: Description(
        N_("Bulk operations"),
        N_("Changes, imports and exports many participants in one go, with a preview and a way back."),
    ),
    FeatureFlag.EVENT_CLONE: Description(
        N_("Event cloning"), N_("Makes a new event after the pattern of an old one, and series of events.")
    ),
    FeatureFlag.WAITLIST: Description(
        N_("Waitlist"), N_("Keeps a list where an event is full, and offers seats as they become free.")
    ),
    FeatureFlag.COMMUNICATION_HUB: Description(
        N_("Messages"), N_("Writes to participants by e-mail, text message and push, from templates.")
    ),
    FeatureFlag.KIOSK_MODE: Description(
        N_("Kiosks"), N_("Self-service screens where people check in, print badges and take a queue number.")
    ),
}
