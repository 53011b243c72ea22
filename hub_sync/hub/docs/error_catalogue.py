"""Every code that an answer's `error.code` can be: the subclasses of HubError, and what the web server itself refuses."""

from collections.abc import Iterator
from dataclasses import dataclass

from hub_sync.hub.kit.errors import HubError

_OURS = "hub_sync.hub."
_OTHERS = (
    (404, "NotFound", "There is nothing at this address."),
    (405, "MethodNotAllowed", "The address takes other methods; `Allow` names them."),
    (422, "ValidationFailed", "A value is not as it must be; `errors` says which, and why."),
    (500, "InternalError", "The hub failed; its log says why, under the `request_id`."),
    (503, "DatabaseUnavailable", "The hub's database does not answer. Try again after `Retry-After`."),
)


@dataclass(frozen=True, slots=True)
class DocumentedError:
    """One code."""

    status: int
    code: str
    about: str


def all_errors() -> list[DocumentedError]:
    """Return all errors, by status, then by code."""
    errors = {DocumentedError(*error) for error in _OTHERS}
    known = {error.code for error in errors}
    for error in _below(HubError):
        if error.__module__.startswith(_OURS) and error.code not in known:
            known.add(error.code)
            errors.add(DocumentedError(error.status, error.code, (error.__doc__ or "").partition("\n")[0]))
    return sorted(errors, key=lambda error: (error.status, error.code))


def _below(kind: type[HubError]) -> Iterator[type[HubError]]:
    for subclass in kind.__subclasses__():
        yield subclass
        yield from _below(subclass)
