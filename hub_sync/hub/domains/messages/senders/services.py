"""Text messages and push by services that apprise knows. It gives no receipts, so SENT is the last state.

The address of a service holds secrets: it stands in no log, and no error.
"""

import logging
from collections.abc import Sequence

from apprise import Apprise, AppriseAsset, NotifyFormat
from starlette.concurrency import run_in_threadpool

from hub_sync.contract.enums import MessageChannel, MessageStatus
from hub_sync.hub.domains.messages.delivery.compose import RenderedMessage
from hub_sync.hub.domains.messages.delivery.failures import DeliveryFailure
from hub_sync.hub.domains.messages.delivery.retry_schedule import SendOutcome
from hub_sync.hub.domains.messages.errors import ServiceUrlInvalid
from hub_sync.hub.domains.messages.senders.problems import SenderProblem, SenderUnusable
from hub_sync.hub.domains.messages.senders.service_guard import guarded, sends_by_http
from hub_sync.hub.kit.networks import Network

RECIPIENT = "{recipient}"
"""In the address of a service, the place of the recipient: `twilio://SID:TOKEN@FROM/{recipient}`."""
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
        """Send one message; a service that does not take it is asked again later."""
        del payload, envelope_sender
        title = content.subject if self._channel is MessageChannel.PUSH else ""
        if await run_in_threadpool(_notify, self._url, self._allowed, recipient, title, content.text):
            self.sent += 1
            return SendOutcome(MessageStatus.SENT)
        return SendOutcome(MessageStatus.DEFERRED, DeliveryFailure.REFUSED_FOR_NOW)

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


def _notify(url: str, allowed: Sequence[Network], recipient: str, title: str, text: str) -> bool:
    service = _service(url, recipient)
    if service is None:
        return False
    with guarded(allowed):
        return bool(service.notify(body=text, title=title, body_format=NotifyFormat.TEXT))


def _service(url: str, recipient: str) -> Apprise | None:
    """Return the service of an address; None: apprise does not know it, or its connections can't be checked."""
    service = Apprise(asset=AppriseAsset(http_redirects=False))
    is_usable = service.add(_addressed(url, recipient)) and all(map(sends_by_http, service))
    return service if is_usable else None


def _addressed(url: str, recipient: str) -> str:
    return url.replace(RECIPIENT, recipient.lstrip("+"))
