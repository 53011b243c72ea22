"""The door of the REST surface: who calls, whether they may, and how many calls they have left."""

from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import Request

from hub_sync.hub.kit.db.inline import NotInline
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.access import Access, Caller, require
from hub_sync.hub.kit.security.client_address import credentials_of
from hub_sync.hub.kit.security.rate_limits import Taken


class Admission:
    """One call on its way through the door. `headers` go out with whatever answers it."""

    def __init__(self, hub: HubContext, request: Request) -> None:
        self.hub, self.request = hub, request
        self.headers: dict[str, str] = {}
        self._caller: Caller | None = None
        self._work: Work | None = None
        self._taken: Taken | None = None
        self.is_inline = False
        """Whether `reading` is done on the event loop, from where it may come to a thread; it is counted once."""

    @property
    def caller(self) -> Caller:
        """Who calls; known once they are admitted."""
        if self._caller is None:
            raise RuntimeError("this call was not admitted yet")
        return self._caller

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

    def admit(self, work: Work, access: Access) -> None:
        """Find the caller, count the call, and let it through.

        Raises:
            HubError: 401, 403, 404 (switched off), 429.
        """
        shown = credentials_of(self.request, self.hub.trusted_proxies)
        caller = self.hub.gatekeeper.identify(work, shown)
        counted = self._taken is not None  # on the event loop, from where the call came to a thread
        if self._taken is None:
            self._taken = self.hub.rate_limits.take(f"{caller.kind.value}:{caller.id}", caller.calls_a_minute)
        taken = self._taken
        self.headers.update(taken.headers())
        taken.or_refused(f"More than {taken.limit} calls in a minute.")
        require(caller, access)
        self._caller = caller
        if not counted:
            self.hub.gatekeeper.used(caller)

    @contextmanager
    def reading(self, access: Access) -> Iterator[None]:
        """Admit, and keep the snapshot open for the endpoint.

        Raises:
            HubError: as `admit`. NotInline: the event loop must leave it to a thread.
        """
        uow = self.hub.uow
        with uow.read_inline() if self.is_inline else uow.read() as work:
            self.admit(work, access)
            self._work = work
            yield

    def admit_change_inline(self, access: Access) -> bool:
        """As `admit_change`, on the event loop; False: a thread must.

        Raises:
            HubError: as `admit`.
        """
        try:
            with self.hub.uow.read_inline() as work:
                self.admit(work, access)
        except NotInline:
            return False
        return True

    def admit_change(self, access: Access) -> None:
        """Admit in a short snapshot of its own, before the endpoint's transaction begins."""
        with self.hub.uow.read() as work:
            self.admit(work, access)
