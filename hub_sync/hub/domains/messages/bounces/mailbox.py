"""Read the mailbox for bounces, by IMAP.

The mailbox may be a person's, too: nothing is marked as read, and only reports about this hub's own messages are deleted, once they
are stored. Every mail is read once: the highest UID is remembered, with the mailbox's UIDVALIDITY (RFC 3501, 2.3.1.1).
"""

import imaplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from hub_sync.hub.domains.messages.senders.problems import SenderProblem, SenderUnusable
from hub_sync.hub.domains.messages.tables import ConnectionSecurity

TIMEOUT_S = 20.0
MAX_MAIL = 256 * 1024
"""Bytes of a mail that are read: a report's own parts come first, and what it returns may be large."""
MOST_AT_ONCE = 100
INBOX = "INBOX"
_LONGEST_ANSWER = 4 * MAX_MAIL


@dataclass(frozen=True, slots=True)
class BounceMailbox:
    """How to reach a mailbox; the password is in plain text, and in no log."""

    host: str
    port: int
    security: ConnectionSecurity
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class MailboxPosition:
    """The end of what was read: all mails up to a UID, valid while the mailbox has this UIDVALIDITY."""

    uid_validity: int | None
    last_uid: int


class _Bounded:
    """Refuses an answer that is too large: the server decides how much it sends, and imaplib takes all."""

    def read(self, size: int) -> bytes:
        """Return `size` bytes of an answer."""
        if size > _LONGEST_ANSWER:
            raise imaplib.IMAP4.abort(f"an answer of {size} bytes")
        return super().read(size)  # type: ignore[misc,no-any-return]


class _Imap(_Bounded, imaplib.IMAP4):
    """A connection without encryption, or one that begins without."""


class _ImapTls(_Bounded, imaplib.IMAP4_SSL):
    """A connection with TLS from the first byte."""


class OpenMailbox:
    """A mailbox that is open for reading and deleting."""

    def __init__(self, client: imaplib.IMAP4, uid_validity: int) -> None:
        """Take a connection that has selected the mailbox."""
        self._client, self.uid_validity = client, uid_validity

    def read(self, position: MailboxPosition) -> Iterator[tuple[int, bytes]]:
        """Yield UID and content of mails after a position, the oldest first, `MOST_AT_ONCE` at most."""
        last = position.last_uid if position.uid_validity == self.uid_validity else 0
        answer = self._call("SEARCH", "UID", f"{last + 1}:*")
        # "n:*" always names the newest mail, even if its UID is smaller (RFC 3501, 6.4.8).
        words = answer[0].split() if answer and answer[0] else []
        uids = sorted(uid for word in words if (uid := _number(word)) > last)
        for uid in uids[:MOST_AT_ONCE]:
            yield uid, self._fetch(uid)

    def delete(self, uids: Sequence[int]) -> None:
        """Delete mails. Without UIDPLUS they are only marked: EXPUNGE would delete what others have marked, too."""
        if not uids:
            return
        listed = ",".join(map(str, uids))
        self._call("STORE", listed, "+FLAGS.SILENT", r"(\Deleted)")
        _, capabilities = self._client.capability()  # those after the sign-in are others
        if b"UIDPLUS" in b" ".join(part for part in capabilities if isinstance(part, bytes)).upper():
            self._call("EXPUNGE", listed)

    def _fetch(self, uid: int) -> bytes:
        """Return the beginning of a mail; empty: somebody has deleted it."""
        for part in self._call("FETCH", str(uid), f"(UID BODY.PEEK[]<0.{MAX_MAIL}>)"):
            if isinstance(part, tuple):
                return bytes(part[1])
        return b""

    def _call(self, command: str, *arguments: str) -> list[bytes]:
        kind, answer = self._client.uid(command, *arguments)
        if kind != "OK":
            raise imaplib.IMAP4.error(_text(answer))
        return answer


@contextmanager
def open_mailbox(account: BounceMailbox) -> Iterator[OpenMailbox]:
    """Connect, encrypt, sign in and select the inbox.

    Raises:
        SenderUnusable: it can't be read: the server is away, refuses the password, or does not keep to the protocol.
    """
    try:
        client = _connect(account)
        try:
            _sign_in(client, account)
            kind, answer = client.select(INBOX)
            if kind != "OK":
                raise imaplib.IMAP4.error(_text(answer))
            _, validity = client.response("UIDVALIDITY")
            yield OpenMailbox(client, _number((validity or [b""])[0]))
        finally:
            with suppress(imaplib.IMAP4.error, OSError):
                client.logout()
    except ssl.SSLError as error:
        raise SenderUnusable(SenderProblem.CERTIFICATE, str(error)[:500]) from error
    except (imaplib.IMAP4.error, OSError) as error:
        raise SenderUnusable(SenderProblem.UNREACHABLE, str(error)[:500]) from error


def _connect(account: BounceMailbox) -> imaplib.IMAP4:
    context = ssl.create_default_context()
    if account.security is ConnectionSecurity.TLS:
        return _ImapTls(account.host, account.port, ssl_context=context, timeout=TIMEOUT_S)
    client = _Imap(account.host, account.port, timeout=TIMEOUT_S)
    if account.security is ConnectionSecurity.STARTTLS:
        try:
            client.starttls(context)
        except imaplib.IMAP4.error as error:
            client.shutdown()
            raise SenderUnusable(SenderProblem.NOT_SUPPORTED, str(error)[:500]) from error
        except OSError:
            with suppress(OSError):  # a failed handshake has closed the socket
                client.shutdown()
            raise
    return client


def _sign_in(client: imaplib.IMAP4, account: BounceMailbox) -> None:
    try:
        if (account.username + account.password).isascii():
            client.login(account.username, account.password)
        else:  # LOGIN has no other characters; PLAIN is UTF-8 (RFC 4616)
            words = f"\0{account.username}\0{account.password}".encode()
            client.authenticate("PLAIN", lambda _: words)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        raise SenderUnusable(SenderProblem.AUTHENTICATION, _clean(str(error))) from error


def _number(word: object) -> int:
    """Return a number of an answer.

    Raises:
        imaplib.IMAP4.error: it is none.
    """
    if not isinstance(word, bytes) or not word.isdigit():
        raise imaplib.IMAP4.error(f"not a number: {word!r}")
    return int(word[:18])


def _text(answer: Sequence[object]) -> str:
    return " ".join(part.decode("utf-8", "replace") for part in answer if isinstance(part, bytes))[:500]


def _clean(text: str) -> str:
    """Return an error of imaplib, which is the text of bytes: `b'[AUTHENTICATIONFAILED] …'`."""
    return text.removeprefix("b'").removesuffix("'")[:500]
