"""Text messages and push by services that apprise knows. It gives no receipts, so SENT is the last state.

The address of a service holds secrets: it stands in no log, and no error.
"""

import logging
from collections.abc import Sequence
from http import HTTPStatus

from apprise import Apprise, AppriseAsset, NotifyFormat
from starlette.concurrency import run_in_threadpool

from hub_sync.contract.enums import MessageChannel, MessageStatus
from hub_sync.hub.domains.messages.delivery.compose import RenderedMessage
from hub_sync.hub.domains.messages.delivery.failures import DeliveryFailure
from hub_sync.hub.domains.messages.delivery.retry_schedule import SendOutcome
from hub_sync.hub.domains.messages.errors import ServiceUrlInvalid
from hub_sync.hub.domains.messages.senders.problems import SenderProblem, SenderUnusable
from hub_sync.hub.domains.messages.senders.service_guard import ServiceAnswer, guarded, sends_by_http
from hub_sync.hub.kit.networks import Network

RECIPIENT = "{recipient}"
"""In the address of a service, the place of the recipient: `twilio://SID:TOKEN@FROM/{recipient}`."""
_REFUSED = (400, 404, 405, 406, 410, 413, 414, 415, 422)
"""Answers that mean this message; 403 may mean the whole account, and 408, 409, 423, 425 and 429 are of the moment."""
_LOCAL_SCHEMES = ("dbus", "glib", "gnome", "kde", "macosx", "qt", "syslog", "windows", "file")
"""Services that act on the hub's own machine."""

logging.getLogger("apprise").disabled = True


class ServiceConnection:
    """Sends one message at a time; nothing stays open between two."""

    def __init__(self, channel: MessageChannel, url: str, allowed: Sequence[Network] = ()) -> None:
        """Take the channel, the address of its service, and networks that are not public but may be reached."""
        self._channel, self._url, self._allowed = channel, url, allowed
        self.sent = 0

    @property
    def is_open(self) -> bool:
        """Return True."""
        return True

    async def open(self) -> None:
        """Check the address.

        Raises:
            SenderUnusable: no service can be reached at it.
        """
        try:
            check_service_url(self._url)
        except ServiceUrlInvalid as error:
            raise SenderUnusable(SenderProblem.NOT_SUPPORTED, error.message) from None

    async def send(
        self, recipient: str, payload: bytes | None, content: RenderedMessage, envelope_sender: str
    ) -> SendOutcome:
        """Send one message. What a service refuses for good is settled; where it is busy or away, it is asked again later.

        Raises:
            SenderUnusable: it refuses the password or the token.
        """
        del payload, envelope_sender
        title = content.subject if self._channel is MessageChannel.PUSH else ""
        answer = await run_in_threadpool(_notify, self._url, self._allowed, recipient, title, content.text)
        if answer is None:
            self.sent += 1
            return SendOutcome(MessageStatus.SENT)
        return _outcome(answer)

    async def close(self) -> None:
        """Do nothing."""


def check_service_url(url: str) -> str:
    """Return the address of a service that can be used.

    Raises:
        ServiceUrlInvalid: apprise does not know it, or it would act on the hub's own machine (422).
    """
    scheme = url.partition("://")[0].lower()
    service = _service(url, "+15555550100")
    if scheme in _LOCAL_SCHEMES or service is None:
        raise ServiceUrlInvalid
    return url


def _notify(
    url: str, allowed: Sequence[Network], recipient: str, title: str, text: str
) -> ServiceAnswer | None:
    """Return None if the service took the message, else what it answered."""
    service = _service(url, recipient)
    if service is None:
        return ServiceAnswer()
    with guarded(allowed) as answer:
        is_taken = service.notify(body=text, title=title, body_format=NotifyFormat.TEXT)
    return None if is_taken else answer


def _outcome(answer: ServiceAnswer) -> SendOutcome:
    """Return what becomes of a message that was not taken.

    Raises:
        SenderUnusable: the service refuses the password or the token.
    """
    if answer.is_uncertain:
        return SendOutcome(MessageStatus.UNSURE, DeliveryFailure.UNCERTAIN)
    response = "" if answer.status is None else f"HTTP {answer.status}"
    if answer.status == HTTPStatus.UNAUTHORIZED:
        raise SenderUnusable(SenderProblem.AUTHENTICATION, response)
    if answer.status in _REFUSED:
        return SendOutcome(MessageStatus.FAILED, DeliveryFailure.REFUSED, response)
    return SendOutcome(MessageStatus.DEFERRED, DeliveryFailure.REFUSED_FOR_NOW, response)


def _service(url: str, recipient: str) -> Apprise | None:
    """Return the service of an address; None: apprise does not know it, or its connections can't be checked."""
    service = Apprise(asset=AppriseAsset(http_redirects=False))
    is_usable = service.add(_addressed(url, recipient)) and all(map(sends_by_http, service))
    return service if is_usable else None


def _addressed(url: str, recipient: str) -> str:
    return url.replace(RECIPIENT, recipient.lstrip("+"))
