"""What an attempt's log tells people: one plain sentence for a failure, and an endpoint's words made harmless."""

import errno
import os
import ssl
import unicodedata
from http.client import responses

import httpcore

from hub_sync.hub.domains.webhooks.network.failure_codes import AttemptFailure

_PLACES_SHOWN = 200
_KEPT = "\n\t\u200c\u200d"
"""The last two join letters and emoji, or keep them apart."""
_CODES: tuple[tuple[type[Exception], str], ...] = (
    (ssl.SSLError, "TlsFailed"),
    (httpcore.TimeoutException, "ConnectTimedOut"),
    (ConnectionRefusedError, "ConnectionRefused"),
    (ConnectionError, "ConnectionAborted"),
    (httpcore.LocalProtocolError, "RequestNotHttp"),
)


def describe_response(status: int, location: str = "") -> AttemptFailure | None:
    """Why an answer is a failure; None if it is none.

    >>> of_answer(500), of_answer(204)
    ('The endpoint answered 500 Internal Server Error.', None)
    """
    if 200 <= status < 300:  # noqa: PLR2004 - HTTP's 2xx
        return None
    phrase = f"{status} {responses.get(status, '')}".rstrip()
    if 300 <= status < 400:  # noqa: PLR2004 - HTTP's 3xx
        place = sanitize_text(location.encode("utf-8", "replace"), _PLACES_SHOWN)
        if place:
            return AttemptFailure.of("Redirected", status=phrase, location=place)
        return AttemptFailure.of("RedirectedNowhere", status=phrase)
    return AttemptFailure.of("ResponseNotSuccessful", status=phrase)


def describe_failure(failure: Exception) -> AttemptFailure:
    """Why there was no answer."""
    cause = failure
    while isinstance(cause, httpcore.NetworkError) and isinstance(cause.__cause__, Exception):
        cause = cause.__cause__
    return _failure(cause)


def sanitize_text(words: bytes, longest: int = 1024) -> str:
    r"""Bytes from somebody else as text that databases, logs and pages can take.

    >>> readable(b"a\x00b\xff\n")
    'a�b�\n'
    """
    text = words.decode("utf-8", "replace").replace("\r\n", "\n")
    if not text.isascii() or not text.isprintable():
        text = "".join(one if one in _KEPT or not _harmful(one) else "�" for one in text)
    return text[:longest]


def _harmful(one: str) -> bool:
    """Tell if a character must not be stored or shown.

    These are control characters (NUL, which PostgreSQL refuses, and escapes), those that change the direction of writing,
    lone surrogates, and line separators.
    """
    return unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _failure(cause: Exception) -> AttemptFailure:
    if isinstance(cause, ssl.SSLCertVerificationError):
        said = sanitize_text(cause.verify_message.encode()).rstrip(". ")
        return AttemptFailure.of("CertificateRefused", reason=said)
    for kind, code in _CODES:
        if isinstance(cause, kind):
            return AttemptFailure.of(code)
    if isinstance(cause, httpcore.RemoteProtocolError):
        silent = "disconnected" in str(cause)
        return AttemptFailure.of("NoResponse" if silent else "ResponseNotHttp")
    if isinstance(cause, OSError) and cause.errno is not None and cause.errno in errno.errorcode:
        return AttemptFailure.of("Unreachable", reason=os.strerror(cause.errno).lower())
    return AttemptFailure.of("ConnectionFailed")
