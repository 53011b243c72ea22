"""Errors of series and cloning."""

from hub_sync.hub.kit.errors import Conflict, NotFound, PreconditionFailed, Unprocessable
from hub_sync.hub.kit.i18n import N_


class CloneNotFound(NotFound):
    """The event has no such clone."""

    template = N_("There is no such copy of this event.")


class ClonePlanChanged(PreconditionFailed):
    """The source, the target or the chosen participants changed since the plan was read."""

    template = N_("Something was changed since this plan was made. Read the new plan.")


class CloneBlocked(Unprocessable):
    """The plan has problems: `problems` names them."""

    template = N_("This can't be copied as it is: %(problems)s")


class ClonePartUnknown(Unprocessable):
    """There is no such part."""

    template = N_("“%(part)s” is no part of an event that can be copied.")


class CloneTimeZoneUnknown(Unprocessable):
    """The source has a time zone that this hub does not know."""

    template = N_("The time zone “%(zone)s” of the event is not known here. Choose one for the copy.")


class CloneDatesOutOfRange(Unprocessable):
    """A date of the copy would lie outside of the calendar."""

    template = N_("A date of the copy would be too far away: %(place)s.")


class CloneHolidaysUnknown(Unprocessable):
    """No holidays are known of this country or region."""

    template = N_("No holidays are known of “%(region)s”. Write a country or a region, such as DE or DE-BE.")


class CloneIntoItself(Unprocessable):
    """An event can't be filled with itself."""

    template = N_("An event can't be filled with a copy of itself.")


class CloneTargetNotEmpty(Conflict):
    """The event to fill has something already: `things` names it."""

    template = N_("This event is not empty. It has: %(things)s.")


class CloneUndone(Conflict):
    """The clone was taken back already."""

    template = N_("This copy was taken back already.")


class CloneNotMade(Conflict):
    """The clone failed, and made nothing."""

    template = N_("Nothing was made here, so there is nothing to take back.")


class CloneUndoBlocked(Conflict):
    """Something of the copy was added or changed since: `changes` names it."""

    template = N_(
        "The copy can't be taken back any more. Since then, this was added or changed: %(changes)s."
    )


class SeriesNotFound(NotFound):
    """There is no such series."""

    template = N_("There is no such series.")


class SeriesExists(Conflict):
    """Another series has this short name: `slug`."""

    template = N_("Another series has the short name “%(slug)s”.")


class SeriesChanged(PreconditionFailed):
    """Somebody else changed the series since it was read."""

    template = N_("Somebody else changed the series meanwhile. Look at it again.")


class EditionNotFound(NotFound):
    """The series has no such edition."""

    template = N_("The series has no such edition.")


class EditionChanged(PreconditionFailed):
    """Somebody else changed the edition since it was read."""

    template = N_("Somebody else changed the edition meanwhile. Look at it again.")


class EditionNumberTaken(Conflict):
    """Another edition of the series has this number: `number`, `event`."""

    template = N_("“%(event)s” is edition %(number)s of this series already.")


class EventInSeries(Conflict):
    """The event is an edition already: `series`, `number`."""

    template = N_("This event is edition %(number)s of “%(series)s” already.")


class NamePatternInvalid(Unprocessable):
    """The pattern for names has a placeholder that there is not: `pattern`."""

    template = N_("“%(pattern)s” is no pattern for names. It may have {name}, {number}, {date} and {year}.")


class RecurrenceTooLong(Unprocessable):
    """The recurrence has more days than editions are made at once: `most`."""

    template = N_("That is more than %(most)s days. Let it end earlier, and go on from there afterwards.")


class RecurrenceEmpty(Unprocessable):
    """The recurrence has no day."""

    template = N_("There is no day for this. Look at the end and the days that are left out.")


class SeriesPlanChanged(PreconditionFailed):
    """The series, its editions or the source changed since the plan was read."""

    template = N_("Something was changed since this plan was made. Read the new plan.")


class SeriesPlanBlocked(Unprocessable):
    """The plan has problems: `problems` names them."""

    template = N_("This can't be done as it is: %(problems)s")


class SeriesOperationNotFound(NotFound):
    """The series has no such operation."""

    template = N_("The series has no such operation.")


class SeriesOperationUndone(Conflict):
    """The operation was taken back already."""

    template = N_("This was taken back already.")


class SeriesUndoBlocked(Conflict):
    """Something was added or changed since: `editions` names where."""

    template = N_("This can't be taken back any more. Since then, something was changed at: %(editions)s.")


class SeriesBusy(Conflict):
    """Editions of the series are being made, changed or taken back: `done`, `total`."""

    template = N_(
        "Editions of this series are being made or changed at the moment (%(done)s of %(total)s). Wait until that is over."
    )


class SeriesNothingLeft(Conflict):
    """The operation did not stop in the middle, or was taken back: there is nothing to go on with."""

    template = N_("There is nothing to go on with.")


class SeriesSourceChanged(Conflict):
    """The event that is copied was changed while its editions were made."""

    template = N_(
        "The event that is copied was changed meanwhile. Go on to copy it as it is now, or take back what was made."
    )


class SeriesEditionsChanged(Conflict):
    """Editions were changed or taken out between the plan and their turn: `editions` names them."""

    template = N_(
        "These editions were changed meanwhile: %(editions)s. Go on to change them all the same, or take back what was changed."
    )


class SeriesRightsLost(Conflict):
    """Whoever runs the operation may not do so any more: `permissions`."""

    template = N_(
        "Whoever began this may not do it any more. Missing: %(permissions)s. Somebody else may go on."
    )


class SeriesOperationDefect(Conflict):
    """Something unforeseen stopped the operation; the log of the hub has more."""

    template = N_(
        "Something unexpected happened. The log of the hub says more. You may go on, or take it back."
    )


class ScopeUnconfirmed(Conflict):
    """People are registered for editions that change, and nobody has confirmed it: `participants`, `editions`."""

    template = N_(
        "People are registered for what changes (people: %(participants)s, editions: %(editions)s). Confirm that it changes for them."
    )


class ScopeEmpty(Unprocessable):
    """The request changes nothing: it names no setting."""

    template = N_("Choose what is to change.")


class NothingToCompare(Unprocessable):
    """No edition comes before the event, and it is no copy."""

    template = N_(
        "This event is no copy, and no edition comes before it. Say which event to compare it with."
    )
