"""Codes of the reasons why a message was not sent, or not yet, and their sentences for the list of messages."""

from enum import StrEnum

from hub_sync.hub.kit.i18n import N_


class DeliveryFailure(StrEnum):
    """The code of a failure, as it is stored."""

    RECIPIENT_INVALID = "RECIPIENT_INVALID"
    CONTENT_UNUSABLE = "CONTENT_UNUSABLE"
    REFUSED_FOR_NOW = "REFUSED_FOR_NOW"
    RECIPIENT_REFUSED = "RECIPIENT_REFUSED"
    REFUSED = "REFUSED"
    CONNECTION_LOST = "CONNECTION_LOST"
    UNCERTAIN = "UNCERTAIN"
    TOO_LATE = "TOO_LATE"
    CANCELLED = "CANCELLED"
    QUIET_HOURS = "QUIET_HOURS"
    OPTED_OUT = "OPTED_OUT"
    BOUNCED = "BOUNCED"
    BOUNCED_FOR_NOW = "BOUNCED_FOR_NOW"
    COMPLAINED = "COMPLAINED"
    OTHER_INSTANCE = "OTHER_INSTANCE"
    NOT_SHOWN = "NOT_SHOWN"


SENTENCES: dict[str, str] = {
    DeliveryFailure.RECIPIENT_INVALID: N_("Nobody can be reached at this address."),
    DeliveryFailure.CONTENT_UNUSABLE: N_("The message could not be made."),
    DeliveryFailure.REFUSED_FOR_NOW: N_("The server does not take it now."),
    DeliveryFailure.RECIPIENT_REFUSED: N_("The server does not take mail for this address."),
    DeliveryFailure.REFUSED: N_("The server refused the message."),
    DeliveryFailure.CONNECTION_LOST: N_("The connection was lost before the message was sent."),
    DeliveryFailure.UNCERTAIN: N_(
        "The connection or the hub was lost while the message was being sent: it may have arrived."
    ),
    DeliveryFailure.TOO_LATE: N_("Its time was over before it could be sent."),
    DeliveryFailure.CANCELLED: N_("It was cancelled."),
    DeliveryFailure.QUIET_HOURS: N_("It is night where the recipient is."),
    DeliveryFailure.OPTED_OUT: N_("The address is on the list of those that get no such messages."),
    DeliveryFailure.BOUNCED: N_("It came back: it can't be delivered."),
    DeliveryFailure.BOUNCED_FOR_NOW: N_("A server reports that it was not delivered, perhaps for now."),
    DeliveryFailure.COMPLAINED: N_("The recipient reported it as spam."),
    DeliveryFailure.OTHER_INSTANCE: N_("A copy of this hub may have sent it."),
    DeliveryFailure.NOT_SHOWN: N_("The station had it, and it did not stand on its screen in time."),
}
