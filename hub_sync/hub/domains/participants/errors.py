"""Errors of participants."""

from hub_sync.hub.kit.errors import Conflict, NotFound, PreconditionFailed, Unprocessable
from hub_sync.hub.kit.i18n import N_


class ParticipantNotFound(NotFound):
    """The event has no such participant."""

    template = N_("There is no such participant.")


class RegistrationCodeTaken(Conflict):
    """Another participant of the event has the code, or one that reads the same (`normalize_code`)."""

    template = N_("The registration code “%(registration_code)s” is taken.")


class ExternalIdTaken(Conflict):
    """Another participant of the event has the external id."""

    template = N_("Another participant has the external id “%(external_id)s”.")


class RegistrationCodesTaken(RegistrationCodeTaken):
    """In an import, two participants have the same code, or a code or an id is taken."""

    template = N_("A registration code (or an id) of these is taken, or two of them have the same.")


class ParticipantExists(Conflict):
    """Another participant has the id."""

    template = N_("There is a participant with this id already.")


class RegistrationCodeUnusable(Unprocessable):
    """The code has fewer than four letters and digits, or so many that it can't be stored."""

    template = N_("The registration code “%(registration_code)s” needs 4 to 64 letters and digits.")


class RegistrationRefused(Conflict):
    """The organiser does not take this registration. Neither the code nor the sentence says why."""

    template = N_("This registration can't be accepted. Please ask the organiser.")


class EventFull(Conflict):
    """The event has no seat for somebody who isn't on the waitlist; what is free goes to those who wait."""

    template = N_("No seat is free for a new registration: free seats go to those on the waitlist first.")


class ParticipantMergedAlready(Conflict):
    """The registration was merged into another one, `survivor_id`, which has its scans and opens for its ticket."""

    template = N_("This registration was merged into another one. Use that one.")


class ParticipantChanged(PreconditionFailed):
    """The participant was changed after it was read."""

    template = N_("The participant was changed meanwhile; read it again.")


class SelectionChanged(Conflict):
    """The people of a list have changed since somebody confirmed an act on all of them."""

    template = N_("The list has changed meanwhile. Look at the number, then confirm again.")
