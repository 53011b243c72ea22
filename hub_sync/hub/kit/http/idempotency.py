"""Idempotency-Key: a POST that is sent twice is carried out once, and both requests get the same response.

The response is stored in the transaction of the change, so that a crash can't keep one and lose the other. It is stored
under caller, method, path and key for 24 hours, encrypted: it may hold a secret that is shown only once. While the first
request is in progress a second one is refused: within a process by a set in memory, and between processes (PostgreSQL) by
an advisory lock of the transaction.

A caller that has lost a permission since then is refused: the response may hold what it may not read any more.
"""

import hashlib
import hmac
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Index, LargeBinary, String, Table, UniqueConstraint, delete, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.hub.kit.db.tables import Base, TenantRow, json_type
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.errors import BadRequest, Conflict, HubError, Unprocessable
from hub_sync.hub.kit.http import problems
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.openapi.headers import (
    IDEMPOTENCY_REPLAYED,
    MAX_IDEMPOTENCY_KEY,
)
from hub_sync.hub.kit.security.access import Caller, PermissionMissing
from hub_sync.hub.kit.security.encryption import SecretBox, SecretUnusable
from hub_sync.hub.kit.security.permissions import grants

RETENTION = timedelta(hours=24)
SWEEP_EVERY, SWEEP_AT_MOST = 1000, 5000
_STORED_HEADERS = ("location", "etag", "cache-control", "content-type")
_FINGERPRINT = "idempotency-fingerprint"
_RETRYABLE = frozenset({401, 403, 409, 429})
"""Errors that a repeated request may not get again, so that they are not stored."""


class IdempotencyKeyInvalid(BadRequest):
    """The key is empty, too long, or not printable ASCII."""

    template = N_("Idempotency-Key takes 1 to %(longest)s printable ASCII characters.")


class IdempotencyKeyReused(Unprocessable):
    """The key was used before with another body."""

    template = N_("This Idempotency-Key was used with another request; take a fresh one.")


class IdempotencyKeyInFlight(Conflict):
    """The first request with this key is still in progress."""

    template = N_("The first call with this Idempotency-Key is still under way; try again soon.")


class IdempotentAnswer(TenantRow, Base):
    """A response that was sent. `name` is the SHA-256 of caller, method, path and Idempotency-Key."""

    __tablename__ = "idempotent_answers"
    __table_args__ = (
        UniqueConstraint("tenant_id", "name"),
        Index("ix_idempotent_answers_expiry", "expires_at"),
    )
    name: Mapped[str] = mapped_column(String(64))
    fingerprint: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the body: the same key with another body is a mistake of the caller's."""
    status: Mapped[int]
    headers: Mapped[dict[str, Any]]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    permissions: Mapped[list[str]] = mapped_column(json_type(), default=list)
    """What the caller was allowed to do; empty for a form of the console, whose page asks again."""
    expires_at: Mapped[datetime]


