"""SMTP: one connection of an account, and what its answers mean.

A message counts as begun with the command DATA. What is lost before it was not sent; what is lost after it is UNSURE,
since the server may have accepted it.
"""

import re
import ssl
from dataclasses import dataclass
from typing import NoReturn

from aiosmtplib import SMTP
from aiosmtplib.errors import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPNotSupported,
    SMTPResponseException,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from hub_sync.contract.enums import MessageStatus
from hub_sync.hub.domains.messages.delivery.compose import RenderedMessage
from hub_sync.hub.domains.messages.delivery.failures import DeliveryFailure
from hub_sync.hub.domains.messages.delivery.mail_domains import ascii_domain
from hub_sync.hub.domains.messages.delivery.retry_schedule import SendOutcome
from hub_sync.hub.domains.messages.senders.connection import ConnectionOver
from hub_sync.hub.domains.messages.senders.problems import SenderProblem, SenderUnusable
from hub_sync.hub.domains.messages.tables import ConnectionSecurity

CONNECT_TIMEOUT_S, COMMAND_TIMEOUT_S, DATA_TIMEOUT_S = 20.0, 30.0, 60.0
SERVICE_CLOSES = 421
_PERMANENT = 500
_TOO_LARGE = 552
_TRANSIENT_LOGIN = range(400, 500)
_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_LONGEST = 500
_POLICY, _ADDRESS = "7", "1"


@dataclass(frozen=True, slots=True)
class SmtpAccount:
    """How to reach and use a mail server; the password is in plain text, and in no log."""

    host: str
    port: int
    security: ConnectionSecurity
    username: str
    password: str

    def __repr__(self) -> str:
        """Return the account without its password."""
        return f"SmtpAccount({self.host}:{self.port})"


