"""Why an attempt failed: a code with parameters, which the log keeps and pages say in their language."""

from collections.abc import Mapping
from typing import Any, Self

import orjson
from sqlalchemy import Dialect, String, TypeDecorator

from hub_sync.hub.domains.webhooks.errors import WebhookUrlUnusable
from hub_sync.hub.kit.errors import fill_in
from hub_sync.hub.kit.i18n import N_

ERROR_LENGTH = 500
_LONGEST_PARAMETER = 200
_TEMPLATES: Mapping[str, str] = {
    "ResponseNotSuccessful": N_("The endpoint answered %(status)s."),
    "Redirected": N_(
        "The endpoint answered %(status)s, which leads to %(location)s: redirects are not followed."
    ),
    "RedirectedNowhere": N_("The endpoint answered %(status)s: redirects are not followed."),
    "TlsFailed": N_("The endpoint does not speak TLS as it should."),
    "CertificateRefused": N_("The endpoint's certificate is not accepted: %(reason)s."),
    "ConnectTimedOut": N_("The endpoint did not take the connection in time."),
    "ConnectionRefused": N_("The endpoint refused the connection."),
    "ConnectionAborted": N_("The endpoint broke the connection off."),
    "ConnectionFailed": N_("The connection to the endpoint broke."),
    "Unreachable": N_("The endpoint can't be reached: %(reason)s."),
    "RequestNotHttp": N_("The message can't be sent as HTTP."),
    "NoResponse": N_("The endpoint hung up without an answer."),
    "ResponseNotHttp": N_("What the endpoint answered is not HTTP."),
    "ResponseTimedOut": N_("The endpoint did not answer within %(seconds)s seconds."),
    "NameNotFound": N_("The name %(name)s could not be found."),
    "NameTimedOut": N_("Nobody said in time which address %(name)s has."),
    "NameWithoutAddress": N_("The name %(name)s has no address."),
    "AddressNotAllowed": N_("Webhooks may not reach this: %(reason)s."),
    "NameNotAllowed": N_("%(name)s can't be used: it leads to an address that webhooks may not reach."),
    "ResolverBusy": N_("The hub is looking up too many names at once; it tries again in a minute."),
    "SecretUnusable": N_(
        "The webhook's secret does not open with this hub's secret: restore the one that belongs to this database."
    ),
    "HubFailed": N_("The hub failed on this message; its log says why."),
}


class AttemptFailure(str):
    """The English sentence about a failed attempt, which programs read, with its code and parameters.

    >>> str(AttemptFailure.of("NameNotFound", name="hooks.example.org"))
    'The name hooks.example.org could not be found.'
    """

    __slots__ = ("code", "parameters", "template")
    code: str
    parameters: Mapping[str, Any]
    template: str

    @classmethod
    def of(cls, code: str, **parameters: str) -> Self:
        """Make a failure of a code.

        Raises:
            KeyError: there is no such code.
        """
        return cls._make(
            code, _template(code), {name: text[:_LONGEST_PARAMETER] for name, text in parameters.items()}
        )

    @classmethod
    def of_url(cls, error: WebhookUrlUnusable) -> Self:
        """Make the failure of a URL that can't be used."""
        parameters = {name: str(value) for name, value in error.parameters.items()}
        return cls._make(type(error).__name__, error.template, parameters)

    @classmethod
    def load(cls, text: str) -> Self:
        """Read what `dump` wrote; any other text is a failure whose sentence is all that is known."""
        try:
            stored = orjson.loads(text)
            return cls._make(stored["code"], _template(stored["code"]), stored["parameters"])
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return cls._make("", text.replace("%", "%%"), {})

    def dump(self) -> str:
        """Return the code and the parameters as JSON."""
        if not self.code:
            return str(self)[:ERROR_LENGTH]
        return orjson.dumps({"code": self.code, "parameters": self.parameters}).decode()

    @classmethod
    def _make(cls, code: str, template: str, parameters: Mapping[str, Any]) -> Self:
        failure = cls(fill_in(template, parameters))
        failure.code, failure.template, failure.parameters = code, template, parameters
        return failure


class AttemptFailureType(TypeDecorator[AttemptFailure]):
    """A column of failures: text in the database, `AttemptFailure` in Python."""

    impl = String(ERROR_LENGTH)
    cache_ok = True

    def process_bind_param(self, value: str | None, _: Dialect) -> str | None:
        """Return a failure as JSON; any other text as it is."""
        return value.dump() if isinstance(value, AttemptFailure) else value

    def process_result_value(self, value: Any, _: Dialect) -> AttemptFailure | None:
        """Return the failure."""
        return None if value is None else AttemptFailure.load(value)


def _template(code: str) -> str:
    return _TEMPLATES[code] if code in _TEMPLATES else _URL_TEMPLATES[code]


_URL_ERRORS: tuple[type[WebhookUrlUnusable], ...] = (
    WebhookUrlUnusable,
    *WebhookUrlUnusable.__subclasses__(),
)
_URL_TEMPLATES: Mapping[str, str] = {kind.__name__: kind.template for kind in _URL_ERRORS}
