"""The report's seven feature flags. A flag that is off answers 404 for its routes and hides its pages."""

from enum import StrEnum


class FeatureFlag(StrEnum):
    """A part of the hub that a tenant can switch on."""

    REST_API = "FF_REST_API"
    WEBHOOKS = "FF_WEBHOOKS"
    BULK_OPERATIONS = "FF_BULK_OPERATIONS"
    EVENT_CLONE = "FF_EVENT_CLONE"
    WAITLIST = "FF_WAITLIST"
    COMMUNICATION_HUB = "FF_COMMUNICATION_HUB"
    KIOSK_MODE = "FF_KIOSK_MODE"
