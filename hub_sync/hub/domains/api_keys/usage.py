"""The use of keys: counted in memory and stored in batches, never while a caller waits.

Only what was counted since the last batch is lost if the process is killed.
"""

import threading
from collections import Counter

import structlog
from sqlalchemy import bindparam, case, update

from hub_sync.hub.domains.api_keys.tables import ApiKey
from hub_sync.hub.domains.api_keys.verified_key_cache import KeyReference
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork

log = structlog.get_logger(__name__)

_AT = bindparam("at", type_=ApiKey.last_used_at.type)
_USED = (
    update(ApiKey.__table__)  # type: ignore[arg-type]
    .where(ApiKey.tenant_id == bindparam("of_tenant"), ApiKey.id == bindparam("of_key"))
    .values(
        usage_count=ApiKey.usage_count + bindparam("calls"),
        # Another process may have written a later time.
        last_used_at=case((ApiKey.last_used_at > _AT, ApiKey.last_used_at), else_=_AT),
    )
)


class KeyUsage:
    """Counts the calls of this process that are not stored yet."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._lock = threading.Lock()
        self._calls: Counter[KeyReference] = Counter()
        self._failed = False

    def record(self, place: KeyReference) -> None:
        """Count a call with a key, without blocking."""
        with self._lock:
            self._calls[place] += 1

    def flush(self) -> bool:
        """Store the counts; return False if that failed: they are then kept for the next flush."""
        with self._lock:
            taken, self._calls = self._calls, Counter()
        if not taken:
            return True
        try:
            self._write(taken)
        except Exception as error:  # noqa: BLE001 - figures must not end their writer; the next batch tries again
            with self._lock:
                self._calls.update(taken)
            if not self._failed:
                log.warning("api_key_use_not_recorded", error=type(error).__name__)
            self._failed = True
            return False
        self._failed = False
        return True

    def _write(self, calls: Counter[KeyReference]) -> None:
        now = self._uow.clock.now()
        rows = [
            {"of_tenant": place.tenant_id, "of_key": place.key_id, "calls": n, "at": now}
            # Sorted, so that two processes take the rows' locks in the same order.
            for place, n in sorted(calls.items())
        ]
        with self._uow.begin() as work:
            work.session.connection().execute(_USED, rows)
