"""Errors of registration pages."""

from hub_sync.hub.kit.errors import Conflict, NotFound, PreconditionFailed, Unprocessable
from hub_sync.hub.kit.i18n import N_


class RegistrationPageUnknown(NotFound):
    """No registration page, or page of a registration, has this address."""

    template = N_("There is no registration page at this address. Check the link that you were sent.")


class RegistrationSettingsChanged(PreconditionFailed):
    """The settings were changed after they were read."""

    template = N_("The settings of the registration page were changed meanwhile; read them again.")


class RegistrationWindowReversed(Unprocessable):
    """The page would close before it opens."""

    template = N_("The page would close before it opens.")


class RegistrationClosed(Conflict):
    """The page takes no registrations at present."""

    template = N_("Registration is closed at present.")


class RegistrationConsentMissing(Unprocessable):
    """The consent was not given."""

    template = N_("Please agree, so that we may process your registration.")


class RegistrationCategoryUnknown(Unprocessable):
    """The category can't be chosen on the page."""

    template = N_("Choose one of these categories.")


class RegistrationPhoneMissing(Unprocessable):
    """The page asks for a phone number."""

    template = N_("Please give a phone number.")


class RegistrationPartyTooLarge(Unprocessable):
    """More people are registered at once than the page takes."""

    template = N_("You can register %(limit)s people at once at most, yourself among them.")


class RegistrationFull(Conflict):
    """The event has too few seats."""

    template = N_("There are not enough seats left for this registration.")


class RegistrationCategoryFull(RegistrationFull, variant=True):
    """The category has too few seats; others may have some."""

    template = N_("There are not enough seats left in this category. Please choose another one.")


class RegistrationOver(Conflict):
    """The registration was cancelled or rejected, or the event is over."""

    template = N_("This registration can't be changed any more.")
