"""Reasons why an attempt failed or a URL is refused: a code with parameters, and one sentence for each code.

The log stores code and parameters. REST answers the English sentence; the console translates it.
"""

import errno
import os
import ssl
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from http.client import responses

import httpcore

from hub_sync.hub.kit.i18n import N_
from hub_sync.rules.certificate_faults import CertificateFault, certificate_fault

_MAX_PART = 200
"""Characters of a parameter that somebody else has written."""
_JOINERS = "\n\t\u200c\u200d"
"""Control characters that stay. The last two join letters and emoji, or separate them."""


class FailureCode(StrEnum):
    """The code of a reason."""

    ERROR_STATUS = "ERROR_STATUS"
    REDIRECT = "REDIRECT"
    REDIRECT_TO = "REDIRECT_TO"
    RESPONSE_TIMEOUT = "RESPONSE_TIMEOUT"
    RESPONSE_INVALID = "RESPONSE_INVALID"
    RESPONSE_MISSING = "RESPONSE_MISSING"
    CONNECT_TIMEOUT = "CONNECT_TIMEOUT"
    CONNECTION_REFUSED = "CONNECTION_REFUSED"
    CONNECTION_RESET = "CONNECTION_RESET"
    CONNECTION_BROKEN = "CONNECTION_BROKEN"
    UNREACHABLE = "UNREACHABLE"
    TLS_FAILED = "TLS_FAILED"
    CERTIFICATE_REFUSED = "CERTIFICATE_REFUSED"
    CERTIFICATE_EXPIRED = "CERTIFICATE_EXPIRED"
    CERTIFICATE_NOT_YET_VALID = "CERTIFICATE_NOT_YET_VALID"
    CERTIFICATE_OTHER_NAME = "CERTIFICATE_OTHER_NAME"
    CERTIFICATE_SELF_SIGNED = "CERTIFICATE_SELF_SIGNED"
    CERTIFICATE_UNKNOWN_AUTHORITY = "CERTIFICATE_UNKNOWN_AUTHORITY"
    REQUEST_INVALID = "REQUEST_INVALID"
    HUB_ERROR = "HUB_ERROR"
    SECRET_UNUSABLE = "SECRET_UNUSABLE"  # noqa: S105 - a code
    RESOLVER_BUSY = "RESOLVER_BUSY"
    NAME_UNKNOWN = "NAME_UNKNOWN"
    NAME_WITHOUT_ADDRESS = "NAME_WITHOUT_ADDRESS"
    NAME_TIMEOUT = "NAME_TIMEOUT"
    NAME_REFUSED = "NAME_REFUSED"
    ADDRESS_REFUSED = "ADDRESS_REFUSED"
    ADDRESS_OF_INTERFACE = "ADDRESS_OF_INTERFACE"
    ADDRESS_NOT_PUBLIC = "ADDRESS_NOT_PUBLIC"
    ADDRESS_OF_HUB = "ADDRESS_OF_HUB"
    URL_TOO_LONG = "URL_TOO_LONG"
    URL_CONTROL_CHARACTER = "URL_CONTROL_CHARACTER"
    URL_SCHEME = "URL_SCHEME"
    URL_FRAGMENT = "URL_FRAGMENT"
    URL_CREDENTIALS = "URL_CREDENTIALS"
    URL_CHARACTERS = "URL_CHARACTERS"
    URL_AUTHORITY = "URL_AUTHORITY"
    URL_WITHOUT_HOST = "URL_WITHOUT_HOST"
    URL_PORT = "URL_PORT"
    URL_HOST_NOT_ASCII = "URL_HOST_NOT_ASCII"
    URL_HOST_INVALID = "URL_HOST_INVALID"
    URL_HOST_NUMERIC = "URL_HOST_NUMERIC"


