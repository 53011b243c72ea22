"""Errors of participants."""

from hub_sync.hub.kit.errors import Conflict, NotFound, PreconditionFailed, Unprocessable
from hub_sync.hub.kit.i18n import N_


class ParticipantNotFound(NotFound):
    """There is no such participant in the event."""

    template = N_("There is no such participant.")


class RegistrationCodeTaken(Conflict):
    """Somebody of the event has the code, or one that reads the same."""

    template = N_("The registration code “%(registration_code)s” is taken.")


class RegistrationCodesTaken(RegistrationCodeTaken):
    """Of many who are registered at once, two have one code, or one has a code or an id that is taken."""

    template = N_("A registration code (or an id) of these is taken, or two of them have the same.")


class ParticipantExists(Conflict):
    """The id is taken."""

    template = N_("There is a participant with this id already.")


class RegistrationCodeUnusable(Unprocessable):
    """The code has no letter or digit."""

    template = N_("The registration code “%(registration_code)s” has no letter or digit.")


class ParticipantChanged(PreconditionFailed):
    """Somebody changed the participant meanwhile."""

    template = N_("The participant was changed meanwhile; read it again.")
