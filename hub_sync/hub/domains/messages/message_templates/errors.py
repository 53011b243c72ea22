"""Errors of templates."""

from hub_sync.hub.kit.errors import Conflict, NotFound, PreconditionFailed, Unprocessable
from hub_sync.hub.kit.i18n import N_


class TemplateUnreadable(Unprocessable):
    """The text is no template: a bracket is open, a word is not expected."""

    template = N_("Line %(line)s can't be read: %(problem)s.")


class TemplateVariableUnknown(Unprocessable):
    """The text names a variable that does not exist."""

    template = N_("Line %(line)s names “%(variable)s”, which does not exist. Take a variable of the list.")


class TemplateConstructRefused(Unprocessable):
    """The text has a loop, a call, arithmetic or a filter that templates don't have."""

    template = N_(
        "Line %(line)s has “%(construct)s”. Templates have variables, filters of the list and conditions only."
    )


class TemplateTooLarge(Unprocessable):
    """The text, or what comes of it, is too large."""

    template = N_("This is too large. A template has at most %(limit)s characters.")


class MessageTooLarge(Unprocessable):
    """What comes of a template is too large for its channel."""

    template = N_("The message is longer than %(limit)s characters.")


class MessageValueMissing(Unprocessable):
    """A value is empty for this recipient, and the template has no default for it."""

    template = N_("“%(variable)s” is empty for this person, and the template has no default for it.")


class HeaderUnsafe(Unprocessable):
    """A subject, name or address has a line break or a NUL: in a mail's header that would begin another header."""

    template = N_("“%(field)s” has a line break or a NUL character. It must be one line.")


class MessageTemplateNotFound(NotFound):
    """There is no such template."""

    template = N_("There is no such template.")


class MessageTemplateChanged(PreconditionFailed):
    """Somebody changed the template meanwhile."""

    template = N_("The template was changed meanwhile; read it again.")


class MessageTemplatePublished(Conflict):
    """A published version never changes."""

    template = N_("A published version never changes. Make a new version of it.")


class MessageTemplateExists(Conflict):
    """There is a draft of this template already."""

    template = N_("There is a draft of this template already. Go on with that.")


class MessageTemplateNameTaken(MessageTemplateExists, variant=True):
    """Another template differs in its name by capital letters only: `name`."""

    template = N_(
        "There is a template “%(name)s” already. Write its name in the same way, or choose another one."
    )


class MessageTemplateInUse(Conflict):
    """A version that was sent stays."""

    template = N_("A published version stays, for messages were made of it. Archive the template instead.")


class WebCopyGone(NotFound):
    """The link is wrong, or its message can't be made any more."""

    template = N_("There is no such message, or it is not kept any more.")
