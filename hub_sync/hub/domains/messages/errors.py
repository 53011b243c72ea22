"""Errors of messages."""

from hub_sync.hub.kit.errors import (
    BadRequest,
    Conflict,
    HubError,
    NotFound,
    PreconditionFailed,
    Unprocessable,
)
from hub_sync.hub.kit.i18n import N_


class MessageHeaderInvalid(Unprocessable):
    """A text that becomes a header of a message could add others."""

    template = N_("A subject, a name or an address must not have line breaks or control characters.")


class RecipientInvalid(Unprocessable):
    """Nobody can be reached there."""

    template = N_("Nobody can be reached at “%(recipient)s”.")


class OutboxInstanceNotFound(NotFound):
    """No such copy of the hub waits."""

    template = N_("No such copy of the hub waits for a decision.")


class SenderNotFound(NotFound):
    """There is no such account."""

    template = N_("There is no such account.")


class SenderChanged(PreconditionFailed):
    """Somebody changed the account meanwhile."""

    template = N_("The account was changed meanwhile; read it again.")


class SenderIncomplete(Unprocessable):
    """Something is missing without which the account can't send."""

    template = N_("An e-mail account needs a server, a port and the address that it sends from.")


class ServiceUrlInvalid(SenderIncomplete, variant=True):
    """The address of a service for text messages or push can't be used."""

    template = N_("This is no address of a service that can be used, such as twilio://… or ntfy://….")


class SenderChannelFixed(Unprocessable):
    """The channel of an account can't be changed."""

    template = N_("The channel of an account can't be changed. Create another account.")


class SecretNeeded(Unprocessable):
    """A stored password must not go to another server."""

    template = N_("The server or the user name is another one: enter the password again.")


class BounceSecretNeeded(Unprocessable):
    """The same of the mailbox for bounces."""

    template = N_("The mailbox for bounces is another one: enter its password again.")


class SenderNameTaken(Conflict):
    """Another account has this name."""

    template = N_("Another account is called “%(name)s”.")


class SenderInUse(Conflict):
    """Messages wait for the account."""

    template = N_("Messages wait for this account. Choose another default account, or cancel them first.")


class MessageNotFound(NotFound):
    """There is no such message."""

    template = N_("There is no such message.")


class MessageNotRepeatable(Conflict):
    """The message waits, or its content is gone."""

    template = N_("This message can't be sent again: it waits already, or its content was deleted.")


class SuppressionNotFound(NotFound):
    """There is no such entry."""

    template = N_("The address is not on the list.")


class SuppressionExists(Conflict):
    """The address is on the list already."""

    template = N_("The address is on the list already.")


class UnsubscribeLinkInvalid(NotFound):
    """The link is damaged, or another hub's."""

    template = N_("This link is not complete. Open it again from the message.")


class BounceHookUnknown(NotFound):
    """No account has this address for reports."""

    template = N_("There is no such address for reports.")


class BounceReportInvalid(BadRequest):
    """A body is no report of any provider."""

    template = N_("This is no report that can be read.")


class BounceReportEarly(HubError):
    """The message is being sent right now."""

    status = 503
    template = N_("The message is being sent. Report again in a minute.")


class SenderTestFailed(Conflict):
    """A message of a test was not sent."""

    template = N_("The test failed. The server answered: %(response)s")


class SenderTestTimedOut(SenderTestFailed, variant=True):
    """The server took too long."""

    template = N_("The test failed: the server did not answer in time.")


class SenderTestUnreachable(SenderTestFailed, variant=True):
    """There is no server, or none that speaks."""

    template = N_("The test failed: the server can't be reached. %(response)s")


class SenderTestUnencrypted(SenderTestFailed, variant=True):
    """The server does not encrypt as the account wants it to."""

    template = N_(
        "The test failed: the connection can't be encrypted as it is set here. Check the port and the encryption. %(response)s"
    )


class SenderTestUnsure(SenderTestFailed, variant=True):
    """The server had the message, and gave no answer."""

    template = N_(
        "The test failed: the connection ended before the server answered. The test may have arrived."
    )
