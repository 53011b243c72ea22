"""Errors of messages."""

from hub_sync.hub.kit.errors import Unprocessable
from hub_sync.hub.kit.i18n import N_


class MessageHeaderInvalid(Unprocessable):
    """A text that becomes a header of a message could add others."""

    template = N_("A subject, a name or an address must not have line breaks or control characters.")


class RecipientInvalid(Unprocessable):
    """Nobody can be reached there."""

    template = N_("Nobody can be reached at “%(recipient)s”.")