class SmtpConnection:
    """An open connection that sends one message after another."""

    def __init__(self, account: SmtpAccount) -> None:
        """Take the account; `open` connects."""
        self._account = account
        self.sent = 0
        """Messages that the server accepted over this connection."""
        security = account.security
        self._client = SMTP(
            hostname=account.host,
            port=account.port,
            use_tls=security is ConnectionSecurity.TLS,
            start_tls=security is ConnectionSecurity.STARTTLS,
            timeout=COMMAND_TIMEOUT_S,
        )

    @property
    def is_open(self) -> bool:
        """Return True unless one of both sides is known to have closed it."""
        return self._client.is_connected

    async def open(self) -> None:
        """Connect, encrypt and sign in.

        Raises:
            SenderUnusable: the account does not work.
        """
        try:
            await self._client.connect(timeout=CONNECT_TIMEOUT_S)
            if self._account.username:
                await self._client.login(self._account.username, self._account.password)
        except SMTPAuthenticationError as error:
            self.abort()
            if error.code in _TRANSIENT_LOGIN:
                raise SenderUnusable(SenderProblem.UNREACHABLE, _response(error)) from error
            raise SenderUnusable(SenderProblem.AUTHENTICATION, _response(error)) from error
        except SMTPNotSupported as error:
            self.abort()
            raise SenderUnusable(SenderProblem.NOT_SUPPORTED, str(error)[:_LONGEST]) from error
        except SMTPResponseException as error:
            self.abort()
            raise SenderUnusable(SenderProblem.UNREACHABLE, _response(error)) from error
        except (SMTPException, OSError) as error:
            self.abort()
            is_certificate = isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError)
            problem = SenderProblem.CERTIFICATE if is_certificate else SenderProblem.UNREACHABLE
            raise SenderUnusable(problem, _words(error)) from error

    async def send(
        self, recipient: str, payload: bytes | None, content: RenderedMessage, envelope_sender: str
    ) -> SendOutcome:
        """Send one message: its `payload`.

        Raises:
            ConnectionOver: it was not begun; the connection is closed.
            SenderUnusable: the server refuses the account; the message was not begun.
        """
        del content
        client = self._client
        recipient, envelope_sender = ascii_domain(recipient), ascii_domain(envelope_sender)
        options = [] if (recipient + envelope_sender).isascii() else ["SMTPUTF8", "BODY=8BITMIME"]
        if options and not client.supports_extension("smtputf8"):
            return SendOutcome(
                MessageStatus.BOUNCED, DeliveryFailure.RECIPIENT_REFUSED, "SMTPUTF8 is not supported"
            )
        encoding = "utf-8" if options else "ascii"
        try:
            await client.mail(envelope_sender, options=options, encoding=encoding)
        except SMTPResponseException as error:
            return self._sender_refused(error)
        except (SMTPServerDisconnected, SMTPTimeoutError, OSError) as error:
            self._is_over(error)
        try:
            await client.rcpt(recipient, encoding=encoding)
        except SMTPResponseException as error:
            if error.code == SERVICE_CLOSES:
                self._is_over(error)
            await self._reset()
            return _refused(error, at_recipient=True)
        except (SMTPServerDisconnected, SMTPTimeoutError, OSError) as error:
            self._is_over(error)
        try:
            response = await client.data(payload or b"", timeout=DATA_TIMEOUT_S)
        except SMTPResponseException as error:
            if (
                error.code == SERVICE_CLOSES
            ):  # an answer to DATA or to the message, which therefore was not accepted
                self._is_over(error)
            await self._reset()
            return _refused(error, at_recipient=False)
        except (SMTPException, OSError) as error:
            self.abort()
            return SendOutcome(MessageStatus.UNSURE, DeliveryFailure.UNCERTAIN, _words(error))
        self.sent += 1
        return SendOutcome(MessageStatus.SENT, response=f"{response.code} {response.message}"[:_LONGEST])

    def _sender_refused(self, error: SMTPResponseException) -> SendOutcome:
        """Return what an answer to MAIL FROM means: it is about the account, unless the message is too large."""
        if error.code == SERVICE_CLOSES:
            self._is_over(error)
        if error.code == _TOO_LARGE:
            return _refused(error, at_recipient=False)
        if error.code >= _PERMANENT:
            raise SenderUnusable(SenderProblem.SENDER_REFUSED, _response(error)) from error
        return _refused(error, at_recipient=False)

    def _is_over(self, error: Exception) -> NoReturn:
        self.abort()
        raise ConnectionOver(_words(error)) from error

    async def _reset(self) -> None:
        """Forget the message that was refused; a server that does not answer is left."""
        try:
            await self._client.rset()
        except (SMTPException, OSError):
            self.abort()

    def abort(self) -> None:
        """Close without a word."""
        self._client.close()

    async def close(self) -> None:
        """Say goodbye and close."""
        if self.is_open:
            try:
                await self._client.quit(timeout=2.0)
            except (SMTPException, OSError):
                self.abort()


async def check_account(account: SmtpAccount) -> None:
    """Connect and sign in, and send nothing.

    Raises:
        SenderUnusable: the account does not work.
    """
    connection = SmtpConnection(account)
    await connection.open()
    await connection.close()


def _refused(error: SMTPResponseException, *, at_recipient: bool) -> SendOutcome:
    """Return what an answer 4xx or 5xx to RCPT or DATA means (RFC 5321, 4.2.1; RFC 3463)."""
    response = _response(error)
    if error.code < _PERMANENT:
        return SendOutcome(MessageStatus.DEFERRED, DeliveryFailure.REFUSED_FOR_NOW, response)
    enhanced = _ENHANCED.search(error.message)
    subject = enhanced[2] if enhanced else None
    if subject == _POLICY or not (at_recipient or subject == _ADDRESS):
        return SendOutcome(MessageStatus.FAILED, DeliveryFailure.REFUSED, response)
    is_unknown = subject == _ADDRESS or (subject is None and error.code in (550, 551, 553))
    return SendOutcome(
        MessageStatus.BOUNCED, DeliveryFailure.RECIPIENT_REFUSED, response, suppresses=is_unknown
    )


def _words(error: Exception) -> str:
    """Return what the server answered, or else what happened to the connection."""
    return _response(error) if isinstance(error, SMTPResponseException) else str(error)[:_LONGEST]


def _response(error: SMTPResponseException) -> str:
    return f"{error.code} {error.message}"[:_LONGEST]