TEMPLATES: Mapping[FailureCode, str] = {
    FailureCode.ERROR_STATUS: N_("The endpoint answered %(status)s."),
    FailureCode.REDIRECT: N_("The endpoint answered %(status)s: redirects are not followed."),
    FailureCode.REDIRECT_TO: N_(
        "The endpoint answered %(status)s, which leads to %(location)s: redirects are not followed."
    ),
    FailureCode.RESPONSE_TIMEOUT: N_("The endpoint did not answer within %(seconds)s seconds."),
    FailureCode.RESPONSE_INVALID: N_("What the endpoint answered is not HTTP."),
    FailureCode.RESPONSE_MISSING: N_("The endpoint hung up without an answer."),
    FailureCode.CONNECT_TIMEOUT: N_("The endpoint did not take the connection in time."),
    FailureCode.CONNECTION_REFUSED: N_("The endpoint refused the connection."),
    FailureCode.CONNECTION_RESET: N_("The endpoint broke the connection off."),
    FailureCode.CONNECTION_BROKEN: N_("The connection to the endpoint broke."),
    FailureCode.UNREACHABLE: N_("The endpoint can't be reached: %(reason)s."),
    FailureCode.TLS_FAILED: N_("The endpoint does not speak TLS as it should."),
    FailureCode.CERTIFICATE_REFUSED: N_("The endpoint's certificate is not accepted: %(reason)s."),
    FailureCode.CERTIFICATE_EXPIRED: N_(
        "The endpoint's certificate has expired, or the clock of the hub's machine is wrong."
    ),
    FailureCode.CERTIFICATE_NOT_YET_VALID: N_(
        "The endpoint's certificate is not valid yet, or the clock of the hub's machine is wrong."
    ),
    FailureCode.CERTIFICATE_OTHER_NAME: N_(
        "The endpoint's certificate is for another host than the one in the URL."
    ),
    FailureCode.CERTIFICATE_SELF_SIGNED: N_(
        "The endpoint's certificate is signed by itself, and the hub's machine does not trust it. To trust it, put it into "
        "/usr/local/share/ca-certificates there, run update-ca-certificates, and restart the hub."
    ),
    FailureCode.CERTIFICATE_UNKNOWN_AUTHORITY: N_(
        "The endpoint's certificate comes from an authority that the hub's machine does not trust, or the endpoint does not send "
        "its whole chain. To trust the authority, put its certificate into /usr/local/share/ca-certificates there, run "
        "update-ca-certificates, and restart the hub."
    ),
    FailureCode.REQUEST_INVALID: N_("The message can't be sent as HTTP."),
    FailureCode.HUB_ERROR: N_("The hub failed on this message; its log says why."),
    FailureCode.SECRET_UNUSABLE: N_(
        "What is sealed in the database does not open with this hub's secret (DOORWARD_SECRET or the file "
        "hub-secret); restore the secret that belongs to this database."
    ),
    FailureCode.RESOLVER_BUSY: N_(
        "The hub is looking up too many names at once; it tries again in a minute."
    ),
    FailureCode.NAME_UNKNOWN: N_("The name %(host)s could not be found."),
    FailureCode.NAME_WITHOUT_ADDRESS: N_("The name %(host)s has no address."),
    FailureCode.NAME_TIMEOUT: N_("The look-up of the name %(host)s took too long."),
    FailureCode.NAME_REFUSED: N_(
        "%(host)s can't be used: it leads to an address that webhooks may not reach."
    ),
    FailureCode.ADDRESS_REFUSED: N_("%(address)s is %(kind)s, which webhooks may not reach."),
    FailureCode.ADDRESS_OF_INTERFACE: N_(
        "%(address)s names a network interface of the hub, which webhooks may not reach."
    ),
    FailureCode.ADDRESS_NOT_PUBLIC: N_(
        "%(address)s is not a public address, and webhooks may reach no other."
    ),
    FailureCode.ADDRESS_OF_HUB: N_("%(host)s is the hub's own machine, which webhooks may not reach."),
    FailureCode.URL_TOO_LONG: N_("The URL is longer than %(max_length)s characters."),
    FailureCode.URL_CONTROL_CHARACTER: N_("The URL has white space or a control character in it."),
    FailureCode.URL_SCHEME: N_("The URL does not begin with http:// or https://."),
    FailureCode.URL_FRAGMENT: N_("The URL has a fragment (#), which is never sent."),
    FailureCode.URL_CREDENTIALS: N_("The URL has a user name or a password in it."),
    FailureCode.URL_CHARACTERS: N_("The URL has characters that must be percent-encoded, such as a space."),
    FailureCode.URL_AUTHORITY: N_("The URL's host or port can't be read."),
    FailureCode.URL_WITHOUT_HOST: N_("The URL names no host."),
    FailureCode.URL_PORT: N_("The URL's port is not between 1 and %(max_port)s."),
    FailureCode.URL_HOST_NOT_ASCII: N_("The URL's host has letters beyond ASCII: write it in its xn-- form."),
    FailureCode.URL_HOST_INVALID: N_("The URL's host is neither a name nor an address."),
    FailureCode.URL_HOST_NUMERIC: N_("The URL's host ends in a number, and is no address."),
}
"""One English sentence for each code."""
_CERTIFICATE_CODES: Mapping[CertificateFault | None, FailureCode] = {
    CertificateFault.EXPIRED: FailureCode.CERTIFICATE_EXPIRED,
    CertificateFault.NOT_YET_VALID: FailureCode.CERTIFICATE_NOT_YET_VALID,
    CertificateFault.OTHER_NAME: FailureCode.CERTIFICATE_OTHER_NAME,
    CertificateFault.SELF_SIGNED: FailureCode.CERTIFICATE_SELF_SIGNED,
    CertificateFault.UNKNOWN_AUTHORITY: FailureCode.CERTIFICATE_UNKNOWN_AUTHORITY,
}
_CODES: tuple[tuple[type[Exception], FailureCode], ...] = (
    (ssl.SSLError, FailureCode.TLS_FAILED),
    (httpcore.TimeoutException, FailureCode.CONNECT_TIMEOUT),
    (ConnectionRefusedError, FailureCode.CONNECTION_REFUSED),
    (ConnectionError, FailureCode.CONNECTION_RESET),
    (httpcore.LocalProtocolError, FailureCode.REQUEST_INVALID),
)


