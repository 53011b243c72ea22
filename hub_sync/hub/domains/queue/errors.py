"""Errors of queues."""

from hub_sync.hub.kit.errors import Conflict, NotFound, PreconditionFailed, Unprocessable
from hub_sync.hub.kit.i18n import N_


class QueueNotFound(NotFound):
    """There is no such queue at the event."""

    template = N_("There is no such queue.")


class CounterNotFound(NotFound):
    """There is no such counter at the event."""

    template = N_("There is no such counter.")


class QueueTicketNotFound(NotFound):
    """There is no such number at the event."""

    template = N_("There is no such queue number.")


class QueueExists(Conflict):
    """The event has a queue of this name."""

    template = N_("The event has a queue “%(name)s” already.")


class CounterExists(Conflict):
    """The event has a counter of this name."""

    template = N_("The event has a counter “%(name)s” already.")


class QueueLetterTaken(Conflict):
    """Numbers with this letter could be mistaken for those of another queue."""

    template = N_(
        "“%(letter)s” does not go with the letter “%(other)s” of another queue: numbers could look alike."
    )


class QueueLetterInUse(Conflict):
    """Numbers with the old letter are printed or leased."""

    template = N_("The letter can't be changed any more: numbers with it are printed or may be printed.")


class QueueChanged(PreconditionFailed):
    """Somebody changed the queue meanwhile."""

    template = N_("The queue was changed meanwhile; read it again.")


class CounterChanged(PreconditionFailed):
    """Somebody changed the counter meanwhile."""

    template = N_("The counter was changed meanwhile; read it again.")


class QueueTicketChanged(PreconditionFailed):
    """Something was done to the ticket meanwhile."""

    template = N_("Something was done with this number meanwhile; look at it again.")


class TooManyQueues(Conflict):
    """The event has as many queues as stations take."""

    template = N_("An event has at most %(most)s queues.")


class TooManyCounters(Conflict):
    """The event has as many counters as stations take."""

    template = N_("An event has at most %(most)s counters.")


class QueueNotEmpty(Conflict):
    """People still wait in the queue."""

    template = N_("People still wait in this queue: %(count)s. Serve, move or cancel them first.")


class CounterInUse(Conflict):
    """Somebody is called to the counter, or served there."""

    template = N_("Number %(number)s is at this counter. Finish or move it first.")


class QueueClosed(Conflict):
    """The queue is switched off, or it is outside of its opening hours."""

    template = N_("The queue “%(name)s” is closed. No number was issued.")


class QueuesSwitchedOff(Conflict):
    """Kiosks and queues are switched off for this tenant (`FF_KIOSK_MODE`)."""

    template = N_("Queues are switched off at the hub.")


class CounterClosed(Conflict):
    """The counter is switched off."""

    template = N_("The counter “%(name)s” is switched off.")


class CounterBusy(Conflict):
    """Somebody is called to the counter; it must be decided what becomes of them before the next call."""

    template = N_(
        "Number %(number)s is at this counter. Serve, complete, park or miss it before you call the next one."
    )


class QueueActionImpossible(Conflict):
    """The action can't follow what was done to the ticket before."""

    template = N_("This can't be done with number %(number)s now: look at what was done with it before.")


class QueueOrderFixed(Conflict):
    """Clerks of the queue may not pick whom they serve."""

    template = N_("Desks may not choose in this queue: number %(number)s is not the next one.")


class QueueReasonMissing(Unprocessable):
    """A call out of order, or a break, needs a reason."""

    template = N_("Say why: a call out of order and a break need a reason.")


class ParticipantUnknown(Unprocessable):
    """The event has no such participant."""

    template = N_("The event has no such participant.")


class QueuesOfAnotherEvent(Unprocessable):
    """A queue that was named does not belong to the event."""

    template = N_("One of the queues does not belong to this event.")


class QueueRequestReused(Conflict):
    """A request with this id was made for something else."""

    template = N_("A request with this id was for something else; take a new id.")


class QueueDayWrong(Conflict):
    """Numbers are leased for the present day and the next one only; the station's clock may be wrong."""

    template = N_(
        "By the hub's clock the queue's day is %(day)s, and numbers are leased for it and the next day only."
    )


class QueueNumbersUnsettled(Conflict):
    """The hub was restored from a backup a moment ago, and stations may have numbers that it has forgotten."""

    template = N_(
        "The hub was restored from a backup. It gives numbers again as soon as all kiosks and desks have reported which they have, "
        "at the latest after %(minutes)s minutes."
    )


class TooManyNumbers(Conflict):
    """The station has many unused numbers of the queue already."""

    template = N_("The station has %(count)s unused numbers of this queue already.")


class StatusPageUnknown(NotFound):
    """No number has this address: it is mistyped, or the event is gone."""

    template = N_("This address belongs to no number. Scan the code on your slip again, or ask at a desk.")
