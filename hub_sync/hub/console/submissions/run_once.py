"""Forms that create something act once: the same form sent twice is carried out once, and both get the same answer.

The answer is stored in the transaction of the change, under the form's token and its content, as the answer of a REST
request is stored under its Idempotency-Key. A form that was changed before it is sent again is another request.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from fastapi.responses import Response

from hub_sync.hub.console.submissions.form_drafts import DRAFT_FIELD, SECRET_FIELDS
from hub_sync.hub.console.submissions.form_tokens import FORM_TOKEN_FIELD, FormToken
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.http.idempotency import IdempotentRequest, StoredResponse

_LOCATION, _DIALOG_LOCATION, _COOKIES = "location", "x-location", "set-cookie"
_FIRST_ERROR = 400
_NOT_CONTENT = {"csrf", FORM_TOKEN_FIELD, DRAFT_FIELD} | SECRET_FIELDS
"""Not passwords and codes either: what is stored must not help to guess them."""


class _AnsweredBefore(Exception):
    def __init__(self, stored: StoredResponse) -> None:
        super().__init__()
        self.stored = stored


def request_of(token: FormToken, path: str, fields: Mapping[str, Sequence[str]]) -> IdempotentRequest:
    """Return the request of a form: its token, its path and what was typed."""
    content = {name: list(texts) for name, texts in fields.items() if name not in _NOT_CONTENT}
    fingerprint = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    identity = f"form\n{token.user_id}\n{path}\n{token.id}\n{fingerprint}"
    return IdempotentRequest(token.tenant_id, hashlib.sha256(identity.encode()).hexdigest(), fingerprint)


class Submission:
    """One form that creates something, while it is carried out."""

    def __init__(self, hub: HubContext, request: IdempotentRequest, actor: str) -> None:
        self._hub, self._request, self._actor = hub, request, actor
        self._transaction = ExitStack()
        self._work: Work | None = None

    def carry_out(self, endpoint: Callable[[], Response], *, in_dialog: bool) -> Response:
        """Call the endpoint, or return the answer that it gave before; `in_dialog`: the script follows redirects."""
        with self._transaction:
            try:
                response = endpoint()
            except _AnsweredBefore as answered:
                return _replay(answered.stored, in_dialog=in_dialog)
            if self._work is not None and response.status_code < _FIRST_ERROR:
                self._request.store(self._work, self._hub.secret_box, _stored(response))
                if self._hub.in_flight_requests.sweep_is_due():
                    self._request.sweep(self._work)
            return response

    @contextmanager
    def begin(self) -> Iterator[Work]:
        """Begin the form's transaction; it commits once the endpoint has returned its answer."""
        if self._work is None:
            self._work = self._transaction.enter_context(self._hub.uow.begin(actor=self._actor))
            stored = self._request.claim(self._work, self._hub.secret_box, wait=True)
            if stored is not None:
                raise _AnsweredBefore(stored)
        yield self._work


def _stored(response: Response) -> StoredResponse:
    """Return the answer as it is stored: where it leads, its cookies (a new secret travels in one) and its body."""
    stored = StoredResponse.of(response)
    location = response.headers.get(_LOCATION) or response.headers.get(_DIALOG_LOCATION)
    more = {_LOCATION: location} if location else {}
    headers = {**stored.headers, **more, _COOKIES: response.headers.getlist(_COOKIES)}
    return StoredResponse(stored.status, headers, stored.body)


def _replay(stored: StoredResponse, *, in_dialog: bool) -> Response:
    headers = {name: value for name, value in stored.headers.items() if name != _COOKIES}
    location = headers.pop(_LOCATION, None)
    response = Response(stored.body, stored.status, headers)
    if location:
        name, status = (_DIALOG_LOCATION, 204) if in_dialog else (_LOCATION, 303)
        response = Response(status_code=status, headers={name: location})
    for cookie in stored.headers.get(_COOKIES, ()):
        response.headers.append(_COOKIES, cookie)
    return response
