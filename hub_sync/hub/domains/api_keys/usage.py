"""The use of keys: counted in memory and stored in batches, never while a caller waits.

Only what was counted since the last batch is lost if the process is killed.
"""

import operator
from collections.abc import Mapping

from sqlalchemy import bindparam, case, update

from hub_sync.hub.domains.api_keys.tables import ApiKey
from hub_sync.hub.domains.api_keys.verified_key_cache import KeyReference
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work
from hub_sync.hub.kit.db.write_batches import BatchKind, WriteBatch

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


def _store(work: Work, calls: Mapping[KeyReference, int]) -> None:
    now = work.now()
    rows = [
        {"of_tenant": place.tenant_id, "of_key": place.key_id, "calls": n, "at": now}
        # Sorted, so that two processes take the rows' locks in the same order.
        for place, n in sorted(calls.items())
    ]
    work.connection.execute(_USED, rows)


_CALLS = BatchKind[KeyReference, int]("api key use", merge=operator.add, write=_store)


class KeyUsage:
    """Counts the calls of this process that are not stored yet."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._batch = WriteBatch(uow, _CALLS)

    def record(self, place: KeyReference) -> None:
        """Count a call with a key, without blocking."""
        self._batch.add(place, 1)

    def flush(self) -> bool:
        """Store the counts; return False if that failed: they are then kept for the next flush."""
        return self._batch.flush()
