"""Errors of bulletins."""

from hub_sync.hub.kit.errors import Unprocessable
from hub_sync.hub.kit.i18n import N_


class BulletinTimesInvalid(Unprocessable):
    """The bulletin ends in the past, or before it begins."""

    template = N_("The end must lie in the future, and after the beginning.")


class BulletinNobody(Unprocessable):
    """No station of the event matches."""

    template = N_("No station of this event matches. Choose others, or all.")


class BulletinStationUnknown(Unprocessable):
    """A station that was named does not serve the event."""

    template = N_("One of these stations does not serve this event any more.")


class BulletinTextMissing(Unprocessable):
    """The language that stands in for others has no text."""

    template = N_("Write the text in this language: screens with another language show it.")
