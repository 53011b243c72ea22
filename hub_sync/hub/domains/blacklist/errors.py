"""Errors of the blacklist."""

from hub_sync.hub.kit.errors import Conflict, NotFound, PreconditionFailed, Unprocessable
from hub_sync.hub.kit.i18n import N_


class BlacklistEntryNotFound(NotFound):
    """There is no such entry."""

    template = N_("There is no such entry in the blacklist.")


class BlacklistHitNotFound(NotFound):
    """There is no such hit: it may have ended since."""

    template = N_("There is no such hit any more.")


class BlacklistEntryExists(Conflict):
    """The list has this value already, in the same scope and with the same comparison."""

    template = N_("The blacklist has this entry already.")


class BlacklistEntryChanged(PreconditionFailed):
    """Somebody changed the entry meanwhile."""

    template = N_("The entry was changed meanwhile; read it again.")


class BlacklistHitChanged(PreconditionFailed):
    """Somebody decided about the hit meanwhile, or the person's data changed."""

    template = N_("This hit was decided or has changed meanwhile. Look at it again.")


class BlacklistFull(Conflict):
    """The list has as many entries as it takes."""

    template = N_("The blacklist takes at most %(most)s entries. Delete those that are not needed any more.")


class BlacklistValueInvalid(Unprocessable):
    """The value is none of its kind."""

    template = N_("This is no value of that kind.")


class NameTooShort(BlacklistValueInvalid, variant=True):
    """A name needs two words, or everybody called Ali were meant."""

    template = N_("Write first and last name: one word alone would mean too many people.")


class EmailUnreadable(BlacklistValueInvalid, variant=True):
    """Not an e-mail address."""

    template = N_("Not an e-mail address, such as ada@example.org.")


class PhoneWithoutCountry(BlacklistValueInvalid, variant=True):
    """The number has no calling code, so that it is not known which one is meant."""

    template = N_("Write the number with its country code, such as +49 30 1234567.")


class DocumentUnreadable(BlacklistValueInvalid, variant=True):
    """Fewer than four letters and digits."""

    template = N_("A document number has at least four letters and digits.")


class DomainUnreadable(BlacklistValueInvalid, variant=True):
    """Not a domain."""

    template = N_("Not a domain, such as example.org.")


class BlacklistMatchUnfit(Unprocessable):
    """The kind is not compared like that."""

    template = N_("Only names are compared as similar, and only domains as domains.")


class FuzzyOnlyFlags(Unprocessable):
    """A similar name is not enough to refuse somebody."""

    template = N_("A similar name only asks a person; it blocks nobody.")


class ValidityReversed(Unprocessable):
    """The last day lies before the first."""

    template = N_("The last day lies before the first.")


class LinesInvalid(Unprocessable):
    """Lines of an import can't be used; nothing was imported."""

    template = N_("Nothing was imported. %(lines)s")


class TooManyLines(Unprocessable):
    """The text has more lines than are taken at once."""

    template = N_("At most %(most)s lines at once. Nothing was imported.")


class NoLines(Unprocessable):
    """The text has no line."""

    template = N_("There is no line to import.")