_TABLE: Table = IdempotentAnswer.metadata.tables[IdempotentAnswer.__tablename__]
_C = _TABLE.c


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """A response as it is stored."""

    status: int
    headers: Mapping[str, Any]
    body: bytes

    @classmethod
    def of(cls, response: Response) -> "StoredResponse":
        """Return the parts of a response that are stored."""
        headers = {name: response.headers[name] for name in _STORED_HEADERS if name in response.headers}
        return cls(response.status_code, headers, bytes(response.body))

    def replay(self, headers: Mapping[str, str]) -> Response:
        """Return the response again, with the headers of this call."""
        return Response(self.body, self.status, {**headers, **self.headers, IDEMPOTENCY_REPLAYED: "true"})


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """A request that is to be carried out once."""

    tenant_id: str
    name: str
    """SHA-256 of caller, method, path and key."""
    fingerprint: str
    """Keyed hash of query and body: a short secret in a body (a PIN) can't be guessed from what is stored."""
    permissions: frozenset[str] = frozenset()
    """What the caller may do."""

    @classmethod
    def read(
        cls, key: str, caller: Caller, scope: Mapping[str, Any], body: bytes, seal: SecretBox
    ) -> "IdempotentRequest":
        """Return the request of a key.

        Args:
            key: the value of Idempotency-Key.
            caller: whose key it is; two callers may use the same.
            scope: the ASGI scope.
            body: the request's body.
            seal: the hub's secret.

        Raises:
            IdempotencyKeyInvalid: 400, the key is empty, too long or not ASCII.
        """
        if not 1 <= len(key) <= MAX_IDEMPOTENCY_KEY or not key.isascii() or not key.isprintable():
            raise IdempotencyKeyInvalid(longest=MAX_IDEMPOTENCY_KEY)
        identity = "\n".join((caller.kind.value, caller.id, scope["method"], scope["path"], key))
        name = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()
        fingerprint = hmac.digest(
            seal.derive_key(_FINGERPRINT), scope["query_string"] + b"\n" + body, "sha256"
        ).hex()
        return cls(caller.tenant_id, name, fingerprint, caller.permissions)

    def claim(self, work: Work, seal: SecretBox, *, wait: bool = False) -> StoredResponse | None:
        """Return the stored response, or None; then other requests with this key are refused until the transaction ends.

        `wait`: wait for the first request instead of refusing the second.

        Raises:
            IdempotencyKeyInFlight: 409, the first request is in progress in another process.
            IdempotencyKeyReused: 422, the key was used with another body.
            PermissionMissing: 403, the caller has lost a permission since the response was stored.
        """
        session = work.session
        if session.get_bind().dialect.name == "postgresql":
            number = int.from_bytes(bytes.fromhex(self.name[:16]), "big", signed=True)
            if wait:
                session.execute(select(func.pg_advisory_xact_lock(number)))
            elif not session.scalar(select(func.pg_try_advisory_xact_lock(number))):
                raise IdempotencyKeyInFlight
        row = session.execute(select(_TABLE).where(*self._is_this())).one_or_none()
        if row is None:
            return None
        body = self._decrypt(seal, row.body) if row.expires_at > work.now() else None
        if body is None:
            session.execute(delete(_TABLE).where(*self._is_this()))
            return None
        if row.fingerprint != self.fingerprint:
            raise IdempotencyKeyReused
        self._check_permissions(row.permissions)
        return StoredResponse(row.status, row.headers, body)

    def is_storable(self, status: int) -> bool:
        """Return True if a repeated request would get the same error."""
        return 400 <= status < 500 and status not in _RETRYABLE  # noqa: PLR2004 - HTTP's classes

    def store(self, work: Work, seal: SecretBox, response: StoredResponse) -> None:
        """Store the response in the transaction of the change."""
        work.session.execute(
            insert(_TABLE).values(
                tenant_id=self.tenant_id,
                id=work.new_id(),
                name=self.name,
                fingerprint=self.fingerprint,
                status=response.status,
                headers=dict(response.headers),
                body=seal.encrypt(response.body, self._label),
                permissions=sorted(self.permissions),
                expires_at=work.now() + RETENTION,
                **work.timestamps(),
            )
        )

    def store_error(self, work: Work, seal: SecretBox, error: HubError, request: Request) -> None:
        """Store an error in a transaction of its own, unless another request has stored a response meanwhile."""
        try:
            response = self.claim(work, seal)
        except (IdempotencyKeyInFlight, IdempotencyKeyReused, PermissionMissing):
            return
        if response is None:
            self.store(work, seal, StoredResponse.of(problems.error_response(error, request)))

    def sweep(self, work: Work) -> None:
        """Delete expired responses."""
        sweep(work)

    def _check_permissions(self, stored: Sequence[str]) -> None:
        missing = [
            name for name in stored if not any(grants(permission, name) for permission in self.permissions)
        ]
        if missing:
            raise PermissionMissing(permissions=missing)

    @property
    def _label(self) -> str:
        return f"idempotent-answer:{self.tenant_id}:{self.name}"

    def _is_this(self) -> tuple[Any, Any]:
        return _C.tenant_id == self.tenant_id, _C.name == self.name

    def _decrypt(self, seal: SecretBox, sealed: bytes) -> bytes | None:
        try:
            return seal.decrypt(sealed, self._label)
        except SecretUnusable:
            return None  # the hub has another secret since then


class InFlightRequests:
    """The requests of this process that are in progress."""

    def __init__(self) -> None:
        self._names: set[tuple[str, str]] = set()
        self._stored_count = 0
        self._lock = threading.Lock()

    @contextmanager
    def hold(self, request: IdempotentRequest) -> Iterator[None]:
        """Refuse a second request with the key until the block ends.

        Raises:
            IdempotencyKeyInFlight: 409, the first request is in progress.
        """
        name = (request.tenant_id, request.name)
        with self._lock:
            if name in self._names:
                raise IdempotencyKeyInFlight
            self._names.add(name)
        try:
            yield
        finally:
            with self._lock:
                self._names.discard(name)

    def sweep_is_due(self) -> bool:
        """Count a stored response, and return whether to delete expired ones: at the first and every thousandth."""
        with self._lock:
            self._stored_count += 1
            return self._stored_count % SWEEP_EVERY == 1


def sweep(work: Work) -> int:
    """Delete expired responses, a bounded number at a time, and return how many."""
    stale = select(_C.tenant_id, _C.id).where(_C.expires_at <= work.now()).limit(SWEEP_AT_MOST)
    keys = [(row.tenant_id, row.id) for row in work.session.execute(stale)]
    for tenant_id in {tenant_id for tenant_id, _ in keys}:
        ids = [id_ for owner, id_ in keys if owner == tenant_id]
        work.session.execute(delete(_TABLE).where(_C.tenant_id == tenant_id, _C.id.in_(ids)))
    return len(keys)
