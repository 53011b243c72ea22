"""Idempotency-Key: a POST that is sent twice is done once, and both get the same answer.

The answer is stored in the transaction of the change that it tells of, so that a crash can't keep one and lose the other.
It stands under caller, method, path and key for 24 hours, sealed: it may hold a secret that is shown once.
While the first is under way the second is refused: by a set in memory within a process, and on PostgreSQL by an advisory
lock of the transaction among processes.
"""

import hashlib
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Table, delete, func, insert, select

from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import BadRequest, Conflict, HubError, Unprocessable
from hub_sync.hub.kit.http import problems
from hub_sync.hub.kit.http.idempotency_table import IdempotentAnswer
from hub_sync.hub.kit.security.access import Caller
from hub_sync.hub.kit.security.encryption import SecretBox, SecretUnusable

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
LONGEST_KEY = 255
RETENTION = timedelta(hours=24)
SWEEP_EVERY, SWEEP_AT_MOST = 1000, 5000
_KEPT_HEADERS = ("location", "etag", "cache-control", "content-type")
_FORGOTTEN = frozenset({401, 403, 409, 429})
"""Refusals that may be otherwise next time."""
_TABLE: Table = IdempotentAnswer.metadata.tables[IdempotentAnswer.__tablename__]
_C = _TABLE.c


class IdempotencyKeyInvalid(BadRequest):
    """The key is empty, too long, or not printable ASCII."""


class IdempotencyKeyReused(Unprocessable):
    """The key came before, with another body."""


class IdempotencyKeyInFlight(Conflict):
    """The first call with this key is still under way."""


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """An answer as it is kept."""

    status: int
    headers: Mapping[str, Any]
    body: bytes

    @classmethod
    def of(cls, answer: Response) -> "StoredResponse":
        """What is worth keeping of an answer."""
        kept = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
        return cls(answer.status_code, kept, bytes(answer.body))

    def replay(self, headers: Mapping[str, str]) -> Response:
        """The answer once more, with the headers of this call."""
        return Response(self.body, self.status, {**headers, **self.headers, REPLAYED: "true"})


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """A call that is to be done once."""

    tenant_id: str
    name: str
    """SHA-256 of caller, method, path and key."""
    fingerprint: str
    """SHA-256 of query and body."""

    @classmethod
    def read(cls, key: str, caller: Caller, scope: Mapping[str, Any], body: bytes) -> "IdempotentRequest":
        """The call of this key.

        Raises:
            IdempotencyKeyInvalid.
        """
        if not 1 <= len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
            raise IdempotencyKeyInvalid(f"{HEADER} takes 1 to {LONGEST_KEY} printable ASCII characters.")
        told = "\n".join((caller.kind.value, caller.id, scope["method"], scope["path"], key))
        name = hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
        fingerprint = hashlib.sha256(scope["query_string"] + b"\n" + body).hexdigest()
        return cls(caller.tenant_id, name, fingerprint)

    def claim(self, work: Work, seal: SecretBox) -> StoredResponse | None:
        """The answer that was given before, if one was; else nobody gets by until this transaction ends.

        Raises:
            IdempotencyKeyInFlight, IdempotencyKeyReused.
        """
        session = work.session
        if session.get_bind().dialect.name == "postgresql":
            number = int.from_bytes(bytes.fromhex(self.name[:16]), "big", signed=True)
            if not session.scalar(select(func.pg_try_advisory_xact_lock(number))):
                raise _in_flight()
        row = session.execute(select(_TABLE).where(*self._mine())).one_or_none()
        if row is None:
            return None
        body = self._opened(seal, row.body) if row.expires_at > work.now() else None
        if body is None:
            session.execute(delete(_TABLE).where(*self._mine()))
            return None
        if row.fingerprint != self.fingerprint:
            raise IdempotencyKeyReused(f"This {HEADER} was used with another request; take a fresh one.")
        return StoredResponse(row.status, row.headers, body)

    def is_remembered(self, status: int) -> bool:
        """Whether a refusal would be the same next time."""
        return 400 <= status < 500 and status not in _FORGOTTEN  # noqa: PLR2004 - HTTP's classes

    def remember(self, work: Work, seal: SecretBox, answered: StoredResponse) -> None:
        """Keep the answer, with the transaction's change."""
        work.session.execute(
            insert(_TABLE).values(
                tenant_id=self.tenant_id,
                id=work.new_id(),
                name=self.name,
                fingerprint=self.fingerprint,
                status=answered.status,
                headers=dict(answered.headers),
                body=seal.encrypt(answered.body, self._label),
                expires_at=work.now() + RETENTION,
                **work.timestamps(),
            )
        )

    def remember_refusal(self, work: Work, seal: SecretBox, refusal: HubError, request: Request) -> None:
        """Keep a refusal, in a transaction of its own; whoever came between keeps theirs."""
        try:
            answered = self.claim(work, seal)
        except (IdempotencyKeyInFlight, IdempotencyKeyReused):
            return
        if answered is None:
            self.remember(work, seal, StoredResponse.of(problems.error_response(refusal, request)))

    def sweep(self, work: Work) -> None:
        """Take away what has expired."""
        sweep(work)

    @property
    def _label(self) -> str:
        return f"idempotent-answer:{self.tenant_id}:{self.name}"

    def _mine(self) -> tuple[Any, Any]:
        return _C.tenant_id == self.tenant_id, _C.name == self.name

    def _opened(self, seal: SecretBox, sealed: bytes) -> bytes | None:
        try:
            return seal.decrypt(sealed, self._label)
        except SecretUnusable:
            return None  # the hub has another secret since: what it kept is no more


class InFlightRequests:
    """The calls of this process that are under way."""

    def __init__(self) -> None:
        self._names: set[tuple[str, str]] = set()
        self._kept = 0
        self._lock = threading.Lock()

    @contextmanager
    def hold(self, once: IdempotentRequest) -> Iterator[None]:
        """Refuse a second call of a name while the first one is inside.

        Raises:
            IdempotencyKeyInFlight.
        """
        name = (once.tenant_id, once.name)
        with self._lock:
            if name in self._names:
                raise _in_flight()
            self._names.add(name)
        try:
            yield
        finally:
            with self._lock:
                self._names.discard(name)

    def sweep_is_due(self) -> bool:
        """Whether it is time again to take away what has expired: at the first answer kept, then every thousandth."""
        with self._lock:
            self._kept += 1
            return self._kept % SWEEP_EVERY == 1


def sweep(work: Work) -> int:
    """Take away answers that have expired, a bounded number at a time; returns how many."""
    stale = select(_C.tenant_id, _C.id).where(_C.expires_at <= work.now()).limit(SWEEP_AT_MOST)
    keys = [(row.tenant_id, row.id) for row in work.session.execute(stale)]
    for tenant_id in {tenant_id for tenant_id, _ in keys}:
        ids = [id_ for owner, id_ in keys if owner == tenant_id]
        work.session.execute(delete(_TABLE).where(_C.tenant_id == tenant_id, _C.id.in_(ids)))
    return len(keys)


def _in_flight() -> IdempotencyKeyInFlight:
    return IdempotencyKeyInFlight(f"The first call with this {HEADER} is still under way; try again soon.")