@dataclass(frozen=True, slots=True)
class Failure:
    """A reason with its parameters.

    >>> Failure(FailureCode.NAME_UNKNOWN, {"host": "nobody.example"}).message
    'The name nobody.example could not be found.'
    """

    code: FailureCode
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def template(self) -> str:
        """The English sentence with placeholders for the parameters."""
        return TEMPLATES[self.code]

    @property
    def message(self) -> str:
        """The sentence in English."""
        return self.template % self.parameters


def response_failure(status: int, location: str = "") -> Failure | None:
    """Return why a response is a failure, or None if it is a success (2xx).

    >>> response_failure(500).message, response_failure(204)
    ('The endpoint answered 500 Internal Server Error.', None)
    """
    if 200 <= status < 300:  # noqa: PLR2004 - HTTP's 2xx
        return None
    phrase = f"{status} {responses.get(status, '')}".rstrip()
    if not 300 <= status < 400:  # noqa: PLR2004 - HTTP's 3xx
        return Failure(FailureCode.ERROR_STATUS, {"status": phrase})
    target = sanitize_text(location.encode("utf-8", "replace"), _MAX_PART)
    if not target:
        return Failure(FailureCode.REDIRECT, {"status": phrase})
    return Failure(FailureCode.REDIRECT_TO, {"status": phrase, "location": target})


def exception_failure(error: Exception) -> Failure:
    """Return why there was no response, from the exception that ended the attempt."""
    cause = error
    while isinstance(cause, httpcore.NetworkError) and isinstance(cause.__cause__, Exception):
        cause = cause.__cause__
    if isinstance(cause, ssl.SSLCertVerificationError):
        fault = certificate_fault(cause)
        if fault in _CERTIFICATE_CODES:
            return Failure(_CERTIFICATE_CODES[fault])
        reason = sanitize_text(cause.verify_message.encode(), _MAX_PART).rstrip(". ")
        return Failure(FailureCode.CERTIFICATE_REFUSED, {"reason": reason})
    for kind, code in _CODES:
        if isinstance(cause, kind):
            return Failure(code)
    if isinstance(cause, httpcore.RemoteProtocolError):
        is_silent = "disconnected" in str(cause)
        return Failure(FailureCode.RESPONSE_MISSING if is_silent else FailureCode.RESPONSE_INVALID)
    if isinstance(cause, OSError) and cause.errno is not None and cause.errno in errno.errorcode:
        return Failure(FailureCode.UNREACHABLE, {"reason": os.strerror(cause.errno).lower()})
    return Failure(FailureCode.CONNECTION_BROKEN)


def sanitize_text(data: bytes, max_length: int = 1024) -> str:
    r"""Return bytes from somebody else as text that databases, logs and pages can take.

    >>> sanitize_text(b"a\x00b\xff\n")
    'a�b�\n'
    """
    text = data.decode("utf-8", "replace").replace("\r\n", "\n")
    if not text.isascii() or not text.isprintable():
        text = "".join(char if char in _JOINERS or not _is_harmful(char) else "�" for char in text)
    return text[:max_length]


def _is_harmful(char: str) -> bool:
    """Return True if a character must not be stored or shown.

    These are control characters (NUL, which PostgreSQL refuses, and escapes), those that change the direction of writing,
    lone surrogates, and line separators.
    """
    return unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")
