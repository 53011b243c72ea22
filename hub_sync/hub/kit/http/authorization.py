"""Authorize a call of the REST surface: find the caller, count the call, check flag and permissions."""

from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import Request

from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.access import Access, Caller, require_access
from hub_sync.hub.kit.security.client_address import SAFE_METHODS, read_credentials


class AuthorizedCall:
    """One call, once it is authorized. `headers` go out with whatever response it gets."""

    def __init__(self, hub: HubContext, request: Request) -> None:
        self.hub, self.request = hub, request
        self.headers: dict[str, str] = {}
        self._caller: Caller | None = None
        self._work: Work | None = None

    @property
    def caller(self) -> Caller:
        """The authorized caller."""
        if self._caller is None:
            raise RuntimeError("this call was not authorized yet")
        return self._caller

    @property
    def actor(self) -> str:
        """The caller's name in the audit log."""
        return self.caller.actor

    @property
    def is_authorized(self) -> bool:
        """True once the caller is known and may do this."""
        return self._caller is not None

    @property
    def tenant_id(self) -> str:
        """The caller's tenant."""
        return self.caller.tenant_id

    @property
    def work(self) -> Work:
        """The snapshot that a reading route reads from."""
        if self._work is None:
            raise RuntimeError("a changing route reads inside `begin`")
        return self._work

    def authorize(self, work: Work, access: Access) -> None:
        """Find the caller, count the call, and let it through.

        Raises:
            HubError: 401, 403, 404 (switched off), 429 (rate limit).
        """
        credentials = read_credentials(self.request, self.hub.trusted_proxies)
        caller = self.hub.authenticator.authenticate(work, credentials)
        taken = self.hub.rate_limits.acquire(f"{caller.kind.value}:{caller.id}", caller.calls_per_minute)
        self.headers.update(taken.headers())
        taken.raise_if_exceeded()
        require_access(caller, access)
        self._guard_event(work, caller)
        self._caller = caller
        self.hub.authenticator.record_use(caller)

    def _guard_event(self, work: Work, caller: Caller) -> None:
        event_id = self.request.path_params.get("event_id")
        if event_id and self.request.method not in SAFE_METHODS:
            self.hub.guard_event(work, caller, event_id)

    @contextmanager
    def authorize_read(self, access: Access) -> Iterator[None]:
        """Authorize, and keep the snapshot open for the endpoint.

        Raises:
            HubError: as `authorize`.
        """
        with self.hub.uow.read() as work:
            self.authorize(work, access)
            self._work = work
            yield

    def authorize_change(self, access: Access) -> None:
        """Authorize before the endpoint's transaction begins.

        Raises:
            HubError: as `authorize`.
        """
        with self.hub.uow.look_up() as work:
            self.authorize(work, access)
