"""Attempts to register somebody whom an entry blocks: who tried it, when, for whom. The caller learns nothing of it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import Select, delete, select

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.blacklist.manifest import ATTEMPT_BLOCKED
from hub_sync.hub.domains.blacklist.tables import BlacklistAttempt
from hub_sync.hub.domains.participants.service import PersonData
from hub_sync.hub.kit.db.bulk import in_values
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work
from hub_sync.hub.kit.events.change_feed import FeedKey

KEPT = timedelta(days=90)
"""An attempt names somebody who is not registered: it is there to see an abuse or a wrong entry, and goes then."""
_DELETED_AT_ONCE = 1_000
_A = BlacklistAttempt


def add(work: Work, key: FeedKey, attempts: Sequence[tuple[PersonData, Iterable[str]]]) -> None:
    """Record attempts: people, each with the ids of the entries that block them. A repeated one is counted."""
    by_entry: Counter[str] = Counter()
    for person, entry_ids in attempts:
        for entry_id in entry_ids:
            by_entry[entry_id] += 1
            _count(work, key, entry_id, person.name)
    for entry_id, count in by_entry.items():
        after = {"event_id": key.event_id, "count": count}
        audit.record(work, key.tenant_id, ATTEMPT_BLOCKED, entry_id, after=after)


def _count(work: Work, key: FeedKey, entry_id: str, name: str) -> None:
    query = (
        select(_A)
        .where(
            _A.tenant_id == key.tenant_id,
            _A.entry_id == entry_id,
            _A.event_id == key.event_id,
            _A.name == name,
            _A.actor == work.actor,
        )
        .limit(1)
        .with_for_update()
    )
    attempt: BlacklistAttempt | None = work.session.scalar(query)
    if attempt is not None:
        attempt.attempts += 1
        attempt.operation_id = work.operation_id
        return
    work.session.add(
        BlacklistAttempt(
            tenant_id=key.tenant_id,
            id=work.new_id(),
            event_id=key.event_id,
            entry_id=entry_id,
            name=name,
            actor=work.actor[:200],
            operation_id=work.operation_id,
            attempts=1,
        )
    )


def all_of(tenant_id: str) -> Select[BlacklistAttempt]:
    """Return the query of a tenant's attempts."""
    return select(_A).where(_A.tenant_id == tenant_id)


def forget_entries(work: Work, tenant_id: str, entry_ids: Sequence[str]) -> None:
    """Remove the attempts that entries blocked."""
    of_entries = in_values(_A.entry_id, entry_ids, work.dialect)
    work.session.execute(delete(_A).where(_A.tenant_id == tenant_id, of_entries))


def forget_old(uow: UnitOfWork) -> int:
    """Delete attempts that nobody has repeated for `KEPT`, some at a time; return how many."""
    with uow.look_up() as work:
        old = select(_A.tenant_id, _A.id).where(_A.updated_at < work.now() - KEPT).limit(_DELETED_AT_ONCE)
        keys = work.session.execute(old).all()
    if keys:
        with uow.begin() as work:
            work.session.execute(delete(_A).where(_A.id.in_([row.id for row in keys])))
    return len(keys)
