"""Errors of waitlists."""

from hub_sync.hub.kit.errors import Conflict, Gone, NotFound, PreconditionFailed, Unprocessable
from hub_sync.hub.kit.i18n import N_


class WaitlistEntryNotFound(NotFound):
    """The event has no such entry."""

    template = N_("There is no such entry on the waitlist.")


class WaitlistPageUnknown(NotFound):
    """No page of a place on a waitlist, or of a waitlist, has this address."""

    template = N_("There is no waitlist page at this address. Check the link that you were sent.")


class WaitlistEntryChanged(PreconditionFailed):
    """The entry was changed after it was read."""

    template = N_("The entry was changed meanwhile; read it again.")


class WaitlistSettingsChanged(PreconditionFailed):
    """The settings were changed after they were read."""

    template = N_("The settings of the waitlist were changed meanwhile; read them again.")


class WaitlistOff(Conflict):
    """The event keeps no waitlist."""

    template = N_("This event keeps no waitlist at present.")


class WaitlistFull(Conflict):
    """As many entries wait as the list may have."""

    template = N_("The waitlist is full: it takes %(limit)s entries.")


class PartyTooLarge(Unprocessable):
    """More seats are wanted than one entry may have."""

    template = N_("An entry may want %(limit)s seats at most.")


class TooManyNames(Unprocessable):
    """More people are named than the entry has and wants seats."""

    template = N_("There are seats for %(limit)s people beside you.")


class SeatGivenAway(Conflict):
    """A seat that somebody gave up for a place on the list was given to somebody else since."""

    template = N_("The seat went to somebody else meanwhile. The place on the waitlist stays.")


class OnWaitlistAlready(Conflict):
    """The participant waits already, or has an offer."""

    template = N_("This participant is on the waitlist already.")


class AlreadyRegistered(Conflict):
    """The participant has a seat."""

    template = N_("This participant has a seat already.")


class ParticipantNotWaiting(Conflict):
    """The registration was cancelled or rejected; it must be pending to wait."""

    template = N_("This registration was cancelled or rejected. Set it back to pending first.")


class EntryOver(Conflict):
    """The entry does not wait any more."""

    template = N_("This place on the waitlist is over.")


class EntryNotEligible(Conflict):
    """The entry can't be offered a seat."""

    template = N_("This entry can't be offered a seat at present.")


class NoSeatFree(Conflict):
    """Fewer seats are free than the entry needs."""

    template = N_("The entry needs %(needed)s seats, and %(free)s are free.")


class OffersOver(Conflict):
    """The last moment at which an offer could be used is over."""

    template = N_("It is too late for an offer: the last moment for offers is over.")


class OfferExpired(Gone):
    """The offer's time is over."""

    template = N_("This offer is over; its seats went to the next on the list.")


class OfferDecided(Conflict):
    """The offer was decided otherwise before; `outcome` says how."""

    template = N_("This offer was answered already.")


class OfferAcceptedBefore(OfferDecided, variant=True):
    """The offer was accepted, so it can't be declined."""

    template = N_("This offer was accepted already. To give the seat back, cancel the registration.")


class OfferDeclinedBefore(OfferDecided, variant=True):
    """The offer was declined, so it can't be accepted."""

    template = N_("This offer was declined already; its seats went to the next on the list.")


class QuotasTooLarge(Unprocessable):
    """The categories have more seats for themselves than the event has."""

    template = N_("The categories have %(seats)s seats for themselves, and the event has %(capacity)s.")
