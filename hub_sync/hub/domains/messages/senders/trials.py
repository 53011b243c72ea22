"""Try an account: sign in, and send one message to a person, at once and past the outbox."""

import asyncio
from collections.abc import Mapping, Sequence

from hub_sync.contract.enums import MessageChannel, MessageStatus
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.messages.delivery.compose import RenderedMessage, check_recipient
from hub_sync.hub.domains.messages.delivery.mail_domains import ascii_domain
from hub_sync.hub.domains.messages.delivery.retry_schedule import SendOutcome
from hub_sync.hub.domains.messages.delivery_manifest import SENDER_TESTED
from hub_sync.hub.domains.messages.errors import (
    SenderTestFailed,
    SenderTestTimedOut,
    SenderTestUnencrypted,
    SenderTestUnreachable,
    SenderTestUnsure,
)
from hub_sync.hub.domains.messages.senders import accounts
from hub_sync.hub.domains.messages.senders.connection import Connection, ConnectionOver
from hub_sync.hub.domains.messages.senders.mail_message import Envelope, build_mail
from hub_sync.hub.domains.messages.senders.problems import SenderProblem, SenderUnusable
from hub_sync.hub.domains.messages.senders.services import ServiceConnection
from hub_sync.hub.domains.messages.senders.settings import SenderSettings, settings_of
from hub_sync.hub.domains.messages.senders.smtp import SmtpConnection
from hub_sync.hub.domains.webhooks.service import allowed_networks
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.networks import Network
from hub_sync.hub.kit.security.encryption import SecretUnusable

TIMEOUT_S = 25.0
_FAILURES: Mapping[SenderProblem, type[SenderTestFailed]] = {
    SenderProblem.UNREACHABLE: SenderTestUnreachable,
    SenderProblem.CERTIFICATE: SenderTestUnencrypted,
    SenderProblem.NOT_SUPPORTED: SenderTestUnencrypted,
}
"""What the account's problem is called where nothing that the server said tells it."""


def try_account(
    hub: HubContext, actor: str, tenant_id: str, sender_id: str, recipient: str, content: RenderedMessage
) -> None:
    """Send a message through an account. Call it outside of any transaction.

    Raises:
        SenderNotFound: 404. RecipientInvalid: 422.
        SenderTestFailed: it did not work, with what the server answered (409).
    """
    allowed = allowed_networks(hub.settings)
    with hub.uow.begin(actor) as work:
        row = accounts.get(work, tenant_id, sender_id)
        address = check_recipient(row.channel, recipient)
        try:
            sender = settings_of(work, row)
        except SecretUnusable as error:
            raise SenderTestFailed(response=str(error)) from error
        payload = None
        if sender.channel is MessageChannel.EMAIL:
            domain = ascii_domain(sender.from_address).rpartition("@")[2]
            envelope = Envelope(
                sender.from_address,
                sender.from_name,
                sender.reply_to,
                address,
                f"<{work.new_id()}@{domain}>",
                work.now(),
                {},
            )
            payload = build_mail(envelope, content)
        audit.record(work, tenant_id, SENDER_TESTED, sender_id)
    try:
        outcome = asyncio.run(asyncio.wait_for(_send(sender, address, payload, content, allowed), TIMEOUT_S))
    except SenderUnusable as error:
        raise _FAILURES.get(error.problem, SenderTestFailed)(response=error.response) from error
    except ConnectionOver as error:
        raise SenderTestFailed(response=str(error)) from error
    except TimeoutError as error:
        raise SenderTestTimedOut from error
    if outcome.status is MessageStatus.UNSURE:
        raise SenderTestUnsure
    if outcome.status is not MessageStatus.SENT:
        raise SenderTestFailed(response=outcome.response)


async def _send(
    sender: SenderSettings,
    recipient: str,
    payload: bytes | None,
    content: RenderedMessage,
    allowed: Sequence[Network],
) -> SendOutcome:
    connection = connection_of(sender, allowed)
    await connection.open()
    try:
        return await connection.send(recipient, payload, content, sender.bounce_address)
    finally:
        await connection.close()


def connection_of(sender: SenderSettings, allowed: Sequence[Network] = ()) -> Connection:
    """Return a connection of an account; it is not open yet.

    Args:
        sender: the account.
        allowed: networks that are not public but that a service may be in.
    """
    if sender.channel is MessageChannel.EMAIL:
        return SmtpConnection(sender.smtp)
    return ServiceConnection(sender.channel, sender.service_url, allowed)
