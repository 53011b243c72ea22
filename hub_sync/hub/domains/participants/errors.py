"""What participants refuse."""

from hub_sync.hub.kit.errors import Conflict, HubError, NotFound, Unprocessable


class ParticipantNotFound(NotFound):
    """There is no such participant in the event."""


class RegistrationCodeTaken(Conflict):
    """Somebody of the event has the code, or one that reads the same."""


class ParticipantExists(Conflict):
    """The id is taken."""


class RegistrationCodeUnusable(Unprocessable):
    """The code has no letter or digit."""


class ParticipantChanged(HubError):
    """Somebody changed the participant meanwhile."""

    status = 412
